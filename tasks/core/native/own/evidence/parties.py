"""Columns: whether a name has the field's role, or the role of another field, or no part in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log1p
from threading import Lock

from cachetools import LRUCache, cached

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.evidence.introductions import Introduction, introductions
from tasks.core.native.own.signs import FieldSigns, what_counts
from tasks.core.native.own.terms import rarity, terms
from tasks.core.schema import FieldType, SchemaField

_PARTS = ("defined", "capacity", "head")
COLUMNS = (
    *(f"{part}_says_role" for part in _PARTS),
    "role_said",
    "head_says_wanted",
    "rival_head_wanted",
    "head_is_of_none",
    "name_says_role",
    "name_says_rival",
    "rival_role_said",
    "role_margin",
    "is_introduced",
    "name_rank",
    "party_rank",
    "rank_differs",
    "field_rank",
    "n_rival_fields",
    "side",
    "n_mentions",
    "is_incidental",
    "is_signatory",
    "is_wanted_incidental",
)
_N_SAID = COLUMNS.index("is_introduced")
_LAST_RANK = 8
_HAN_CHARS = 7
_GENERIC = frozenset(["#party", "parti", "name", "full", "compani", "person", "#number_id", "#sign"])
"""Terms of a title or description that name no role."""
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_TYPES = (FieldType.TEXT, FieldType.NAME)
_PATTERN_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}|[\u4e00-\u9fff]{2,}")
_NO_ROLE = frozenset(
    ["limited", "corp", "corporation", "hereinafter", "between", "first", "name", "called", "inc"]
)  # in patterns for names
_INCIDENTAL = re.compile(
    r"\b(?:represented|acting|act(?:s|ed)?|signed|by its|through|c/o|attn|attention|contact|broker|agent|manager|managing|witness|parent|subsidiary|affiliates?|guarantor"
    r"|notary|attorney|counsel|solicitors?|lawyers?|director|officer|president|secretary|copy to|cc|producer|formerly|previous|owned by|assignee|successor|on behalf|advis[eo]rs?|additional|group)\b"
    r"|代表人?|经办人?|联系人|见证人|法定代表|负责人|中介|经纪|最终用户|子公司|母公司|关联|代理",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\b(?:By|Name|Title|Signed|Signature|Its|Date)\s*:|_{4,}|签字|盖章|签名|/s/", re.IGNORECASE
)
_FIRST_SIDE = frozenset(
    ["#landlord", "#lender", "#employer", "#seller", "#provider", "#insurer", "#discloser"]
)
_SECOND_SIDE = frozenset(
    ["#tenant", "#borrower", "#employee", "#buyer", "#customer", "#insured", "#recipient"]
)


@lru_cache(1024)
def role_words(title: str, cues: tuple[str, ...]) -> frozenset[str]:
    """A field's role words: terms of its title and cues, also inside of patterns; Chinese ones whole."""
    words: list[str] = [title]
    for cue in cues:
        if len(cue) > 2 and cue[0] == cue[-1] == "/":
            words += [w for w in _PATTERN_WORD.findall(cue) if w.lower() not in _NO_ROLE]
        else:
            words.append(cue)
    found = terms(" . ".join(words))
    han = {w for word in words for w in _HAN.findall(word) if len(w) < _HAN_CHARS}
    return frozenset(t for t in found if not _HAN.match(t) and t not in _GENERIC) | han


@lru_cache(65536)
def _says(roles: frozenset[str], words: str) -> float:
    """How surely words name one of the roles: the rarity of the rarest of both."""
    found = terms(words)
    return max(
        (rarity(t) if t in found else 1.0 for t in roles if t in found or _is_in(t, words)), default=0.0
    )


def _is_in(word: str, words: str) -> bool:
    return bool(_HAN.match(word)) and word in words


def _most(roles: frozenset[str], texts: Iterable[str]) -> float:
    return max((_says(roles, t) for t in texts), default=0.0)


@dataclass(frozen=True, slots=True, eq=False)  # by identity, to be a key of caches
class _Rivals:
    """The other text fields of a field's schema."""

    signs: FieldSigns
    roles: tuple[frozenset[str], ...]
    wanted: tuple[frozenset[str], ...]
    rank: int
    """Of the field itself, in the schema's order."""


