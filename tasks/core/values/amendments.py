"""Finds what amends a value: where the old and the new one stand. English and Chinese.

For a pattern, a sentence is its words with one character for each value or quoted text. What may be
or would be, and what rises every year, amends nothing; in doubt nothing is found, and two values of a
field go to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.records import Span
from tasks.core.schema import FieldType
from tasks.core.text.look_alikes import folded
from tasks.core.text.sentences import sentence_ends
from tasks.core.values.find import MEASURED_TYPES, find_values


@dataclass(frozen=True, slots=True)
class Amendment:
    """One amended value."""

    old: Span | None
    """None: the sentence does not say what it replaces."""
    new: Span
    """The value, or the words between quotation marks."""
    said: Span
    """The sentence."""


_VALUE, _QUOTED, _BARE = "\ue000", "\ue001", "\ue002"
"""Stand for a typed value, a text in quotation marks, and a number without a unit."""
_QUOTES = re.compile(
    r"“([^“”]{1,3000})”|「([^「」]{1,3000})」|『([^『』]{1,3000})』|(?<!\w)\"(?=\S)([^\"]{1,3000}?)(?<=\S)\"(?!\w)"
)
_PLAIN_NUMBER = re.compile(r"[\d.,]+")
_KINDS = sorted(MEASURED_TYPES, key=(FieldType.NUMBER).__eq__)
"""Numbers last: every other value has one in it."""
_BEFORE, _AFTER = 300, 300  # of a trigger: the sentence around it, without its quotations
_MAX_QUOTED = 3000

_CHANGED = r"(?:amend|chang|increas|decreas|reduc|rais|lower|extend|shorten|revis|modif|vari|vary|adjust|correct|mov|postpon|alter)(?:s|e|es|ed|d|ied|y|ing)?\b"
_HAN_CHANGED = r"(?:修改|变更|調整|调整|更改|更正|修订|替换|延长|缩短|增加|减少|降低|提高|上调|下调|推迟|提前|顺延|延期|变|改)"
_HAN_TRIGGER = re.compile(
    rf"{_HAN_CHANGED}[后後为為至到成]|取代|代替|替代|替换|原[为定]|[(（，]原|不再[是为]|而非"
)
_SOON = rf"(?=[^;]{{0,60}}?(?:[\d\"“{_VALUE}{_QUOTED}{_BARE}]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve)\b))"
_TO = rf"(?:s|e|es|ed|d|ied|y|ing)?\b[^;]{{1,150}}?\b(?:to|until|till)\b{_SOON}"
_BY = rf"(?:e|es|ed|ing)\s(?:[^;]{{0,80}}?\s)?(?:by|with|for|the|a)\b{_SOON}"
_THEN = r"\w*\b[^;]{1,200}?\b(?:insert|replac|substitut|(?:put|placed|set)\s+in)"
_STEMS = {
    stem: rest
    for stems, rest in (
        ("amend chang increas decreas reduc rais lower extend shorten revis modif vari vary adjust", _TO),
        ("correct mov postpon alter", _TO),
        ("replac substitut supersed", _BY),
        ("delet remov strik struck", _THEN),
        ("instead place lieu", r"\s+of\b"),
        ("previously formerly originally longer", ""),
        ("rather", r"\s+than\b"),
        ("reads", r"\b"),
        ("read", rf"\s+[\"“{_QUOTED}]"),
    )
    for stem in stems.split()
}
"""Beginnings of English words that may amend something, and what must follow. Each is searched for by
itself, which is ten times as fast as one pattern."""
_AT_STEM = {stem: re.compile(stem + rest, re.IGNORECASE) for stem, rest in _STEMS.items()}
_HYPOTHETICAL = re.compile(
    r"\b(?:(?-i:may)|might|can|could|would|if|unless|whenever|any\s+time|time\s+to\s+time|annually|anniversary"
    r"|(?:each|every)\s+(?:year|calendar|renewal|extension))\b|[可如若倘]|有权|每[满逢隔次]|逐年",
    re.IGNORECASE,
)
_SCHEDULED = re.compile(
    r"\b(?:shall|will)\s+(?:be\s+)?(?:increas|rais|reduc|lower|decreas|adjust)", re.IGNORECASE
)
_BY_AGREEMENT = re.compile(
    r"\bhereby\b|\bamendment\b|\baddendum\b|\bendorsement\b|\bsupplement|\bagreed?\b", re.IGNORECASE
)

_S = rf"[{_VALUE}{_QUOTED}]"
_ANY = rf"[{_VALUE}{_QUOTED}{_BARE}]"
_OLD, _NEW = rf"(?P<old>{_S})", rf"(?P<new>{_S})"
_W = rf"(?:[^\s.;:{_VALUE}]+\s+)"
_FILL = rf"(?:(?!(?:within|in|before|after|at|on|under|until|and|or|not|no|than)\b)[^\s.;:{_VALUE}]+[\s:]+)"
_TAIL = rf"(?:\s*[^\s.;:{_VALUE}]+)"
_ASIDE = rf"(?:\s*(?:\((?:the|each|collectively)\b[^)]{{0,40}}\)|[^\s.;:{_VALUE}{_QUOTED}]+))"
_THE_OLD = rf"(?:{_OLD}{_ASIDE}{{0,8}}?[\s,]+)?"
_SHOWN = r"(?:the|that|any)\s+\w+(?:\s+\w+){0,3}?\s+(?:shown|stated|set\s+out|specified|given|named|mentioned|printed|above|below|therein)\b"
_Z = rf"[^{_VALUE}{_QUOTED}{_BARE}。；，]{{0,8}}"
_PATTERNS = tuple(
    (tuple(stems.split()), re.compile(pattern, re.IGNORECASE))
    for stems, pattern in (
        # English
        ("from", rf"\b{_CHANGED}(?:\s+\w+){{0,8}}?\s+from\s+{_FILL}{{0,3}}?(?P<old>{_ANY}){_TAIL}{{0,4}}?,?\s+to\s+{_FILL}{{0,3}}?(?P<new>{_ANY})"),
        ("replaced substituted superseded", rf"{_THE_OLD}(?:be|being|been|is|are|was|were|and)\s+(?:hereby\s+)?(?:replaced|substituted|superseded)\s+{_W}{{0,3}}?(?:by|with)[\s:]+{_FILL}{{0,6}}?{_NEW}"),
        ("substituted", rf"{_NEW}{_TAIL}{{0,3}}?\s+(?:is|are|be)\s+(?:hereby\s+)?substituted\s+for\s+{_FILL}{{0,4}}?{_OLD}"),
        ("substitut", rf"\bsubstitut(?:e|es|ing)\s+{_FILL}{{0,4}}?{_NEW}{_TAIL}{{0,3}}?\s+for\s+{_FILL}{{0,4}}?{_OLD}"),
        ("replace supersede", rf"{_NEW}{_TAIL}{{0,3}}?\s+(?:(?:hereby|shall)\s+(?:replaces?|supersedes?)|replaces|supersedes)\s+{_FILL}{{0,6}}?{_OLD}"),
        ("replac delet remov strik", rf"\b(?:replac|delet|remov|strik)(?:e|es|ing)\s+{_FILL}{{0,12}}?{_OLD},?\s+{_W}{{0,4}}?(?:with|by|insert(?:ing)?|substitut(?:e|ing))\s+{_FILL}{{0,4}}?{_NEW}"),
        ("struck deleted removed", rf"{_OLD}{_TAIL}{{0,3}}?\s+(?:struck\s+out|deleted|removed),?\s+and\s+{_FILL}{{0,4}}?{_NEW}\s+{_W}{{0,2}}?(?:inserted|substituted|added|(?:put|placed|set)\s+in\s+(?:its|their)\s+(?:place|stead))\b"),
        ("amended revised modified corrected changed restated reworded", rf"{_THE_OLD}(?:amended|revised|modified|corrected|changed|restated|reworded)\s+{_W}{{0,3}}?to\s+(?:read|be|state|say|provide){_TAIL}{{0,3}}?[\s:,]+{_NEW}"),
        ("read", rf"\b(?:now|henceforth|hereafter)\s+reads?[\s:,]+(?P<new>{_QUOTED})"),
        ("read substitute", rf"\bfor\s+{_FILL}{{0,2}}?{_OLD},?\s+(?:read|substitute)[\s:]+{_FILL}{{0,2}}?{_NEW}"),
        ("", rf"{_OLD}{_TAIL}{{0,4}}?\s+(?:is|are|be|been)\s+(?:hereby\s+)?{_CHANGED}\s+(?:to|until|till)\s+{_FILL}{{0,3}}?{_NEW}"),
        ("hereby", rf"\bhereby\s+{_CHANGED}\s+(?:to|until|till)\s+{_FILL}{{0,3}}?{_NEW}"),
        ("instead place lieu rather longer", rf"{_NEW}{_TAIL}{{0,5}}?,?\s+(?:instead\s+of|in\s+place\s+of|in\s+lieu\s+of|rather\s+than|and\s+no\s+longer|no\s+longer)\s+{_FILL}{{0,4}}?{_OLD}"),
        ("instead place lieu", rf"{_NEW}{_TAIL}{{0,5}}?,?\s+(?:instead|in\s+place|in\s+lieu)\s+of\s+{_SHOWN}"),
        ("previously formerly originally before was until", rf"{_NEW}{_TAIL}{{0,3}}?\s*[(,]\s*(?:previously|formerly|originally|before|was|until\s+then)\s+{_FILL}{{0,3}}?{_OLD}"),
        ("previously formerly originally", rf"\(\s*(?:previously|formerly|originally)\s+{_FILL}{{0,2}}?{_OLD}\s*\)\s+{_W}{{0,3}}?(?:is|are|be)\s+{_FILL}{{0,3}}?{_NEW}"),
        # Chinese
        ("由 从 自", rf"[由从自]{_Z}(?P<old>{_ANY}){_Z}，?{_HAN_CHANGED}[为為至到成]{_Z}(?P<new>{_ANY})"),
        ("为 為 至 到 成", rf"{_OLD}{_Z}{_HAN_CHANGED}[为為至到成]{_Z}{_NEW}"),
        ("后 後", rf"(?:变更|修改|调整|更正|补充)[后後]的?{_Z}(?:为|是|：|:){_NEW}"),
        ("以", rf"以{_Z}{_NEW}(?:取代|代替|替代|替换){_Z}{_OLD}"),
        ("原", rf"{_NEW}{_Z}[（(，,]\s*原[为定是]?{_Z}{_OLD}"),
        ("不再", rf"不再[是为]{_OLD}，?(?:而是|而为|改为|应为){_NEW}"),
        ("而非 不再", rf"{_NEW}，?(?:而非|不再[是为]){_OLD}"),
        ("为 為 至 到 成", rf"{_HAN_CHANGED}[为為至到成]{_Z}{_NEW}"),
    )
)  # fmt: skip
"""Each with words of which its sentence has one; the first that fits a new value says most of it."""
_NO_VALUE = re.compile(
    r"\b(?:effective|dated?|on|since|as\s+of|effect\s+from|effective\s+from)\s+(?:the\s+)?$", re.IGNORECASE
)
"""Before a date that says when something is amended, not what."""


@dataclass(frozen=True, slots=True)
class _Template:
    """A piece of text in which every value is one character."""

    text: str
    start: int
    """Where the piece begins in the document."""
    slots: dict[int, tuple[Span, FieldType | None]]
    """By position in the template: the place in the document, and the type of a value."""
    origins: list[int]
    """For each character, its place in the document."""

    def span(self, start: int, end: int) -> Span:
        last = self.origins[end - 1]
        slot = self.slots.get(end - 1)
        return Span(self.origins[start], slot[0].end if slot else last + 1)


@lru_cache(maxsize=8)
def amendments(text: str) -> tuple[Amendment, ...]:
    """What a text amends, in its order."""
    plain = folded(text)
    found: dict[Span, Amendment] = {}
    for start, end in _pieces(plain):
        for amendment in _of_piece(_template(plain, start, end)):
            # The first pattern that fits a new value is the one that says most.
            if amendment.new not in found or found[amendment.new].old is None:
                found[amendment.new] = amendment
    return tuple(sorted(found.values(), key=lambda a: a.new))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """The pieces of a text around its triggers; those that touch are one."""
    start = end = -1
    for at, after in sorted(_triggers(text)):
        first, last = max(0, at - _BEFORE), min(len(text), after + _AFTER)
        if first <= end:
            end = last
            continue
        if end > 0:
            yield start, end
        start, end = first, last
    if end > 0:
        yield start, end


def _triggers(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of words that may amend something, in any order."""
    plain = text.replace("\u0130", "I").lower()  # the one letter that `lower` makes two of
    for stem, pattern in _AT_STEM.items():
        at = plain.find(stem)
        while at >= 0:
            if (at == 0 or not plain[at - 1].isalpha()) and (match := pattern.match(plain, at)):
                yield match.span()
            at = plain.find(stem, at + 1)
    if not text.isascii():
        yield from (match.span() for match in _HAN_TRIGGER.finditer(text))


