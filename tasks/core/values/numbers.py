"""Finds numbers with their units and gives their normal form: `6.2 %`, `1500`, `5 mg`.

Per cents in any writing have one form: `2 1/4 %`, `225 basis points`, `百分之二点二五`. A ratio to one
is its number (`3.50:1` is 3.5). Numbers within sums, clause numbers and times are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tasks.core.schema import FieldSpec
from tasks.core.values.amounts import Amount
from tasks.core.values.found import FoundValue, in_words, plain_text
from tasks.core.values.habit import Habit
from tasks.core.values.measures import numbers_in
from tasks.core.values.money import decided
from tasks.core.values.numerals import any_of, plain_decimal
from tasks.core.values.references import without_references
from tasks.core.values.sums import sums_in

_ALONE = re.compile(r"(?:one|a|一|十|百|千|万|亿)(?![a-z])", re.IGNORECASE)
_HAN_COUNTER = re.compile(
    r"\s?(?:名|人|个|家|台|套|份|次|倍|平方米|股|件|间|辆|处|位|层|户|吨|公斤|千克|克|米|公里|亩|元|点)"
)
_HAN = re.compile("[\u3400-\u9fff]")
_SUPERSCRIPT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹]")
_FILLER = (
    "at least|at most|up to|no more than|not more than|no less than|not less than|a minimum of|a maximum of|minimum|maximum|a|an|the|rate|of|per annum|p.a.|p. a.|pa|per year|a year"
    "|annually|yearly|per month|per day|年利率|每年|每日|每月|按日|日|的|不超过|不低于|不少于|至少|最多|为"
)
_AROUND = re.compile(rf"(?:{any_of(_FILLER)}|[\s\[\]\"';:]|[,.](?!\d))*", re.IGNORECASE)
# What is counted, behind a number that is a whole value: `640 named users`, `500 GB`, `二十五人`.
_THINGS = re.compile(
    r"\s*(?P<unit>[kKMGT]i?B|k?Wh|[kM]Wh?|MWp?|kVA|km|cm|mm|m[²2³3]|km²|ha|sqm|sq\.?\s?(?:ft|m)\.?|tonnes|tons|lit(?:er|re)s|°C|kg/m|mg/ml)"
    r"|\s*(?:[^\W\d_][^\W\d_'-]*\s?){1,4}\.?"
)
_CHANGES = re.compile(
    r"(?i:\b(?:or|and|to|plus|minus|less|more|over|above|below|under|point|half|per|of|in|is|by|an?|the|st|nd|rd|th|dozen|hundred|thousand|million|billion|trillion"
    r"|k|m|mm|bn|oder|und|bis|mehr|weniger|ou|et|plus|moins|about|approximately|each)\b)|[上下余餘多左右約约或和至几幾半百千万萬亿億分之点]"
)


def find_numbers(text: str, habit: Habit) -> list[FoundValue]:
    """The numbers of a text with their units, in order, each whole, without sums and references."""
    return [
        FoundValue(in_words(text, number.start, number.end), number.start, number.end, _form(number, habit))
        for number in _counted(text)
    ]


_TENTHS = re.compile(r"成\s*$")  # 三成 is three tenths


def number_form(_: FieldSpec, value: str, habit: Habit) -> str | None:
    """The number and its unit; None for ranges, fractions without end and approximate numbers."""
    if _TENTHS.search(value):
        return None
    numbers = numbers_in(value)
    if len(numbers) > 1:
        numbers = [n for n in numbers if not _is_word_alone(plain_text(value), n)]
    if len(numbers) != 1:
        return None
    plain, number = plain_text(value), numbers[0]
    if not _AROUND.fullmatch(plain, 0, number.start) or sums_in(value):
        return None
    if _AROUND.fullmatch(plain, number.end):
        return _form(number, habit)
    things = _THINGS.fullmatch(plain, number.end)
    if things is None or number.names or _CHANGES.search(things[0]):
        return None
    unit = things["unit"]
    return _form(replace(number, names=frozenset({unit}) if unit else number.names), habit)


def _form(number: Amount, habit: Habit) -> str | None:
    value = _decided(number, habit)
    if value is None or len(number.names) > 1:
        return None
    unit = min(number.names, default="")
    return f"{plain_decimal(value)} {unit}".rstrip()


def _decided(number: Amount, habit: Habit) -> Decimal | None:
    """The value; None if the figures leave it open and the document does not decide."""
    if number.is_vague:
        return None
    if number.words is not None:
        return number.words
    if number.is_three_places:
        is_scaled = bool(number.scale) and "%" not in number.names
        return decided(number, habit) if is_scaled else _of_three_places(number, habit.decimal_comma)
    is_bare = not number.names and sum(number.figure.count(mark) for mark in ".,") == 1
    if number.point is None:
        # `1,5` alone may be two numbers.
        return None if is_bare and not habit.decimal_comma else number.comma
    return None if is_bare and number.comma is None and habit.decimal_comma else number.point


def _of_three_places(number: Amount, decimal_comma: bool | None) -> Decimal | None:
    is_percent = "%" in number.names
    if decimal_comma is None:
        # Per cents have decimals, and counts have thousands, but neither the other way round.
        return number.point if is_percent == (number.mark == ".") else None
    if decimal_comma and number.mark == "," and not is_percent:
        return None
    return number.comma if decimal_comma else number.point


def _counted(text: str) -> Iterator[Amount]:
    plain = plain_text(text)
    sums = sums_in(text)
    for number in without_references(plain, numbers_in(text)):
        is_in_sum = any(sum_.start < number.end and number.start < sum_.end for sum_ in sums)
        if not is_in_sum and not _is_word_alone(plain, number) and not _has_note(text, number):
            yield number


def _has_note(text: str, number: Amount) -> bool:
    """`30¹` has a note or is a power."""
    return not number.names and bool(_SUPERSCRIPT.match(text, number.end))


def _is_word_alone(text: str, number: Amount) -> bool:
    """Words that are no count: `one of them`, `一切`, `第三方`."""
    if number.figure or number.names:
        return False
    words = text[number.start : number.end]
    if _HAN.match(words):
        return not _HAN_COUNTER.match(text, number.end) or bool(_ALONE.fullmatch(words))
    return bool(_ALONE.fullmatch(words))
