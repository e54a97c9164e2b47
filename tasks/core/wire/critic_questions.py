"""What is asked of a language model as critic: kinds of questions, and the order of a draft's items.

Source of the two questions: MBSC, mistake-based self-correction, of SCIR (arXiv 2512.12337).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from tasks.core.records import Candidate
from tasks.core.wire.native_format import part_rows

LANGUAGES = ("en", "zh")
LABELS = RIGHT_LABEL, NOT_SAID_LABEL, CUT_LABEL = ("A", "B", "C")
"""The answers to the question about one item: it is right, it is not said, its quote is cut wrongly."""

Placed = tuple[Candidate, int, int, int]  # a candidate with the passage, start and end of its quote


class RecordKind(StrEnum):
    """The questions by text, which are also the files of training records."""

    REDUNDANCY = "redundancy"  # items of the draft are wrong
    MISSING = "missing"  # the draft lacks something
    CORRECT = "correct"  # both questions, answered that the draft is right


JUDGE = "judge"
"""The question about one item, answered by the probabilities of labels."""


def text_order(row: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """Sort key of the items of a draft before they are numbered."""
    return row["passage"], row["start"], row["end"], row["field"]


def item_order(placed: Sequence[Placed]) -> tuple[int, ...]:
    """Indices of the candidates in the order that a critic sees: the first is item 1."""
    return tuple(sorted(range(len(placed)), key=lambda index: (*placed[index][1:], placed[index][0].field)))


def told_quote(placed: Placed) -> str:
    """The item's quote; between the pieces of a joined one an ellipsis, so that it is seen that words are left out."""
    candidate, _, start, end = placed
    spans = candidate.citation.spans if candidate.citation is not None else ()
    if len(spans) < 2 or end - start <= len(candidate.quote):
        return candidate.quote
    pieces: list[str] = []
    at = 0
    for before, span in zip((None, *spans), spans, strict=False):
        piece = candidate.quote[at : at + span.end - span.start]
        at += span.end - span.start
        if before is not None and before.end < span.start:
            pieces.append(" … ")
        pieces.append(piece.strip() if pieces else piece.rstrip())
    return "".join(pieces)


def draft_row(placed: Placed) -> dict[str, Any]:
    candidate, passage, start, end = placed
    return {
        "field": candidate.field,
        "value": candidate.value,
        "quote": told_quote(placed),
        "parts": part_rows(candidate),
        "passage": passage,
        "start": start,
        "end": end,
    }


def item_row(row: Mapping[str, Any], number: int | None = None) -> dict[str, Any]:
    """An item as a critic is shown it, who has the text before it.

    A value that is its quote, as of a clause, is not told twice; of a long quote beginning and end are told.

    Args:
        row: An item of a draft, or something that it lacks and that has no value.
        number: Its number in the draft; None: it stands alone.
    """
    item = {} if number is None else {"item": number}
    quote = row["quote"]
    item |= {"field": row["field"]}
    item |= {"value": row["value"]} if row.get("value", quote) != quote else {}
    return item | {"quote": shown_quote(quote)} | ({"parts": row["parts"]} if row.get("parts") else {})


_SHOWN_WHOLE, _BEGINNING, _END = 150, 80, 50  # characters


def shown_quote(quote: str) -> str:
    """A quote as a critic is shown it, and so as it names it."""
    if len(quote) <= _SHOWN_WHOLE:
        return quote
    return f"{quote[:_BEGINNING].rstrip()} … {quote[-_END:].lstrip()}"
