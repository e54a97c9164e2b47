"""Where paragraphs begin, and which are headings."""

from __future__ import annotations

import pytest

from tasks.core.chunking.paragraphs import body_lines, paragraphs
from tasks.core.records import Line, LineTag, Page, Reading, ReadStatus

WIDE = "words that reach to the right edge of the page as most lines do"


def shown(rows: list[tuple[str, float, float]]) -> list[tuple[str, bool]]:
    """Paragraphs of lines given as (text, x, y), with their heading flag."""
    text, lines = "", []
    for content, x, y in rows:
        start = len(text)
        text += content + "\n"
        lines.append(Line(start, len(text), 1, LineTag.BODY, (x, y, x + 6 * len(content), y + 9), 10))
    page = Page(1, 0, len(text), "ok")
    reading = Reading(ReadStatus.OK, None, (), 1, text, (page,), tuple(lines), (), "test")
    body = body_lines(reading)
    return [
        (" ".join(text[body[i].start : body[i].end].strip() for i in range(p.start, p.end)), p.is_heading)
        for p in paragraphs(body, [text[line.start : line.end].strip() for line in body])
    ]


def test_wrapped_lines_are_one_paragraph() -> None:
    assert len(shown([(WIDE, 72, 700), (WIDE, 72, 688), ("and end.", 72, 676)])) == 1


def test_wide_gap_begins_a_paragraph() -> None:
    rows = [(WIDE, 72, 700), (WIDE, 72, 688), (WIDE, 72, 676), (WIDE, 72, 650), (WIDE, 72, 638)]
    assert len(shown(rows)) == 2


@pytest.mark.parametrize("start", ["(b) Fees", "2.3 Fees", "(iv) Fees", "第三条 费用", "三、费用", "• Fees"])
def test_enumerator_after_an_ended_line_begins_a_paragraph(start: str) -> None:
    assert len(shown([(f"{WIDE};", 72, 700), (f"{start} {WIDE}", 72, 688)])) == 2


def test_section_named_in_a_wrapped_sentence_begins_no_paragraph() -> None:
    assert len(shown([(f"{WIDE} under", 72, 700), (f"Section 3 {WIDE}.", 72, 688)])) == 1


def test_typed_underline_stays_with_what_it_underlines() -> None:
    rows = [(f"{WIDE} of the term", 72, 700), ("----------", 72, 692), (WIDE, 72, 684), (WIDE, 72, 672)]
    assert len(shown(rows)) == 1


@pytest.mark.parametrize(
    "heading", ["ARTICLE 5", "GOVERNING LAW", "2. Distributorship", "Section 4.2 Fees", "第三条 争议解决"]
)
def test_heading_is_recognised(heading: str) -> None:
    assert shown([(heading, 72, 700), (f"{WIDE}.", 72, 676)])[0] == (heading, True)


@pytest.mark.parametrize(
    "text",
    [
        f"{WIDE}.",
        "and pay the price on demand",
        "3.1 The Company shall pay the price on the day when it is due.",
    ],
)
def test_sentence_is_not_a_heading(text: str) -> None:
    assert shown([(text, 72, 700)])[0][1] is False
