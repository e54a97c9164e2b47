"""A chunk laid out for the models: its passages' units, each with its neighbours, headings and place.

Notes are laid out alone, without neighbours or place: a note's copy in the chunk that cites it and the note's own chunk must
read the same, so that both give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.native.text.units import Unit, is_heading, split_units

N_PLACES = 10
_CONTEXT_CHARS = 600


@dataclass(frozen=True, slots=True)
class TextLine:
    """One unit with everything the models see of it."""

    passage_index: int
    unit: Unit
    text: str
    before: str
    """Text of the unit before it, empty at a border."""
    after: str
    headings: tuple[str, ...]
    place: int
    """Tenth of the document its chunk begins in; -1 for notes."""
    is_note: bool


def lay_out(chunk: dict[str, Any]) -> tuple[TextLine, ...]:
    """The lines of a wire CHUNK, in order."""
    lines: list[TextLine] = []
    for index, passage in enumerate(chunk["passages"]):
        if passage["kind"] == "note":
            lines.extend(_lines(index, passage["text"], "", "", (), -1, True))
            continue
        before = _edge(chunk.get("context_before", ""), -1)
        after = _edge(chunk.get("context_after", ""), 0)
        headings = tuple(chunk.get("headings", ()))
        lines.extend(_lines(index, passage["text"], before, after, headings, _place(chunk), False))
    return tuple(lines)


def lay_out_document(text: str, chunk_chars: int) -> tuple[TextLine, ...]:
    """A whole document's lines, as if it had been chunked: what training sees."""
    n_chars = max(1, len(text))
    lines: list[TextLine] = []
    for line in _lines(0, text, "", "", (), 0, False):
        begin = line.unit.start // chunk_chars * chunk_chars
        place = min(N_PLACES - 1, int(N_PLACES * begin / n_chars))
        lines.append(TextLine(0, line.unit, line.text, line.before, line.after, line.headings, place, False))
    return tuple(lines)


def _place(chunk: dict[str, Any]) -> int:
    return min(N_PLACES - 1, max(0, int(N_PLACES * float(chunk.get("position", 0.0)))))


def _edge(context: str, index: int) -> str:
    """The unit nearest to the chunk in its context."""
    window = context[-_CONTEXT_CHARS:] if index else context[:_CONTEXT_CHARS]
    units = split_units(window)
    return units[index].of(window) if units else ""


def _lines(
    passage_index: int, text: str, before: str, after: str, headings: Sequence[str], place: int, is_note: bool
) -> list[TextLine]:
    units = split_units(text)
    texts = [u.of(text) for u in units]
    standing = list(headings)[-2:]
    lines: list[TextLine] = []
    for i, unit in enumerate(units):
        previous = texts[i - 1] if i else before
        following = texts[i + 1] if i + 1 < len(texts) else after
        lines.append(
            TextLine(passage_index, unit, texts[i], previous, following, tuple(standing), place, is_note)
        )
        if is_heading(texts[i]):
            standing = [*standing, texts[i]][-2:]
    return lines
