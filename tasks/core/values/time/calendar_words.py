"""The words of calendars, lower case: months, days of the week, ordinals and years in words.

English, German, French, Swedish, Danish, Norwegian, Finnish, Dutch, Spanish, Portuguese and
Italian. No name means different months in two of them. Short forms that are words of their own
(`set`, `out`, `ago`) are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tasks.core.values.time.counts import count_in_words

LETTER = r"[^\W\d_\u2e80-\u9fff]"
SIGN = r"[^\W\u2e80-\u9fff]"
"""A letter, digit or underscore. Neither is an ideograph, because Chinese sets no spaces."""


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first, grouped by their first two letters for speed."""
    by_start: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        by_start.setdefault(word[:2], []).append(re.escape(word[2:]))
    return (
        "(?:" + "|".join(f"{re.escape(a)}(?:{'|'.join(rest)})" for a, rest in sorted(by_start.items())) + ")"
    )


_MONTHS = (
    "january jan januar jänner jan janvier janv januari gennaio enero ene janeiro tammikuuta tammikuu",
    "february feb februar feber février fevrier févr fevr februari febbraio febrero fevereiro helmikuuta helmikuu",
    "march mar märz maerz mär mrz mars marts maart mrt marzo março marco maaliskuuta maaliskuu",
    "april apr avril avr aprile abril huhtikuuta huhtikuu",
    "may mai maj mei mayo maio maggio toukokuuta toukokuu",
    "june jun juni juin junio junho giugno kesäkuuta kesäkuu",
    "july jul juli juillet juil julio julho luglio heinäkuuta heinäkuu",
    "august aug août aout augusti augustus agosto elokuuta elokuu",
    "september sept sep septembre septiembre setiembre setembro settembre syyskuuta syyskuu",
    "october oct oktober okt octobre octubre outubro ottobre lokakuuta lokakuu",
    "november nov novembre noviembre novembro marraskuuta marraskuu",
    "december dec dezember dez décembre decembre déc desember diciembre dic dezembro dicembre joulukuuta joulukuu",
)
MONTH_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
MONTH = one_of(MONTH_NUMBER)

_WEEKDAYS = (
    "monday mon montag lundi måndag mandag maandag lunes lunedì lunedi maanantai",
    "tuesday tues tue dienstag mardi tisdag tirsdag dinsdag martes martedì martedi tiistai",
    "wednesday wed mittwoch mercredi onsdag woensdag miércoles miercoles mercoledì mercoledi keskiviikko",
    "thursday thurs thur thu donnerstag jeudi torsdag donderdag jueves giovedì giovedi torstai",
    "friday fri freitag vendredi fredag vrijdag viernes venerdì venerdi perjantai",
    "saturday sat samstag sonnabend samedi lördag lørdag zaterdag sábado sabado sabato lauantai",
    "sunday sun sonntag dimanche söndag søndag zondag domingo domenica sunnuntai",
)
WEEKDAY_NUMBER = {
    **{name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()},
    **{f"{name}.": number for number, name in enumerate(("mo", "di", "mi", "do", "fr", "sa", "so"))},
    **{day + letter: n for n, letter in enumerate("一二三四五六日") for day in ("星期", "周", "週")},
    "星期天": 6,
}
"""From 0, Monday, as `date.weekday` counts."""
WEEKDAY = one_of(WEEKDAY_NUMBER)

_UNIT_ORDINALS = re.findall(r"\S+", "first second third fourth fifth sixth seventh eighth ninth")
_TEENS = re.findall(
    r"\S+",
    "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth",
)
_ORDINALS = [
    *_UNIT_ORDINALS,
    *_TEENS,
    "twentieth",
    *(f"twenty {w}" for w in _UNIT_ORDINALS),
    "thirtieth",
    "thirty first",
]
ORDINAL_NUMBER = {
    **{word: number for number, word in enumerate(_ORDINALS, 1)},
    **dict.fromkeys(("premier", "primero", "primeiro", "ersten", "erster"), 1),
}
ORDINAL = (
    "(?:"
    + "|".join(w.replace(" ", r"[\s-]+") for w in sorted(ORDINAL_NUMBER, key=len, reverse=True))
    + r")(?![^\W\d_])"
)

_TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_UNITS = "(?:one|two|three|four|five|six|seven|eight|nine)"
_TO_99 = rf"(?:{_TENS}(?:[\s-]+{_UNITS})?|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|{_UNITS})(?![^\W\d_])"
YEAR_IN_WORDS = (
    rf"(?:two[\s-]+thousand(?:,?[\s-]+(?:and[\s-]+)?{_TO_99})?(?![^\W\d_])"
    rf"|nineteen[\s-]+(?:hundred[\s-]+(?:and[\s-]+)?)?{_TO_99}|twenty[\s-]+(?=[tnefs]\w*(?:ty|teen|ten|eleven|twelve)){_TO_99})"
)
_CENTURY = re.compile(r"(?:(two thousand)|(nineteen hundred|nineteen)|twenty)(?: and)?", re.ASCII)


def ordinal(words: str) -> int:
    """`twenty-first`: 21. Raises KeyError for other words."""
    return ORDINAL_NUMBER[_spaced(words)]


def year_in_words(words: str) -> int:
    """A match of `YEAR_IN_WORDS`: `nineteen hundred and ninety-nine`, `two thousand four`."""
    words = _spaced(words)
    century = _CENTURY.match(words)
    if century is None:
        raise ValueError("no year in words")
    rest = words[century.end() :].strip()
    return (1900 if century[2] else 2000) + int(count_in_words(rest, "en") or 0)


def _spaced(words: str) -> str:
    return " ".join(re.split(r"[\s,-]+", words))
