"""Finds words that a user copied from a document, with the sentence or table row around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from infra.cli.schema.trial import requests_of
from tasks.core.grounding.quotes import passage_citation
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.request import Request
from tasks.core.native.text.lines import TextLine
from tasks.core.records import Chunk
from tasks.core.text.display import one_line
from tasks.core.text.folding import fold, is_cjk

_MAX_NEAREST, _LEAST_LIKE = 3, 60.0
_LEAD_CHARS = 40
"""A line that begins with its value says too little; then the line before it belongs to the example."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand in a document."""

    value: str
    """The words as the document says them, on one line."""
    text: str
    """The sentence or table row around them, on one line."""
    pages: tuple[int, ...]

    def __str__(self) -> str:
        return f"{', '.join(f'page {n}' for n in self.pages)}: {self.text}"


def places_of(words: str, run_input: RunInput) -> list[Place]:
    """Every place of the words, each sentence once; letters are compared exactly, or else without their case.

    A line that says nothing but the words shows nothing of the field, so it counts only if there is no other.
    """
    wanted = fold(words).text
    if not wanted:
        return []
    requests = list(zip(run_input.chunks, requests_of(run_input), strict=True))
    for ignores_case in (False, True):
        found = [p for chunk, r in requests for p in _places(wanted, ignores_case, chunk, r, run_input)]
        if found := [p for p in found if p.text != p.value] or found:
            return list({p.text: p for p in reversed(found)}.values())[::-1]
    return []


def nearest_words(words: str, run_input: RunInput) -> list[str]:
    """The words of the document that are most like these, the most alike first."""
    wanted = fold(words).text
    alike: dict[str, float] = {}
    for request in requests_of(run_input):
        for line in request.cued_lines:
            text = fold(line.text).text
            match = fuzz.partial_ratio_alignment(wanted.lower(), text.lower(), score_cutoff=_LEAST_LIKE)
            if match is not None and len(text) == len(text.lower()):
                start, end = _whole_words(text, match.dest_start, match.dest_end)
                alike[text[start:end]] = fuzz.ratio(wanted.lower(), text[start:end].lower())
    return sorted(alike, key=lambda w: -alike[w])[:_MAX_NEAREST]


def _places(
    wanted: str, ignores_case: bool, chunk: Chunk, request: Request, run_input: RunInput
) -> Iterator[Place]:
    for index, passage in enumerate(chunk.passages):
        folded = fold(passage.text)
        text, words = folded.text, wanted
        if ignores_case and len(text.lower()) == len(text):
            text, words = text.lower(), wanted.lower()
        at = text.find(words)
        while at >= 0:
            end = at + len(words)
            if _stands_alone(text, at, end):
                first, last = folded.original(at, end)
                around = _around(request, index, first, last)
                pages = passage_citation(passage, first, last, run_input.reading.pages).pages
                value = one_line(passage.text[first:last])
                if value in around:
                    yield Place(value, around, pages)
            at = text.find(words, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether the words are no part of a longer word or number."""
    return not _joins(text[start - 1 : start], text[start]) and not _joins(text[end - 1], text[end : end + 1])


def _joins(one: str, other: str) -> bool:
    return one.isalnum() and other.isalnum() and not is_cjk(one) and not is_cjk(other)


def _around(request: Request, passage_index: int, start: int, end: int) -> str:
    """The lines that hold a range; where nothing stands before the value, with the line before, which may be its label."""
    lines = [line for line in request.lines if line.passage_index == passage_index]
    inside = [i for i, line in enumerate(lines) if line.unit.start < end and line.unit.end > start]
    if not inside:
        return _row(request, passage_index, start, end)
    first = lines[inside[0]]
    begins = (
        first.unit.start + _LEAD_CHARS > start and not first.text[: max(0, start - first.unit.start)].strip()
    )
    label = inside[0] - 1
    if begins and label >= 0 and len(lines[label].text) <= _LEAD_CHARS:
        inside.insert(0, label)
    text = request.passages[passage_index]
    return one_line(text[lines[inside[0]].unit.start : lines[inside[-1]].unit.end])


def _row(request: Request, passage_index: int, start: int, end: int) -> str:
    """The table row that holds a range; else the printed line."""
    rows: Sequence[TextLine] = request.cell_lines
    for line in rows:
        if line.passage_index == passage_index and line.unit.start <= start and end <= line.unit.end:
            return one_line(line.text)
    text = request.passages[passage_index]
    return one_line(text[text.rfind("\n", 0, start) + 1 : (text + "\n").index("\n", end)])


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while 0 < start < len(text) and _joins(text[start - 1], text[start]):
        start -= 1
    while 0 < end < len(text) and _joins(text[end - 1], text[end]):
        end += 1
    return start, end
