"""Lays a chunk out for the models: every unit with its neighbours, headings and place.

A note gets no neighbours and no place: it must give the same answer in the chunk that cites it and
in a chunk of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tasks.core.native.text.units import Unit, is_heading, split_units

N_PLACES = 10
_CONTEXT_CHARS = 600


@dataclass(frozen=True, slots=True)
class TextLine:
    """A unit with everything that the models see of it."""

    passage_index: int
    unit: Unit
    text: str
    before: str
    """Text of the unit before it, empty where there is none."""
    after: str
    headings: tuple[str, ...]
    place: int
    """The tenth of the document in which its chunk begins, 0 to 9; -1 for notes."""
    is_note: bool


def lay_out(chunk: dict[str, Any]) -> tuple[TextLine, ...]:
    """The lines of a chunk in the wire format, in order."""
    lines: list[TextLine] = []
    for index, passage in enumerate(chunk["passages"]):
        if passage["kind"] == "note":
            lines.extend(_lines(index, passage["text"], ("", ""), (), -1, True))
            continue
        neighbours = _edge(chunk.get("context_before", ""), -1), _edge(chunk.get("context_after", ""), 0)
        headings = tuple(chunk.get("headings", ()))
        place = _place(N_PLACES * float(chunk.get("position", 0.0)))
        lines.extend(_lines(index, passage["text"], neighbours, headings, place, False))
    return tuple(lines)


def lay_out_document(text: str, chunk_chars: int) -> tuple[TextLine, ...]:
    """A whole document's lines, as if it had been cut into chunks; for training."""
    lines: list[TextLine] = []
    for line in _lines(0, text, ("", ""), (), 0, False):
        chunk_start = line.unit.start // chunk_chars * chunk_chars
        lines.append(replace(line, place=_place(N_PLACES * chunk_start / len(text))))
    return tuple(lines)


def _place(tenths: float) -> int:
    return min(N_PLACES - 1, max(0, int(tenths)))


def _edge(context: str, index: int) -> str:
    """The unit of a context that is nearest to the chunk."""
    window = context[-_CONTEXT_CHARS:] if index else context[:_CONTEXT_CHARS]
    units = split_units(window)
    return units[index].of(window) if units else ""


def _lines(
    passage_index: int,
    text: str,
    neighbours: tuple[str, str],
    headings: tuple[str, ...],
    place: int,
    is_note: bool,
) -> Iterator[TextLine]:
    units = split_units(text)
    texts = [neighbours[0], *(u.of(text) for u in units), neighbours[1]]
    headings = headings[-2:]
    for unit, before, here, after in zip(units, texts, texts[1:], texts[2:], strict=False):
        yield TextLine(passage_index, unit, here, before, after, headings, place, is_note)
        if is_heading(here):
            headings = (*headings, here)[-2:]
