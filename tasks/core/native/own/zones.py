"""The words around a candidate value that may say what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.native.own.spans import CandidateSpan
from tasks.core.native.request import Request

_NEAR = 90
_BREAK = re.compile(
    r"[;；。!?！？]|(?<!\b[A-Z])(?<!\bNo)(?<!\bInc)(?<!\bLtd)\.(?=\s+[A-Z(“\"])|\n(?=\s*(?:\(?[a-z0-9]{1,3}[.)]|[•☐☒☑]))"
)
_LABEL_END = re.compile(r"[:：]\s*$")
_LABEL_ABOVE = re.compile(r"(?:^|\n)([^\n\d.,;:。；，]{2,40})\n$")
_MAX_BELOW = 40  # characters of a line with a value below its label
_DEFINED = re.compile(r"[(（]([^()（）]{2,60}?)[)）]")
_LEAD = re.compile(r"(?:([A-Za-z]+)[^A-Za-z]*|([\u4e00-\u9fff]{1,2})\s*)$")
_DEFINED_CHARS = 220


@dataclass(frozen=True, slots=True)
class Zones:
    """Texts around a value, nearest first."""

    label: str
    """The label of its row or line; empty: none."""
    column: str
    before: str
    """From the value before it, or the clause's begin."""
    after: str
    sentence: str
    heading: str
    defined: str
    """The words of the brackets behind it: (the "Landlord")."""
    previous: str
    """The sentence before."""
    printed: str
    """The printed line, without the value."""
    lead: str
    """The last word before the value: "from", "to"."""


def zones_of(request: Request, span: CandidateSpan, others: Sequence[CandidateSpan]) -> Zones:
    """The zones of a span.

    Args:
        others: The candidates of the same kind; none stands in the near zones.
    """
    line = request.cued_lines[span.line]
    text = request.passages[span.passage_index]
    first, last = line.unit.start, line.unit.end
    left = max(
        [first, *(o.end for o in others if o.passage_index == span.passage_index and o.end <= span.start)]
    )
    right = min(
        [last, *(o.start for o in others if o.passage_index == span.passage_index and o.start >= span.end)]
    )
    before, after = (
        text[max(left, span.start - _NEAR) : span.start],
        text[span.end : min(right, span.end + _NEAR)],
    )
    breaks = list(_BREAK.finditer(before))
    before = before[breaks[-1].end() :] if breaks else before
    stop = _BREAK.search(after)
    after = after[: stop.start()] if stop else after
    label = span.cell.row if span.cell else ""
    if not label:
        printed = text.rfind("\n", 0, span.start) + 1
        head = text[printed : span.start]
        if _LABEL_END.search(head) or ":" in head or "：" in head:
            label = re.split(r"[:：]", head)[0] if len(head) < 90 else ""
        elif not head.strip() and _LABEL_END.search(text[:printed]):
            label = text[text.rfind("\n", 0, printed - 1) + 1 : printed]
        elif not head.strip() and (above := _LABEL_ABOVE.search(text[max(0, printed - 60) : printed])):
            label = above[1] if len(text[printed:].split("\n", 1)[0]) <= _MAX_BELOW else ""
    following = [
        o.start
        for o in others
        if o.passage_index == span.passage_index and o.start >= span.end and o.kind is span.kind
    ]
    stop_at = min([last, span.end + _DEFINED_CHARS, *following])
    defined = " / ".join(m[1] for m in _DEFINED.finditer(text, span.end, stop_at))
    printed_start = max(first, text.rfind("\n", 0, span.start) + 1)
    printed_end = text.find("\n", span.end)
    printed_end = min(last, len(text) if printed_end < 0 else printed_end)
    lead = _LEAD.search(text[max(0, span.start - 30) : span.start])
    return Zones(
        label,
        span.cell.column if span.cell else "",
        before,
        after,
        line.text,
        " / ".join(line.headings[-2:]),
        defined,
        line.before,
        text[printed_start : span.start] + " . " + text[span.end : printed_end],
        (lead[1] or lead[2] or "").lower() if lead else "",
    )