def _key(signs: FieldSigns, fields: Sequence[SchemaField]) -> int:
    return id(signs)


# By id: signs are those of one schema. An entry holds its object, so that the id stays taken.
@cached(LRUCache[int, _Rivals](1024), key=_key, lock=Lock())
def _rivals(signs: FieldSigns, fields: Sequence[SchemaField]) -> _Rivals:
    name = signs.field.name
    texts = [f for f in fields if f.type in _TYPES]
    rank = next((i for i, f in enumerate(texts) if f.name == name), 0)
    others = [f for f in texts if f.name != name]
    roles = tuple(role_words(f.title, f.cues) for f in others)
    return _Rivals(signs, roles, tuple(_wanted(f) for f in others), rank)


def _wanted(field: SchemaField) -> frozenset[str]:
    """What a field says of itself, as words that a label or verb may have: "who orders"."""
    plain = [c for c in field.cues if c[:1] != "/"]
    found = terms(" . ".join([field.title, what_counts(field.description)[0], *plain]))
    return frozenset(t for t in found if t not in _GENERIC)


def values(case: EvidenceCase) -> list[float]:
    signs, span = case.signs, case.span
    field = signs.field
    if field.type not in _TYPES:
        return [0.0] * len(COLUMNS)
    roles = role_words(field.title, field.cues)
    rivals = _rivals(signs, case.request.schema.fields)
    known = introductions(case.request, case.crowd)[1].get(span.value.casefold())
    fixed = [float(rivals.rank), float(len(rivals.roles)), _side(roles)]
    if known is None:
        return [0.0] * (_N_SAID + 1) + [float(_LAST_RANK)] * 2 + [0.0] + fixed + [0.0, *_place(case)]
    return [
        *_said(signs, rivals, known, span.value),
        float(bool(known.defined)),
        float(min(_LAST_RANK, known.rank)),
        float(min(_LAST_RANK, known.party_rank)),
        float(min(_LAST_RANK, known.party_rank) - rivals.rank),
        *fixed,
        log1p(known.n_places),
        *_place(case),
    ]


@lru_cache(8192)  # a name has several places
def _said(signs: FieldSigns, rivals: _Rivals, known: Introduction, value: str) -> tuple[float, ...]:
    field = signs.field
    roles = role_words(field.title, field.cues)
    said = [_most(roles, texts) for texts in (known.defined, known.capacity, known.heads)]
    every = (*known.defined, *known.capacity, *known.heads)
    rival = max((_most(r - roles, every) for r in rivals.roles), default=0.0)
    wanted = _wanted(field)
    head = _most(wanted, known.heads)
    rival_head = max((_most(w - wanted, known.heads) for w in rivals.wanted), default=0.0)
    return (
        *said,
        max(said),
        head,
        rival_head,
        float(bool(known.heads) and not head and not said[2]),
        _says(roles, value),
        max((_says(r - roles, value) for r in rivals.roles), default=0.0),
        rival,
        max(said) - rival,
    )


def _side(roles: frozenset[str]) -> float:
    """1: who gives the thing, and is often named first; -1: who takes it; 0: neither or both."""
    return float(bool(roles & _FIRST_SIDE)) - float(bool(roles & _SECOND_SIDE))


def _place(case: EvidenceCase) -> list[float]:
    incidental, is_signatory = _beside(case.line.text, *case.place)
    wanted = bool(incidental & case.signs.wanted)
    return [float(bool(incidental) and not wanted), float(is_signatory), float(wanted)]


@lru_cache(32768)  # the text fields of a schema share their candidates
def _beside(text: str, start: int, end: int) -> tuple[frozenset[str], bool]:
    """The terms of a word for somebody who is no party, if one is near; whether a line is for signing."""
    found = _INCIDENTAL.search(f"{text[max(0, start - 40) : start]} | {text[end : end + 24]}")
    words = terms(found.group()) | {"?"} if found is not None else frozenset[str]()
    return words, bool(_SIGNATURE.search(text))
