"""Finds where another agreement begins in a file: an attached form, a second title page.

An agreement begins with a title and an opening sentence that names its parties, under the label of
an exhibit, at the top of a page or after signatures. An exhibit without these (prices, definitions)
belongs to the agreement around it; where the next exhibit of that agreement follows an attached
one, the part returns to it. Pure logic over lines; English and Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from tasks.core.reading.layout import agreement_words as words
from tasks.core.reading.layout.agreement_heads import (
    TOP_ROWS,
    Head,
    TextRow,
    heads_of,
    is_listed,
    one_line,
    rows_of,
)
from tasks.core.records import Agreement, Line, Mark, Reading

_MAX_PARTS = 200  # of a file
_MIN_OWN = 1200  # bytes of an agreement that another may follow, without tables of contents
_MIN_BEFORE = 3000  # bytes of text before the first opening, so that it is another agreement
_SIGNED_ROWS = 60  # above a title, where signatures of the agreement before may be
_MIN_REST = 350  # bytes of an attached agreement, after its opening
_HAN_DIGITS = "一二三四五六七八九十"


def with_agreements(reading: Reading) -> Reading:
    """The reading with its agreements, and the flag if there are several."""
    agreements = find_agreements(reading.text, reading.lines, reading.marks)
    if not agreements:
        return reading
    return replace(reading, agreements=agreements, flags=(*reading.flags, "several_agreements"))


def find_agreements(text: str, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> tuple[Agreement, ...]:
    """The agreements of a document, which cover its text; none if it holds only one.

    Args:
        text: The document text.
        lines: All of its lines; running lines and notes are passed over.
        marks: Its marks, sorted; words that are struck or not seen begin nothing.
    """
    rows = rows_of(text, lines, marks)
    heads = list(heads_of(rows))
    if not any(head.first for head in heads):  # at most the file's own
        return ()
    lengths = _lengths(rows)
    found = _long_enough(list(_kept(heads, rows, lengths)), lengths)
    begun = [head for head in found if head.first > 0]
    if not begun or len(begun) > _MAX_PARTS:
        return ()
    own = found[0].title if found[0].first == 0 else _first_title(rows, begun[0].first)
    begins = [(0, own, rows[0].page_number)]
    expected: set[tuple[str, str] | None] = set()
    for head, following in zip(begun, [*begun[1:], None], strict=True):
        begins.append((_start(head.first, rows, lines), head.title, rows[head.first].page_number))
        expected.add(_next_label(head.label))
        back = _return_to(head, expected, rows[: following.first if following else len(rows)])
        if back is not None:
            title = f"{own}, {one_line(rows[back].text)}"
            begins.append((_start(back, rows, lines), title, rows[back].page_number))
    ends = [start for start, _, _ in begins[1:]] + [len(text)]
    return tuple(Agreement(at, end, title, page) for (at, title, page), end in zip(begins, ends, strict=True))


# ---------------------------------------------------------------- which heads count


def _kept(found: Sequence[Head], rows: Sequence[TextRow], lengths: Sequence[int]) -> Iterator[Head]:
    """The heads that begin an agreement of their own; the first of the file begins at row 0."""
    last: Head | None = None
    title = ""
    for head in found:
        if last is not None and head.first <= last.opening:
            continue
        n_before = lengths[head.first] - (lengths[last.opening] if last else 0)
        if last is None:
            n_needed = _MIN_OWN if head.label and not head.is_form else _MIN_BEFORE
            is_new = head.first > 0 and n_before >= n_needed and _is_apart(head, 0, rows)
            if head.is_form and not is_new:
                continue
            last = head if is_new else Head(0, head.opening, head.title, None)
            title = head.title
            yield last
        elif (n_before >= _MIN_OWN or head.label) and _is_apart(head, last.opening, rows):
            if head.is_form and _same(head.title, title):
                continue  # an exhibit to the agreement, under its name
            last = head
            yield head
        elif n_before < _MIN_OWN and not head.label:  # its opening after its cover page
            last = head


def _same(title: str, other: str) -> bool:
    """Whether one title ends as the other does, but for its label."""
    names = [re.sub(r"\W+", " ", t.rpartition(": ")[2]).strip().casefold() for t in (title, other)]
    return names[0] == names[1]


def _lengths(rows: Sequence[TextRow]) -> list[int]:
    """Bytes in UTF-8 before each row, without tables of contents: three for a Han letter."""
    sizes = (0 if words.is_contents(row.text) else len(row.text.encode("utf-8", "replace")) for row in rows)
    return list(accumulate(sizes, initial=0))


def _is_apart(head: Head, since: int, rows: Sequence[TextRow]) -> bool:
    """Whether the head stands under a label, at the top of a page, or below signatures."""
    if head.label is not None:
        return True
    above = rows[max(since, head.first - _SIGNED_ROWS) : head.first]
    is_signed = any(words.is_signature(row.text) for row in above)
    has_pages = rows[-1].page_number > 1
    return is_signed or (has_pages and rows[head.first].page_row < TOP_ROWS)


def _long_enough(found: Sequence[Head], lengths: Sequence[int]) -> list[Head]:
    """Without heads that little follows: a cover page at the end, a form that is left out."""
    stops = [*(head.first for head in found[1:]), len(lengths) - 1][: len(found)]
    return [
        head
        for head, stop in zip(found, stops, strict=True)
        if head.first == 0 or lengths[stop] - lengths[head.opening] >= _MIN_REST
    ]


def _return_to(head: Head, expected: set[tuple[str, str] | None], rows: Sequence[TextRow]) -> int | None:
    """The row where the next exhibit of the outer agreement begins: `EXHIBIT C` after `EXHIBIT B`.

    Args:
        expected: The labels that follow those of the attached agreements so far.
        rows: Up to the next agreement's head.
    """
    one_page = rows[0].page_number == rows[-1].page_number
    own = _next_label(head.label)
    for index in range(head.opening + 1, len(rows)):
        row = rows[index]
        label = words.label_of(row.text) if row.page_row < TOP_ROWS or one_page else None
        if label is None or is_listed(rows, index):
            continue
        if label == head.label:  # the attached agreement has exhibits of its own, in the same letters
            expected = expected - {own}
        elif label in expected:
            return index
    return None


def _next_label(label: tuple[str, str] | None) -> tuple[str, str] | None:
    if label is None or not label[1]:
        return None
    kind, number = label
    if number.isdecimal() and number.isascii():
        return kind, str(int(number) + 1)
    if len(number) == 1 and "A" <= number < "Z":
        return kind, chr(ord(number) + 1)
    if len(number) == 1 and number in _HAN_DIGITS[:-1]:
        return kind, _HAN_DIGITS[_HAN_DIGITS.index(number) + 1]
    return None


# ---------------------------------------------------------------- parts


def _first_title(rows: Sequence[TextRow], stop: int) -> str:
    """Of an agreement without an opening: its first title, else its first row."""
    titles = (row.text for row in rows[: min(stop, 200)] if words.is_title(row.text))
    others = (
        row.text for row in rows[:stop] if words.label_rest(row.text) or not words.mentions_label(row.text)
    )
    return one_line(next(titles, next(others, rows[0].text)))


def _start(first: int, rows: Sequence[TextRow], lines: Sequence[Line]) -> int:
    """Where the row begins; at the top of a page, with the running lines above it."""
    row = rows[first]
    if row.page_row > 0:
        return row.start
    return next(line.start for line in lines if line.page_number == row.page_number)
