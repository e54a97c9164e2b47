"""Finds the numbers of a text with their units, each whole: per cents in any writing, ratios, measures.

Basis points, `‰` and `百分之` become per cents. Which of the numbers are values, `numbers.py` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from tasks.core.values.amounts import Amount, amounts_in, joined
from tasks.core.values.found import plain_text, words_in
from tasks.core.values.spelled import foreign_numbers

_PERCENT = (
    r"%|per\s?cent(?:um)?(?![a-z])\.?(?=[^.]|$)|pct(?![a-z])\.?|percentum|Prozent(?![a-z])|v\.\s?H\.|vom\s+Hundert|pour\s?cents?(?![a-z])|por\s?cento?(?![a-z])"
    r"|procents?(?![a-z])|prosent(?![a-z])"
)
_UNITS = {
    "points": r"percentage\s+points?(?![a-z])|个?百分点",
    "%": _PERCENT,
    "‰": r"‰|per\s?mill?e?(?![a-z])|promille?(?![a-z])",
    "bp": r"(?:basis\s+points?|bps?|basispunkte?n?|个?基点)(?![a-z])",
}
_FACTOR = {"points": Decimal(1), "%": Decimal(1), "‰": Decimal("0.1"), "bp": Decimal("0.01")}
_PLAIN_UNIT = (
    r"(?:(?:business\s+|calendar\s+|working\s+)?(?:days?|months?|years?|weeks?|hours?)|mg|ml|mcg|µg|g|kg)(?![a-z\d])"
    r"|个?(?:工作日|自然日|交易日|月|年|周|小时)|日|天|岁|倍|毫克|毫升|克|%"
)
_UNIT = re.compile(
    rf"\s*-?(?:of\s+(?:one|1|a)\s*(?:%|per\s?cent|percent)(?![a-z])|{'|'.join(f'(?:{p})' for p in _UNITS.values())})|[\s-]*(?P<plain>{_PLAIN_UNIT})",
    re.IGNORECASE,
)
_RATIO = re.compile(
    r"\s?(?::|\bto\b)\s?(?:1|one)(?:[.,]0+)?(?:\s?\(\s?1(?:[.,]0+)?\s?\))?(?![\w:%/]|[.,]\d|\s?(?:%|per\s?cent))",
    re.IGNORECASE,
)
_FOREIGN_WORDS = frozenset({"prozent", "pour", "por", "procent"})
_FOREIGN_PERCENT = re.compile(
    r"(?P<words>[^\W\d_]+(?:[\s-][^\W\d_]+){0,3})(?=\s(?:Prozent|pour\s?cent|por\s?cento?|procent)(?![a-z]))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_TIMES = re.compile(r"\s?x(?![a-z\d]|\s?\d)", re.IGNORECASE)
_HAN_PART = re.compile(r"([百千万萬])分之\s?$")
_A_HUNDRED = Amount(0, 0, Decimal(100), Decimal(100), words=Decimal(100))
_HAN_PERCENT = {"百": Decimal(1), "千": Decimal("0.1"), "万": Decimal("0.01"), "萬": Decimal("0.01")}
_BESIDE = re.compile(r"\s*[(\[]\s*(?:(?:in words|in figures|say|i\.e\.|即|大写)[:,]?\s*)?", re.IGNORECASE)
_BEHIND = re.compile(r"\s*[)\]]")
_RANGE = re.compile(r"\s?(?:-|to|or|bis|à|至|到|~)\s?", re.IGNORECASE)
# A letter or a fraction behind a number without unit: it is a part of something else.
_IS_CUT = re.compile(r"[A-Za-z_]|/\d|分之|成(?![立为本])")


@lru_cache(maxsize=1024)
def numbers_in(text: str) -> tuple[Amount, ...]:
    """The numbers of a text with their units, also those within dates, sums and references."""
    plain = plain_text(text)
    amounts = amounts_in(text)
    if not _FOREIGN_WORDS.isdisjoint(words_in(plain)):
        amounts = tuple(sorted((*amounts, *_foreign_percents(plain)), key=lambda a: a.start))
    with_units = _with_units(plain, amounts)
    whole = _units_again(plain, joined(plain, list(with_units), _BESIDE, _BEHIND))
    return tuple(_without_ranges(plain, whole))


def _foreign_percents(text: str) -> Iterator[Amount]:
    """`drei Prozent`, `cinq pour cent`: of the words before it, the most that are a number."""
    for match in _FOREIGN_PERCENT.finditer(text):
        for start in (match.start() + m.start() for m in _WORD.finditer(match["words"])):
            numbers = foreign_numbers(text[start : match.end("words")])
            if len(numbers) == 1:
                number = min(numbers)
                yield Amount(start, match.end("words"), number, number, words=number)
                break


def _with_units(text: str, amounts: Sequence[Amount]) -> Iterator[Amount]:
    end = 0
    for amount in amounts:
        if amount.start < end:
            continue
        found = _with_unit(text, amount)
        if found is not None:
            end = found.end
            yield found


def _with_unit(text: str, amount: Amount) -> Amount | None:
    """The number with its unit; None for a part of a word, code or fraction."""
    if amount.figure and _is_glued(text, amount.start):
        return None
    if part := _HAN_PART.search(text, max(0, amount.start - 5), amount.start):
        whole = _A_HUNDRED if text[amount.start : amount.end] == "百" else amount
        found = replace(whole, start=amount.start).scaled(_HAN_PERCENT[part[1]], amount.end)
        return replace(found, start=part.start(), names=frozenset({"%"}))
    if text[amount.start - 2 : amount.start] == "分之":
        return None  # a part of 三分之一
    if ratio := _RATIO.match(text, amount.end) or _TIMES.match(text, amount.end):
        return _negative(text, replace(amount, end=ratio.end()))
    found = _measured(text, amount)
    if found.end == amount.end and amount.figure and ("/" in amount.figure or _IS_CUT.match(text, found.end)):
        return None
    return _negative(text, found)


def _is_glued(text: str, start: int) -> bool:
    """Whether a number is the end of a word, code or longer number: `A-4`, `B12`, `+49`."""
    left, further = text[start - 1 : start], text[start - 2 : start - 1] if start > 1 else ""
    if not left.isascii() or not left:
        return False
    if left.isalnum() or left in "_/+#":
        return True
    if not further.isascii() or left not in "-.,:'":
        return False
    return further.isalpha() if left == "-" else further.isalnum()


def _negative(text: str, amount: Amount) -> Amount | None:
    start = amount.start
    if amount.figure and text[start - 1 : start] == "-" and (start == 1 or text[start - 2] in " (|\t\n"):
        # `-4-` is a page.
        return (
            None
            if text[amount.end : amount.end + 1] == "-"
            else replace(amount.scaled(-1, amount.end), start=start - 1)
        )
    return amount


def _measured(text: str, amount: Amount) -> Amount:
    unit = _UNIT.match(text, amount.end)
    if unit is None:
        return amount
    if unit["plain"]:
        name = " ".join(unit["plain"].split())
        return replace(amount, names=frozenset({name}), end=unit.end())
    words = unit[0].strip(" -\n\t")
    kind = next((k for k, p in _UNITS.items() if re.fullmatch(p, words, re.IGNORECASE)), "%")
    factor = _FACTOR[kind]
    return replace(amount.scaled(factor, unit.end()), names=frozenset({"%"}))


def _units_again(text: str, numbers: Iterator[Amount]) -> Iterator[Amount]:
    """Numbers with a unit behind their brackets: `thirty (30) days`, `five (5%) percent`."""
    for number in numbers:
        if number.words is None or not number.figure:
            yield number
            continue
        behind = _UNIT.match(text, number.end)
        if behind is None:
            yield number
        elif not number.names:
            yield _measured(text, number)
        elif "%" in number.names and not behind["plain"]:
            yield replace(number, end=behind.end())
        else:
            yield number


def _without_ranges(text: str, numbers: Iterator[Amount]) -> Iterator[Amount]:
    """`5 to 10 %` is one value, without form; `5 % to 10 %` are two."""
    before: Amount | None = None
    for number in numbers:
        if before is None:
            before = number
        elif not before.names and _RANGE.fullmatch(text, before.end, number.start):
            before = replace(before, end=number.end, names=number.names, is_vague=True)
        else:
            yield before
            before = number
    if before is not None:
        yield before
