"""Columns: whether a value is whole, of the kind it is taken for, and in the unit of the examples."""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import TYPED
from tasks.core.schema import FieldType
from tasks.core.values.find import find_values

COLUMNS = (
    "is_cut",
    "is_of_other_type",
    "is_time",
    "kind_clash",
    "is_span_of_two",
    "is_year",
    "is_slight",
    "is_multiple",
    "n_decimals",
    "is_in_brackets",
    "is_in_enumeration",
    "is_first_in_sentence",
    "is_repeated",
)
_DIGIT = "0-9零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_OPEN = re.compile(rf"(?:[0-9][.,'’]?|[{_DIGIT[3:]}]|人民币|[$€£¥￥])\s*$")
_ON = re.compile(rf"\s*(?:[.,'’]?[0-9]|[{_DIGIT[3:]}](?=[{_DIGIT[3:]}元角分]))")
_TIME = re.compile(r"\b(?:minute|hour|day|week|month|quarter|year)s?\b|[日天周月年]|小时|分钟", re.IGNORECASE)
_YEAR = re.compile(r"(?:19|20)\d\d(?:/\d\d(?:\d\d)?)?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LISTED = re.compile(r"^\s*(?:,|;|and\b|or\b|、|和|及)|(?:,|;|\band|\bor|、|和|及)\s*$")
_OTHERS = (FieldType.DATE, FieldType.MONEY, FieldType.DURATION)


@lru_cache(8192)
def _held(kind: FieldType, text: str) -> tuple[tuple[int, int], ...]:
    """The ranges of the values of a type in a line."""
    return tuple((v.start, v.end) for v in find_values(kind, text, ()))


@lru_cache(1024)
def _shown_kinds(signs: FieldSigns) -> frozenset[str]:
    """The kinds of the values in the examples: `%`, `time`, `whole`, `part`."""
    kind, texts = signs.field.value_type, signs.field.example_texts
    return frozenset(_kind(v.value) for e in texts for v in find_values(kind, e, signs.field.choices)[:1])


def _kind(value: str) -> str:
    if re.search(r"%|‰|per\s?cent|百分|千分|万分", value, re.IGNORECASE):
        return "%"
    if _TIME.search(value):
        return "time"
    return "part" if re.search(r"\d[.,]\d{1,2}(?!\d)", value) else "whole"


def values(case: EvidenceCase) -> list[float]:
    signs, span, zones = case.signs, case.span, case.zones
    if signs.field.type not in TYPED:
        return [0.0] * len(COLUMNS)
    line, (start, end) = case.line.text, case.place
    is_number = signs.field.type is FieldType.NUMBER
    others = [r for kind in _OTHERS if is_number for r in _held(kind, line)]
    shown, kind = _shown_kinds(signs), _kind(span.value)
    numbers = _NUMBER.findall(span.value)
    opened = line.rfind("(", max(0, start - 80), start) > line.rfind(")", max(0, start - 80), start)
    return [
        float(bool(_OPEN.search(line[max(0, start - 6) : start]) or _ON.match(line, end, end + 4))),
        float(any(a < end and start < b for a, b in others)),
        float(is_number and kind == "time"),
        float(bool(shown) and kind not in shown),
        float(bool(re.search(r"\d\D* (?:to|and|or|-|–) \D*\d", span.value))),
        float(bool(_YEAR.fullmatch(span.value.strip()))),
        float(is_number and bool(re.fullmatch(r"\d", span.value.strip()))),
        float(len(numbers) > 1),
        float(len(numbers[-1].rpartition(".")[2]) if numbers and "." in numbers[-1] else 0),
        float(opened),
        float(bool(_LISTED.match(zones.after[:6]) or _LISTED.search(zones.before[-6:]))),
        float(case.crowd.by_line[span.line][0] == case.index),
        float(case.crowd.n_same[span.form or span.value] > 1),
    ]
