"""The words behind a lead, up to where the clause may end."""

from __future__ import annotations

import pytest

from tasks.core.native.own.phrases import led_phrases, phrases_from, quoted, ratios


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        (
            "in connection with a possible purchase of the mill (the “Deal”), and",
            "possible purchase of the mill",
        ),
        ("uses it for the purpose of testing the new pump.", "testing the new pump"),
        (
            "You will be designated as Deputy Manager – Foundry Works and posted at",
            "Deputy Manager – Foundry Works",
        ),
        (
            "The duty is limited to the fees paid in the twelve (12) months before the event.",
            "fees paid in the twelve (12) months before the event",
        ),
        ("Only packed cosmetics and syrups shall be tendered.", "packed cosmetics and syrups"),
        (
            "so\nthat Recipient can prepare a quotation for housings (“Purpose”).",
            "prepare a quotation for housings",
        ),
        (
            "All shipments are F.C.A. Seller’s dock, Dayton (Incoterms® 2020).",
            "F.C.A. Seller’s dock, Dayton (Incoterms® 2020)",
        ),
        ("All shipments are F.C.A. Seller’s dock, Dayton (Incoterms® 2020).", "F.C.A. Seller’s dock, Dayton"),
        ("这笔钱用于购买保温杯的原材料，不得转借。", "购买保温杯的原材料"),
        ("甲方安排乙方担任光学工程师。", "光学工程师"),
        ("乙方在青岚路厂区上班；", "青岚路厂区"),
    ],
)
def test_phrase_stands_behind_a_lead(text: str, phrase: str) -> None:
    assert phrase in [text[a:b] for a, b in led_phrases(text)]


def test_phrase_has_several_ends() -> None:
    text = "Goods: planed timber, wrapped in packs, on behalf of the mill."
    ends = [text[a:b] for a, b in phrases_from(text, 6)]
    assert "planed timber, wrapped in packs, on behalf of the mill" in ends
    assert "planed timber" in ends


def test_endless_words_have_no_clause_end() -> None:
    assert all(b - a < 20 for a, b in phrases_from("x " * 200, 0))


def test_quoted_title_counts_and_defined_term_does_not() -> None:
    text = "your novel “Les Heures lentes” (the “Work”); “Term” means the time"
    assert [text[a:b] for a, b in quoted(text)] == ["Les Heures lentes"]


@pytest.mark.parametrize("ratio", ["3.25:1", "3.50 to 1.00", "2,5 : 1"])
def test_ratio_is_whole(ratio: str) -> None:
    text = f"shall not be above {ratio} at any time"
    assert [text[a:b] for a, b in ratios(text)] == [ratio]


def test_time_of_day_is_no_ratio() -> None:
    assert list(ratios("at 10:30 or 16:00")) == []