def _template(text: str, start: int, end: int) -> _Template:
    piece = text[start : end + _MAX_QUOTED]
    slots = _slots(piece, end - start)
    letters: list[str] = []
    origins: list[int] = []
    places: dict[int, tuple[Span, FieldType | None]] = {}
    at = 0
    for first, last, mark, span, kind in slots:
        letters.append(piece[at:first])
        origins.extend(range(start + at, start + first))
        places[len(origins)] = (Span(start + span.start, start + span.end), kind)
        letters.append(mark)
        origins.append(start + first)
        at = last
    rest = max(at, min(end - start, len(piece)))
    letters.append(piece[at:rest])
    origins.extend(range(start + at, start + rest))
    return _Template("".join(letters), start, places, origins)


_Slot = tuple[int, int, str, Span, FieldType | None]


def _slots(piece: str, until: int) -> list[_Slot]:
    """(start, end, mark, place, type) of each quoted text and value that begins before an offset.

    Without overlaps, in order.
    """
    chosen: list[_Slot] = []
    for match in _QUOTES.finditer(piece):
        if match.start() >= until:
            break
        inner = match.span(match.lastindex or 0)
        chosen.append((*match.span(), _QUOTED, Span(*inner), None))
    for kind in _KINDS:
        for value in find_values(kind, piece[:until]):
            if all(value.end <= s[0] or s[1] <= value.start for s in chosen):
                is_bare = kind is FieldType.NUMBER and _PLAIN_NUMBER.fullmatch(value.value)
                mark = _BARE if is_bare else _VALUE
                chosen.append((value.start, value.end, mark, Span(value.start, value.end), kind))
    return sorted(chosen)


