"""Which of the headings above a place enclose it."""

from __future__ import annotations

import pytest

from tasks.core.chunking.headings import enclosing_headings, shown_heading


@pytest.mark.parametrize(
    ("above", "held"),
    [
        ((), ()),
        (("PAYMENT",), ("PAYMENT",)),
        # Titles of one shape: nothing tells that one stands above the other.
        (("FACT SHEET: DECEMBER", "FACT SHEET: JANUARY"), ("FACT SHEET: JANUARY",)),
        # Depth of the numbers.
        (("2 PAYMENT", "2.1 Fees"), ("2 PAYMENT", "2.1 Fees")),
        (("2. Payment", "2.1 Fees", "2.1.3 Late Fees"), ("2. Payment", "2.1 Fees", "2.1.3 Late Fees")),
        (("2.1 Fees", "2.2 Taxes"), ("2.2 Taxes",)),
        (("2 Payment", "2.1 Fees", "3 Term"), ("3 Term",)),
        (("2 Payment", "3.1 Notice"), ("3.1 Notice",)),
        (("2 Payment", "NO WARRANTY", "2.1 Fees"), ("2 Payment", "2.1 Fees")),
        # Words for parts of a contract.
        (("ARTICLE II", "Section 2.1 Fees"), ("ARTICLE II", "Section 2.1 Fees")),
        (("ARTICLE II PAYMENT", "Section 5 Fees"), ("ARTICLE II PAYMENT", "Section 5 Fees")),
        (("ARTICLE II", "Section 3.1 Fees"), ("Section 3.1 Fees",)),
        (("ARTICLE I", "ARTICLE II"), ("ARTICLE II",)),
        (("Section 2.1 Fees", "ARTICLE III"), ("ARTICLE III",)),
        (("EXHIBIT C", "ARTICLE I", "1.1 Definitions"), ("EXHIBIT C", "ARTICLE I", "1.1 Definitions")),
        (("II. PAYMENT", "2.1 Fees"), ("II. PAYMENT", "2.1 Fees")),
        (("IV. PAYMENT", "9.1 Fees"), ("9.1 Fees",)),
        (("第二章 付款", "第三节 利息", "第十条 计息"), ("第二章 付款", "第三节 利息", "第十条 计息")),
        (("第三条 付款", "3.1 付款方式"), ("第三条 付款", "3.1 付款方式")),
        (("第三条 付款", "第四条 期限"), ("第四条 期限",)),
        # Words of two scripts have no order; a heading about sections is none of a section.
        (("ARTICLE II", "第三节 利息"), ("第三节 利息",)),
        (("ARTICLE II", "SECTION HEADINGS"), ("SECTION HEADINGS",)),
        # Without a number or a word nothing is sure.
        (("1. Services", "WARRANTY DISCLAIMER"), ("WARRANTY DISCLAIMER",)),
        (("WARRANTY DISCLAIMER", "2. Fees"), ("2. Fees",)),
    ],
)
def test_only_headings_of_a_higher_rank_stand_before_the_nearest(
    above: tuple[str, ...], held: tuple[str, ...]
) -> None:
    assert enclosing_headings(above) == held


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("第三条 认 购", "第三条 认购"),
        ("第三条认 购", "第三条认购"),
        ("4.2 管理人可以将本计划展期一 次", "4.2 管理人可以将本计划展期一次"),
        ("ARTICLE II PAYMENT", "ARTICLE II PAYMENT"),
        ("第三条", "第三条"),
    ],
)
def test_chinese_heading_of_two_lines_is_shown_without_a_blank_between_them(stored: str, shown: str) -> None:
    assert shown_heading(stored) == shown
