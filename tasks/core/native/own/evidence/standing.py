"""Columns: whether the text asserts a candidate, here and now."""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.spans import SpanKind
from tasks.core.text.negation import Stand, stands

COLUMNS = (
    "is_denied",
    "is_conditional",
    "is_open",
    "is_unticked",
    "is_ticked",
    "is_example",
    "is_former",
    "is_newly",
    "is_limit",
    "is_note",
)
_EXAMPLE = re.compile(
    r"\bfor (?:example|instance)|\be\.g\.|\billustrat|\bsuppose|例如|比如|假设|举例", re.IGNORECASE
)
_FORMER = re.compile(
    r"\b(?:previous(?:ly)?|former(?:ly)?|earlier|last year|superseded?s?|replace[sd]|instead of|no longer|withdrawn|old|originally|expired|until)\b"
    r"|原|此前|以前|旧|作废|变更前|不再",
    re.IGNORECASE,
)
_NEWLY = re.compile(
    r"\b(?:amended|now|revised|as changed|is changed|shall be replaced by|in lieu|new|with effect from)\b|变更为|修改为|调整为|改为",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\b(?:up to|not more than|no more than|at least|not less than|maximum|minimum|exceed(?:ing)?|cap(?:ped)?)\b|不超过|不少于|最多|至少|上限",
    re.IGNORECASE,
)
_UNTICKED, _TICKED = frozenset("☐□○"), frozenset("☒☑■✓✔●√")
_BOX = re.compile("[☐□○☒☑■✓✔●√]")


def values(case: EvidenceCase) -> list[float]:
    zones, line = case.zones, case.line
    is_sentence = case.span.kind is SpanKind.SENTENCE
    near = f"{zones.before} {zones.after} {zones.label} {zones.column}"
    return [
        *_asserted(line.text, *case.place, is_sentence),
        *_said(zones.sentence, near, zones.before),
        float(line.is_note),
    ]


@lru_cache(32768)  # fields of one type share their candidates
def _asserted(text: str, start: int, end: int, is_sentence: bool) -> tuple[float, ...]:
    stand = Stand.AFFIRMED if is_sentence else stands(text, start, end).stand
    boxes = _BOX.findall(text[: max(1, start)])
    box = boxes[-1] if boxes else ""
    return (
        float(stand is Stand.DENIED),
        float(stand is Stand.CONDITIONAL),
        float(stand in (Stand.HYPOTHETICAL, Stand.UNCERTAIN)),
        float(box in _UNTICKED),
        float(box in _TICKED),
    )


@lru_cache(32768)
def _said(sentence: str, near: str, before: str) -> tuple[float, ...]:
    return (
        float(bool(_EXAMPLE.search(sentence))),
        float(bool(_FORMER.search(near))),
        float(bool(_NEWLY.search(sentence))),
        float(bool(_LIMIT.search(before))),
    )
