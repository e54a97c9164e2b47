"""Finds the heads of agreements: the rows from a label or title down to an opening sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.reading.layout import agreement_words as words
from tasks.core.reading.layout.live_rows import LiveRow, live_rows
from tasks.core.records import Line, LineTag, Mark

_MAX_HEAD_ROWS = 24  # between the first row of a head and its opening
TOP_ROWS = 8  # a title among the first rows of a page is at its top
_OPENING_CHARS = 800
_MIN_OWN = 1200  # bytes of an agreement that another may follow, without tables of contents
_N_LISTED = 3  # labels on a page with nothing else make a list of exhibits
_MAX_COVERS = 20  # cover pages and pages of contents before a head
_COVER_CHARS = 600  # a page with less, and with a title, is a cover page
_TITLE_ROWS = 2  # below a label, among which its title is
_FORM_ROWS = 60  # of an attached form that are looked at
_PAGE_NUMBER = re.compile(r"[\divxlc]{1,5}")
_GAP = re.compile(r"\s{3,}|\t+")
_MAX_TITLE = 200


@dataclass(slots=True)
class TextRow:
    """A line of the body, or what stands in it between wide gaps."""

    text: str
    start: int
    page_number: int
    page_row: int
    """Its number among the rows of its page, from 0."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where an agreement begins: the rows from its label or title to its opening sentence."""

    first: int
    """Index of the row that it begins with."""
    opening: int
    title: str
    label: tuple[str, str] | None
    is_form: bool = False
    """Its label and title make it one; it has no opening with parties."""


def rows_of(text: str, lines: Sequence[Line], marks: Sequence[Mark] = ()) -> list[TextRow]:
    """The rows of the body, in order, as the pages read now: without struck or hidden words."""
    rows: list[TextRow] = []
    page_number, page_row = 0, 0
    running: TextRow | None = None
    for line, live in live_rows(text, lines, marks):
        shown = live.text.replace("\u00a0", " ").rstrip()
        if line.tag is LineTag.RUNNING and (line.page_number != page_number or not page_row):
            title = TextRow(shown.strip(), line.start, line.page_number, 0)
            running = title if words.is_title(title.text) else running
        if line.tag is not LineTag.BODY or not shown:
            continue
        if line.page_number != page_number:
            page_number, page_row = line.page_number, 0
        if "   " not in shown and "\t" not in shown:  # nearly every line
            row = shown.lstrip()
            if running is not None and running.page_number == page_number and page_row == 0:
                # A title that two agreements share looks like a header that repeats.
                if words.may_begin(row):
                    rows.append(running)
                    page_row = 1
                running = None
            rows.append(TextRow(row, live.at(len(shown) - len(row)), page_number, page_row))
            page_row += 1
            continue
        for start, part in _parts(shown, live):
            rows.append(TextRow(part, start, page_number, page_row))
            page_row += 1
    return rows


def _parts(shown: str, live: LiveRow) -> Iterator[tuple[int, str]]:
    """What stands between a line's wide gaps, with its place."""
    at = 0
    for gap in [*_GAP.finditer(shown), None]:
        end = gap.start() if gap else len(shown)
        if part := shown[at:end].strip():
            yield live.at(at + shown[at:end].find(part)), part
        at = gap.end() if gap else end


# ---------------------------------------------------------------- heads


def heads_of(rows: Sequence[TextRow]) -> Iterator[Head]:
    for index, row in enumerate(rows):
        if not words.may_begin(row.text):  # nearly every row
            continue
        head = None
        if not words.is_contents(row.text) and words.opens(_joined(rows, index)):
            head = _head(rows, index)
        elif words.label_of(row.text) is not None:
            head = _labelled(rows, index)
        if head is not None:
            yield head


def _labelled(rows: Sequence[TextRow], index: int) -> Head | None:
    """An exhibit whose title is that of an agreement, with text below: a form without parties."""
    after = index + 1
    title = words.label_rest(rows[index].text)
    while not words.names_agreement(title):
        if after > index + _TITLE_ROWS or after >= len(rows) or not words.is_neutral(rows[after].text):
            return None
        title = "" if _is_reference(rows, after) else rows[after].text
        after += 1
    if is_listed(rows, index):
        return None
    below: list[str] = []
    for row in rows[after : after + _FORM_ROWS]:
        if words.label_of(row.text) is not None:
            break
        below.append(row.text)
    if len(" ".join(below).encode("utf-8", "replace")) < _MIN_OWN or not words.binds(" ".join(below)):
        return None
    label = one_line(rows[index].text)
    named = label if after == index + 1 else f"{label}: {one_line(title)}"
    return Head(index, after, named[:_MAX_TITLE], words.label_of(rows[index].text), is_form=True)


def is_listed(rows: Sequence[TextRow], index: int) -> bool:
    """Whether the label is one of a list of exhibits: labels or a page number stand beside it."""
    below = [row.text for row in rows[index + 1 : index + 3]]
    above = [row.text for row in reversed(rows[max(0, index - 2) : index])]
    if below and _PAGE_NUMBER.fullmatch(below[0]):
        return True
    for near in (below, above):
        is_apart = near and (near[0].endswith(".") or _PAGE_NUMBER.fullmatch(near[0]))
        entries = near[:1] if is_apart else near
        if any(words.mentions_label(text) for text in entries):
            return True
    return False


