"""The history of a value says, round by round, what became of it and what was said of it."""

from __future__ import annotations

import pytest

from tasks.core.evidence.chunk_trail import ChunkRound
from tasks.core.evidence.history import history_of
from tasks.core.evidence.page import ShownReview
from tasks.core.records import FindingKind, Stage
from tests.unit.core.evidence.trails import AT, answer, candidate, finding, played, trail, value

REDUNDANT, MISSING, MALFORMED = FindingKind.REDUNDANT, FindingKind.MISSING, FindingKind.MALFORMED


@pytest.mark.parametrize(
    ("rounds", "changes"),
    [
        ([["Python"]], ["first"]),
        ([["Python"], ["Python", "Flask"]], ["first", "kept"]),
        ([["Flask"], ["Python"]], ["absent", "added"]),
        ([["Python"], ["Flask"]], ["first", "dropped"]),
        ([["Python"], ["Flask"], ["Flask"]], ["first", "dropped", "absent"]),
        ([["Python"], [], ["Python"]], ["first", "dropped", "back"]),
        ([["Python and"], ["Python"]], ["first", "changed"]),
        ([["Python"], ["Python and Flask"]], ["first", "changed"]),
        ([[], ["Python and"], ["Python"]], ["absent", "added", "changed"]),
        ([["Flask"], []], ["absent", "absent"]),
    ],
)
def test_each_round_says_what_became_of_the_value(rounds: list[list[str]], changes: list[str]) -> None:
    shown = history_of(value("Python"), trail(*(played(n, *r) for n, r in enumerate(rounds, 1))))
    assert [r.change for r in shown.rounds] == changes


def test_round_in_which_the_generator_failed_drops_nothing() -> None:
    rounds = (played(1, "Python"), played(2, error="timed_out"), played(3, "Python"))
    shown = history_of(value("Python"), trail(*rounds))
    assert [r.change for r in shown.rounds] == ["first", "absent", "kept"]
    assert (shown.rounds[1].error, shown.rounds[1].answered, shown.rounds[1].critic) == ("timed_out", (), "")


def test_values_that_stood_beside_each_other_are_no_forms_of_each_other() -> None:
    both = played(1, "Python", "Python and Flask")
    shown = history_of(value("Python"), trail(both, played(2, "Python and Flask")))
    assert [r.change for r in shown.rounds] == ["first", "dropped"]


def test_value_of_another_field_with_the_same_words_is_another_value() -> None:
    other = candidate("Python", field="employers")
    rounds = ChunkRound(answer(Stage.GENERATE, 1), None, (other,), (0.5,), ())
    shown = history_of(value("Python"), trail(rounds))
    assert (shown.rounds[0].change, shown.rounds[0].answered, shown.rounds[0].probability) == (
        "absent",
        (),
        None,
    )


def test_probability_is_that_of_the_value_in_each_round() -> None:
    rounds = (played(1, "Python", "Flask"), played(2, "Python", "2019", "Flask"), played(3, "Python"))
    shown = history_of(value("Flask"), trail(*rounds))
    assert [r.probability for r in shown.rounds] == [pytest.approx(0.2), pytest.approx(0.3), None]
    assert [r.answered for r in shown.rounds] == [
        ("Python", "Flask"),
        ("Python", "2019", "Flask"),
        ("Python",),
    ]


def test_findings_about_the_value_and_its_field_are_shown_and_those_about_others_are_not() -> None:
    findings = (
        finding(REDUNDANT, "Flask", 1),
        finding(REDUNDANT, "Python", 0),
        finding(MISSING, "2019"),
        finding(MALFORMED, "", field=None),
        finding(REDUNDANT, "Flask", 1, field="employers"),
    )
    shown = history_of(value("Flask"), trail(played(1, "Python", "Flask", findings=findings)))
    rows = [(f.kind, f.quote, f.is_about_value) for f in shown.rounds[0].findings]
    assert rows == [("redundant", "Flask", True), ("missing", "2019", False), ("malformed", "", False)]


def test_finding_that_the_value_is_missing_is_about_it_before_it_stands_there() -> None:
    lacking = played(1, findings=(finding(MISSING, "Flask"), finding(MISSING, "2019")))
    shown = history_of(value("Flask", round_number=2), trail(lacking, played(2, "Flask")))
    assert [(f.quote, f.is_about_value) for f in shown.rounds[0].findings] == [
        ("Flask", True),
        ("2019", False),
    ]


def test_finding_about_the_earlier_form_of_the_value_is_about_the_value() -> None:
    wide = played(1, "Python and Flask", findings=(finding(REDUNDANT, "Python and Flask", 0),))
    shown = history_of(value("Flask"), trail(wide, played(2, "Flask")))
    assert [f.is_about_value for f in shown.rounds[0].findings] == [True]
    assert [r.change for r in shown.rounds] == ["first", "changed"]


def test_history_keeps_stop_accepted_rounds_and_reviews() -> None:
    review = ShownReview("ada", "accepted", "", "as written", AT)
    rounds = (played(1, "Python"), played(2, "Flask", accepted=False))
    shown = history_of(value("Python"), trail(*rounds, stop="max_rounds"), (review,))
    assert (shown.stop, shown.chunk_index, shown.reviews) == ("max_rounds", 0, (review,))
    assert [r.is_accepted for r in shown.rounds] == [True, False]


def test_without_places_a_value_is_known_by_its_words() -> None:
    bare = candidate("Python")
    shown = history_of(
        value("Python"),
        trail(
            ChunkRound(answer(Stage.GENERATE, 1), None, (bare,), (), (finding(REDUNDANT, "Python", 0),)),
            ChunkRound(answer(Stage.GENERATE, 2), None, (), (), ()),
            stop="",
            is_rebuilt=False,
        ),
    )
    assert [r.change for r in shown.rounds] == ["first", "dropped"]
    assert [r.probability for r in shown.rounds] == [None, None]
    assert [f.is_about_value for f in shown.rounds[0].findings] == [True]


def test_value_without_a_place_is_found_by_its_quote() -> None:
    shown = history_of(value("Django"), trail(played(1, "Python", "Django"), played(2, "Python")))
    assert [r.change for r in shown.rounds] == ["first", "dropped"]
