"""Names and signs of currencies, and the currencies that a sign alone may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from tasks.core.values.found import words_in

# ISO 4217 codes in contracts, without those that are English words (ALL, TOP).
_CODES = (
    "USD|EUR|GBP|CHF|CNY|CNH|HKD|JPY|AUD|CAD|SGD|NZD|TWD|SEK|NOK|DKK|ISK|INR|PKR|LKR|BDT|NPR|KRW|MXN|BRL|ZAR|AED|SAR|QAR|KWD|BHD|OMR"
    "|ILS|PLN|CZK|HUF|RON|THB|MYR|IDR|PHP|VND|TRY|ARS|CLP|COP|PEN|NGN|KES|EGP|MOP|RUB|UAH"
)
_PLAIN_CODES = "usd|eur|gbp|chf|cny|hkd|jpy|aud|cad|sgd|sek|nok|dkk|inr"
_NAMES = {
    "USD": "us $|us$|u.s.$|u.s. $|usd$|us dollar|us dollars|u.s. dollar|u.s. dollars|united states dollar|united states dollars"
    "|dollars of the united states|dollars of the united states of america|美元|美金|us-dollar",
    "HKD": "hk$|hk $|hong kong dollar|hong kong dollars|港元|港币|港幣|港纸",
    "AUD": "a$|au$|aud$|australian dollar|australian dollars|澳元|澳大利亚元",
    "CAD": "c$|ca$|cdn$|cad$|canadian dollar|canadian dollars|加元|加拿大元",
    "SGD": "s$|sg$|sgd$|singapore dollar|singapore dollars|新加坡元|新元",
    "NZD": "nz$|new zealand dollar|new zealand dollars|新西兰元",
    "TWD": "nt$|nt $|new taiwan dollar|new taiwan dollars|新台币|新臺幣|新台幣",
    "MXN": "mx$|mex$|mexican pesos",
    "BRL": "r$|brazilian reais|reais|real brasileiro",
    "EUR": "€|euro|euros|欧元|歐元",
    "GBP": "£|stg|pound sterling|pounds sterling|british pounds|英镑|英鎊",
    "CHF": "sfr|sfr.|swiss franc|swiss francs|schweizer franken|franken|瑞士法郎",
    "JPY": "yen|japanese yen|日元|日圆|円",
    "CNY": "rmb¥|rmb|renminbi|yuan|cny¥|人民币|人民幣",
    "INR": "₹|indian rupee|indian rupees",
    "KRW": "₩|korean won|韩元",
    "ILS": "₪|new israeli shekels|nis",
    "RUB": "₽",
    "THB": "฿|baht|泰铢",
    "VND": "₫",
    "PHP": "₱|philippine pesos",
    "TRY": "₺|turkish lira",
    "NGN": "₦|naira",
    "PLN": "zł|zloty",
    "CZK": "kč",
    "HUF": "forint|forints",
    "MYR": "rm|ringgit|ringgit malaysia",
    "IDR": "rp|rp.|rupiah",
    "AED": "dhs|dhs.|dh|dirham|dirhams|uae dirham|uae dirhams",
    "SAR": "saudi riyal|saudi riyals",
    "SEK": "svenska kronor|swedish kronor|swedish krona|swedish kroner",
    "NOK": "norske kroner|norwegian kroner|norwegian krone",
    "DKK": "danske kroner|danish kroner|danish krone",
    "$": "$|dollar|dollars",
    "¥": "¥",
    "元": "元|圆|圓",
    "kr": "kr|kr.|kronor|kroner|krona",
    "Rs": "rs|rs.|rupee|rupees",
    "Fr": "fr|fr.",
}
_POSSIBLE = {
    "$": frozenset({"USD", "HKD", "AUD", "CAD", "SGD", "NZD", "TWD", "MXN", "CLP", "COP", "ARS"}),
    "¥": frozenset({"CNY", "JPY"}),
    # Also the end of many Chinese names of currencies.
    "元": frozenset({"CNY", "HKD", "TWD", "USD", "EUR", "CAD", "AUD", "SGD", "NZD"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "Rs": frozenset({"INR", "PKR", "LKR", "NPR"}),
    "Fr": frozenset({"CHF", "FRF", "BEF", "LUF", "XAF", "XOF"}),
}
SIGNS = tuple(_POSSIBLE)
"""Signs of several currencies."""
_SCALED = ("€", "EUR", "SEK", "NOK", "DKK", "CHF", "USD", "kr")
"""Names before which T or K is a thousand and M a million."""
_MEANING = {
    **{word: name for name, words in _NAMES.items() for word in words.split("|")},
    **{code.lower(): code for code in _CODES.split("|")},
    **{f"{size}{name}".lower(): "EUR" if name == "€" else name for size in "tkm" for name in _SCALED},
}
_IN_THOUSANDS = re.compile(rf"[TtKk](?:{'|'.join(_SCALED)})")
_IN_MILLIONS = re.compile(rf"[Mm](?:{'|'.join(_SCALED)})")
_ANY_CASE = [
    w
    for words in _NAMES.values()
    for w in words.split("|")
    if w not in ("rm", "rp", "rp.", "dh", "nis", "fr", "stg", "kr", "rs")
]
_EXACT = [
    "RM",
    "Rp",
    "Rp.",
    "Dh",
    "NIS",
    "Fr",
    "Fr.",
    "Stg",
    "kr",
    "Kr",
    "KR",
    "Rs",
    "RS",
    "rs",
    *_CODES.split("|"),
    *_PLAIN_CODES.split("|"),
]
_SCALED_NAMES = rf"(?:{_IN_THOUSANDS.pattern}|{_IN_MILLIONS.pattern})(?![A-Za-z])"


def _pattern(word: str) -> str:
    left = r"(?<![A-Za-z])" if word[0].isascii() and word[0].isalpha() else ""
    right = r"(?![A-Za-z])" if word[-1].isascii() and word[-1].isalpha() else ""
    return left + re.escape(word).replace(r"\ ", r"\s+") + right


def _any_of(words: Iterable[str]) -> str:
    return "|".join(_pattern(word) for word in sorted(set(words), key=len, reverse=True))


CURRENCY = rf"(?:(?<![A-Za-z]){_SCALED_NAMES}|(?i:{_any_of(_ANY_CASE)})|{_any_of(_EXACT)})"
"""A pattern for a name, code or sign."""
_CURRENCY = re.compile(CURRENCY)
_LONGEST = 44  # characters of a name, with its line end
_STEMS = (
    "dollar", "euro", "franc ", "francs", "franken", "rupee", "rmb", "renminbi", "yuan", "sterling", "british pounds", "ringgit", "rupiah",
    "baht", "dirham", "riyal", "reais", "real brasil", "yen ", "forint", "korean won", "naira", "turkish lira", "krona", "kronor", "kroner", "krone", "pesos",
    "shekel", "zloty",
)  # fmt: skip
_SHORT = (
    "kr",
    "Kr",
    "KR",
    "Rs",
    "RS",
    "rs",
    "Fr",
    "Dh",
    "dh",
    "Dhs",
    "RM",
    "Rp",
    "zł",
    "Zł",
    "stg",
    "Stg",
    "SFr",
    "sfr",
    "Sfr",
    "Kč",
    "kč",
    "NIS",
)
_SIGN_CHARACTERS = "$€£¥₹₩₪₽฿₫₱₺₦元圆圓円币幣镑鎊金郎铢纸"
_ANY_SIGN = re.compile(f"[{_SIGN_CHARACTERS}]")
_NAME_WORDS = (
    "dollar dollars euro euros franc francs franken rupee rupees rmb renminbi yuan sterling pounds ringgit"
    " rupiah baht dirham dirhams riyal riyals reais brasileiro yen won naira lira krona kronor kroner"
    " krone pesos shekels zloty kr rs fr dh dhs forint forints rm rp zł stg sfr kč nis"
)
# The words without which no name in letters can stand.
_WORDS = (
    frozenset(_NAME_WORDS.split())
    | {code.lower() for code in _CODES.split("|")}
    | {f"{size}{name}".lower() for size in "tkm" for name in _SCALED}
)
_LAST_LETTERS = re.compile(r"[A-Za-z]+\Z")
_LAST_WORDS = frozenset(word[0] for name in _MEANING if (word := _LAST_LETTERS.search(name)))
_LAST_SIGNS = frozenset(name[-1] for name in _MEANING)
_EXACT_NEEDLES = (*_SHORT, *_PLAIN_CODES.split("|"), *_CODES.split("|"))
_LETTERS_ALIKE = frozenset("\u0130\u0131\u017f\u212a")
"""Letters that match `i`, `s` and `k` where capitals make no difference, but are others in small letters."""


@lru_cache(maxsize=256)
def _needle(exact: tuple[str, ...], stems: tuple[str, ...]) -> re.Pattern[str]:
    """A pattern for a piece of every name of a currency, of those that a text can have."""
    short = [rf"[TtKkMm]?(?:{'|'.join(exact)})(?![A-Za-z])"] if exact else []
    letters = [*short, *([f"(?i:{'|'.join(stems)})"] if stems else [])]
    names = [rf"(?<![A-Za-z])(?:{'|'.join(letters)})"] if letters else []
    return re.compile("|".join([f"[{_SIGN_CHARACTERS}]", *names]))


def _needles_in(text: str) -> Iterator[re.Match[str]]:
    # Hundreds of alternatives at each letter are slow, and a contract has a few of them.
    low = text.lower()
    stems = _STEMS if not _LETTERS_ALIKE.isdisjoint(text) else tuple(s for s in _STEMS if s in low)
    needle = _needle(tuple(code for code in _EXACT_NEEDLES if code in text), stems)
    return needle.finditer(text)


def currencies_in(text: str) -> list[re.Match[str]]:
    """The names, codes and signs of currencies in a text, in order."""
    if not _ANY_SIGN.search(text) and _WORDS.isdisjoint(words_in(text)):
        return []
    found: list[re.Match[str]] = []
    end = 0
    for begins, ends in (needle.span() for needle in _needles_in(text)):
        if begins >= end:
            start = max(end, begins - _LONGEST)
            match = _CURRENCY.search(text, start, ends + _LONGEST)
            while match is not None and match.start() <= begins:
                found.append(match)
                end = match.end()
                match = _CURRENCY.search(text, end, ends + _LONGEST) if end <= begins else None
    return found


def may_end_name(text: str) -> bool:
    """Whether a name, code or sign may stand at a text's end, by its last letters; white space may follow."""
    bare = text.rstrip()
    word = _LAST_LETTERS.search(bare)
    if word is None or not bare[: word.start()][-1:].isascii():  # other letters may match as capitals do
        return bare[-1:] in _LAST_SIGNS or not bare.isascii()
    return word[0].casefold() in _LAST_WORDS


def currency_of(words: str) -> str:
    """The ISO code of a name that `CURRENCY` matched, or the sign if it may mean several."""
    return _MEANING[" ".join(words.casefold().split())]


def factor_of(words: str) -> int:
    """1000 for `TEUR`, a million for `MSEK`, else 1."""
    if _IN_THOUSANDS.fullmatch(words):
        return 10**3
    return 10**6 if _IN_MILLIONS.fullmatch(words) else 1


def agreed(names: frozenset[str], meanings: Mapping[str, str]) -> str | None:
    """The one currency, or the sign, that names beside a sum allow together."""
    if not names:
        return None
    possible = frozenset[str].intersection(*(codes_for(name) for name in names))
    if len(possible) == 1:
        return next(iter(possible))
    sign = min(names)
    return meanings.get(sign, sign) if len(names) == 1 else None


def codes_for(name: str) -> frozenset[str]:
    """The codes that a sign may stand for; a code alone for itself."""
    return _POSSIBLE.get(name, frozenset({name}))
