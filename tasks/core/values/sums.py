"""Finds the sums of a text: amounts with the currencies before and behind them, each whole.

Words with their figures in brackets are one sum; so are `$5 to $10 million`, of which no part is
certain alone. What a sum is in a normal form, `money.py` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from tasks.core.values.amounts import Amount, amounts_in, joined
from tasks.core.values.currencies import currencies_in, currency_of, factor_of
from tasks.core.values.found import plain_text
from tasks.core.values.spelled import foreign_numbers

_BETWEEN = re.compile(
    r"[ \t]{3,24}|\s{0,2}(?:\((?:大写|小写|in words|in figures)\)\s?)?[:：]?\s{0,2}(?:-\s?)?|\s?\(大写\)[:：]?|\s?-?\s?\("
)
_GAP_BEFORE = 24  # characters between a currency and its number: `人民币（大写）：`, `$        0`
_AFTER = re.compile(r"(?:\sd'|\sde\s|\s?\(|\s{0,2})(?=\S)")
_NO_CENTS = re.compile(r"(?:[.,]\s?(?:-{1,2}|=)|\s?:-|/[-=])(?![\d-])|\s?(?:整|正)(?![\u4e00-\u9fff])|\s?整")
_COINS = re.compile(
    r"(?:零|〇|又)?(?:([0-9一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖])角)?(?:零|〇)?(?:([0-9一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖])分)?(?![一-龥]*之)"
)
_COIN = {c: i % 9 + 1 for i, c in enumerate("123456789一二三四五六七八九壹贰叁肆伍陆柒捌玖")} | {
    "貳": 2,
    "參": 3,
    "陸": 6,
}
_MINOR = re.compile(r"\s?(?:cents?|paise|pence|sen|fils)(?![a-z])", re.IGNORECASE)
_AND = re.compile(r",?\s(?:and|&)\s", re.IGNORECASE)
# Not a capital M alone, which bankers use for a thousand.
_SHORT_SCALE = re.compile(r"\s?(k|K|m|mm|MM|mn|Mn|MN|bn|BN|Bn|b|tn|M|B)(?![A-Za-z\d€])")
_SHORT = {"k": 10**3, "m": 10**6, "mm": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
_SHORT_SCALE_WORD = "million"  # English, as all of these
_VAGUE_SHORT = ("M", "B")
_GLUED = re.compile(r"[^\W\d_]")
_RESTATED = r"(?:in words|in figures|in worten|in letters|say|i\.e\.|being|the sum of|en toutes lettres|大写|小写|即|in|sum|amount|only|rupees|the)"
_BESIDE = re.compile(rf"[,\s]*(?:整|正|only|pounds?)?\s?[(\[]\s*(?:(?:{_RESTATED}|:)[\s:]*)*", re.IGNORECASE)
_BEHIND = re.compile(r"\s*(?:only|整|正|\.|\*)*\s*[)\]]", re.IGNORECASE)
_FOREIGN = re.compile(
    r"\s?\(\s?(?P<lead>(?:in\s+)?(?:Worten|Worte|woorden|bokstäver|letras|lettere|toutes\s+lettres|lettres|por\s+extenso|say)\s?:?\s?)?(?P<words>[^\W\d_][^\d()]{2,120}?)\s?\)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"[\s-]?(?:%|per\s?cent|days?|weeks?|months?|years?|hours?|times|shares?|个?月|年|日|天)", re.IGNORECASE
)
_BLANK = re.compile(r"\s{0,2}[\[_*•]")  # `Year 3 $ [***]`
_UNITED_STATES = re.compile(r"\s?(?:U\.\s?S\.?|US)(?:A\.?)?(?=[\s).,;]|$)")
_UNLIKE = re.compile(
    r"[\s-]?(?:%|per\s?cent|days?|weeks?|months?|years?|hours?|times|shares?|business|个?月|年|日|天|[,.]?\d)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\s?(?:-|to|or|and|bis|至|到|~)\s?", re.IGNORECASE)
_CELL_BEFORE = re.compile(r"(?:^|[\n\t|:]|  ) ?\($")
_CELL_AFTER = re.compile(r"\)(?:$|[\n\t|]|  )")
_FIRST_CJK = "\u2e80"
_MARGINS = " (|\n\t"


@dataclass(frozen=True, slots=True)
class _Sign:
    """A currency's name at its place."""

    start: int
    end: int
    name: str
    factor: int


