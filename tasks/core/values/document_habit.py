"""Reads the habit of a document from those of its values that leave nothing open.

A decimal comma is known from `1.480,00` and `5,25 %`, the order of day and month from `13/07/2025`,
and what `$` stands for from a definition or from the only dollar that the text names.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from tasks.core.text.look_alikes import plain_lower
from tasks.core.values.amounts import Amount, amounts_in
from tasks.core.values.currencies import CURRENCY, SIGNS, codes_for, currencies_in, currency_of, may_end_name
from tasks.core.values.found import plain_text
from tasks.core.values.habit import Habit
from tasks.core.values.time.numeric_dates import day_first_in

_CURRENCY = re.compile(CURRENCY)
_COUNTED = re.compile(rf"\s?(?:%|per\s?cent|Prozent|{CURRENCY})", re.IGNORECASE)
_SIGN_BEFORE = re.compile(rf"{CURRENCY}\s?$")
_SIGN_CHARS = 24  # before a figure
_STRONG, _WEAK, _MOST = 3, 1, 4  # weights, and by how much one side must outweigh the other
_LANGUAGES = (
    re.compile(
        r"\b(?:der|die|das|und|ist|nicht|des|dem|gemäß|het|een|niet|voor|och|att|som|og|skal|ikke|les|des|une|est|pour|não|uma|para)\b"
    ),
    re.compile(r"\b(?:the|and|of|shall|this|that|with)\b"),
)
_LEAST_WORDS = 3
_COUNTRIES = {
    "INR": re.compile(
        r"\b(?:India|Indian|Mumbai|Delhi|Bengaluru|Bangalore|Chennai|Kolkata|Hyderabad|Pune)\b"
    ),
    "PKR": re.compile(r"\b(?:Pakistan|Karachi|Lahore|Islamabad)\b"),
    "LKR": re.compile(r"\bSri\s+Lankan?\b|\bColombo\b"),
    "NPR": re.compile(r"\bNepal(?:ese)?\b|\bKathmandu\b"),
}
_DEFINED = re.compile(
    r"""["'(](?P<sign>[$¥]|dollars?|kr|Rs\.?|Fr\.?|元)["')]*\s*(?:or\s+["'][^"']{1,12}["']\s*)?(?:means?|refers?\s+to|denotes?|shall\s+mean|are\s+to|is)\s+(?:the\s+)?(?:lawful\s+(?:currency|money)\s+of\s+(?:the\s+)?)?(?P<name>[A-Z][\w.$ ]{1,40})""",
    re.IGNORECASE,
)
_LAWFUL = {
    "United States": "USD",
    "U.S.": "USD",
    "USA": "USD",
    "Canada": "CAD",
    "Australia": "AUD",
    "Singapore": "SGD",
    "Hong Kong": "HKD",
    "New Zealand": "NZD",
}


@lru_cache(maxsize=64)
def habit_of(text: str) -> Habit:
    """The habit of a document's text."""
    plain = plain_text(text)
    return Habit(_decimal_comma(plain, amounts_in(text)), day_first_in(plain_lower(text)), _currencies(plain))


def _decimal_comma(text: str, amounts: tuple[Amount, ...]) -> bool | None:
    """From figures with one reading; a text without any goes by its language, but never English."""
    weights = Counter[bool]()
    for amount in amounts:
        vote = _vote(text, amount)
        if vote is not None:
            weights[vote[0]] += vote[1]
    comma, point = weights[True], weights[False]
    if comma or point:
        return True if comma >= _MOST * point else False if point >= _MOST * comma else None
    other, english = (len(pattern.findall(text)) for pattern in _LANGUAGES)
    return True if other >= _LEAST_WORDS and other > english else None


def _vote(text: str, amount: Amount) -> tuple[bool, int] | None:
    """Whether a figure has a decimal comma, and how much that says."""
    marks = {c for c in amount.figure if c in ".,"}
    if not marks or amount.words is not None:
        return None
    counts = bool(_COUNTED.match(text, amount.end)) or _has_sign_before(text, amount)
    if amount.is_three_places:
        return (False, _WEAK) if amount.mark == "," and counts else None
    if len(marks) > 1:
        return amount.point is None, _STRONG
    is_grouped = amount.figure.count(amount.mark) > 1
    return (amount.point is None, _STRONG) if is_grouped or counts else None


def _has_sign_before(text: str, amount: Amount) -> bool:
    begin = max(0, amount.start - _SIGN_CHARS)
    # Before most figures stands another word, which a look at its last letters shows.
    if not may_end_name(text[begin : amount.start]):
        return False
    return _SIGN_BEFORE.search(text, begin, amount.start) is not None


def _currencies(text: str) -> dict[str, str]:
    """What the signs of several currencies stand for, where the document leaves only one."""
    named = {currency_of(m[0]) for m in currencies_in(text)}
    meanings = {
        sign: codes.pop()
        for sign in named.intersection(SIGNS)
        if len(codes := set(codes_for(sign) & named)) == 1
    }
    if "Rs" in named and "Rs" not in meanings:
        countries = [code for code, pattern in _COUNTRIES.items() if pattern.search(text)]
        if len(countries) == 1:
            meanings["Rs"] = countries[0]
    return meanings | _defined(text)


def _defined(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _DEFINED.finditer(text):
        sign = "$" if match["sign"].lower().startswith("dollar") else match["sign"].rstrip(".")
        name = _CURRENCY.match(text, match.start("name"))
        code = (
            currency_of(name[0])
            if name
            else next((c for w, c in _LAWFUL.items() if match["name"].startswith(w)), None)
        )
        if code in codes_for(sign):
            found[sign] = code
    return found
