"""Normal forms of money: a currency and a plain amount, `USD 5000000`.

The currency is an ISO 4217 code if the words allow only one. A bare `$`, `¥` or `元` stays (`$
5000000`) unless the field's description says what it means (`$ means USD`). "Up to" and "at least"
are ignored.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tasks.core.normal.numerals import NUMBER, PUNCTUATION, any_of, in_digits, plain_decimal, scan
from tasks.core.schema import FieldSpec

# ISO 4217 codes in contracts, without those that are English words (ALL, TOP, TRY).
_CODES = "usd|eur|gbp|chf|cny|hkd|jpy|aud|cad|sgd|nzd|twd|sek|nok|dkk|inr|krw|mxn|brl|zar|aed|sar|ils|pln|czk|huf|thb|myr|idr|php|vnd"
_NAMES = {
    "USD": "us$|us $|u.s.$|u.s. $|usd$|us dollar|us dollars|u.s. dollar|u.s. dollars|united states dollars|美元|美金",
    "HKD": "hk$|hk $|hong kong dollar|hong kong dollars|港元|港币|港幣",
    "AUD": "a$|au$|australian dollars|澳元",
    "CAD": "c$|ca$|canadian dollar|canadian dollars|加元",
    "SGD": "s$|singapore dollars|新加坡元",
    "NZD": "nz$|new zealand dollars",
    "TWD": "nt$|新台币|新臺幣",
    "EUR": "€|euro|euros|欧元",
    "GBP": "£|pound sterling|pounds sterling|英镑",
    "CHF": "swiss franc|swiss francs|瑞士法郎",
    "JPY": "yen|japanese yen|日元|日圆",
    "CNY": "rmb|renminbi|yuan|人民币|人民幣",
    "INR": "₹",
    "KRW": "₩",
    "$": "$|dollar|dollars",
    "¥": "¥",
    "元": "元|圆|圓",
}
# The currencies that a sign alone may mean; 元 is also the end of many Chinese names of currencies.
_POSSIBLE = {
    "$": frozenset({"USD", "HKD", "AUD", "CAD", "SGD", "NZD", "TWD", "MXN"}),
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "HKD", "TWD", "USD", "EUR", "CAD", "AUD", "SGD"}),
}
_MEANING = {
    **{word: name for name, words in _NAMES.items() for word in words.split("|")},
    **{code: code.upper() for code in _CODES.split("|")},
}
_FILLER = (
    "a|an|the|sum|amount|of|in|total|aggregate|only|up|to|at|least|not|no|more|less|than|exceed|exceeding|minimum|maximum"
    "|共计|合计|总计|金额|为|计|大写|小写|整|正|不超过|不低于|不少于|至少|最多"
)
_TOKEN = re.compile(
    rf"(?P<currency>{any_of('|'.join(_MEANING))})|(?P<number>{NUMBER})|{any_of(_FILLER)}|{PUNCTUATION}",
    re.ASCII,
)
_COINS = re.compile(r"(?<=\d)[元圆圓](?:([0-9])角)?零?(?:([0-9])分)?")
# Not a capital M, which bankers use for a thousand.
_SHORT_SCALE = re.compile(r"(?<=\d) ?(k|K|m|mm|mn|MM|bn|BN|Bn)\b")
_SHORT = {"k": " thousand", "m": " million", "mm": " million", "mn": " million", "bn": " billion"}
_NO_CENTS = re.compile(r"\band (?:00|no|xx)/100\b", re.IGNORECASE)
_SIGN_MEANING = re.compile(r"([$¥元])\s*(?:means|is|=|为|指)\s*([A-Z]{3})\b")


def money_form(field: FieldSpec, value: str) -> str | None:
    """Currency and amount; None without a currency, with two amounts, and for `($5)`."""
    text = in_digits(_SHORT_SCALE.sub(lambda m: _SHORT[m[1].lower()], value))
    if text is None or text.startswith("("):
        return None
    matches = scan(_TOKEN, _COINS.sub(_with_coins, _NO_CENTS.sub("", text.casefold())).strip())
    if matches is None:
        return None
    amounts = {Decimal(m["number"]) for m in matches if m["number"]}
    named = {_MEANING[m["currency"]] for m in matches if m["currency"]}
    currency = _currency(named, dict(_SIGN_MEANING.findall(field.description)))
    return f"{currency} {plain_decimal(amounts.pop())}" if currency and len(amounts) == 1 else None


def _currency(named: set[str], meanings: dict[str, str]) -> str | None:
    if not named:
        return None
    possible = frozenset[str].intersection(*(_POSSIBLE.get(name, frozenset({name})) for name in named))
    if len(possible) == 1:
        return next(iter(possible))
    sign = next(iter(named))
    return meanings.get(sign, sign) if len(named) == 1 else None


def _with_coins(match: re.Match[str]) -> str:
    """元 with the decimals of 角 and 分 before it."""
    return f".{match[1] or 0}{match[2] or 0}元" if match[1] or match[2] else "元"