@lru_cache(maxsize=1024)
def sums_in(text: str) -> tuple[Amount, ...]:
    """The sums of a text with their currencies, in order."""
    plain = plain_text(text)
    signs = _Signs(plain)
    if not signs:
        return ()
    amounts = _with_signs(plain, amounts_in(text), signs)
    whole = [_bracketed_words(plain, a) for a in joined(plain, amounts, _BESIDE, _BEHIND)]
    sums = _without_ranges(plain, _signed_again(plain, whole, signs))
    return tuple(_alone_in_brackets(plain, sum_) for sum_ in sums if sum_.names)


def _alone_in_brackets(text: str, amount: Amount) -> Amount:
    """A cell `($5,000)` is a loss or a repetition: it is taken with its brackets, without form."""
    is_cell = _CELL_BEFORE.search(text, max(0, amount.start - 4), amount.start)
    if is_cell is None or not _CELL_AFTER.match(text, amount.end):
        return amount
    return replace(amount, start=amount.start - 1, end=amount.end + 1, is_vague=True)


class _Signs:
    """The currencies of a text, and which of them belong to an amount."""

    def __init__(self, text: str) -> None:
        self._text = text
        signs = [_Sign(*m.span(), currency_of(m[0]), factor_of(m[0])) for m in currencies_in(text)]
        self._by_end = {sign.end: sign for sign in signs}
        self._by_start = {sign.start: sign for sign in signs}

    def __bool__(self) -> bool:
        return bool(self._by_end)

    def before(self, start: int, after: int) -> list[_Sign]:
        """The currencies directly before a place, nearest first, from another place on."""
        found: list[_Sign] = []
        while True:
            ends = range(start, max(after, start - _GAP_BEFORE) - 1, -1)
            sign = next((self._by_end[end] for end in ends if end in self._by_end), None)
            if sign is None or sign.start < after or not _BETWEEN.fullmatch(self._text, sign.end, start):
                return found
            # 元 stands behind its number only, and before a bracket begins another sum.
            if (sign.name == "元" and sign.start) or (found and "(" in self._text[sign.end : start]):
                return found
            found.append(sign)
            start = sign.start

    def behind(self, amount: Amount, following: Amount | None, has_currency: bool) -> list[_Sign]:
        """The currencies directly behind an amount, if they are not of the amount or blank that follows."""
        found: list[_Sign] = []
        end = amount.end
        while gap := _AFTER.match(self._text, end):
            sign = self._by_start.get(gap.end())
            if sign is None or self._belongs_on(sign, following, amount):
                return found
            opens = "(" in gap[0]
            if opens and (self._text[sign.end : sign.end + 1] != ")" or not (has_currency or found)):
                return found
            end = sign.end + opens
            found.append(replace(sign, end=end))
        return found

    def _belongs_on(self, sign: _Sign, following: Amount | None, amount: Amount) -> bool:
        """Whether the sign is the next number's: `under 5.2 $500`, `in 2026 EUR 500`."""
        if _BLANK.match(self._text, sign.end) and sign.name != "元":
            return True
        if following is None or following.start < sign.end or sign.name == "元":
            return False
        gap, gap_before = following.start - sign.end, sign.start - amount.end
        if gap > gap_before or not _BETWEEN.fullmatch(self._text, sign.end, following.start):
            return False
        is_counted = _COUNTED.match(self._text, following.end)
        return gap < gap_before or not (is_counted or len(amount.figure) > len(following.figure))


