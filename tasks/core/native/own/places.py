"""Jurisdictions, courts and addresses in Latin script."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.native.own.names import UPPER

_CAP = rf"(?:[{UPPER}][\w’'.-]*)"
_PLACE = rf"{_CAP}(?:[ \n](?:(?:of|and|the|de|du|la|al)[ \n]){{0,2}}{_CAP}){{0,7}}"
_OF = re.compile(r"(?<=([a-zA-Z]))[ \n](?:of|OF|in|at)[ \n](?:(?:the|THE)[ \n])?(?=[A-ZÀ-ÖØ-Þ])")
_OF_LAW_WORDS = "law laws legislation jurisdiction court courts tribunal tribunals statutes force"
_OF_LAW = frozenset(_OF_LAW_WORDS.split())
_OF_STATE_WORDS = (
    "state commonwealth province republic kingdom canton emirate territory district county city states"
)
_OF_STATE = frozenset(_OF_STATE_WORDS.split())
_PLACES = re.compile(_PLACE)
_FEW_CAPS = re.compile(rf"{_CAP}(?:[ \n]{_CAP}){{0,3}}")
_LAW = re.compile(r"[ \n](?:law|LAW|Law)\b(?![ \n]firm)")
_PLACE_AT_END = re.compile(
    rf"(?<![\w])({_CAP}(?:[ \n]{_CAP}){{0,3}})(?:[ \n](?:substantive|private|internal|domestic))?$"
)
_NO_PLACE = frozenset(
    ["the", "this", "that", "such", "any", "no", "all", "applicable", "mandatory", "statutory", "local"]
)
_MAX_PLACE = 60  # characters before "law"
_COURT = re.compile(
    rf"(?:(?:{_CAP}|of|the|and|for)[ \n]){{0,8}}(?i:court|courts|tribunal|chamber|chambers|rechtbank|landgericht|amtsgericht|handelsgericht|tingsrätt|tingrett)\b"
    rf"(?:[ \n](?:(?:of|at|in|for|the|de|des|sitting[ \n]in)[ \n]){{0,3}}{_CAP}(?:[ \n]{_CAP}){{0,4}}){{0,4}}"
)
_COURTS = re.compile(
    r"(?:(?:state|federal|district|ordinary|competent|civil|commercial|local|high|superior|circuit|county|supreme|regional)\b(?:,?[ \n](?:and|or)[ \n]|,?[ \n]))*"
    r"courts?[ \n](?:(?:having|of competent)[ \n]jurisdiction[ \n])?(?:located[ \n]|sitting[ \n]|situated[ \n])?(?:of|in|at|for)[ \n](?:the[ \n])?"
    rf"{_PLACE}(?:,[ \n]{_PLACE})?",
    re.ASCII,
)
_ARBITRATION = re.compile(
    rf"(?:{_CAP}[ \n]){{0,5}}(?:Arbitration|Mediation|Arbitral)(?:[ \n](?:(?:of|the|for)[ \n])?{_CAP}){{1,6}}"
)
_COURT_LEAD = re.compile(r"(?:of|the|and|for|The|Any|All|This|In|Each)[ \n]")
_AND_COURTS = re.compile(r"\w[ \n]and[ \n](?:the|its)[ \n]courts?\b")
"""A law and its courts: "India and the courts at Pune"."""
_HAS_COURT = re.compile(
    r"[Cc]ourt|COURT|[Tt]ribunal|TRIBUNAL|[Cc]hamber|gericht|rechtbank|t?ingsrätt|tingrett"
)
_DIGIT = re.compile(r"\d")
_HAN_COURT = re.compile(
    r"(?:[\u4e00-\u9fff]|\n(?=[\u4e00-\u9fff])){2,24}?(?:人民法院|仲裁委员会|仲裁院|仲裁中心|仲裁机构|海事法院|知识产权法院)"
)
_HAN_COURT_LEAD = re.compile(
    r".*(?:提交|交由|请求|申请|依法向|均可向|可向|应向|由|向|至|到|在)(?=.{4})", re.DOTALL
)
_STREET = (
    r"(?i:street|straße|strasse|road|avenue|lane|drive|boulevard|way|court|place|square|terrace|close|crescent|parade|highway|quay|row|walk|yard|gardens?|mews|hill|park|rue|route"
    r"|chemin|quai|via|viale|calle|plaza|weg|gasse|platz|allee|ring|ufer|gade|vej|gate|gaten|veien|vägen|gatan|katu|tie|straat|laan|kade|plein|jalan|lorong|marg|nagar|plot|tower|building"
    r"|house|floor|suite|unit|apartment|flat|level|block|room|box|estate|mansion)|(?:St|Str|Rd|Ave|Ln|Dr|Blvd|Ct|Pl|Sq|Hwy|Apt|Jl)\.?"
)
_HAS_STREET = re.compile(
    rf"(?<![\w-])(?:{_STREET})(?![\w-])|(?i:\w(?:strasse|straße|weg|gasse|platz|gade|vej|gatan|gaten|vägen|veien|katu|tie|straat|laan|kade|plein)\b)"
)
_PIECE = rf"(?:[{UPPER}#][\w’'./#&-]*|\d[\w./#–-]*)(?:[ \n]?[ \n](?:(?:of|the|on|at|and|de|du|des|la|le|les|du|der|den|den|am|im|an|&|-|–)[ \n]){{0,3}}(?:[{UPPER}#][\w’'./#&-]*|\d[\w./#–-]*))*"
_ADDRESS = re.compile(rf"(?<![\w.,/’'-]){_PIECE}(?:,[ \n]{{1,2}}{_PIECE}){{0,8}}")
_NUMBERED = re.compile(
    r"\d|\b(?:Flat|Unit|Suite|Level|Floor|Plot|Room|Block|Apartment|Apt|P\.?O\.? Box|Tower|Building)\b"
)
_COMMA = re.compile(r",[ \n]{1,2}")
_ENUMERATOR = re.compile(r"\d{1,2}[.)]\s")


def jurisdictions(text: str) -> Iterator[tuple[int, int]]:
    """What stands beside "law" and "courts", and "State of Ohio" both whole and bare."""
    for law in _LAW.finditer(text):
        first = max(0, law.start() - _MAX_PLACE)
        place = _PLACE_AT_END.search(text[first : law.start()])
        if place is not None and place[1].lower() not in _NO_PLACE:
            yield first + place.start(1), first + place.end(1)
            yield first + place.start(1), law.end()
    for of in _OF.finditer(text):
        yield from _behind_of(text, of)


def _behind_of(text: str, of: re.Match[str]) -> Iterator[tuple[int, int]]:
    words = text[max(0, of.start() - 30) : of.start()].split()
    word = words[-1].lower().lstrip('(“"')
    if word in _OF_LAW and (place := _PLACES.match(text, of.end())) is not None:
        yield _undotted(text, *place.span())
    if word in _OF_STATE and (place := _FEW_CAPS.match(text, of.end())) is not None:
        first = of.start() - len(word)
        if len(words) > 1 and words[-2].lower() == "federal":
            yield text.rindex(words[-2], 0, first), _undotted(text, *place.span())[1]
        yield first, _undotted(text, *place.span())[1]
        yield _undotted(text, *place.span())


def courts(text: str) -> Iterator[tuple[int, int]]:
    if _HAS_COURT.search(text) is not None:
        yield from _latin_courts(text)
    for match in _ARBITRATION.finditer(text) if "rbitra" in text or "Mediation" in text else ():
        yield _undotted(text, *match.span())
    for match in _HAN_COURT.finditer(text) if "仲裁" in text or "法院" in text else ():
        yield match.span()
        lead = _HAN_COURT_LEAD.match(text, *match.span())
        if lead is not None:
            yield lead.end(), match.end()


def _latin_courts(text: str) -> Iterator[tuple[int, int]]:
    for match in _COURTS.finditer(text):
        yield _undotted(text, *match.span())
    for match in _COURT.finditer(text):
        start = match.start()
        while (word := _COURT_LEAD.match(text, start)) is not None:
            start = word.end()
        if match.end() - start > 7 and not _AND_COURTS.search(text, start, match.end()):
            yield _undotted(text, start, match.end())
        article = max(text.rfind(" THE ", start, match.end()), text.rfind(" the ", start, match.end()))
        if article > 0 and _HAS_COURT.search(text, article, match.end()):
            yield _undotted(text, article + 5, match.end())


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """From the first piece with a number or unit to the last piece; also without a name in front."""
    if _DIGIT.search(text) is None:
        return
    for match in _ADDRESS.finditer(text):
        if not _HAS_STREET.search(text, *match.span()) or not any(c.isdigit() for c in match.group()):
            continue
        pieces = [match.start(), *(m.end() for m in _COMMA.finditer(text, *match.span()))]
        number = next(
            (p for p in pieces if _NUMBERED.search(text, p, _piece_end(text, p, match.end()))), None
        )
        if number is None:
            continue
        end = _undotted(text, match.start(), match.end())[1]
        for start in dict.fromkeys((number, *(p for p in pieces if p < number))):
            label = _ENUMERATOR.match(text, start, end)
            yield (label.end() if label is not None else start), end


def _piece_end(text: str, start: int, limit: int) -> int:
    comma = _COMMA.search(text, start, limit)
    return comma.start() if comma is not None else limit


_SENTENCE_END = re.compile(r"(?<=[a-z0-9]{2})\.(?:\s|$)")


def _undotted(text: str, start: int, end: int) -> tuple[int, int]:
    """Without a full stop at the end and what follows a sentence's end."""
    stop = _SENTENCE_END.search(text, start, end)
    return start, stop.start() if stop is not None else end
