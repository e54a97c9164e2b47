"""The error book as JSON lines: each chunk as a critic sees it, with its entries. Pure.

LINE:
    {"document": str, "schema": str, "generator": "name/version", "whole": bool,
     "chunk": CHUNK of `tasks.core.wire.native_format`,
     "entries": [{"kind", "field", "value", "quote", "passage": int, "start": int, "end": int,
                  "score": float|null, "gold": str|null, "source": "gold"|"review"}...]}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tasks.core.error_book.entries import Entry, EntryKind, passage_range, shared_chars
from tasks.core.records import Chunk, Reading
from tasks.core.wire.native_format import chunk_payload


def book_lines(
    head: Mapping[str, str],
    reading: Reading,
    chunks: Sequence[Chunk],
    entries: Sequence[Entry],
    is_whole: bool,
) -> Iterator[dict[str, Any]]:
    """The lines of one document.

    Args:
        head: `document`, `schema` and `generator` of every line.
        is_whole: The entries cover the whole draft and all gold, so a chunk without entries is a
            line, too.
            After a partial review such chunks are left out: what they should hold is unknown.
    """
    by_chunk: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_chunk[entry.chunk_index].append(entry)
    for chunk in chunks:
        rows = [row for e in by_chunk[chunk.chunk_index] if (row := _row(e, chunk)) is not None]
        if rows or is_whole:
            yield {
                **head,
                "whole": is_whole,
                "chunk": chunk_payload(chunk, reading.footnotes),
                "entries": rows,
            }


def _row(entry: Entry, chunk: Chunk) -> dict[str, Any] | None:
    """None: its words are not in the chunk, so a critic cannot be asked about it."""
    place = passage_range(chunk, entry.spans) if entry.spans else None
    if place is None:
        return None
    content = {"kind": entry.kind.value, "field": entry.field, "value": entry.value, "quote": entry.quote}
    where = dict(zip(("passage", "start", "end"), place, strict=True))
    return {**content, **where, "score": entry.score, "gold": entry.gold, "source": entry.source.value}


def with_reviews(compared: Sequence[tuple[Entry, bool]], reviews: Sequence[Entry]) -> tuple[Entry, ...]:
    """A comparison's entries, corrected by reviews; values that reviewers found missing are added.

    Args:
        compared: Entries against gold, each with whether a review overrules it.
        reviews: Entries by reviewers for the same reading, from drafts of any generator.
    """
    by_place = {(r.field, r.spans): r for r in reviews if r.kind is not EntryKind.MISSING}
    kept: list[Entry] = []
    for entry, is_overruled in compared:
        review = by_place.get((entry.field, entry.spans))
        if not is_overruled:
            kept.append(entry)
        elif review is not None and entry.kind is not EntryKind.MISSING:
            kept.append(replace(entry, kind=review.kind, gold=review.gold, source=review.source))
    missing = [r for r in reviews if r.kind is EntryKind.MISSING]
    return (*kept, *(r for r in missing if not any(_overlaps(e, r) for e in kept)))


def _overlaps(entry: Entry, review: Entry) -> bool:
    return entry.field == review.field and shared_chars(entry.spans, review.spans) > 0
