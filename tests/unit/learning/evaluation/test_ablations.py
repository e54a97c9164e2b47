from tasks.learning.evaluation.ablations import (
    CONTROL,
    FIRST_DRAFT,
    MISSING_ONLY,
    REDUNDANT_ONLY,
    VERIFIED,
    WITH_UNSETTLED,
    systems_of,
)
from tests.unit.learning.evaluation.contracts import drafted, gold, replayed, value

CONTRACT = replayed(
    gold(),
    draft=(
        drafted("term", "five years", 0.9, 0.8),
        drafted("term", "ten days", 0.5, 0.1, flagged=True),
        drafted("term", "a month", 0.2, 0.7),
        drafted("law", "Texas", 0.8, None),
    ),
    verified=(value("term", "five years"), value("term", "one week")),
    unsettled=(value("term", "a month"),),
    added=(value("term", "one week"),),
)


def quotes(name: str, threshold: float | None = 0.4) -> dict[str, list[str]]:
    return {f: list(q) for f, q in systems_of([CONTRACT], threshold)[name][0].items()}


def test_the_first_draft_is_everything_that_was_grounded() -> None:
    assert quotes(FIRST_DRAFT) == {"term": ["five years", "ten days", "a month"], "law": ["Texas"]}


def test_the_control_is_the_draft_from_the_generators_own_threshold_on() -> None:
    assert quotes(CONTROL) == {"term": ["five years", "ten days"], "law": ["Texas"]}


def test_the_redundant_path_alone_keeps_what_has_a_verdict_and_no_flag() -> None:
    assert quotes(REDUNDANT_ONLY) == {"term": ["five years", "a month"]}


def test_the_missing_path_alone_adds_to_the_control() -> None:
    assert quotes(MISSING_ONLY) == {"term": ["five years", "ten days", "one week"], "law": ["Texas"]}


def test_verified_and_unsettled_are_what_the_run_says() -> None:
    assert quotes(VERIFIED) == {"term": ["five years", "one week"]}
    assert quotes(WITH_UNSETTLED) == {"term": ["five years", "one week", "a month"]}


def test_without_a_threshold_there_is_no_control() -> None:
    assert CONTROL not in systems_of([CONTRACT], None)
    assert quotes(MISSING_ONLY, None)["term"] == ["five years", "ten days", "a month", "one week"]
