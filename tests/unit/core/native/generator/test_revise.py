from typing import Any

from tasks.core.native.generator.revise import SURE, revise_answer
from tests.unit.core.native.scenes import SKILLS, request

TEXT = "Python, Flask and Django"


def item(value: str, score: float) -> dict[str, Any]:
    return {"field": "skills", "value": value, "quote": value, "score": score}


def finding(kind: str, value: str, score: float) -> dict[str, Any]:
    return {"kind": kind, "field": "skills", "value": value, "quote": value, "reason": "", "score": score}


def revised(previous: list[dict[str, Any]], findings: list[dict[str, Any]], score: float = 0.0) -> list[str]:
    second = request(SKILLS, ("body", TEXT), round=2, previous=previous, findings=findings)
    rows = revise_answer(second, lambda _field, quote: (quote, score), lambda _field: 0.3)
    return [row["value"] for row in rows]


def test_a_doubted_value_the_generator_is_unsure_of_is_dropped() -> None:
    assert revised([item("Python", SURE - 0.1)], [finding("redundant", "Python", 0.1)]) == []


def test_a_doubted_value_the_generator_is_surer_of_stays() -> None:
    assert revised([item("Python", 0.8)], [finding("redundant", "Python", 0.7)]) == ["Python"]


def test_a_value_that_is_not_in_the_source_is_dropped_however_sure() -> None:
    assert revised([item("Python", 0.99)], [finding("redundant", "Python", 1.0)]) == []


def test_a_value_without_a_doubt_stays() -> None:
    assert revised([item("Python", 0.1)], [finding("redundant", "Flask", 1.0)]) == ["Python"]


def test_a_missing_value_is_added_in_its_place_when_the_generator_agrees() -> None:
    assert revised([item("Django", 0.9)], [finding("missing", "Flask", 0.8)], score=0.4) == [
        "Flask",
        "Django",
    ]


def test_a_missing_value_the_generator_does_not_believe_is_not_added() -> None:
    assert revised([item("Django", 0.9)], [finding("missing", "Flask", 0.8)], score=0.2) == ["Django"]


def test_what_stays_keeps_its_order() -> None:
    previous = [item("Django", 0.9), item("Python", 0.9)]
    assert revised(previous, [finding("missing", "Flask", 0.8)], score=0.4) == ["Django", "Python", "Flask"]
