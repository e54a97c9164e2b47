"""Columns: the measure of a value (per month, each, in all), its unit and size, beside those that a
field's title, description, cues and examples have.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log10

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import TYPED
from tasks.core.native.own.terms import share, terms
from tasks.core.schema import FieldType
from tasks.core.values.find import find_values

COLUMNS = (
    "measure_common",
    "measure_clash",
    "measure_missing",
    "measure_unasked",
    "measure_tail_common",
    "measure_tail_clash",
    "size",
    "size_nearest",
    "size_middle",
    "size_outside",
    "unit_common",
    "unit_clash",
    "is_whole",
    "whole_clash",
    "noun_example",
    "noun_title",
    "lead_example",
    "tail_example",
)
_NEAR = 45  # characters beside a value in which its measure stands
_FAR_SIZE = 4.0  # powers of ten
_PER = r"(?:per|a|an|each|every|/|for each|for every|in any|in each|pro)\s*"
_MEASURES = {
    "hour": rf"{_PER}(?:hours?|hr)\b|\bhourly\b|每小时|时薪",
    "day": rf"{_PER}(?:calendar |working |business )?days?\b|\bdaily\b|每日|每天|每迟延一日|按日|日租",
    "week": rf"{_PER}weeks?\b|\bweekly\b|每周|每星期",
    "month": rf"{_PER}(?:calendar )?(?:months?|mth)\b|\bmonthly\b|\bp\.?c\.?m\b|每月|月租|月薪|按月|/月",
    "quarter": rf"{_PER}quarters?\b|\bquarterly\b|每季|按季",
    "year": rf"{_PER}(?:calendar |contract |insurance |policy )?(?:years?|yr|annum)\b|\b(?:yearly|annual(?:ly)?|p\.\s?a\.)|每年|年租|年薪|年度|/年|年费|年化",
    "once": r"\b(?:once|one-off|one-time|single|lump sum|flat|up ?front|non-recurring)\b|一次性",
    "piece": rf"{_PER}(?:unit|piece|item|kg|kilo\w*|kwh|mwh|ton(?:ne)?|mile|km|kilomet\w+|seat|user|person|head|copy|share|litre|liter|gallon|barrel|square \w+|sq\.? ?\w+|m²|m2|sale share|drum|lift|home|apartment|sim|licen[cs]e|page|trip|load|pallet|car|vehicle|machine|book|child|pupil)s?\b|\b(?:apiece|unit price)\b|每[台件桶套个吨只辆平米册份股公箱]|单价",
    "event": rf"{_PER}(?:event|claim|occurrence|breach|case|accident|loss|incident|infringement|violation|violated|and every (?:claim|loss))s?\b|any one (?:event|claim|occurrence|loss|accident)|每次|每起|每人",
    "all": r"\b(?:in total|in all|total(?:s|ling)?|aggregate|altogether|overall|all together|taken together|maximum)\b|合计|总额|总计|共计|总价|总",
    "part": r"\b(?:of which|thereof|instal\w*|tranche|portion|half|third)\b|其中|分期|首付|尾款|余款",
    "share": r"\b(?:per ?cent|%)\w*\.? of\b|\bof (?:the|its|each|any|all) (?:price|amount|sum|value|fee|rent|loan|principal|contract|purchase|total)|价款的|金额的|总额的|租金的",
}
_MEASURE = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _MEASURES.items()), re.IGNORECASE)
_CUT = re.compile(r"[;；。]|,\s|，|\band\b")
_DURATION = re.compile(
    r"P(?:([\d.]+)Y)?(?:([\d.]+)M)?(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?)?"
)
_DAYS = (365.0, 30.4, 7.0, 1.0, 1 / 24, 1 / 1440)
_UNITS = ("year", "month", "week", "day", "hour", "minute")
_AMOUNT = re.compile(r"-?\d+(?:\.\d+)?")
_TOKEN = re.compile(r"[^\W\d_]+|[%‰]|[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Size:
    """How big a value is."""

    amount: float
    unit: str
    """Of a duration; `%` of a per cent; else empty."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a field's own words ask for."""

    measures: frozenset[str]
    unasked: frozenset[str]
    sizes: tuple[Size, ...]
    nouns: frozenset[str]
    """Of the words behind the values in the examples."""
    leads: frozenset[str]
    tails: frozenset[str]


