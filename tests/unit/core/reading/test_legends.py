"""Stamps and legends."""

from __future__ import annotations

import pytest

from tasks.core.reading.layout.legends import tag_legends
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag
from tests.unit.core.reading.page_lines import line

BODY = "This Agreement is governed by the laws of the State of New York."


def running(pages: list[list[PageLine]]) -> list[str]:
    tag_legends(pages, [(595.0, 842.0)] * len(pages))
    return [n.text for lines in pages for n in lines if n.tag is LineTag.RUNNING]


@pytest.mark.parametrize(
    "stamp",
    [
        "DocuSign Envelope ID: 7F00AA11-0000-4BBB-8CCC-0123456789AB",
        "Adobe Acrobat Sign Transaction Number: CBJCHBCAABAAxY3k8dT2",
        "Case 1:20-cv-01234-ABC Document 12-1 Filed 03/04/20 Page 3 of 17",
        "FILED: NEW YORK COUNTY CLERK 03/04/2020 10:11 AM INDEX NO. 651234/2020",
        "NYSCEF DOC. NO. 12 RECEIVED NYSCEF: 03/04/2020",
        "Source: NORTHWIND INC, 10-K, 3/4/2020",
    ],
)
def test_stamp_with_an_id_is_running_even_in_mid_page(stamp: str) -> None:
    assert running([[line(BODY, y=500), line(stamp, y=400), line(BODY, y=300)]]) == [stamp]


@pytest.mark.parametrize(
    "stamp",
    [
        "Execution Version",
        "CONFIDENTIAL NWS0001234",
        "ATTORNEYS' EYES ONLY",
        "ABC-DEF_000123",
        "4821-0032-9917 v.3 - 1 - KGS0001",
        "NY\\1234567.8",
        "US-DOCS\\12345678.9",
        "#12345678v3",
        "DMEAST #12345678 v2 | Page 3",
        "WEIL:\\95790183\\7\\50305.0004",
    ],
)
def test_stamp_of_one_page_is_running_only_in_its_margin(stamp: str) -> None:
    assert running([[line(BODY, y=500), line(stamp, y=30)]]) == [stamp]
    assert running([[line(BODY, y=500), line(stamp, y=400), line(BODY, y=300)]]) == []


@pytest.mark.parametrize("prefix", ["NWS ", "ABC-DEF_", "EXH.0001.0002.", "GS-MBS-E-", ""])
def test_bates_numbers_rise_from_page_to_page_with_gaps(prefix: str) -> None:
    stamps = [f"{prefix}{number:07d}" for number in (2314567, 2314568, 2314580)]
    pages = [[line(BODY, page_index=i), line(stamp, y=30, page_index=i)] for i, stamp in enumerate(stamps)]
    assert running(pages) == stamps


@pytest.mark.parametrize(
    "text",
    [
        "USD 2000000",
        "New York, NY 10001",
        "Section 1234",
        "the buyer keeps all of this confidential",
        "CONFIDENTIAL INFORMATION",
        "Tel 5551234567",
    ],
)
def test_last_line_of_the_text_in_the_margin_is_body(text: str) -> None:
    assert running([[line(BODY, y=500), line(text, y=30)]]) == []


def test_part_numbers_of_a_table_are_body() -> None:
    pages = [
        [line(f"PUMP-{6 * i + n:06d}", y=110 - 20 * n, page_index=i) for n in range(6)] for i in range(3)
    ]
    assert running(pages) == []


def test_legend_in_large_type_is_a_title() -> None:
    body = [line(BODY, y=y) for y in (500, 480, 460)]
    assert running([[line("CONFIDENTIAL", y=790, size=24), *body]]) == []


@pytest.mark.parametrize("stamp", ["ACME 104233", "ALDER-BIRCH_2310447", "NWS.14.20331"])
def test_bates_number_without_zeros_is_running_at_the_foot_of_a_single_page(stamp: str) -> None:
    assert running([[line(BODY, y=500), line(BODY, y=486), line(stamp, y=30)]]) == [stamp]
    assert running([[line(stamp, y=790), line(BODY, y=500), line(BODY, y=486)]]) == []


@pytest.mark.parametrize("text", ["PO 4500123456", "CONTRACT 104233", "104233", "Lot 104233", "LOT 42"])
def test_number_that_a_reader_may_look_for_is_body_at_the_foot(text: str) -> None:
    assert running([[line(BODY, y=500), line(BODY, y=486), line(text, y=30)]]) == []


def test_number_in_the_last_line_of_the_text_is_body() -> None:
    rows = [line(BODY, y=60), line("The machine is that with the number", y=46), line("ACME 104233", y=32)]
    assert running([rows]) == []
