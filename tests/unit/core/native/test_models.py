"""Generator and critic with the weights that ship, on contracts written for this test."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.answer import answer_batch
from tasks.core.native.serving.in_process import play
from tasks.core.records import Extraction, ExtractionStatus, Reading, ReadStatus
from tasks.core.schema import Schema, load_schema
from tests.unit.core.builders import body_chunk, page
from tests.unit.core.native.scenes import MODELS, ask, body, candidate

GENERATOR, CRITIC = Generator.load(MODELS / "generator/1"), Critic.load(MODELS / "critic/1")
CUAD = load_schema("cuad")
LAW = "This Agreement shall be governed by and construed in accordance with the laws of the State of Ohio."
CAP = (
    "In no event shall the aggregate liability of either party under this Agreement exceed the total fees paid by Client "
    "in the twelve (12) months before the claim."
)
AGREEMENT = (
    "CONSULTING SERVICES AGREEMENT\n\n"
    'This Consulting Services Agreement (the "Agreement") is made and entered into as of March 3, 2014 by and between Tarn Valley Media, Inc., '
    'a Delaware corporation ("Client"), and Old Quay Advisors LLC, an Ohio limited liability company ("Consultant").\n\n'
    "1. SERVICES\n\nConsultant shall render the services described in Exhibit A with due care.\n\n"
    f"9. LIMITATION OF LIABILITY\n\n{CAP}\n\n"
    f"12. GOVERNING LAW\n\n{LAW}\n\n"
    "13. NOTICES\n\nNotices shall be sent by courier to the addresses above.\n"
)
COURIER, CHINESE = "Notices are sent by courier.", "本合同适用中华人民共和国法律。"
SENTENCES = (LAW, CAP, COURIER, "12. GOVERNING LAW", CHINESE, "(a)", "7")


def extracted(text: str) -> tuple[Extraction, ...]:
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page(1, 0, len(text)),), (), (), "test")
    run_input = RunInput(reading, (body_chunk(text),), CUAD)
    state, _ = play(run_input, GENERATOR, CRITIC, 3)
    return results_of(state.by_chunk, CUAD).extractions


@pytest.fixture(scope="module")
def verified() -> dict[str, list[str]]:
    rows = [e for e in extracted(AGREEMENT) if e.status is ExtractionStatus.VERIFIED]
    return {name: [e.quote for e in rows if e.field == name] for name in {e.field for e in rows}}


def test_clauses_are_verified_word_for_word(verified: dict[str, list[str]]) -> None:
    assert verified["governing_law"] == [LAW]
    assert verified["cap_on_liability"] == [CAP]


def test_short_fields_are_verified(verified: dict[str, list[str]]) -> None:
    assert "March 3, 2014" in verified["agreement_date"]
    assert any("Tarn Valley Media" in q for q in verified["parties"])
    assert any("Old Quay Advisors" in q for q in verified["parties"])


def test_what_the_agreement_does_not_say_is_not_verified(verified: dict[str, list[str]]) -> None:
    absent = {"insurance", "audit_rights", "non_compete", "source_code_escrow", "renewal_term"}
    assert not set(verified) & absent


def test_the_same_text_gives_the_same_extractions() -> None:
    assert extracted(AGREEMENT) == extracted(AGREEMENT)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(SENTENCES), st.sampled_from(["\n", "\n\n", " "])), min_size=1, max_size=8
    )
)
def test_every_quote_stands_in_its_passage(pieces: list[tuple[str, str]]) -> None:
    text = "".join(s + gap for s, gap in pieces)
    items = ask(GENERATOR, body(CUAD, "generate", ("body", text)))["items"]
    assert all(i["quote"] in text and 0.0 <= i["score"] <= 1.0 for i in items)


def test_a_note_reads_the_same_beside_its_body_and_alone() -> None:
    alone = ask(GENERATOR, body(CUAD, "generate", ("note", LAW)))["items"]
    beside = ask(GENERATOR, body(CUAD, "generate", ("body", CAP), ("note", LAW)))["items"]
    assert alone and [i for i in beside if i["quote"] == LAW] == alone


def test_the_critic_gives_every_candidate_a_verdict_with_or_without_a_score() -> None:
    scores = (("governing_law", 0.9), ("governing_law", None), ("insurance", None))
    rows = [candidate(field, LAW, score=score) for field, score in scores]
    verdicts = ask(CRITIC, body(CUAD, "critique", ("body", f"{LAW} {CAP}"), candidates=rows))["verdicts"]
    assert [v["candidate"] for v in verdicts] == [0, 1, 2]
    assert [v["flagged"] for v in verdicts] == [False, False, True] and verdicts[2]["reason"]


def test_requests_answered_together_are_answered_as_each_alone() -> None:
    def critique(schema: Schema, field: str, *texts: str) -> str:
        text = " ".join(texts)
        rows = [candidate(field, t, text.find(t), score=0.5) for t in texts]
        return json.dumps(body(schema, "critique", ("body", text), ("note", CAP), candidates=rows))

    investment = load_schema("investment")
    requests = [
        critique(CUAD, "governing_law", LAW, CAP),
        critique(investment, investment.field_names[0], LAW),
        critique(CUAD, "cap_on_liability", CAP),
        critique(CUAD, "governing_law"),
    ]
    alone = [answer_batch(Critic.load(MODELS / "critic/1"), [r])[0] for r in requests]
    assert answer_batch(CRITIC, requests) == alone
    assert all(json.loads(a)["verdicts"] for a in alone[:3])


def test_nothing_is_missing_where_the_draft_has_it_and_law_is_missing_where_it_has_not() -> None:
    for rows in ([candidate("governing_law", LAW, score=0.9)], []):
        missing = ask(CRITIC, body(CUAD, "critique", ("body", LAW), candidates=rows))["missing"]
        fields = [m["field"] for m in missing if m["field"] == "governing_law"]
        assert fields == ([] if rows else ["governing_law"])


def test_weights_are_small_and_need_no_pickle() -> None:
    files = [p for p in MODELS.glob("*/1/*") if p.suffix in (".npz", ".json", ".crfsuite")]
    assert sum(p.stat().st_size for p in files) < 25 * 2**20
    assert not list(MODELS.glob("**/*.pkl")) and not list(MODELS.glob("**/*.joblib"))