def size_of(kind: FieldType, form: str) -> Size | None:
    """The size of a normal form: days, or the number itself."""
    if kind is FieldType.DURATION:
        match = _DURATION.fullmatch(form)
        parts = [float(x or 0) for x in match.groups()] if match else []
        days = sum(n * d for n, d in zip(parts, _DAYS, strict=True)) if parts else 0.0
        unit = next((u for u, n in zip(_UNITS, parts, strict=True) if n), "") if parts else ""
        return Size(days, unit) if days > 0 else None
    number = _AMOUNT.search(form.replace(",", ""))
    if number is None or kind is FieldType.DATE:
        return None
    return Size(abs(float(number[0])), "%" if "%" in form else "")


@lru_cache(4096)
def measures_of(text: str) -> frozenset[str]:
    """The measures that a text names: "month", "piece", "all"."""
    return frozenset(m.lastgroup for m in _MEASURE.finditer(text) if m.lastgroup)


@lru_cache(1024)
def _wanted(signs: FieldSigns) -> _Wanted:
    field = signs.field
    sizes: list[Size] = []
    nouns: list[str] = []
    leads: list[str] = []
    tails: list[str] = []
    for example in field.example_texts:
        for value in find_values(field.value_type, example, field.choices)[:2]:
            size = size_of(field.type, value.form) if value.form else None
            sizes += [size] if size else []
            nouns.append(_noun(example[value.end :]))
            leads += _tokens(example[: value.start])[-1:]
            tails += _tokens(example[value.end :])[:1]
    words = [c for c in field.cues if c[:1] != "/"]
    said = " . ".join([field.title, signs.counted, *words, *field.example_texts])
    nouns_of = terms(" . ".join(nouns))
    return _Wanted(
        measures_of(said),
        measures_of(signs.uncounted),
        tuple(sizes),
        nouns_of,
        frozenset(leads),
        frozenset(tails),
    )


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


@lru_cache(65536)
def _noun(after: str) -> str:
    """The two words behind a number, where a thing is counted: "60 GB", "1,400,000 ordinary shares"."""
    return " ".join(_TOKEN.findall(_CUT.split(after[:_NEAR])[0])[:3])


def values(case: EvidenceCase) -> list[float]:
    signs, span, zones = case.signs, case.span, case.zones
    if signs.field.type not in TYPED:
        return [0.0] * len(COLUMNS)
    wanted = _wanted(signs)
    tail = _CUT.split(zones.after[:_NEAR])[0]
    near = measures_of(tail)
    around = near | measures_of(f"{zones.label} . {zones.column} . {_CUT.split(zones.before[-_NEAR:])[-1]}")
    return [
        *_likeness(around, wanted.measures),
        float(bool(wanted.measures and not around)),
        float(bool(around & wanted.unasked - wanted.measures)),
        *_likeness(near, wanted.measures),
        *_size_columns(size_of(signs.field.type, span.form) if span.form else None, wanted.sizes),
        *_word_columns(case, wanted, tail),
    ]


def _likeness(mine: frozenset[str], wanted: frozenset[str]) -> tuple[float, float]:
    """The part of the measures that is wanted, and whether none is though some are."""
    if not mine or not wanted:
        return 0.0, 0.0
    both = len(mine & wanted) / len(mine)
    return both, float(not both)


def _size_columns(size: Size | None, wanted: Sequence[Size]) -> list[float]:
    if size is None or not size.amount:
        return [0.0] * 8
    mine = log10(size.amount)
    whole = float(size.amount == int(size.amount))
    unit = [w.unit == size.unit for w in wanted]
    wholes = [w.amount == int(w.amount) for w in wanted]
    others = [log10(w.amount) for w in wanted if w.amount > 0]
    if not others:
        return [mine, 0.0, 0.0, 0.0, 0.0, 0.0, whole, 0.0]
    nearest = min(abs(mine - o) for o in others)
    middle = mine - sum(others) / len(others)
    outside = max(0.0, min(others) - mine, mine - max(others))
    return [
        mine,
        min(_FAR_SIZE, nearest),
        max(-_FAR_SIZE, min(_FAR_SIZE, middle)),
        min(_FAR_SIZE, outside),
        sum(unit) / len(unit),
        float(not any(unit)),
        whole,
        float(bool(whole) not in wholes),
    ]


def _word_columns(case: EvidenceCase, wanted: _Wanted, tail: str) -> list[float]:
    noun = terms(_noun(tail))
    lead, behind = _tokens(case.zones.before[-_NEAR:])[-1:], _tokens(tail)[:1]
    return [
        share(noun, wanted.nouns) if noun else 0.0,
        share(noun, case.signs.wanted) if noun else 0.0,
        float(bool(lead) and lead[0] in wanted.leads),
        float(bool(behind) and behind[0] in wanted.tails),
    ]
