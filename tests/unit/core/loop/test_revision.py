"""The laws of the state machine, with noisy generators and noisy critics."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.answers import malformed
from tasks.core.cost.budget import CutOff
from tasks.core.grounding.records import ChunkSource
from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.loop.assessment import Assessment, assess, failed_assessment
from tasks.core.loop.grounded_answer import ground_answer
from tasks.core.loop.results import results_of
from tasks.core.loop.revision import StopReason, accepted_index, burden, decide, was_refused
from tasks.core.records import ExtractionStatus, FindingKind
from tests.unit.core.builders import body_chunk, page
from tests.unit.core.loop.drawn import SCHEMA, candidate, finding, histories


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


def test_a_refused_answer_is_asked_for_again_only_where_a_copy_would_hide_what_could_not_be_read():
    doubt = finding(FindingKind.REDUNDANT, 0, 0.5)
    accepted = Assessment(1, (candidate(1),), (0.5,), (doubt,))
    worse = Assessment(2, (candidate(2),), (0.1,), (finding(FindingKind.REDUNDANT, 0, 0.9),))
    assert was_refused([accepted, worse])
    assert not was_refused([worse, accepted]) and not was_refused([accepted])
    unread = Assessment(1, (candidate(1),), (0.5,), (doubt, malformed("cut")))
    assert not was_refused([unread, Assessment(2, (), (), (malformed("a"), malformed("b")))])
    assert not was_refused([accepted, failed_assessment(2, "timed_out")])


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
    by_value = {e.value: e.status for e in results_of({0: [first, worse]}, SCHEMA).extractions}
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
    done = results_of({0: [alone]}, SCHEMA)
    assert [e.status for e in done.extractions] == [ExtractionStatus.UNSETTLED]


def test_an_empty_answer_stays_readable_when_the_critique_is_not():
    body, page_1 = body_chunk("nothing of the kind"), page(1, 0, 19)
    answer = ground_answer('{"items": []}', SCHEMA, body, "nothing of the kind", (page_1,), UnprovableWords())
    source = ChunkSource(body, "nothing of the kind", (page_1,))
    unread = assess(1, answer, "no JSON at all", None, SCHEMA, source)
    assert burden(unread).failed == 0 and unread.findings
