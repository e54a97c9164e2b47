"""How a text introduces its parties: in what order, by which role words, and under which short name.

A name that is introduced once keeps its role wherever it stands: "Tarn Foods Ltd (the “Supplier”)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock

from cachetools import LRUCache, cached

from tasks.core.native.own.evidence.case import Crowd
from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.native.request import Request

_AFTER_CHARS, _HEAD_CHARS = 260, 48
_BRACKET = re.compile(r"[(（]([^()（）]{2,80}?)[)）]")
_CALLED = re.compile(
    r"(?:(?:hereinafter|hereafter|herein)(?:\s+(?:referred to as|called|known as|jointly|together))?|referred to as|called|known as|以下(?:简称|称)?(?:为)?|下称)"
    r"\s*[:：]?\s*(?:[Tt]he\s+)?[“\"'‘「]?([^“\"'‘「”’」,.;，。；）)]{2,40})",
    re.IGNORECASE,
)
_AS = re.compile(
    r"^[,;]?\s*(?:(?:acting|solely|only)\s)?(?:in (?:its|his|her) (?:sole )?capacity )?as\s(?:the |an? |original |its )?([A-Za-z][A-Za-z \n-]{2,40})"
)
_QUOTED = re.compile(r"[“\"「‘']([^”\"」’']{2,40})[”\"」’']")
_LABEL = re.compile(r"([^\n:：,，;；。]{2,60})[:：]\s*$")
_ROLE_HEAD = re.compile(r"((?:[A-Z][A-Za-z]+|[a-z]+)(?:\s[A-Za-z]+){0,2})[,:]?\s*$")
_PARTY_HEAD = re.compile(r"[(（]\s*[\d一二三]\s*[)）]\s*$|^\s*\d[.)°]\s*$")
_IS = re.compile(r"[“\"]([A-Z][\w ]{1,20})[”\"]\s+(?:is|are|means)\s+(?:the\s)?$")
_BOUNDARY = re.compile(r"[;；]|\band\b(?=\s+[A-Z])|(?<=[a-z]{3})\.\s")
_NOT_A_NAME = frozenset(["the", "this", "such", "said", "herein", "agreement", "contract"])


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a text says of a name, over all of its places."""

    rank: int
    """Of its first place among the names of the text."""
    party_rank: int
    """The same, among names that are introduced with a role or a short name."""
    n_places: int
    defined: tuple[str, ...]
    """Role words or short names in brackets behind it, or behind "hereinafter"."""
    capacity: tuple[str, ...]
    """Words behind "as"."""
    heads: tuple[str, ...]
    """Words in front of it in its printed line: a label, or "Customer"."""


@dataclass(frozen=True, slots=True)
class _Said:
    defined: tuple[str, ...]
    capacity: tuple[str, ...]
    heads: tuple[str, ...]


# By id, since neither has a cheap key. An entry holds its object, so that the id stays taken.
_PLACES: LRUCache[int, tuple[Request, dict[tuple[int, int, int], _Said]]] = LRUCache(32)
_LOCK = Lock()


def _key(request: Request, crowd: Crowd) -> tuple[int, int]:
    return id(request), id(crowd)


@cached(LRUCache[tuple[int, int], tuple[Crowd, Mapping[str, Introduction]]](64), key=_key, lock=Lock())
def introductions(request: Request, crowd: Crowd) -> tuple[Crowd, Mapping[str, Introduction]]:
    """The introductions of a field's candidates that may be names, by their words in lower case."""
    spans: dict[str, list[CandidateSpan]] = {}
    for span in crowd.spans:
        if span.kind in (SpanKind.NAME, SpanKind.PATTERN, SpanKind.PROPER):
            spans.setdefault(span.value.casefold(), []).append(span)
    found: dict[str, Introduction] = {}
    party_rank = 0
    for rank, (name, at) in enumerate(spans.items()):
        places = [_place(request, s) for s in at]
        defined = tuple(w for p in places for w in p.defined)
        capacity = tuple(w for p in places for w in p.capacity)
        heads = tuple(w for p in places for w in p.heads)
        found[name] = Introduction(rank, party_rank, len(at), defined, capacity, heads)
        party_rank += bool(defined or capacity or heads)
    return crowd, found


def _place(request: Request, span: CandidateSpan) -> _Said:
    with _LOCK:
        places = _PLACES.setdefault(id(request), (request, {}))[1]
    key = (span.passage_index, span.start, span.end)
    if key not in places:
        after = _after(request, span)
        places[key] = _Said(
            tuple(_defined(request, span, after)), tuple(_capacity(after)), tuple(_heads(request, span))
        )
    return places[key]


def _after(request: Request, span: CandidateSpan) -> str:
    text = request.passages[span.passage_index]
    after = text[span.end : span.end + _AFTER_CHARS]
    stop = _BOUNDARY.search(after)
    return after[: stop.start()] if stop else after


def _defined(request: Request, span: CandidateSpan, after: str) -> Iterator[str]:
    for match in _BRACKET.finditer(after):
        quoted = _QUOTED.findall(match[1])
        if quoted or match.start() < 3 or match[1][:4].lower() == "the ":
            yield from (q.strip() for q in quoted or [match[1]])
    for match in _CALLED.finditer(after):
        yield match[1].strip()
    before = request.passages[span.passage_index][max(0, span.start - 40) : span.start]
    if (is_ := _IS.search(before)) is not None:
        yield is_[1]


def _capacity(after: str) -> Iterator[str]:
    match = _AS.match(after)
    if match is not None:
        yield match[1]


def _heads(request: Request, span: CandidateSpan) -> Iterator[str]:
    """Words in front of a name: its label, the head of its cell, or the words beside it."""
    if span.cell is not None:
        yield from (w for w in (span.cell.row, span.cell.column) if w)
    text = request.passages[span.passage_index]
    start = text.rfind("\n", 0, span.start) + 1
    head = text[max(start, span.start - _HEAD_CHARS) : span.start]
    if not head.strip() and start > 1:  # under its label
        above = text[text.rfind("\n", 0, start - 1) + 1 : start - 1]
        if len(above) <= _HEAD_CHARS and (above.rstrip().endswith((":", "：")) or len(above.split()) < 4):
            yield above
        return
    if (label := _LABEL.search(head)) is not None:
        yield label[1]
    elif (words := _ROLE_HEAD.search(head)) is not None and words[1].lower() not in _NOT_A_NAME:
        yield words[1]
