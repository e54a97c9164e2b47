"""A short clause among short clauses is whole; among long ones it may be a fragment."""

from __future__ import annotations

import pytest

from tasks.core.native.critic.critic import Critic
from tasks.core.native.critic.features import brevity_of
from tasks.core.native.critic.piece_rows import PieceRows
from tasks.core.schema import Schema, SchemaField, load_schema
from tests.unit.core.native.scenes import MODELS, ask, body, candidate, request

CRITIC, CUAD = Critic.load(MODELS / "critic/1"), load_schema("cuad")
CAP = "The total liability of Consultant shall not exceed USD 750,000."
FEES = "The total fees of Consultant shall not exceed USD 750,000."
PARTY = "Quill Design Studio Inc."
LONG = (
    "Consultant shall perform the services that the first schedule describes with the care that is usual in its trade, and shall report in "
    "writing to the person whom Client names for that purpose at the end of each month."
)
OWN = Schema(
    name="own",
    title="Own",
    fields=(
        SchemaField(
            name="ceiling",
            title="Ceiling",
            description="The most that a party can be made to pay.",
            cues=("total liability",),
            examples=(CAP, "Neither of us owes more than EUR 9,000.", "Claims end at the price paid."),
        ),
    ),
)


def plain(clause: str) -> str:
    return (
        f"1. Work. {PARTY} reads the meters.\n\n2. Ceiling. {clause}\n\n3. Letters. Letters go by courier.\n"
    )


def right(text: str, quote: str, field: str = "cap_on_liability", schema: Schema = CUAD) -> float:
    # The rows of an earlier call were made with the constants of that time, which a test may have patched since.
    CRITIC._rows = PieceRows(CRITIC.view, CRITIC.phrases, CRITIC.memory)
    row = candidate(field, quote, text.index(quote), score=0.25)
    return ask(CRITIC, body(schema, "critique", ("body", text), candidates=[row]))["verdicts"][0]["right"]


def test_a_chunk_of_short_sentences_has_brevity_and_any_other_has_none() -> None:
    assert brevity_of(request(CUAD, ("body", plain(CAP))).lines) > 0.66
    assert brevity_of(request(CUAD, ("body", f"{LONG}\n\n{LONG}\n\n{CAP}")).lines) == 0.0
    assert brevity_of(request(CUAD, ("body", "Schedule One\n\nUnit Price Total")).lines) == 0.0
    assert brevity_of(()) == 0.0


def test_notes_do_not_make_a_chunk_plain() -> None:
    notes = (("note", "Net."), ("note", "Gross."), ("note", "Without tax."))
    assert brevity_of(request(CUAD, ("body", LONG), *notes).lines) == 0.0


@pytest.mark.parametrize("heading", ["Fee cap. ", "How far we stand in. ", ""])
def test_a_plain_cap_is_countersigned_whatever_its_heading(heading: str) -> None:
    text = plain(CAP).replace("Ceiling. ", heading)
    assert right(text, CAP) >= CRITIC.bars.redundant_bar
    text = plain(FEES).replace("Ceiling. ", heading)
    assert right(text, FEES) < CRITIC.bars.redundant_bar


def test_short_words_that_do_not_speak_for_the_field_gain_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = "The time to restore service shall not exceed two hours."
    assert right(plain(hours), hours, "volume_restriction") < CRITIC.bars.redundant_bar
    monkeypatch.setattr("tasks.core.native.critic.features._SPOKEN_MARGIN", -9.0)
    assert right(plain(hours), hours, "volume_restriction") >= CRITIC.bars.redundant_bar


def test_only_whole_sentences_of_trained_clauses_gain(monkeypatch: pytest.MonkeyPatch) -> None:
    text = plain(CAP)
    cases = (
        (CAP, "cap_on_liability", CUAD),
        (CAP[4:-1], "cap_on_liability", CUAD),  # a fragment
        (PARTY, "parties", CUAD),
        (CAP, "ceiling", OWN),
    )
    served = [right(text, *case) for case in cases]
    monkeypatch.setattr("tasks.core.native.critic.critic.brevity_of", lambda _: 0.0)
    as_trained = [right(text, *case) for case in cases]
    assert [a != b for a, b in zip(served, as_trained, strict=True)] == [True, False, False, False]
    assert served[0] > as_trained[0]
