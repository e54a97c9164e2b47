"""A cue is found however a printer has set it, at its place in the text."""

from __future__ import annotations

import pytest

from tasks.core.native.text.cues import compile_cues, find_hits, is_cue, named_by
from tasks.core.schema import Schema, SchemaField


def field_with(*cues: str, trained_as: str | None = None, title: str = "Notice") -> SchemaField:
    return SchemaField(name="notice", title=title, description="d", cues=cues, trained_as=trained_as)


def found(field: SchemaField, text: str) -> list[str]:
    cues = compile_cues(Schema(name="s", title="S", fields=(field,)))["notice"]
    return [text[h.value_start : h.value_end] for h in find_hits(cues, text)]


@pytest.mark.parametrize(
    ("cue", "text", "value"),
    [
        ("days' written notice", "sixty days’ written notice", "days’ written notice"),
        ("days’ written notice", "sixty days' written notice", "days' written notice"),
        ("tenant's deposit", "the Tenant’s\ndeposit is", "Tenant’s\ndeposit"),
        ("non-renewal", "of Non–Renewal by", "Non–Renewal"),
        ("the “Term”", 'in the "term" of', 'the "term"'),
        ("security deposit", "SECURITY\u00a0 \n DEPOSIT", "SECURITY\u00a0 \n DEPOSIT"),
        (r'/"Monthly Rent"\s+is\s+(\$[\d,.]+)/', "The “Monthly Rent” is $1,900.00", "$1,900.00"),
        ("/laws of the (State of \\w+)/", "the laws\nof the State\nof Maine", "State\nof Maine"),
    ],
)
def test_a_cue_is_found_as_a_printer_sets_it(cue: str, text: str, value: str) -> None:
    assert found(field_with(cue), text) == [value]


def test_a_trained_field_reads_cues_as_its_head_was_trained() -> None:
    assert found(field_with("tenant's", trained_as="cuad/parties"), "the tenant’s, the tenant's") == [
        "tenant's"
    ]


def test_a_word_is_no_part_of_another_word() -> None:
    assert found(field_with("let"), "sublet, let—or outlet") == ["let"]


def test_words_of_a_table_are_compared_as_typed() -> None:
    cues = compile_cues(Schema(name="s", title="S", fields=(field_with("tenant's deposit"),)))["notice"]
    assert is_cue(cues, "Tenant’s Deposit") and not is_cue(cues, "the tenant's deposit")
    assert named_by(cues, "Tenant’s deposit") == named_by(cues, "notice") > 0
