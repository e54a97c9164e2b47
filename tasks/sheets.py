"""Sheets: single pages of a document as they look, with a box around every word, for persons who select words.

The document is fetched again and drawn in the reader's subprocess with limits, a page at a time; what was
loaded and drawn last is kept in this process. A page without a picture says why, and its text is shown.

Requires:
    PostgreSQL and the bucket, as `tasks.evidence`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache

from tasks.core import reading as reader
from tasks.core.evidence.page import NoticeCode
from tasks.core.evidence.questions import PartText, part_text
from tasks.core.evidence.request import is_drawn
from tasks.core.evidence.stored import StoredEvidence
from tasks.core.reading.pictures.line_places import line_places
from tasks.core.reading.pictures.records import PageBox, PagePicture, PictureRequest, PlaceKind
from tasks.core.reading.version import FileKind
from tasks.core.records import RunId, Span
from tasks.core.review.page_words import DocumentPart, document_parts

DPI = 130
"""Letters of 9 points are read on a screen without zooming."""
_MAX_RUNS, _MAX_SHEETS = 12, 80
_MAX_FILE_BYTES = 200_000_000
"""Of all files that are kept."""


@dataclass(frozen=True, slots=True)
class WordSheet:
    """A part of a document with its words, and its picture if it has one."""

    text: PartText
    picture: PagePicture | None = None
    boxes: Mapping[Span, tuple[PageBox, ...]] = field(default_factory=dict)
    """Of the words that have a place on the picture."""
    reason: str = ""
    """Why there is no picture: a code; empty: there is one, or the document has no pages that look."""


class Sheets:
    """The sheets of runs, loaded and drawn when they are wanted. Threads may share it."""

    def __init__(self, load: Callable[[RunId], StoredEvidence]) -> None:
        self._load = load
        self._runs: LRUCache[RunId, StoredEvidence] = LRUCache(_MAX_RUNS)
        self._files: LRUCache[str, bytes] = LRUCache(_MAX_FILE_BYTES, getsizeof=len)
        self._drawn: LRUCache[tuple[RunId, int], WordSheet] = LRUCache(_MAX_SHEETS)
        self._lock = threading.Lock()
        self._busy: dict[Any, threading.Lock] = {}

    def stored(self, run_id: RunId) -> StoredEvidence:
        """Everything of a run.

        Raises:
            StoreMissing: there is no such run.
        """
        with self._alone(run_id):
            with self._lock:
                found = self._runs.get(run_id)
            if found is None:
                found = self._load(run_id)
                with self._lock:
                    self._runs[run_id] = found
            return found

    def part(self, run_id: RunId, number: int) -> PartText | None:
        """A part as text; None: the document has no such part."""
        stored = self.stored(run_id)
        found = _part(stored, number)
        reading = stored.run.run_input.reading
        return None if found is None else part_text(reading, found, stored.kind is FileKind.WORD)

    def sheet(self, run_id: RunId, number: int) -> WordSheet | None:
        """A part with its picture; None: the document has no such part."""
        text = self.part(run_id, number)
        stored = self.stored(run_id)
        if text is None or not is_drawn(stored):
            return None if text is None else WordSheet(text)
        with self._alone((run_id, number)):
            with self._lock:
                known = self._drawn.get((run_id, number))
            if known is None:
                known = self._draw(stored, text)
                with self._lock:
                    self._drawn[run_id, number] = known
            return known

    def _draw(self, stored: StoredEvidence, text: PartText) -> WordSheet:
        found = self._file(stored)
        if isinstance(found, NoticeCode):
            return WordSheet(text, reason=found.value)
        from tasks.evidence import password_of  # imports Prefect, which a text needs not
        from tasks.settings import settings

        reading, number = stored.run.run_input.reading, text.part.page_number
        request = PictureRequest(
            (number,), text.words, reading.text, tuple((p.start, p.end) for p in reading.pages), DPI
        )
        seen = reader.show_pages(found, request, settings().read, password_of(stored.key), kind=stored.kind)
        if not seen.pictures:
            return WordSheet(text, reason=seen.reason or seen.not_drawn.get(number, "not_drawn"))
        places = {span: place for span, place in seen.places.items() if place.kind is not PlaceKind.NONE}
        lacking = [span for span in text.words if span not in places]
        places |= line_places(reading, lacking, seen.sizes, seen.turns)
        boxes = {
            span: tuple(box for box in place.boxes if box.page_number == number)
            for span, place in places.items()
        }
        return WordSheet(text, seen.pictures[0], boxes)

    def _file(self, stored: StoredEvidence) -> bytes | NoticeCode:
        from tasks.evidence import file_of

        document_id = stored.document_id
        with self._alone(document_id):
            with self._lock:
                known = self._files.get(document_id)
            if known is not None:
                return known
            found = file_of(stored)
            if isinstance(found, NoticeCode):
                return found
            if len(found.data) <= _MAX_FILE_BYTES:
                with self._lock:
                    self._files[document_id] = found.data
            return found.data

    @contextmanager
    def _alone(self, key: Any) -> Iterator[None]:
        """One thread at a time makes the same thing; the others find it made."""
        with self._lock:
            if len(self._busy) > 1000:
                self._busy = {known: lock for known, lock in self._busy.items() if lock.locked()}
            lock = self._busy.setdefault(key, threading.Lock())
        with lock:
            yield


def _part(stored: StoredEvidence, number: int) -> DocumentPart | None:
    parts = document_parts(stored.run.run_input.reading, is_drawn(stored))
    return parts[number - 1] if 1 <= number <= len(parts) else None
