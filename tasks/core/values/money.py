"""Finds sums of money and gives their normal form: a currency and a plain amount, `USD 5000000`.

The currency is an ISO 4217 code if the words allow only one. A bare `$`, `¥`, `元`, `kr`, `Rs` or `Fr`
stays (`$ 5000000`) unless the field's description or the document says what it means; `Rs` in
lakh and crore is the Indian one unless the document says otherwise. "Up to", "at least" and "per
month" are ignored.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tasks.core.schema import FieldSpec
from tasks.core.values.amounts import Amount
from tasks.core.values.currencies import agreed
from tasks.core.values.found import FoundValue, in_words, plain_text
from tasks.core.values.habit import Habit
from tasks.core.values.numerals import any_of, plain_decimal
from tasks.core.values.sums import sums_in

_ENGLISH_SCALES = (
    "thousand",
    "million",
    "millions",
    "billion",
    "billions",
    "trillion",
    "trillions",
    "lakh",
    "lakhs",
    "crore",
    "crores",
)
_FILLER = (
    "a|an|the|sum|amount|of|in|total|aggregate|only|up|to|at|least|not|no|more|less|than|exceed|exceeding|minimum|maximum"
    "|principal|purchase|price|共计|合计|金|总计|金额|为|计|大写|小写|整|正|不超过|不低于|不少于|至少|最多"
)
_AROUND = re.compile(rf"(?:{any_of(_FILLER)}|\((?:大写|小写)\)|[\s\[\]\"';:]|[,.](?!\d))*", re.IGNORECASE)
_PER_UNIT = re.compile(
    r"\s?(?:per|each|a|an|every|/|pro|je|每)(?![a-z])[^\d()]{0,40}|\s?(?:p\.\s?[am]\.|monthly|annually|yearly)",
    re.IGNORECASE,
)


def find_money(text: str, habit: Habit) -> list[FoundValue]:
    """The sums of a text, in order, each whole.

    A sum without a form is one whose amount, currency or sign is not certain: `$5 to $10 million`,
    `thirty dollars ($40)`, `EUR 4.200` without a habit that says what the point means.
    """
    return [
        FoundValue(in_words(text, sum_.start, sum_.end), sum_.start, sum_.end, _form(sum_, habit))
        for sum_ in sums_in(text)
    ]


def money_form(field: FieldSpec, value: str, habit: Habit) -> str | None:
    """Currency and amount; None unless the value is one sum and words that do not change it."""
    found = find_money(value, habit)
    if len(found) != 1:
        return None
    plain = plain_text(value)
    is_whole = _AROUND.fullmatch(plain, 0, found[0].start) and (
        _AROUND.fullmatch(plain, found[0].end) or _PER_UNIT.fullmatch(plain, found[0].end)
    )
    return found[0].form if is_whole else None


def _form(amount: Amount, habit: Habit) -> str | None:
    meanings = {"Rs": "INR", **habit.currencies} if amount.is_indian else habit.currencies
    number, currency = decided(amount, habit), agreed(amount.names, meanings)
    return None if number is None or currency is None else f"{currency} {plain_decimal(number)}"


def decided(amount: Amount, habit: Habit) -> Decimal | None:
    """The amount of a sum; None if the figures leave it open and the document does not decide."""
    if amount.is_vague:
        return None
    if amount.words is not None:
        return amount.words
    if not amount.is_three_places:
        return amount.point if amount.point is not None else amount.comma
    if amount.has_no_cents:
        return amount.comma if amount.mark == "." else amount.point
    return _of_three_places(amount, habit.decimal_comma)


def _of_three_places(amount: Amount, decimal_comma: bool | None) -> Decimal | None:
    """`1,500` is in thousands unless the document has decimal commas; `1.500` is open without a habit."""
    if amount.scale and amount.scale not in _ENGLISH_SCALES:
        return None if decimal_comma is None else amount.comma if decimal_comma else amount.point
    if amount.mark == ",":
        return None if decimal_comma else amount.point
    if decimal_comma is None:
        return amount.point if amount.scale else None
    return amount.comma if decimal_comma else amount.point
