"""Finds the amounts of a text, in figures and in words, each whole, with all that it may mean.

`4.200` is 4.2 where a point divides the decimals and 4200 where a comma does: an `Amount` keeps both
readings, and what it counts (a sum, a per cent) and the document's habit decide. What is written
like no number (`1.2.3`, `12,34`, `555 123 4567`) is none, so that no part of it is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from tasks.core.values.found import plain_text
from tasks.core.values.spelled import HAN, han_number, number_words, words_number


@dataclass(frozen=True, slots=True)
class Amount:
    """A number at its place in a text."""

    start: int
    end: int
    point: Decimal | None
    """Its value if a point divides the decimals; None: it cannot be read so."""
    comma: Decimal | None
    """Its value if a comma does."""
    figure: str = ""
    """Its figures with their separators; empty for words."""
    words: Decimal | None = None
    """What words or numerals beside the figures say."""
    names: frozenset[str] = frozenset()
    """Currencies or units that stand with it."""
    is_vague: bool = False
    """Whether the words say that the number is not exact, or cannot be read."""

    has_no_cents: bool = False
    """Whether a dash stands for its decimals: `12.500,-`."""
    scale: str = ""
    """The word of its scale, in small letters: `million`."""
    is_indian: bool = False
    """Whether it is written with lakh and crore, or grouped by them: `1,25,00,000`."""

    def scaled(self, factor: int | Decimal, end: int) -> Amount:
        """The amount times a factor, with the words of the factor, which end there."""
        point, comma, words = (
            None if n is None else n * factor for n in (self.point, self.comma, self.words)
        )
        return replace(self, point=point, comma=comma, words=words, end=end)

    @property
    def readings(self) -> frozenset[Decimal]:
        return frozenset(n for n in (self.point, self.comma) if n is not None)

    @property
    def is_three_places(self) -> bool:
        """`4.200` and `4,200`: thousands, or three decimals."""
        return len(self.readings) == 2

    @property
    def mark(self) -> str:
        """The last separator."""
        return next((c for c in reversed(self.figure) if c in ".,"), "")


_PROPER = r"(?<![\d/.,])\d/(?:2|3|4|5|8|16)(?![\d/.,])"
# In groups of three with spaces, or with too many of them, as telephone numbers are; `$.05`; all others.
_SPACED = r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?![.,']?\d)(?! \d)|\d{1,3}(?: \d{3})+(?: \d+)+"
_FIGURE = rf"{_SPACED}|(?<=[$€£¥])\.\d+(?![.,]?\d)|\d+(?:[.,']\d+)*"
_VULGAR = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅛⅜⅝⅞",
        map(
            Decimal,
            [
                "0.5",
                "0",
                "0",
                "0.25",
                "0.75",
                "0.2",
                "0.4",
                "0.6",
                "0.8",
                "0",
                "0.125",
                "0.375",
                "0.625",
                "0.875",
            ],
        ),
        strict=True,
    )
)
_FRACTION = rf"(?:(?:\s|-|\sand\s)(?P<top>\d{{1,2}})/(?P<bottom>2|3|4|5|8|10|16|32)(?![\d/])|\s?(?P<vulgar>[{''.join(_VULGAR)}]))"
_FIGURES = re.compile(
    rf"(?=[\d.{''.join(_VULGAR)}])(?:(?P<only>{_PROPER}|[{''.join(_VULGAR)}])|(?P<figure>{_FIGURE}){_FRACTION}?)",
    re.IGNORECASE | re.ASCII,
)
_FIGURES_OR_HAN = re.compile(rf"(?P<han>{HAN})|{_FIGURES.pattern}", re.IGNORECASE | re.ASCII)
_ANY_HAN = re.compile("[零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億两兩廿]")
_SCALES = {
    10**3: "thousand|tausend|tsd|tusen|mille|mil|duizend",
    10**5: "lakhs?|lacs?",
    10**6: "million|millions|mio|mln|mill|millionen|miljoner|miljon|millioner|miljoen|milhões|milhão",
    10**7: "crores?|cr",
    10**9: "billion|billions|mrd|milliarden|milliarde|milliards?|miljarder|miljard|milliarder|bilhões|bilhão",
    10**12: "trillion|trillions",
}
_FACTOR = {word: factor for factor, words in _SCALES.items() for word in re.sub(r"s\?", "", words).split("|")}
_INDIAN_FACTORS = (10**5, 10**7)
_SCALE = re.compile(
    rf"(?:\s|-)?({'|'.join(_SCALES.values())})(?![a-zõã])(?:\.(?=\s?[^\s\dA-Z]|\s?[A-Z]{{2,3}}\b))?",
    re.IGNORECASE,
)
_NO_SCALE = ("", ".", ",", ")", "(", "%", ";", "\n", "/", ":")
_VAGUE = re.compile(r"\s?[余餘多几幾](?!于|於)|\+(?!\d)")
_GROUPS = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"\d{1,3}(?:,\d\d)+,\d{3}")


@lru_cache(maxsize=2048)
def amounts_in(text: str) -> tuple[Amount, ...]:
    """The amounts of a text, in order, with scales and fractions, without currencies and units."""
    plain = plain_text(text)
    pattern = _FIGURES_OR_HAN if not plain.isascii() and _ANY_HAN.search(plain) else _FIGURES
    found = [_worded(plain, start, end) for start, end in number_words(plain)]
    found += (amount for match in pattern.finditer(plain) if (amount := _amount(plain, match)))
    return tuple(_behind_each_other(sorted(found, key=lambda a: a.start)))


def _behind_each_other(amounts: list[Amount]) -> Iterator[Amount]:
    end = 0
    for amount in amounts:
        if amount.start >= end:
            end = amount.end
            yield amount


def _worded(text: str, start: int, end: int) -> Amount:
    number = words_number(text[start:end])
    return Amount(start, end, number, number, words=number, is_vague=number is None)


def _amount(text: str, match: re.Match[str]) -> Amount | None:
    start, end = match.span()
    if match.re is _FIGURES_OR_HAN and match["han"]:
        number = han_number(match[0])
        amount = Amount(start, end, number, number, words=number, is_vague=number is None)
    elif match["only"]:
        number = _proper(match[0])
        amount = Amount(start, end, number or None, number or None, match[0], is_vague=not number)
    else:
        amount = _in_figures(text, match)
    return None if amount is None else _with_scale(text, amount)


def _with_scale(text: str, amount: Amount) -> Amount:
    if text[amount.end : amount.end + 1] in _NO_SCALE:
        return amount
    if scale := _SCALE.match(text, amount.end):
        factor = _FACTOR.get(word := scale[1].lower()) or _FACTOR[word.rstrip("s")]
        is_indian = amount.is_indian or factor in _INDIAN_FACTORS
        amount = replace(amount.scaled(factor, scale.end()), scale=word, is_indian=is_indian)
    vague = _VAGUE.match(text, amount.end)
    return amount if vague is None else replace(amount, is_vague=True, end=vague.end())


def _in_figures(text: str, match: re.Match[str]) -> Amount | None:
    figure = match["figure"]
    point, comma = _readings(figure)
    if point is None and comma is None:
        return None
    is_indian = bool(_INDIAN.fullmatch(figure.partition(".")[0]))
    amount = Amount(match.start(), match.end(), point, comma, figure, is_indian=is_indian)
    fraction = _fraction(match)
    if fraction is None:
        return amount
    if not figure.isdecimal() or not fraction:
        return replace(amount, is_vague=True)
    return replace(amount, point=(point or 0) + fraction, comma=(comma or 0) + fraction)


def _proper(fraction: str) -> Decimal:
    top, _, bottom = fraction.partition("/")
    if not bottom:
        return _VULGAR[fraction]
    return Decimal(top) / int(bottom) if bottom != "3" else Decimal(0)


def _fraction(match: re.Match[str]) -> Decimal | None:
    """None: none; 0: one that has no exact decimal."""
    if match["vulgar"]:
        return _VULGAR[match["vulgar"]]
    if not match["top"]:
        return None
    top, bottom = int(match["top"]), int(match["bottom"])
    return Decimal(top) / bottom if bottom != 3 and top < bottom else Decimal(0)


def _readings(figure: str) -> tuple[Decimal | None, Decimal | None]:
    """What a figure with its separators means with a decimal point, and with a decimal comma."""
    if figure.isdecimal():
        return Decimal(figure), Decimal(figure)
    return _read(figure, ".", ","), _read(figure, ",", ".")


def _read(figure: str, decimal: str, group: str) -> Decimal | None:
    if figure.count(decimal) > 1:
        return None
    whole, _, places = figure.partition(decimal)
    separators = {c for c in whole if not c.isdigit()}
    if (not places.isdecimal() and places) or separators - {group, "'", " "}:
        return None
    if separators and not _is_grouped(whole):
        return None
    return Decimal("".join(filter(str.isdigit, whole)) + (f".{places}" if places else ""))


def _is_grouped(whole: str) -> bool:
    if whole[0] == "0":
        return False
    return bool(_GROUPS.fullmatch(whole) or _INDIAN.fullmatch(whole))


def joined(
    text: str, amounts: list[Amount], is_beside: re.Pattern[str], is_behind: re.Pattern[str]
) -> Iterator[Amount]:
    """Words with their figures in brackets, or the reverse, as one amount each.

    Args:
        is_beside: What stands between the two, with the bracket that opens.
        is_behind: What stands behind them, with the bracket that closes.
    """
    at = 0
    while at < len(amounts):
        amount = amounts[at]
        both = _both(text, amount, amounts[at + 1], is_beside, is_behind) if at + 1 < len(amounts) else None
        at += 1 if both is None else 2
        yield both or amount


def _both(
    text: str, first: Amount, second: Amount, is_beside: re.Pattern[str], is_behind: re.Pattern[str]
) -> Amount | None:
    if bool(first.figure) == bool(second.figure) or not is_beside.fullmatch(text, first.end, second.start):
        return None
    behind = is_behind.match(text, second.end)
    if behind is None:
        return None
    said, counted = (second, first) if first.figure else (first, second)
    return replace(
        counted,
        start=first.start,
        end=behind.end(),
        words=said.words,
        names=first.names | second.names,
        is_vague=first.is_vague or second.is_vague or said.words not in counted.readings,
    )
