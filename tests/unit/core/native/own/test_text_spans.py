"""The candidates of a text or name field, trimmed, once each, and with the field's own."""

from __future__ import annotations

import json

import pytest

from tasks.core.native.own.signs import field_signs
from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.native.own.text_spans import text_spans
from tasks.core.native.request import Request, read_request
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.schema.fields import MarkedExample
from tests.unit.core.native.scenes import body


def made(kind: FieldType = FieldType.TEXT, **keys: object) -> SchemaField:
    return SchemaField.model_validate(
        {"name": "x", "title": "Thing", "description": "x", "type": kind, **keys}
    )


def request(field: SchemaField, text: str) -> Request:
    schema = Schema(name="s", title="S", fields=(field,))
    return read_request(json.loads(json.dumps(body(schema, "generate", ("body", text)))))


def spans(field: SchemaField, text: str) -> list[CandidateSpan]:
    asked = request(field, text)
    return text_spans(asked, field_signs(asked.cues["x"]))


def values(field: SchemaField, text: str) -> list[str]:
    return [s.value for s in spans(field, text)]


CONTRACT = (
    "THIS LEASE is made between Tarnholt Homes, LLC, an Ohio company (the “Landlord”), and Mr. Callum J. Renfrew.\n"
    "It is governed by the laws of the State of Ohio. The rent is $1,200.00 a month.\n"
    "Policy no. BRC-PL-2025-004417. Position: Head of Calibration.\n"
)


@pytest.mark.parametrize(
    "value",
    [
        "Tarnholt Homes, LLC",
        "Callum J. Renfrew",
        "State of Ohio",
        "BRC-PL-2025-004417",
        "Head of Calibration",
    ],
)
def test_value_has_a_span_of_exactly_its_range(value: str) -> None:
    assert value in values(made(), CONTRACT)


def test_range_of_a_span_is_its_value() -> None:
    asked = request(made(), CONTRACT)
    for span in text_spans(asked, field_signs(asked.cues["x"])):
        words = asked.passages[span.passage_index][span.start : span.end]
        assert " ".join(words.split()) == span.value


def test_ranges_are_in_order_and_once_each() -> None:
    keys = [(s.passage_index, s.start, s.end) for s in spans(made(), CONTRACT)]
    assert keys == sorted(set(keys))


def test_name_field_has_no_identifiers_places_or_phrases() -> None:
    kinds = {s.kind for s in spans(made(FieldType.NAME), CONTRACT)}
    assert kinds <= {SpanKind.NAME, SpanKind.PROPER, SpanKind.LABELLED, SpanKind.PATTERN}
    assert "Tarnholt Homes, LLC" in values(made(FieldType.NAME), CONTRACT)


def test_group_of_a_pattern_is_a_span_and_so_is_the_word_it_cut() -> None:
    field = made(cues=("/编号[:：](HYJC-\\d{4}-)/",))
    found = [s.value for s in spans(field, "合同编号：HYJC-2024-设采-0137。") if s.kind is SpanKind.PATTERN]
    assert "HYJC-2024-设采-0137" in found


def test_words_behind_a_cue_are_a_span() -> None:
    field = made(cues=("is painted in",))
    assert "dove grey" in values(field, "Every wall of the house is painted in dove grey.")


def test_marked_example_gives_a_pattern_span() -> None:
    example = MarkedExample(text="the vessel Aurora sails from Hull", value="Aurora")
    found = spans(made(examples=(example,)), "Today the vessel Bright Morning sails from Leith.")
    assert ("Bright Morning", SpanKind.PATTERN) in [(s.value, s.kind) for s in found]


def test_sum_is_a_span_of_a_field_that_may_be_one() -> None:
    limit = made(title="Liability cap")
    assert "$1,200.00" in values(limit, CONTRACT)
    assert "$1,200.00" not in values(made(title="Colour"), CONTRACT)


def test_word_hyphenated_at_a_line_end_is_one_word() -> None:
    assert "Rheinwerk Antriebstechnik GmbH" in values(
        made(),
        "The employer is Rheinwerk Antriebs-\ntechnik GmbH, Industriestrasse 14, in the city of Cologne.",
    )


def test_name_that_a_unit_cuts_behind_pte_is_whole() -> None:
    assert "Raffling Trustees Pte. Ltd." in values(made(), "held by Raffling Trustees Pte. Ltd. (the Agent).")


def test_words_of_contracts_are_no_names() -> None:
    text = "The Borrower shall pay the Lender on each Business Day. The Borrower shall not pay the Agent."
    assert values(made(), text) == []


def test_repeated_words_have_few_spans() -> None:
    text = " ".join(f"Part {i} is for Callum Renfrew alone." for i in range(20))
    assert 1 <= values(made(), text).count("Callum Renfrew") <= 3
