"""The words around a value: the label above it, and bare values below their labels."""

from __future__ import annotations

from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.own.zones import Zones
from tasks.core.schema import FieldType
from tests.unit.core.native.own.evidence.scenes import found, made

PROSE = "The provider keeps the service open for the customer at all hours of the day and of the night.\n" * 2
FORM = PROSE + "Subscription start\n12/01/2031\nInitial term\n36 months\nRenewal term\n12 months each\n"


def zones_by_value(kind: FieldType, text: str) -> dict[str, Zones]:
    candidates = found(text, made(kind))["x"]
    pairs: zip[tuple[CandidateSpan, Zones]] = zip(candidates.spans, candidates.zones, strict=True)
    return {text[span.start : span.end]: zones for span, zones in pairs}


def test_bare_value_below_a_label_is_a_candidate_with_that_label() -> None:
    zones = zones_by_value(FieldType.DATE, FORM)["12/01/2031"]
    assert zones.label.strip() == "Subscription start"
    assert "Subscription start" in zones.sentence


def test_value_below_a_short_line_has_it_as_label() -> None:
    zones = zones_by_value(FieldType.DURATION, FORM)
    assert zones["36 months"].label.strip() == "Initial term"
    assert zones["12 months"].label.strip() == "Renewal term"


def test_line_of_prose_is_no_label() -> None:
    text = "The tenant pays the rent on the first day of a month, in advance, namely\n$900.00 in cash.\n"
    assert not zones_by_value(FieldType.MONEY, text)["$900.00"].label
