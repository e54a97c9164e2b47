"""The end of a run: no value and no cell is lost, and nothing is verified that was not countersigned."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.cost.budget import CutOff
from tasks.core.loop.assessment import Assessment, failed_assessment
from tasks.core.loop.document_facts import DocumentFacts
from tasks.core.loop.results import results_of
from tasks.core.loop.revision import accepted_index
from tasks.core.records import (
    Candidate,
    CellState,
    Citation,
    ExtractionStatus,
    FieldName,
    FindingKind,
    MatchKind,
    Span,
)
from tasks.core.schema import parse_schema
from tests.unit.core.loop.drawn import SCHEMA, candidate, finding, histories


@given(histories(), st.sampled_from(CutOff))
def test_what_a_budget_leaves_open_says_so(history: list[Assessment], ended: CutOff):
    done = results_of({0: [*history, failed_assessment(len(history) + 1, ended.value)]}, SCHEMA)
    open_cells = [c for c in done.coverage if c.state in (CellState.UNSETTLED, CellState.FAILED)]
    open_values = [e for e in done.extractions if e.status is ExtractionStatus.UNSETTLED]
    assert all(row.reason.endswith(f"not asked again: {ended.reason}") for row in [*open_cells, *open_values])


def test_chunk_that_a_budget_left_unasked_is_failed_with_the_reason():
    done = results_of({0: [failed_assessment(1, CutOff.DOCUMENT_TOKENS.value)]}, SCHEMA)
    assert {(c.state, c.reason) for c in done.coverage} == {
        (CellState.FAILED, "not asked: the tokens of the document were used up")
    }


@given(st.lists(histories(), min_size=1, max_size=4))
def test_no_cell_is_missing_and_none_stands_twice(several: list[list[Assessment]]):
    done = results_of(dict(enumerate(several)), SCHEMA)
    cells = [(c.chunk_index, c.field) for c in done.coverage]
    assert sorted(cells) == sorted((i, f) for i in range(len(several)) for f in SCHEMA.field_names)


@given(st.lists(histories(), min_size=1, max_size=4))
def test_nothing_is_verified_without_a_citation_and_a_verdict_or_with_a_flag(several: list[list[Assessment]]):
    done = results_of(dict(enumerate(several)), SCHEMA)
    for extraction in (e for e in done.extractions if e.status is ExtractionStatus.VERIFIED):
        assert extraction.citation is not None and extraction.score is not None
        for history in several:
            accepted = history[accepted_index(history)]
            for index, c in enumerate(accepted.candidates):
                if (c.field, c.value, c.citation) == (
                    extraction.field,
                    extraction.value,
                    extraction.citation,
                ):
                    assert not accepted.flags_of(index)


@given(st.lists(histories(), min_size=1, max_size=3))
def test_no_proposal_is_lost(several: list[list[Assessment]]):
    done = results_of(dict(enumerate(several)), SCHEMA)
    kept = {(e.field, e.value) for e in done.extractions}
    assert {(c.field, c.value) for h in several for a in h for c in a.candidates} == kept


@given(st.lists(histories(), min_size=1, max_size=3))
def test_same_value_at_one_place_is_one_extraction(several: list[list[Assessment]]):
    rows = [e for e in results_of(dict(enumerate(several)), SCHEMA).extractions if e.citation]
    places = [(e.field, e.value, e.citation.spans) for e in rows if e.citation]
    assert len(places) == len(set(places))


def test_value_doubted_in_one_of_two_chunks_is_unsettled_in_both():
    sure = Assessment(1, (candidate(1),), (0.9,), ())
    doubted = Assessment(1, (candidate(1),), (0.2,), (finding(FindingKind.REDUNDANT, 0, 0.8),))
    done = results_of({0: [sure], 1: [doubted]}, SCHEMA)
    assert [e.status for e in done.extractions] == [ExtractionStatus.UNSETTLED]
    cells = {(c.chunk_index, c.field): c.state for c in done.coverage}
    assert cells[(0, FieldName("skills"))] is CellState.UNSETTLED


def test_unanswered_missing_finding_leaves_the_cell_unsettled():
    asked = Assessment(1, (), (), (finding(FindingKind.MISSING, None, 0.8),))
    cells = {c.field: c.state for c in results_of({0: [asked]}, SCHEMA).coverage}
    assert cells == {"skills": CellState.UNSETTLED, "employers": CellState.ABSENT}


def test_chunk_without_an_answer_is_failed_for_every_field():
    cells = results_of({0: [failed_assessment(1, "unavailable")], 1: []}, SCHEMA).coverage
    assert {c.state for c in cells} == {CellState.FAILED}


def test_extractions_have_the_normal_form_of_their_type():
    schema = parse_schema(
        "name: lease\ntitle: Lease\nfields:\n"
        "  - {name: notice, title: Notice, description: How long., type: duration}\n"
        "  - {name: landlord, title: Landlord, description: Who., type: text}\n",
        "lease.yaml",
    )
    citation = Citation((Span(0, 5),), (1,), None, MatchKind.EXACT)
    said = [("notice", "thirty (30) days"), ("notice", "30 to 60 days"), ("landlord", "30 days")]
    candidates = tuple(Candidate(FieldName(f), v, v, 0.5, citation) for f, v in said)
    done = results_of({0: [Assessment(1, candidates, (0.9,) * 3, ())]}, schema)
    assert [e.normal for e in done.extractions] == ["P30D", None, None]


def test_absent_cells_say_which_pages_nobody_read():
    clean = Assessment(1, (candidate(1),), (0.9,), ())
    done = results_of({0: [clean]}, SCHEMA, DocumentFacts(unread="pages not read: 3"))
    assert {c.field: (c.state, c.reason) for c in done.coverage} == {
        "skills": (CellState.FOUND, ""),
        "employers": (CellState.ABSENT, "pages not read: 3"),
    }
