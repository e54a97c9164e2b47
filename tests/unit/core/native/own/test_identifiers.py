"""Numbers of policies and contracts, and what looks like one and is none."""

from __future__ import annotations

import pytest

from tasks.core.native.own.identifiers import identifiers


def found(text: str) -> list[str]:
    return [text[a:b] for a, b in identifiers(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Policy H.14.226.901-3 (replaces another)", "H.14.226.901-3"),
        ("Contract no. RC 56.208.914 M 002", "RC 56.208.914 M 002"),
        ("Please quote PI/88/104552 always", "PI/88/104552"),
        ("VIN 4S4BTADC1T3107726 · plate", "4S4BTADC1T3107726"),
        ("passport Z 5583 019, Indian", "Z 5583 019"),
        ("for 2025/2026, Year 4", "2025/2026"),
        ("registered with number 05518823", "05518823"),
        ("编号：甬岚购字（二〇二六）第四十七号", "甬岚购字（二〇二六）第四十七号"),
        ("合同编号：江岚农商流借字（2025）第08816号", "江岚农商流借字（2025）第08816号"),
        ("编号：HYJC-2024-设采-0137", "HYJC-2024-设采-0137"),
    ],
)
def test_identifier_is_whole(text: str, number: str) -> None:
    assert number in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "on 01.07.2025 and 2025-07-01",
        "pay EUR 12.500,00 or $75.0MM",
        "1'250'000 and 2 500 000 in all",
        "at 4.25% or 12 months",
        "clause 4.1.2 applies",
        "the 21st day, 24-hour",
        "USD 45,000",
    ],
)
def test_date_sum_and_clause_number_are_no_identifiers(text: str) -> None:
    assert found(text) == []