def _with_signs(text: str, amounts: Sequence[Amount], signs: _Signs) -> list[Amount]:
    """Each amount with its currencies, those without any too, since their words may follow."""
    signed: list[Amount] = []
    end = 0
    for index, amount in enumerate(amounts):
        if amount.start < end:
            continue
        following = amounts[index + 1 : index + 2]
        found = _with_sign(text, amount, signs, end, following[0] if following else None)
        if found is not None:
            signed.append(_with_minor(text, found, following))
            end = signed[-1].end
    return signed


def _with_sign(
    text: str, amount: Amount, signs: _Signs, after: int, following: Amount | None
) -> Amount | None:
    """The amount with the currencies before and behind it; None for a part of a word or code."""
    before = signs.before(amount.start, after)
    if amount.figure and not before and _is_glued(text, amount.start):
        return None
    scaled = _short_scale(text, amount)
    found = _with_minus(text, _no_cents(text, scaled or amount), before)
    behind = [] if found is None else signs.behind(found, following, bool(before))
    if found is None or (before and not behind and _is_counted(text, found, before)):
        return amount
    if not before and not behind:
        return None if _GLUED.match(text, amount.end) else found if scaled is None else amount
    return _named(text, found, before, behind, scaled is not None)


def _is_counted(text: str, amount: Amount, before: Sequence[_Sign]) -> bool:
    """`in US Dollars one month before`: the number counts something else."""
    is_apart = text[before[0].end : before[0].end + 1].isspace()
    return is_apart and bool(_UNLIKE.match(text, amount.end))


def _named(
    text: str, found: Amount, before: Sequence[_Sign], behind: Sequence[_Sign], is_scaled: bool
) -> Amount | None:
    """The amount as a sum of its currencies, to the end of its coins; None if a word follows at once."""
    for sign in (*before, *behind):
        found = found.scaled(sign.factor, found.end)
    end = behind[-1].end if behind else found.end
    names = frozenset(sign.name for sign in (*before, *behind))
    if len(names) == 1 and "$" in names and (states := _UNITED_STATES.match(text, end)):
        return replace(found, end=states.end(), names=frozenset({"USD"}))
    if not behind and not is_scaled and _GLUED.match(text, end) and text[end] < _FIRST_CJK:
        return None
    found = replace(found, end=end, names=names)
    is_coined = behind and "元" in text[end - 1] + behind[0].name
    return _with_coins(text, found) if is_coined else _no_cents(text, found)


def _with_minus(text: str, amount: Amount, before: Sequence[_Sign]) -> Amount | None:
    """`USD (5,000)`, `$-5` and `-$5` are negative; None for a bracket that closes elsewhere."""
    start = before[-1].start if before else amount.start
    between = text[before[0].end : amount.start] if before else ""
    found = replace(amount, start=start)
    if between.endswith("("):
        return found.scaled(-1, amount.end + 1) if text[amount.end : amount.end + 1] == ")" else None
    if "-" in between:
        found = found.scaled(-1, amount.end)
    if start and text[start - 1] == "-" and (start == 1 or text[start - 2] in _MARGINS):
        found = replace(found.scaled(-1, amount.end), start=start - 1)
    return found


def _is_glued(text: str, start: int) -> bool:
    left = text[start - 1 : start]
    return bool(left) and ((left.isascii() and (left.isalnum() or left == "_")) or left in "#/+")


def _no_cents(text: str, amount: Amount) -> Amount:
    mark = _NO_CENTS.match(text, amount.end)
    if mark is None:
        return amount
    return replace(amount, end=mark.end(), has_no_cents=amount.has_no_cents or mark[0][-1] in "-=")


