"""The laws of the state machine, with noisy generators and noisy critics."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.answers import malformed
from tasks.core.assessment import Assessment, assess, failed_assessment, ground_answer
from tasks.core.budget import CutOff
from tasks.core.records import (
    Candidate,
    CellState,
    Citation,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    MatchKind,
    Span,
)
from tasks.core.revision import StopReason, accepted_index, burden, decide
from tasks.core.schema import parse_schema
from tasks.core.settlement import settle
from tests.unit.core.builders import body_chunk, page, small_schema

SCHEMA = small_schema("skills", "employers")


def candidate(word: int, field: str = "skills", grounded: bool = True) -> Candidate:
    citation = Citation((Span(word, word + 1),), (1,), None, MatchKind.EXACT) if grounded else None
    return Candidate(FieldName(field), f"w{word}", f"w{word}", 0.5, citation)


def finding(
    kind: FindingKind, index: int | None, score: float, source: FindingSource = FindingSource.CRITIC
) -> Finding:
    return Finding(kind, source, FieldName("skills"), index, "", None, score, "because")


def absent(candidates: tuple[Candidate, ...]) -> list[Finding]:
    """What grounding finds, always, whoever else answers."""
    ungrounded = [i for i, c in enumerate(candidates) if not c.citation]
    return [finding(FindingKind.REDUNDANT, i, 1.0, FindingSource.GROUNDING) for i in ungrounded]


@st.composite
def assessments(draw: st.DrawFn, round_number: int) -> Assessment:
    kind = draw(st.sampled_from(["answer"] * 8 + ["generator", "critic", "unreadable"]))
    if kind == "generator":
        return failed_assessment(round_number, "timed_out")
    if kind == "unreadable":
        return Assessment(round_number, (), (), (malformed("cut off"),))
    fields = st.sampled_from(["skills", "employers"])
    words = draw(
        st.lists(st.tuples(st.integers(0, 3), fields, st.booleans()), max_size=4, unique_by=lambda w: w[:2])
    )
    candidates = tuple(candidate(w, f, g) for w, f, g in words)
    if kind == "critic":
        return Assessment(
            round_number, candidates, (None,) * len(words), tuple(absent(candidates)), None, "unavailable"
        )
    flagged = draw(st.lists(st.sampled_from(range(len(words))), unique=True)) if words else []
    findings = [finding(FindingKind.REDUNDANT, i, draw(st.floats(0.1, 1))) for i in flagged]
    findings += [
        finding(FindingKind.REDUNDANT, i, 1.0, FindingSource.GROUNDING)
        for i, c in enumerate(candidates)
        if not c.citation
    ]
    findings += [
        finding(FindingKind.MISSING, None, draw(st.floats(0.1, 1))) for _ in range(draw(st.integers(0, 2)))
    ]
    return Assessment(round_number, candidates, (0.9,) * len(words), tuple(findings))


@st.composite
def histories(draw: st.DrawFn, max_size: int = 5) -> list[Assessment]:
    return [draw(assessments(n + 1)) for n in range(draw(st.integers(1, max_size)))]


@given(histories())
def test_accepted_state_never_gets_worse(history: list[Assessment]):
    standing = [accepted_index(history[: n + 1]) for n in range(len(history))]
    for before, after in pairwise(standing):
        assert after == before or burden(history[after]).is_not_worse_than(burden(history[before]))


@given(histories(max_size=8), st.integers(1, 4))
def test_loop_ends_within_its_rounds(history: list[Assessment], max_rounds: int):
    rounds = 1
    while decide(history[:rounds], max_rounds).stop is None:
        rounds += 1
        assert rounds <= max_rounds
        history.append(history[-1])


@given(histories(), st.sampled_from(CutOff))
def test_used_up_budget_stops_and_changes_nothing_that_stands(history: list[Assessment], ended: CutOff):
    unasked = failed_assessment(len(history) + 1, ended.value)
    cut = decide([*history, unasked], max_rounds=99)
    assert cut.stop is StopReason.BUDGET
    if any(not a.generator_error for a in history):
        assert cut.accepted_index == accepted_index(history)


@given(histories(), st.sampled_from(CutOff))
def test_what_a_budget_leaves_open_says_so(history: list[Assessment], ended: CutOff):
    done = settle({0: [*history, failed_assessment(len(history) + 1, ended.value)]}, SCHEMA)
    open_cells = [c for c in done.coverage if c.state in (CellState.UNSETTLED, CellState.FAILED)]
    open_values = [e for e in done.extractions if e.status is ExtractionStatus.UNSETTLED]
    assert all(row.reason.endswith(f"not asked again: {ended.reason}") for row in [*open_cells, *open_values])


def test_chunk_that_a_budget_left_unasked_is_failed_with_the_reason():
    done = settle({0: [failed_assessment(1, CutOff.DOCUMENT_TOKENS.value)]}, SCHEMA)
    assert {(c.state, c.reason) for c in done.coverage} == {
        (CellState.FAILED, "not asked: the tokens of the document were used up")
    }


@given(st.lists(histories(), min_size=1, max_size=4))
def test_no_cell_is_missing_and_none_stands_twice(several: list[list[Assessment]]):
    done = settle(dict(enumerate(several)), SCHEMA)
    cells = [(c.chunk_index, c.field) for c in done.coverage]
    assert sorted(cells) == sorted((i, f) for i in range(len(several)) for f in SCHEMA.field_names)


@given(st.lists(histories(), min_size=1, max_size=4))
def test_nothing_is_verified_without_a_citation_and_a_verdict_or_with_a_flag(several: list[list[Assessment]]):
    done = settle(dict(enumerate(several)), SCHEMA)
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
    done = settle(dict(enumerate(several)), SCHEMA)
    kept = {(e.field, e.value) for e in done.extractions}
    assert {(c.field, c.value) for h in several for a in h for c in a.candidates} == kept


@given(st.lists(histories(), min_size=1, max_size=3))
def test_same_value_at_one_place_is_one_extraction(several: list[list[Assessment]]):
    rows = [e for e in settle(dict(enumerate(several)), SCHEMA).extractions if e.citation]
    places = [(e.field, e.value, e.citation.spans) for e in rows if e.citation]
    assert len(places) == len(set(places))


def test_clean_answer_stops_at_once():
    clean = Assessment(1, (candidate(1),), (0.9,), ())
    assert decide([clean], 3).stop is StopReason.CLEAN


def test_flagged_answer_goes_again():
    flagged = Assessment(1, (candidate(1),), (0.1,), (finding(FindingKind.REDUNDANT, 0, 0.9),))
    assert decide([flagged], 3).stop is None


def test_same_answer_again_is_a_fixed_point_and_an_older_one_a_cycle():
    first = Assessment(1, (candidate(1),), (0.1,), (finding(FindingKind.REDUNDANT, 0, 0.9),))
    second = Assessment(2, (candidate(2),), (0.1,), (finding(FindingKind.REDUNDANT, 0, 0.9),))
    assert decide([first, first], 9).stop is StopReason.FIXED_POINT
    assert decide([first, second, first], 9).stop is StopReason.CYCLE


def test_worse_round_is_not_accepted_and_its_values_are_rejected():
    first = Assessment(1, (candidate(1),), (0.4,), (finding(FindingKind.REDUNDANT, 0, 0.6),))
    worse = Assessment(2, (candidate(2),), (0.1,), (finding(FindingKind.REDUNDANT, 0, 0.9),))
    assert accepted_index([first, worse]) == 0
    by_value = {e.value: e.status for e in settle({0: [first, worse]}, SCHEMA).extractions}
    assert by_value == {"w1": ExtractionStatus.UNSETTLED, "w2": ExtractionStatus.REJECTED}


def test_failed_round_never_replaces_an_answer():
    first = Assessment(1, (candidate(1),), (0.4,), (finding(FindingKind.REDUNDANT, 0, 0.6),))
    assert accepted_index([first, failed_assessment(2, "unavailable")]) == 0


def test_answer_that_could_not_be_read_yields_to_one_that_could():
    lacking = tuple(finding(FindingKind.MISSING, None, 0.5) for _ in range(3))
    broken = Assessment(1, (), (), (malformed("cut off"), *lacking))
    doubted = tuple(finding(FindingKind.REDUNDANT, i, 0.9) for i in range(2))
    whole = Assessment(2, (candidate(0), candidate(1), candidate(2)), (0.1, 0.1, 0.9), doubted)
    assert accepted_index([broken, whole]) == 1
    assert accepted_index([whole, broken]) == 0
    assert accepted_index([broken, failed_assessment(2, "timed_out")]) == 0


def test_run_without_critic_verifies_nothing():
    alone = Assessment(1, (candidate(1),), (None,), (), None, "no_critic")
    assert decide([alone], 3).stop is StopReason.NO_CRITIC
    done = settle({0: [alone]}, SCHEMA)
    assert [e.status for e in done.extractions] == [ExtractionStatus.UNSETTLED]


def test_value_doubted_in_one_of_two_chunks_is_unsettled_in_both():
    sure = Assessment(1, (candidate(1),), (0.9,), ())
    doubted = Assessment(1, (candidate(1),), (0.2,), (finding(FindingKind.REDUNDANT, 0, 0.8),))
    done = settle({0: [sure], 1: [doubted]}, SCHEMA)
    assert [e.status for e in done.extractions] == [ExtractionStatus.UNSETTLED]
    cells = {(c.chunk_index, c.field): c.state for c in done.coverage}
    assert cells[(0, FieldName("skills"))] is CellState.UNSETTLED


def test_unanswered_missing_finding_leaves_the_cell_unsettled():
    asked = Assessment(1, (), (), (finding(FindingKind.MISSING, None, 0.8),))
    cells = {c.field: c.state for c in settle({0: [asked]}, SCHEMA).coverage}
    assert cells == {"skills": CellState.UNSETTLED, "employers": CellState.ABSENT}


def test_chunk_without_an_answer_is_failed_for_every_field():
    cells = settle({0: [failed_assessment(1, "unavailable")], 1: []}, SCHEMA).coverage
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
    done = settle({0: [Assessment(1, candidates, (0.9,) * 3, ())]}, schema)
    assert [e.normal for e in done.extractions] == ["P30D", None, None]


def test_absent_cells_say_which_pages_nobody_read():
    clean = Assessment(1, (candidate(1),), (0.9,), ())
    cells = {c.field: c for c in settle({0: [clean]}, SCHEMA, "pages not read: 3").coverage}
    assert (cells["skills"].state, cells["skills"].reason) == (CellState.FOUND, "")
    assert (cells["employers"].state, cells["employers"].reason) == (CellState.ABSENT, "pages not read: 3")


def test_an_empty_answer_stays_readable_when_the_critique_is_not():
    body, page_1 = body_chunk("nothing of the kind"), page(1, 0, 19)
    answer = ground_answer('{"items": []}', SCHEMA, body, "nothing of the kind", (page_1,), ())
    unread = assess(1, answer, "no JSON at all", None, SCHEMA, body, "nothing of the kind", (page_1,))
    assert burden(unread).failed == 0 and unread.findings
