"""Automatic numbers, as Word shows them."""

from __future__ import annotations

import pytest

from tasks.core.reading.word.number_formats import formatted
from tests.reading.word.packages import body_lines, deleted, lvl, numbered, numbering, p, read

LEGAL = numbering(
    lvl(0, "upperRoman", "Article %1"),
    lvl(1, "decimal", "%1.%2", "<w:isLgl/>"),
    lvl(2, "lowerLetter", "(%3)"),
)


@pytest.mark.parametrize(
    ("number_format", "number", "shown"),
    [
        ("decimal", 12, "12"),
        ("decimalZero", 3, "03"),
        ("lowerRoman", 4, "iv"),
        ("upperRoman", 1994, "MCMXCIV"),
        ("lowerLetter", 28, "bb"),
        ("upperLetter", 3, "C"),
        ("ordinal", 22, "22nd"),
        ("ordinal", 113, "113th"),
        ("ordinalText", 21, "Twenty-first"),
        ("cardinalText", 12, "Twelve"),
        ("chineseCounting", 12, "十二"),
        ("chineseCountingThousand", 120, "一百二十"),
        ("chineseLegalSimplified", 3, "叁"),
        ("decimalEnclosedCircle", 21, "㉑"),
        ("ideographTraditional", 2, "乙"),
        ("japaneseDigitalTenThousand", 10, "一〇"),
        ("chicago", 6, "††"),
        ("none", 6, ""),
        ("unheardOf", 6, "6"),
    ],
)
def test_a_number_has_its_format(number_format: str, number: int, shown: str) -> None:
    assert formatted(number, number_format) == shown


def test_levels_count_restart_and_show_those_above_them() -> None:
    body = "".join(
        numbered(text, level)
        for text, level in [("A", 0), ("b", 1), ("c", 2), ("d", 2), ("e", 1), ("F", 0), ("g", 1), ("h", 2)]
    )
    assert body_lines(read(body, numbering=LEGAL)) == [
        "Article I A", "1.1 b", "(a) c", "(b) d", "1.2 e", "Article II F", "2.1 g", "(a) h",
    ]  # fmt: skip


def test_a_level_that_never_restarts_counts_on() -> None:
    levels = numbering(lvl(0, "decimal", "%1."), lvl(1, "decimal", "Clause %2", '<w:lvlRestart w:val="0"/>'))
    body = "".join(numbered("x", level) for level in (0, 1, 0, 1))
    assert body_lines(read(body, numbering=levels)) == ["1. x", "Clause 1 x", "2. x", "Clause 2 x"]


def test_lists_of_one_definition_count_on_unless_one_says_where_it_begins() -> None:
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    nums = "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="0"/>{over}</w:num>'
        for n, over in ((1, ""), (2, ""), (3, again))
    )
    levels = numbering(lvl(0, "decimal", "%1."), nums=nums)
    body = "".join(numbered("x", num_id=n) for n in (1, 2, 3, 3, 1))
    assert body_lines(read(body, numbering=levels)) == ["1. x", "2. x", "1. x", "2. x", "3. x"]


def test_a_deleted_paragraph_does_not_count() -> None:
    gone = p(
        deleted("Old."),
        '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:del w:id="1"/></w:rPr>',
    )
    reading = read(numbered("a") + gone + numbered("b"), numbering=numbering(lvl(0, "decimal", "%1.")))
    assert body_lines(reading) == ["1. a", "Old.", "2. b"]


def test_styles_number_their_paragraphs_and_zero_takes_the_number_away() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Sub"><w:basedOn w:val="Base"/><w:pPr><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr></w:style>'
    )
    levels = numbering(lvl(0, "decimal", "%1.", '<w:pStyle w:val="Base"/>'), lvl(1, "lowerLetter", "(%2)"))
    body = (
        p("a", '<w:pStyle w:val="Base"/>')
        + p("b", '<w:pStyle w:val="Sub"/>')
        + p("c", '<w:pStyle w:val="Base"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    assert body_lines(read(body, numbering=levels, styles=styles)) == ["1. a", "(a) b", "c"]


def test_no_blank_follows_where_the_list_has_none_and_bullets_are_bullets() -> None:
    levels = numbering(
        lvl(0, "chineseCountingThousand", "第%1条", '<w:suff w:val="nothing"/>'), lvl(1, "bullet", "\uf0b7")
    )
    assert body_lines(read(numbered("租金") + numbered("x", 1), numbering=levels)) == ["第一条租金", "• x"]


def test_a_style_separator_keeps_the_heading_in_its_line() -> None:
    head = p(
        "Rent.",
        '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:rPr><w:vanish/><w:specVanish/></w:rPr>',
    )
    reading = read(head + p(" It is USD 5."), numbering=numbering(lvl(0, "decimal", "%1.")))
    assert body_lines(reading) == ["1. Rent. It is USD 5."]


def test_a_typed_number_and_its_tab_read_as_on_the_page() -> None:
    assert body_lines(read(p("<w:r><w:t>1.1</w:t><w:tab/><w:t>Rent</w:t></w:r>"))) == ["1.1 Rent"]