def _of_piece(template: _Template) -> Iterator[Amendment]:
    start = 0
    for end in sentence_ends(template.text):
        sentence = template.text[start:end]
        if any(_triggers(sentence)):
            yield from _of_sentence(template, start, end)
        start = end


def _of_sentence(template: _Template, start: int, end: int) -> Iterator[Amendment]:
    sentence = template.text[start:end]
    if _SCHEDULED.search(sentence) and not _BY_AGREEMENT.search(sentence):
        return
    lowered = sentence.lower()
    for stems, pattern in _PATTERNS:
        if stems and not any(stem in lowered for stem in stems):
            continue
        for match in pattern.finditer(sentence):
            if not _HYPOTHETICAL.search(sentence, 0, match.end()):
                yield from _of_match(template, match, start, end)


def _of_match(template: _Template, match: re.Match[str], start: int, end: int) -> Iterator[Amendment]:
    new, kind = template.slots[start + match.start("new")]
    at_old = match.start("old") if "old" in match.re.groupindex else -1
    old, old_kind = template.slots[start + at_old] if at_old >= 0 else (None, None)
    if old_kind is FieldType.DATE and _NO_VALUE.search(match.string, 0, at_old):
        return
    if old is None and match["new"] != _QUOTED and "replaced|" in match.re.pattern:
        return  # a part `replaced by` its maker
    if old is None or kind is old_kind or None in (kind, old_kind):
        yield Amendment(old, new, template.span(start, end))
