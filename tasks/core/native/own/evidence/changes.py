"""Columns: what an amendment or a note changes.

The new value of an amendment has little around it that names its field; the old one has. So a new
value inherits what speaks for the old one, and a value in a note what speaks for the place that
cites the note.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.request import Request
from tasks.core.native.text.words import FloatArray
from tasks.core.values.amendments import amendments

COLUMNS = (
    "is_new_value",
    "is_old_value",
    "has_newer",
    "old_near",
    "old_wide",
    "cited_near",
    "cited_wide",
)
INHERITED, SUPERSEDED = 0.97, 0.1
"""Factors on P(right) of the old value: for the new one, and for the old one."""
_BEFORE_MARKER = 90  # characters in which the words that a note is about stand


def columns(
    request: Request, spans: Sequence[CandidateSpan], near: FloatArray, wide: FloatArray
) -> FloatArray:
    """Float32 (spans, `COLUMNS`).

    Args:
        near: How well the words beside each candidate name the field, (spans,).
        wide: The same of its sentence.
    """
    found = np.zeros((len(spans), len(COLUMNS)), dtype=np.float32)
    names = [s.form or s.value.casefold() for s in spans]
    for new, old in _changes(request, spans):
        found[new, 0] = 1.0
        for i in range(len(spans)):
            if old is not None and i != new and names[i] == names[old]:
                found[i, 1] = float(i == old)
                found[i, 2] = 1.0
                if i != old:
                    found[new, 3:5] = np.maximum(found[new, 3:5], (near[i], wide[i]))
    for i, j in _cited(request, spans):
        found[i, 5:7] = np.maximum(found[i, 5:7], (near[j], wide[j]))
    return found


def replaced_values(request: Request, spans: Sequence[CandidateSpan]) -> dict[int, str]:
    """By the index of an amendment's new value, the form or words of the value that it replaces."""
    return {
        new: spans[old].form or spans[old].value.casefold()
        for new, old in _changes(request, spans)
        if old is not None
    }


def with_changes(
    spans: Sequence[CandidateSpan], rights: Sequence[float], replaced: Mapping[int, str]
) -> list[float]:
    """P(right) of each candidate after the amendments: a new value is as likely as the old one was.

    Args:
        replaced: From `replaced_values`.
    """
    changed = list(rights)
    names = [s.form or s.value.casefold() for s in spans]
    for new, old in replaced.items():
        held = max((r for r, name in zip(rights, names, strict=True) if name == old), default=0.0)
        if names[new] != old:
            changed[new] = max(changed[new], INHERITED * held)
    olds = set(replaced.values())
    return [r * SUPERSEDED if name in olds else r for r, name in zip(changed, names, strict=True)]


def _changes(request: Request, spans: Sequence[CandidateSpan]) -> Iterator[tuple[int, int | None]]:
    """The indexes of new values, each with its old one."""
    by_passage: dict[int, list[int]] = defaultdict(list)
    for i, span in enumerate(spans):
        by_passage[span.passage_index].append(i)
    for passage, indexes in by_passage.items():
        for a in amendments(request.passages[passage]):
            new = _at(spans, indexes, a.new.start, a.new.end)
            old = None if a.old is None else _at(spans, indexes, a.old.start, a.old.end)
            if new is not None:
                yield new, old


def _at(spans: Sequence[CandidateSpan], indexes: Sequence[int], start: int, end: int) -> int | None:
    return next((i for i in indexes if spans[i].start < end and start < spans[i].end), None)


def _cited(request: Request, spans: Sequence[CandidateSpan]) -> Iterator[tuple[int, int]]:
    """Candidates in notes, each with the candidates before the marker that cites its note."""
    rows = request.body["chunk"]["passages"]
    for number, row in enumerate(rows):
        marker = row.get("marker")
        in_note = [i for i, s in enumerate(spans) if s.passage_index == number]
        if not in_note or not marker or row.get("kind") != "note":
            continue
        mark = re.compile(rf"(?<=\S){re.escape(str(marker))}(?![\w.,]?\d)")
        for at in (m.start() for m in mark.finditer(request.passages[0])):
            cited = (
                j
                for j, s in enumerate(spans)
                if s.passage_index == 0 and at - _BEFORE_MARKER <= s.start and s.end <= at + len(str(marker))
            )
            yield from ((i, j) for j in cited for i in in_note)
