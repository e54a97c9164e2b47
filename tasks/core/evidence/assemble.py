"""The whole evidence page of a run, from what is stored and what was seen of the file. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import datetime

from tasks.core.cost.budget import cut_off
from tasks.core.evidence.fields import shown_fields
from tasks.core.evidence.page import (
    DocumentForm,
    EvidencePage,
    Notice,
    NoticeCode,
    ShownDocument,
    ShownLine,
    ShownPage,
    ShownRun,
)
from tasks.core.evidence.places import MarkIndex, ShownRanges, shown_line
from tasks.core.evidence.request import MAX_PAGES_OF_TEXT, is_drawn, pages_with_values, shows_all_pages
from tasks.core.evidence.stored import StoredEvidence
from tasks.core.evidence.values import shown_values
from tasks.core.reading.pictures.records import PagesSeen
from tasks.core.reading.version import FileKind, version_of
from tasks.core.records import Reading, Span

_UNREAD = ("needs_ocr", "failed")


def assembled(
    stored: StoredEvidence,
    seen: PagesSeen | None,
    of_file: Sequence[Notice] = (),
    made_at: datetime | None = None,
) -> EvidencePage:
    """
    Args:
        seen: None: the file was not looked at, or is not to be had; the stored text is shown.
        of_file: What there is to say of the file.
    """
    reading = stored.run.run_input.reading
    ranges = ShownRanges(reading, seen.places if seen else {})
    is_pages = is_drawn(stored) and seen is not None
    source = stored.sources[0] if stored.sources else None
    document = ShownDocument(
        stored.key,
        source.bucket if source else "",
        stored.document_id,
        DocumentForm.PAGES if is_pages else DocumentForm.TEXT,
        reading.n_pages,
        reading.flags,
    )
    return EvidencePage(
        document,
        _run(stored),
        tuple(_pages(stored, seen)),
        tuple(shown_fields(stored.run, ranges.pages, stored.reviews)),
        shown_values(stored, ranges),
        (*of_file, *_notices(stored, seen)),
        stored.head.checks,
        made_at,
    )


def _run(stored: StoredEvidence) -> ShownRun:
    run, head, schema = stored.run, stored.head, stored.run.run_input.schema
    return ShownRun(
        run_id=run.run_id,
        state=run.state,
        attempt=head.attempt,
        schema_name=schema.name,
        schema_title=schema.title,
        schema_digest=schema.digest,
        generator=head.generator,
        critic=head.critic,
        reader_version=run.run_input.reading.reader_version,
        n_rounds=_n_rounds(stored),
        max_rounds=run.max_rounds,
        promise=head.promise,
        created_at=head.created_at,
        finished_at=head.finished_at,
    )


def _n_rounds(stored: StoredEvidence) -> int:
    """Rounds in which a model was asked. A last round of cut-off chunks does not count."""
    asked = (g for r in stored.run.records for g in r.generations if not cut_off(g.error))
    return max((g.round_number for g in asked), default=0)


# ---------------------------------------------------------------- notices


def _notices(stored: StoredEvidence, seen: PagesSeen | None) -> Iterator[Notice]:
    run, head, reading = stored.run, stored.head, stored.run.run_input.reading
    if run.state == "superseded" or head.newer_run_id:
        yield Notice(NoticeCode.SUPERSEDED, head.newer_run_id or "")
    if run.state == "running":
        yield Notice(NoticeCode.NOT_FINISHED)
    if run.state == "failed":
        yield Notice(NoticeCode.FAILED, head.error_code)
    if not head.critic:
        yield Notice(NoticeCode.NO_CRITIC)
    if unread := [str(page.page_number) for page in reading.pages if page.status in _UNREAD]:
        yield Notice(NoticeCode.PAGES_NOT_READ, ", ".join(unread))
    if _reader(reading.reader_version) != _reader(version_of(stored.kind)):
        yield Notice(NoticeCode.OTHER_READER, reading.reader_version)
    if seen is not None and is_drawn(stored):
        if seen.reason is not None:
            yield Notice(NoticeCode.NOT_DRAWN, seen.reason)
        elif not shows_all_pages(stored):
            yield Notice(NoticeCode.ONLY_PAGES_WITH_VALUES)


def _reader(version: str) -> str:
    """`reader-8` of `reader-8+chunker-3+6000`: how chunks are cut changes no box."""
    return version.partition("+")[0]


# ---------------------------------------------------------------- pages


def _pages(stored: StoredEvidence, seen: PagesSeen | None) -> Iterator[ShownPage]:
    reading = stored.run.run_input.reading
    pictures = {picture.page_number: picture for picture in seen.pictures} if seen else {}
    not_drawn = seen.not_drawn if seen else dict[int, str]()
    with_lines = None if len(reading.pages) <= MAX_PAGES_OF_TEXT else {*pages_with_values(stored)}
    lines = _PageLines(reading, stored.kind is FileKind.WORD)
    marks = MarkIndex(reading.marks)
    for page in reading.pages:
        number = page.page_number
        has_lines = with_lines is None or number in with_lines
        yield ShownPage(
            number,
            page.status,
            page.start,
            page.end,
            pictures.get(number),
            "" if number in pictures else not_drawn.get(number, ""),
            lines.of(number) if has_lines else (),
            tuple(marks.touching(Span(page.start, page.end))) if has_lines else (),
        )


class _PageLines:
    """The lines of a reading, found by page."""

    def __init__(self, reading: Reading, is_word: bool) -> None:
        self._text, self._lines, self._is_word = reading.text, reading.lines, is_word

    def of(self, page_number: int) -> tuple[ShownLine, ...]:
        first = bisect_left(self._lines, page_number, key=lambda line: line.page_number)
        last = bisect_left(self._lines, page_number + 1, lo=first, key=lambda line: line.page_number)
        return tuple(shown_line(self._text, line, self._is_word) for line in self._lines[first:last])
