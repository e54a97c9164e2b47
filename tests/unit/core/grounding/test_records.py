"""Records: every part has its place, and none is verified without its record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.answers.draft import CANNOT
from tasks.core.grounding.checks import LACKS_PART, NO_CHOICE, NO_PARTS, NOT_IN_CHUNK, NOT_IN_QUOTE
from tasks.core.grounding.records import ChunkSource
from tasks.core.grounding.unprovable import HIDDEN, UnprovableWords
from tasks.core.loop.assessment import Assessment, assess
from tasks.core.loop.grounded_answer import GroundedAnswer, ground_answer
from tasks.core.loop.results import results_of
from tasks.core.loop.revision import StopReason, accepted_index, decide
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.records import (
    Candidate,
    CellState,
    Chunk,
    ChunkKind,
    ExtractionStatus,
    FieldName,
    FindingKind,
    FindingSource,
    Mark,
    MarkKind,
    Passage,
    PassageKind,
    Segment,
    Span,
)
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart
from tests.unit.core.builders import body_chunk, page

PARTS = (
    SchemaPart(name="payer", title="Payer", description="Who pays.", required=True),
    SchemaPart(name="payee", title="Payee", description="Who is paid."),
    SchemaPart(name="amount", title="Amount", description="How much.", type=FieldType.MONEY, required=True),
    SchemaPart(name="days", title="Days", description="When.", type=FieldType.LIST, items=FieldType.DURATION),
)
PAYMENT = SchemaField(
    name="payment", title="Payment", description="Who pays whom.", type=FieldType.RECORD, parts=PARTS
)
TITLE = SchemaField(name="title", title="Title", description="The title.", type=FieldType.TEXT)
SCHEMA = Schema(name="deal", title="Deal", fields=(PAYMENT, TITLE))
TEXT = (
    "The Lessee owes nothing of EUR 500 yet. "
    "The Lessee shall pay the Lessor EUR 500 after 30 days or 60 days. The Agent shall pay the Lessor EUR 500.\n"
)
FIRST = "The Lessee shall pay the Lessor EUR 500 after 30 days or 60 days."
SECOND = "The Agent shall pay the Lessor EUR 500."


def part(name: str, value: str, quote: str | None = None) -> dict[str, Any]:
    return {"name": name, "value": value, "quote": value if quote is None else quote}


def item(quote: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"field": "payment", "value": "", "quote": quote, "parts": list(parts)}


def grounded(
    *items: dict[str, Any], text: str = TEXT, marks: Sequence[Mark] = (), **more: Any
) -> GroundedAnswer:
    raw = json.dumps({"items": list(items), **more})
    return ground_answer(raw, SCHEMA, body_chunk(text), text, [page(1, 0, len(text))], UnprovableWords(marks))


def one(*items: dict[str, Any], **given: Any) -> Candidate:
    (candidate,) = grounded(*items, **given).candidates
    return candidate


def starts(candidate: Candidate) -> dict[str, int | None]:
    return {p.name: p.citation.spans[0].start if p.citation else None for p in candidate.parts}


def assessed(
    answer: GroundedAnswer, verdicts: list[dict[str, Any]], missing: Sequence[Any] = ()
) -> Assessment:
    critique = json.dumps({"verdicts": verdicts, "missing": list(missing)})
    source = ChunkSource(body_chunk(TEXT), TEXT, [page(1, 0, len(TEXT))])
    return assess(1, answer, critique, None, SCHEMA, source)


def verdict(
    candidate: int = 0, right: float | None = 0.9, name: str | None = None, **more: Any
) -> dict[str, Any]:
    flagged = right is not None and right < 0.5
    return {"candidate": candidate, "right": right, "flagged": flagged, "part": name, **more}


WHOLE = item(FIRST, part("amount", "EUR 500"), part("payer", "The Lessee"), part("payee", "the Lessor"))


# ---------------------------------------------------------------- where parts stand


def test_the_value_is_the_parts_in_the_order_of_the_schema() -> None:
    record = one(WHOLE)
    assert record.value == '{"payer": "The Lessee", "payee": "the Lessor", "amount": "EUR 500"}'
    assert [p.name for p in record.parts] == ["payer", "payee", "amount"]
    assert record.quote == FIRST


def test_a_part_that_stands_in_several_places_is_taken_from_its_own_record() -> None:
    second = item(SECOND, part("payer", "The Agent"), part("amount", "EUR 500"))
    records = grounded(WHOLE, second).candidates
    begin = TEXT.index(FIRST)
    assert starts(records[0]) == {
        "payer": begin,
        "payee": TEXT.index("the Lessor"),
        "amount": TEXT.index("EUR 500", begin),
    }
    assert starts(records[1])["amount"] == TEXT.rindex("EUR 500")


def test_a_quote_that_stands_in_several_places_goes_to_its_parts() -> None:
    record = one(item("shall pay the Lessor", part("payer", "The Agent"), part("amount", "EUR 500")))
    assert record.citation is not None
    assert record.citation.spans[0].start == TEXT.rindex("shall pay")
    assert starts(record)["amount"] == TEXT.rindex("EUR 500")


@pytest.mark.parametrize(
    "text",
    [
        "Fee A: EUR 500, Fee B: EUR 500",
        "Fee A | EUR 500\nFee B | EUR 500",
        "Fee A\nEUR 500\nFee B\nEUR 500",
        "Fee A EUR 500\nFee B    EUR 500",
    ],
)
def test_the_cell_beside_a_word_is_taken_and_not_the_row_above(text: str) -> None:
    record = one(item(text, part("payer", "Fee B"), part("amount", "EUR 500")), text=text)
    assert starts(record)["amount"] == text.rindex("EUR 500")


def test_two_parts_with_the_same_words_stand_in_two_places() -> None:
    text = "From Bank A to Bank A: EUR 5"
    parts = (part("payer", "Bank A"), part("payee", "Bank A"), part("amount", "EUR 5"))
    assert starts(one(item(text, *parts), text=text)) == {"payer": 5, "payee": 15, "amount": 23}


def test_a_record_without_a_quote_is_cited_from_its_first_part_to_its_last() -> None:
    record = one(item("", part("payer", "The Agent"), part("amount", "EUR 500")))
    assert record.quote == "The Agent shall pay the Lessor EUR 500"
    assert record.citation is not None and TEXT[slice(*_only(record.citation.spans))] == record.quote


def _only(spans: Sequence[Span]) -> tuple[int, int]:
    (span,) = spans
    return span.start, span.end


def test_a_part_may_stand_in_a_note_that_the_chunk_cites() -> None:
    body, note = "The Agent shall pay.1\n", "EUR 7 each month"
    passages = (
        Passage(PassageKind.BODY, body, (Segment(0, 0, len(body)),)),
        Passage(PassageKind.NOTE, note, (Segment(0, 100, len(note)),), 0),
    )
    chunk = Chunk(0, ChunkKind.BODY, passages, "", "", "", (), 0.0)
    text = body.ljust(100) + note
    raw = json.dumps(
        {"items": [item("The Agent shall pay", part("payer", "The Agent"), part("amount", "EUR 7"))]}
    )
    (record,) = ground_answer(raw, SCHEMA, chunk, text, [page(1, 0, len(text))], UnprovableWords()).candidates
    assert [(p.citation.footnote_index, p.citation.spans[0].start) for p in record.parts if p.citation] == [
        (None, 0),
        (0, 100),
    ]


# ---------------------------------------------------------------- what is found without a model


@pytest.mark.parametrize(
    ("parts", "kind", "name", "reason"),
    [
        ([part("payer", "The Lessee"), part("amount", "EUR 900")], "redundant", "amount", NOT_IN_CHUNK),
        (
            [part("payer", "The Lessee"), part("amount", "EUR 900", "EUR 500")],
            "redundant",
            "amount",
            NOT_IN_QUOTE,
        ),
        ([part("payer", "The Lessee")], "missing", "amount", LACKS_PART),
        (
            [part("payer", "The Lessee"), part("amount", "EUR 500"), part("days", "30 days", "60 days")],
            "redundant",
            "days",
            NOT_IN_QUOTE,
        ),
    ],
)
def test_a_finding_names_the_part(parts: list[dict[str, Any]], kind: str, name: str, reason: str) -> None:
    (finding,) = grounded(item(FIRST, *parts)).findings
    assert (finding.kind, finding.part, finding.reason) == (kind, name, reason)
    assert (finding.source, finding.candidate_index) == (FindingSource.GROUNDING, 0)


def test_a_record_without_any_part_is_flagged() -> None:
    reasons = [f.reason for f in grounded({"field": "payment", "quote": FIRST}).findings]
    assert reasons == [LACKS_PART, LACKS_PART, NO_PARTS]


def test_a_hidden_part_is_flagged() -> None:
    at = TEXT.rindex("EUR 500")
    second = item("The Agent shall pay", part("payer", "The Agent"), part("amount", "EUR 500"))
    (finding,) = grounded(second, marks=[Mark(at, at + 3, MarkKind.HIDDEN)]).findings
    assert (finding.part, finding.reason) == ("amount", HIDDEN)


def test_parts_do_not_ground_an_invented_quote() -> None:
    answer = grounded(item("The Agent owes EUR 500", part("payer", "The Agent"), part("amount", "EUR 500")))
    (finding,) = answer.findings
    assert (finding.part, finding.reason) == (None, NOT_IN_CHUNK)
    assert all(p.citation for p in answer.candidates[0].parts)


@pytest.mark.parametrize(
    "broken",
    [part("receiver", "the Lessor"), part("payer", "The Agent"), {"value": "x"}, "payee", part("payee", 1.5)],  # pyright: ignore[reportArgumentType]
)
def test_an_invalid_part_is_a_finding_and_the_record_stays(broken: Any) -> None:
    answer = grounded({**WHOLE, "parts": [*WHOLE["parts"][:2], broken]})
    assert [p.name for p in answer.candidates[0].parts if p.name != "payee"] == ["payer", "amount"]
    assert answer.findings


def test_parts_of_a_plain_field_are_a_finding() -> None:
    answer = grounded({"field": "title", "quote": "The Agent", "parts": [part("payer", "The Agent")]})
    assert [c.parts for c in answer.candidates] == [()]
    assert [f.kind for f in answer.findings] == [FindingKind.MALFORMED]


def test_a_list_is_stored_in_one_way() -> None:
    record = one(
        {
            **WHOLE,
            "parts": [
                *WHOLE["parts"],
                {"name": "days", "value": ["30 days", "60 days"], "quote": "30 days or 60 days"},
            ],
        }
    )
    assert record.parts[-1].value == '["30 days", "60 days"]'
    done = results_of({0: [assessed(grounded(WHOLE), [verdict()])]}, SCHEMA)
    assert [p.normal for p in done.extractions[0].parts] == [None, None, "EUR 500"]


@pytest.mark.parametrize(
    ("kind", "value", "stored", "reasons"),
    [
        ({"type": "choice"}, "GAS ", "gas", []),
        ({"type": "choice"}, "coal", "coal", [NO_CHOICE]),
        ({"type": "list", "items": "choice"}, ["Oil", "gas"], '["oil", "gas"]', []),
        ({"type": "list", "items": "choice"}, ["oil", "coal"], '["oil", "coal"]', [NO_CHOICE]),
    ],
)
def test_a_choice_is_one_of_the_schemas_in_its_spelling(
    kind: dict[str, str], value: Any, stored: str, reasons: list[str]
) -> None:
    field = {"name": "fuel", "title": "Fuel", "description": "What burns.", "choices": ["gas", "oil"], **kind}
    schema = Schema(name="s", title="S", fields=(SchemaField.model_validate(field),))
    raw = json.dumps({"items": [{"field": "fuel", "value": value, "quote": TEXT}]})
    answer = ground_answer(raw, schema, body_chunk(TEXT), TEXT, [page(1, 0, len(TEXT))], UnprovableWords())
    assert [c.value for c in answer.candidates] == [stored]
    assert [f.reason for f in answer.findings] == reasons


def test_the_same_words_in_other_parts_are_another_answer() -> None:
    swapped = item(FIRST, part("amount", "EUR 500"), part("payee", "The Lessee"), part("payer", "the Lessor"))
    keys = {assessed(grounded(i), []).answer_key for i in (WHOLE, swapped)}
    assert len(keys) == 2


# ---------------------------------------------------------------- what the critic says


def status(assessment: Assessment) -> tuple[str, str]:
    (extraction,) = results_of({0: [assessment]}, SCHEMA).extractions
    return extraction.status.value, extraction.reason


def test_a_record_is_verified_with_all_its_parts() -> None:
    assert status(assessed(grounded(WHOLE), [verdict()])) == ("verified", "")


def test_one_doubted_part_keeps_the_record_unsettled() -> None:
    doubted = assessed(grounded(WHOLE), [verdict(), verdict(right=0.2, name="payee", reason="another party")])
    (finding,) = doubted.findings
    assert (finding.part, finding.quote, finding.score) == ("payee", "the Lessor", 0.8)
    assert status(doubted) == ("unsettled", "payee: another party")
    assert doubted.rights == (0.2,)


def test_verdicts_on_every_part_stand_for_the_whole() -> None:
    names = ("payer", "payee", "amount")
    judged = assessed(grounded(WHOLE), [verdict(right=0.7 + i / 10, name=n) for i, n in enumerate(names)])
    assert status(judged) == ("verified", "") and judged.rights == (0.7,)


def test_verdicts_on_some_parts_verify_nothing() -> None:
    assert status(assessed(grounded(WHOLE), [verdict(name="payer")])) == ("unsettled", NO_VERDICT)


def test_a_part_the_critic_misses_keeps_the_record_unsettled() -> None:
    at = TEXT.index("the Lessor")
    row = {"field": "payment", "quote": "the Lessor", "passage": 0, "start": at, "end": at + 10, "score": 0.8}
    bare = item(FIRST, part("payer", "The Lessee"), part("amount", "EUR 500"))
    lacking = assessed(
        grounded(bare), [verdict()], [row | {"candidate": 0, "part": "payee", "reason": "whom?"}]
    )
    (finding,) = lacking.findings
    assert (finding.kind, finding.part, finding.candidate_index) == (FindingKind.MISSING, "payee", 0)
    assert status(lacking) == ("unsettled", "payee: whom?")


def test_a_critic_that_does_not_judge_records_neither_doubts_nor_verifies_them() -> None:
    silent = assessed(grounded(WHOLE), [verdict(right=None, reason="not my trade")])
    assert silent.findings == ()
    assert decide([silent], 3).stop is StopReason.CLEAN
    done = results_of({0: [silent]}, SCHEMA)
    assert [(e.status, e.reason) for e in done.extractions] == [(ExtractionStatus.UNSETTLED, "not my trade")]
    cells = {c.field: (c.state, c.reason) for c in done.coverage}
    assert cells["payment"] == (CellState.UNSETTLED, "not my trade")


def test_a_field_without_a_search_is_failed_and_not_absent() -> None:
    nothing = assessed(grounded(unable=["payment", "nosuch"]), [])
    cells = {c.field: (c.state, c.reason) for c in results_of({0: [nothing]}, SCHEMA).coverage}
    assert cells == {"payment": (CellState.FAILED, CANNOT), "title": (CellState.ABSENT, "")}


def test_the_generator_s_reason_for_no_search_is_told() -> None:
    slow = assessed(grounded(unable={"title": "its pattern is too slow", "payment": "", "nosuch": "?"}), [])
    results = results_of({0: [slow]}, SCHEMA)
    cells = {c.field: (c.state, c.reason) for c in results.coverage}
    reasons = {"payment": CANNOT, "title": "its pattern is too slow"}
    assert cells == {name: (CellState.FAILED, why) for name, why in reasons.items()}
    assert results.not_looked_for == reasons


def test_a_round_that_corrects_one_part_of_two_is_accepted() -> None:
    both = item(FIRST, part("payer", "Nobody"), part("payee", "Someone"), part("amount", "EUR 500"))
    mended = item(FIRST, part("payer", "The Lessee"), part("payee", "Someone"), part("amount", "EUR 500"))
    history = [assessed(grounded(i), [verdict()]) for i in (both, mended)]
    assert accepted_index(history) == 1


# ---------------------------------------------------------------- laws

_WORDS = st.sampled_from(
    ["The Lessee", "The Agent", "the Lessor", "EUR 500", "30 days", "Nobody", "EUR 9", ""]
)
_NAMES = st.sampled_from(["payer", "payee", "amount", "days", "receiver"])
_PARTS = st.lists(st.builds(part, _NAMES, _WORDS, _WORDS), max_size=5)
_ITEMS = st.lists(
    st.builds(
        lambda quote, parts: item(quote, *parts),
        st.sampled_from([FIRST, SECOND, "shall pay", "", "no"]),
        _PARTS,
    ),
    max_size=4,
)
_VERDICTS = st.lists(
    st.builds(
        verdict,
        st.integers(0, 4),
        st.none() | st.floats(0, 1),
        st.none() | _NAMES,
        flagged=st.booleans(),
        reason=st.sampled_from(["", "because"]),
    ),
    max_size=8,
)


@given(st.lists(st.tuples(_ITEMS, _VERDICTS), min_size=1, max_size=3), st.just(TEXT))
def test_no_part_is_verified_outside_a_verified_record(rounds: Any, text: str) -> None:
    history = [assessed(grounded(*items), verdicts) for items, verdicts in rounds]
    accepted = history[accepted_index(history)]
    done = results_of({0: history}, SCHEMA)
    flagged = {
        accepted.candidates[f.candidate_index].value
        for f in accepted.findings
        if f.candidate_index is not None
    }
    for record in (e for e in done.extractions if e.status is ExtractionStatus.VERIFIED):
        assert record.citation is not None and record.score is not None and record.value not in flagged
        assert {p.name for p in record.parts} >= {p.name for p in PARTS if p.required}
        for own in record.parts:
            assert own.citation is not None
            assert own.quote == "".join(text[s.start : s.end] for s in own.citation.spans)
        assert json.loads(record.value) == {p.name: p.value for p in record.parts}


@given(_ITEMS, _VERDICTS)
def test_every_proposed_record_ends_as_one_extraction(items: Any, verdicts: Any) -> None:
    answer = grounded(*items)
    done = results_of({0: [assessed(answer, verdicts)]}, SCHEMA)
    assert sorted(e.value for e in done.extractions) == sorted(c.value for c in answer.candidates)
    assert {c.field for c in done.coverage} == {FieldName("payment"), FieldName("title")}