def _joined(rows: Sequence[TextRow], index: int) -> str:
    parts: list[str] = []
    size = 0
    for row in rows[index : index + 12]:
        parts.append(row.text)
        size += len(row.text)
        if size > _OPENING_CHARS:
            break
    return " ".join(parts)[:_OPENING_CHARS]


def _head(rows: Sequence[TextRow], opening: int) -> Head | None:
    """The rows above an opening: up to the label, or the first of the titles; None: no title."""
    first, title_at, label_at = opening, None, None
    for index in range(opening - 1, max(-1, opening - 1 - _MAX_HEAD_ROWS), -1):
        text = rows[index].text
        if words.is_signature(text) or rows[index].page_number != rows[opening].page_number:
            break
        if words.label_of(text) is not None:
            if not is_listed(rows, index):
                first = label_at = index
            break
        if words.is_title(text) and not _is_reference(rows, index):
            first = index
            title_at = index if title_at is None else title_at
        elif not words.is_neutral(text):
            break
    if label_at is None and title_at is not None and first == title_at:
        while first > 0 and _continues(rows, first - 1, first):
            first -= 1
    start = _with_covers(rows, first, words.label_of(rows[first].text))
    if start < first:
        title_at, label_at = _on_cover(rows, range(start, first), title_at, label_at)
    is_named = title_at is not None or (
        label_at is not None and words.is_title(words.label_rest(rows[label_at].text))
    )
    if not is_named and not words.names_itself(rows[opening].text):
        return None
    if label_at is None and title_at is None:
        return None
    label = words.label_of(rows[label_at].text) if label_at is not None else None
    return Head(start, opening, _title(rows, title_at, label_at, opening), label)


def _on_cover(
    rows: Sequence[TextRow], cover: range, title_at: int | None, label_at: int | None
) -> tuple[int | None, int | None]:
    """The title and the label, taken from the cover page where the head itself has none."""
    if label_at is None:
        labels = (i for i in cover[:TOP_ROWS] if words.label_of(rows[i].text) and not is_listed(rows, i))
        label_at = next(labels, None)
    if title_at is None:
        title_at = next((i for i in cover if words.is_title(rows[i].text)), None)
    return title_at, label_at


def _is_reference(rows: Sequence[TextRow], index: int) -> bool:
    """Whether the title is that of the agreement that an exhibit belongs to: `to the ...`."""
    if re.match(r"(?:to|of)\b", rows[index].text, re.IGNORECASE):
        return not (index > 0 and words.is_title(rows[index - 1].text))
    return index > 0 and re.fullmatch(r"\W*(?:to|of)(?:\s+the)?\W*", rows[index - 1].text, re.I) is not None


def _title(rows: Sequence[TextRow], title_at: int | None, label_at: int | None, opening: int) -> str:
    """As printed: the label, a colon, the title with the rows of capitals around it."""
    title = ""
    if title_at is not None:
        start = end = title_at
        while start - 1 > (label_at if label_at is not None else -1) and _continues(rows, start - 1, start):
            start -= 1
        while end + 1 < opening and _continues(rows, end + 1, end):
            end += 1
        title = one_line(" ".join(row.text for row in rows[start : end + 1]))
    if label_at is None:
        return title
    label = one_line(rows[label_at].text)
    return f"{label}: {title}"[:_MAX_TITLE] if title else label


def _continues(rows: Sequence[TextRow], index: int, other: int) -> bool:
    """Whether a row is part of the title beside it: `AMENDMENT NO. 2` above `TO SUPPLY AGREEMENT`."""
    above = rows[min(index, other)].text
    below = rows[max(index, other)].text
    if rows[index].page_number != rows[other].page_number or len(below) > _MAX_TITLE:
        return False
    if re.search(r"\b(?:to|of|for|and|the)$", above, re.IGNORECASE):
        return True
    return words.is_neutral(above) and re.match(r"(?:to|of|for|and|by)\b", below, re.IGNORECASE) is not None


def _with_covers(rows: Sequence[TextRow], first: int, label: tuple[str, str] | None) -> int:
    """The first row of the cover pages and tables of contents before a head, else the head's own."""
    top = first - rows[first].page_row
    if rows[first].page_row >= TOP_ROWS or not all(words.is_neutral(row.text) for row in rows[top:first]):
        return first
    start = top if top == first or not any(words.is_signature(row.text) for row in rows[top:first]) else first
    for _ in range(_MAX_COVERS):
        if start == 0:
            break
        page_top = start - 1 - rows[start - 1].page_row
        page = rows[page_top:start]
        if not (_is_cover(page, label) or _is_contents_page(page)):
            break
        start = page_top
    return start


def _is_cover(page: Sequence[TextRow], label: tuple[str, str] | None) -> bool:
    labels = {found for row in page if (found := words.label_of(row.text)) is not None}
    return (
        (label is None or labels <= {label})
        and sum(len(row.text) for row in page) < _COVER_CHARS
        and len(labels) < _N_LISTED
        and (bool(labels) or any(words.is_title(row.text) for row in page[:_MAX_HEAD_ROWS]))
        and not any(words.is_signature(row.text) for row in page)
    )


def _is_contents_page(page: Sequence[TextRow]) -> bool:
    n_labels = sum(words.label_of(row.text) is not None for row in page)
    n_entries = sum(words.is_contents(row.text) for row in page)
    return 3 * n_entries > len(page) > 3 or 2 * n_labels > len(page) >= _N_LISTED


def one_line(text: str) -> str:
    return re.sub(r"\s+|[-=_]{3,}", " ", text).strip(" -–—_*=:：").replace("  ", " ")[:_MAX_TITLE]
