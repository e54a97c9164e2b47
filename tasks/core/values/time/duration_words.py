"""Units of time, lower case, with the languages that they are words of, and the counts before them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tasks.core.values.time.calendar_words import LETTER, SIGN, one_of
from tasks.core.values.time.counts import count_before

# ISO 8601's letter, `T` before those of a day's parts; the days counted; languages; words.
_UNITS = """
Y . en: year years yr yrs
M . en: month months
W . en: week weeks
2W . en: fortnight fortnights
D . en: day days
D business en: weekday weekdays
TH . en: hour hours hr hrs
TM . en: minute minutes
TS . en: seconds
Y . de: jahr jahre jahren jahres
M . de: monat monate monaten monats
W . de: woche wochen
D . de: tag tage tagen kalendertag kalendertage kalendertagen
D business de: werktag werktage werktagen arbeitstag arbeitstage arbeitstagen geschäftstag geschäftstage geschäftstagen bankarbeitstag bankarbeitstage bankarbeitstagen bankwerktage bankwerktagen
D trading de: handelstag handelstage handelstagen börsentag börsentage börsentagen
TH . de: stunde stunden
TM . de: minuten
Y . fr: ans année années
M . fr: mois
W . fr: semaine semaines
D . fr: jour jours
Y . fr: an
TH . fr: heure heures
Y . sv,no,da: år
M . sv: månad månader månaders
M . no,da: måned måneder måneders
W . sv: vecka veckor veckors
W . da: uge uger ugers
W . no: uke uker ukers
D . sv,no,da,nl: dag
D . sv: dagar dagars kalenderdagar
D . da: dage dages kalenderdage
D . no: dager dagers kalenderdager
D business sv: arbetsdag arbetsdagar bankdagar vardag vardagar
D business da: arbejdsdag arbejdsdage bankdage hverdag hverdage
D business no: arbeidsdag arbeidsdager bankdager virkedag virkedager hverdager
D business sv,no,da: bankdag
TH . sv: timme timmar timmars
TH . no,da: timer
Y . fi: vuosi vuotta vuoden
M . fi: kuukausi kuukautta kuukauden
W . fi: viikko viikkoa viikon
D . fi: päivä päivää päivän
D business fi: arkipäivä arkipäivää arkipäivän pankkipäivä pankkipäivää
TH . fi: tunti tuntia tunnin
Y . nl: jaar jaren
M . nl: maand maanden
W . nl: weken
D . nl: dagen kalenderdagen
D business nl: werkdag werkdagen
TH . nl: uur uren
Y . es: año años
M . es,pt: mes meses
D . es: día días
TH . es,pt: hora horas
W . es,pt: semana semanas
D . es,pt: dias
Y . pt: ano anos
M . pt: mês
Y . it: anno anni
M . it: mese mesi
W . it: settimana settimane
D . it: giorno giorni
"""


@dataclass(frozen=True, slots=True)
class TimeUnit:
    letter: str
    counted: str
    """Which days count: `business`, `trading`; empty: all."""
    languages: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class TimeCount:
    """A number before a unit; the amount is None where it is a range or contradicts itself."""

    start: int
    amount: Decimal | None


def _units() -> dict[str, TimeUnit]:
    units: dict[str, TimeUnit] = {}
    for line in _UNITS.strip().split("\n"):
        head, words = line.split(": ")
        letter, counted, languages = head.split()
        times, letter = (2, letter[1:]) if letter[0] == "2" else (1, letter)
        unit = TimeUnit(letter, counted.strip("."), languages.replace(",", " "), times)
        units |= dict.fromkeys(words.split(), unit)
    return units


UNITS = _units()
UNIT = re.compile(one_of(UNITS) + f"(?!{LETTER})")
_KINDS = {
    "business": "business",
    "working": "business",
    "banking": "business",
    "bank": "business",
    "trading": "trading",
}
_KIND = re.compile(
    r"(?P<kinds>(?:(?<![^\W_])(?:business|working|banking|bank|trading|calendar|consecutive|successive|full|whole|complete|clear|natural|additional|further|contract)[\s-]+)+)$"
)
_DAYS_AFTER = re.compile(
    r"\s+(?:(?P<business>ouvrés|ouvrables|ouvré|ouvrable|hábiles|habiles|laborables|úteis|lavorativi)|(?P<trading>de bourse)|calendaires|francs|naturales|corridos)(?!\w)"
)
_GAP = re.compile(r"\s*(?:-\s*)?$")
_FIGURES = re.compile(
    rf"(?:(?<!{SIGN})(?<![$€£¥%.,/'])|(?<=\bwithin)|(?<=\bof))(?<![a-z]-)(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d{{1,3}}(?:\.\d{{3}})+|\d{{1,3}}(?:'\d{{3}})+|\d{{1,3}} 000|\d+)"
    r"(?P<decimals>[.,]\d+)?(?:\s?(?P<vulgar>[½¼¾])|\s+(?P<over>\d)/(?P<under>\d))?$"
)
_FRACTION = re.compile(r"(?<![\w$€£¥%.,/])(?:(?P<vulgar>[½¼¾])|(?P<over>\d)/(?P<under>\d))$")
_VULGAR = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
_HALF = re.compile(
    r"(?P<and>\s*(?:,\s*)?(?:and|och|og|en|e|y|et)\s+)?(?<![^\W_])(?:(?:a|one|ein|ett|et|un|een)[\s-]+(?:half|halbes|halbe|halben|halvt|halv|half|demi)|half\s+(?:of\s+)?an?)$"
)
_IN_BRACKETS = re.compile(r"\(\s*(?P<inner>[^()\n]{1,60}?)\s*\)$")
_RANGE = re.compile(
    r"(?:(?<=\d)-\s+|\s*)(?:\b(?:to|or|bis|oder|à|ou|till|til|tot|o|eller|ja)\b|[-–—])\s*$|\s+(?P<and>and|et|und|och|og|y|e|a)\s+$"
)
_BETWEEN = re.compile(r"\b(?:between|entre|zwischen|mellan|mellem|mellom)\s+$")
_REACH = 80
_GAP_REACH = 40


def kind_before(plain: str, start: int) -> tuple[int, str]:
    """Where the words between count and unit begin, and the days that they say count."""
    kind = _KIND.search(plain, max(0, start - _REACH), start)
    if kind is None:
        return start, ""
    return kind.start(), next((_KINDS[w] for w in re.findall(r"\w+", kind[0]) if w in _KINDS), "")


def kind_after(plain: str, end: int) -> tuple[int, str]:
    """Where the words behind the unit end that say which days count, and which they are."""
    after = _DAYS_AFTER.match(plain, end)
    if after is None:
        return end, ""
    return after.end(), "business" if after["business"] else "trading" if after["trading"] else ""


def time_count(plain: str, end: int, languages: str, decimal_comma: bool | None) -> TimeCount | None:
    """The count before a unit or its kind, with the other end of a range: `30 to 60`."""
    count = _twice(plain, end, languages, decimal_comma)
    if count is None:
        return None
    join = _RANGE.search(plain, max(0, count.start - _GAP_REACH), count.start)
    if join is None or "\n\n" in join[0]:
        return count
    first = _twice(plain, join.start(), languages, decimal_comma)
    if first is None or (join["and"] and not _BETWEEN.search(plain, max(0, first.start - 12), first.start)):
        return count
    return TimeCount(first.start, None)


def _twice(plain: str, end: int, languages: str, decimal_comma: bool | None) -> TimeCount | None:
    """A count, which may be said twice: `thirty (30)`, `30 (thirty)`."""
    low = max(0, end - _REACH)
    end = _stripped(plain, low, end)
    brackets = _IN_BRACKETS.search(plain, low, end)
    if brackets is None:
        return _count(plain, low, end, languages, decimal_comma)
    again = _count(plain, brackets.start("inner"), brackets.end("inner"), languages, decimal_comma)
    first = _count(plain, low, _stripped(plain, low, brackets.start()), languages, decimal_comma)
    if again is None or first is None or again.start != brackets.start("inner"):
        return None
    return first if first.amount == again.amount else TimeCount(first.start, None)


def _stripped(plain: str, low: int, end: int) -> int:
    """The end without white space and the hyphen of `thirty-day`."""
    gap = _GAP.search(plain, low, end)
    return gap.start() if gap else end


def _count(plain: str, low: int, end: int, languages: str, decimal_comma: bool | None) -> TimeCount | None:
    if end <= low:
        return None
    if figures := _FIGURES.search(plain, low, end):
        return TimeCount(figures.start(), _amount(figures, decimal_comma))
    if fraction := _FRACTION.search(plain, low, end):
        return TimeCount(fraction.start(), _decimal(_part(fraction)))
    if half := _HALF.search(plain, low, end):
        whole = _count(plain, low, half.start(), languages, decimal_comma) if half["and"] else None
        if whole is None:
            return None if half["and"] else TimeCount(half.start(), Decimal("0.5"))
        return TimeCount(whole.start, None if whole.amount is None else whole.amount + Decimal("0.5"))
    found = count_before(plain, low, end, languages)
    return None if found is None else TimeCount(*found)


def _amount(figures: re.Match[str], decimal_comma: bool | None) -> Decimal | None:
    """None where the separator may be of thousands or of decimals."""
    whole, decimals = figures["whole"], figures["decimals"] or ""
    mark = next((m for m in ",." if m in whole), None)
    if mark and ((decimal_comma is None and mark == ".") or decimal_comma is (mark == ",")):
        return None
    if len(decimals) == 4:
        return None  # 2.5005 is no count of days
    if mark and decimals[:1] == mark:
        return None
    if len(whole) > 1 and whole[0] == "0":
        return None  # 07.30 hours is a time of day
    number = Decimal(re.sub(r"[^\d]", "", whole) + decimals.replace(",", "."))
    part = _part(figures)
    return number if part is None else None if decimals else number + (_decimal(part) or 0)


def _part(parts: re.Match[str]) -> Fraction | None:
    if parts["vulgar"]:
        return _VULGAR[parts["vulgar"]]
    if not parts["over"] or parts["under"] == "0":
        return None
    return Fraction(int(parts["over"]), int(parts["under"]))


def _decimal(part: Fraction | None) -> Decimal | None:
    """Halves and quarters as decimals."""
    if part is None or part.denominator not in (2, 4) or part >= 1:
        return None
    return Decimal(part.numerator) / part.denominator