def _short_scale(text: str, amount: Amount) -> Amount | None:
    short = _SHORT_SCALE.match(text, amount.end) if amount.figure else None
    if short is None:
        return None
    scaled = amount.scaled(_SHORT[short[1].lower()], short.end())
    return replace(scaled, scale=_SHORT_SCALE_WORD, is_vague=amount.is_vague or short[1] in _VAGUE_SHORT)


def _with_coins(text: str, amount: Amount) -> Amount:
    """元 with the decimals of 角 and 分 behind it."""
    coins = _COINS.match(text, amount.end)
    if coins is None or not (coins[1] or coins[2]):
        return _no_cents(text, amount)
    cents = Decimal(_COIN[coins[1]] * 10 if coins[1] else 0) + (_COIN[coins[2]] if coins[2] else 0)
    return _no_cents(text, _plus(amount, cents / 100, coins.end()))


def _plus(amount: Amount, more: Decimal, end: int) -> Amount:
    point, comma, words = (
        None if n is None else n + more for n in (amount.point, amount.comma, amount.words)
    )
    return replace(amount, point=point, comma=comma, words=words, end=end)


def _with_minor(text: str, amount: Amount, following: Sequence[Amount]) -> Amount:
    """`Two Dollars and Fifty Cents` is one sum."""
    if not amount.names or not following or not _AND.fullmatch(text, amount.end, following[0].start):
        return amount
    minor = _MINOR.match(text, following[0].end)
    cents = following[0].point
    return amount if minor is None or cents is None else _plus(amount, cents / 100, minor.end())


def _bracketed_words(text: str, amount: Amount) -> Amount:
    """A sum with words of another language behind it: `EUR 5,00 (in Worten: fünf Euro)`."""
    bracket = (
        _FOREIGN.match(text, amount.end) if amount.figure and amount.names and amount.words is None else None
    )
    if bracket is None:
        return amount
    words = bracket["words"]
    for sign in reversed(currencies_in(words)):
        words = words[: sign.start()] + " " + words[sign.end() :]
    numbers = foreign_numbers(words)
    if numbers & amount.readings:
        return replace(amount, end=bracket.end(), words=min(numbers & amount.readings))
    if numbers or bracket["lead"]:
        return replace(amount, end=bracket.end(), is_vague=amount.is_vague or bool(numbers))
    return amount


def _signed_again(text: str, amounts: Sequence[Amount], signs: _Signs) -> Iterator[Amount]:
    """Amounts with a currency behind their brackets: `five million (5,000,000) dollars`."""
    for index, amount in enumerate(amounts):
        if amount.figure and amount.words is not None and text[amount.end - 1] in ")]":
            following = amounts[index + 1] if index + 1 < len(amounts) else None
            behind = signs.behind(amount, following, bool(amount.names))
            if behind and (following is None or behind[-1].end <= following.start):
                names = amount.names | {sign.name for sign in behind}
                yield _no_cents(text, replace(amount, end=behind[-1].end, names=names))
                continue
        yield amount


def _without_ranges(text: str, amounts: Iterator[Amount]) -> Iterator[Amount]:
    """Two amounts of which one lacks what the other has (`$5 to $10 million`) are one, without form."""
    before: Amount | None = None
    for amount in amounts:
        if before is None:
            before = amount
        elif _share(text, before, amount):
            names = before.names | amount.names
            before = replace(before, end=amount.end, names=names, is_vague=True)
        else:
            yield before
            before = amount
    if before is not None:
        yield before


_LEAST_GROUPED = 1000  # smaller amounts may lack the scale of the next


def _share(text: str, first: Amount, second: Amount) -> bool:
    between = _RANGE.fullmatch(text, first.end, second.start)
    if between is None or not (first.names or second.names):
        return False
    if not (first.names and second.names):
        return between[0].strip().casefold() != "and" and not _UNLIKE.match(text, second.end)
    low = first.point or first.comma or 0
    return bool(second.scale) and not first.scale and abs(low) < _LEAST_GROUPED
