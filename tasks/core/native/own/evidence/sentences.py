"""Columns: whether a line is the provision that a clause or yes-or-no field asks for.

By its verbs, its subject, where the field's words stand in it, and how it is likened to examples.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import log1p

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import SpanKind
from tasks.core.native.own.statements import answer_of
from tasks.core.native.own.terms import cosine, rarity, share, terms, weight
from tasks.core.native.text.cues import find_hits
from tasks.core.native.text.units import enumerator
from tasks.core.schema import FieldType
from tasks.core.text.negation import Stand, stands

COLUMNS = (
    "has_duty",
    "has_right",
    "has_ban",
    "has_verb_at_all",
    "is_definition",
    "is_recital",
    "is_intro",
    "is_entry",
    "is_fragment",
    "is_of_parties",
    "is_signing",
    "has_reference",
    "n_chars",
    "n_figures",
    "topic_share",
    "best_topic",
    "n_topic",
    "n_hits",
    "first_topic",
    "topic_in_main",
    "topic_in_condition",
    "topic_denied",
    "topic_open",
    "subject_wanted",
    "subject_unwanted",
    "example_share",
    "example_rarest",
    "wanted_over_unwanted",
    "concepts_shared",
    "answers_true",
    "answers_false",
    "answers_nothing",
)
_DUTY = re.compile(
    r"\b(?:shall|must|will|agrees? to|undertakes?|is to|are to|has to|have to|is obliged|is responsible|is liable|bears?|warrants?|pays?)\b|[应须]|负责|承担|支付",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"\b(?:may|can|entitled|right to|at liberty|free to|option|grants?)\b|可以?|有权", re.IGNORECASE
)
_BAN = re.compile(
    r"\b(?:shall not|may not|must not|will not|cannot|neither|nor|no \w+ (?:shall|may)|not be|prohibited|forbidden|without the)\b|不得|禁止|不可",
    re.IGNORECASE,
)
_FINITE = re.compile(
    r"\b(?:shall|will|may|must|can|is|are|was|were|has|have|had|does|do|[a-z]{3,}(?:s|ed))\b|[\u4e00-\u9fff]{6,}"
)
_DEFINITION = re.compile(r"[”\"]\s*(?:means?|shall mean|has the meaning|is the|are)\b|\bmeans\b|是指|系指")
_RECITAL = re.compile(
    r"^\W*(?:whereas|recitals?|background|now,? therefore|\([A-H]\)\s+[A-Z])|^鉴于", re.IGNORECASE
)
_PARTIES = re.compile(
    r"\b(?:by and (?:between|among)|made (?:and entered|between|this|on|as of)|hereinafter|registered (?:in|at|office|number)|represented by)\b|法定代表人|以下简称",
    re.IGNORECASE,
)
_SIGNING = re.compile(
    r"\b(?:in witness|signed|signature|By:|Name:|Title:)|_{4,}|签字|盖章|签署日期", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"\b(?:section|clause|article|annex|schedule|exhibit|appendix)\s+[\dA-Z]|第[\d一二三四五六七八九十]+条",
    re.IGNORECASE,
)
_FIGURES = re.compile(r"\d[\d.,’' ]*")
_CONDITION = re.compile(
    r"\b(?:if|unless|except|provided that|subject to|in the event|where|upon)\b|如果?|除非|但", re.IGNORECASE
)
_MODAL = re.compile(
    r"\b(?:shall|will|may|must|can|is|are|has|have|agrees?|undertakes?|warrants?|grants?|pays?|bears?|keeps?|gives?|takes?)\b|[应须将]|不得|可以?|有权|负责"
)
_SUBJECT_CHARS = 90


def values(case: EvidenceCase) -> list[float]:
    if case.span.kind is not SpanKind.SENTENCE:
        return [0.0] * len(COLUMNS)
    text = case.span.value
    return [*_manner(text), *_topic(case.signs, text), *_answers(case.signs, text)]


@lru_cache(8192)
def _manner(text: str) -> tuple[float, ...]:
    """What kind of a line it is, whatever the field."""
    bare = text[len(enumerator(text)) :].lstrip()
    return (
        float(bool(_DUTY.search(text))),
        float(bool(_RIGHT.search(text))),
        float(bool(_BAN.search(text))),
        float(bool(_FINITE.search(text))),
        float(bool(_DEFINITION.search(text))),
        float(bool(_RECITAL.search(text))),
        float(text.rstrip().endswith((":", "：", "—", "–"))),
        float(bool(enumerator(text))),
        float(bare[:1].islower()),
        float(bool(_PARTIES.search(text))),
        float(bool(_SIGNING.search(text))),
        float(bool(_REFERENCE.search(text))),
        log1p(len(text)),
        log1p(len(_FIGURES.findall(text))),
    )


def _topic(signs: FieldSigns, text: str) -> list[float]:
    """Where the field's words stand in the line, and how much of the line they are."""
    found = terms(text)
    both = signs.wanted & found
    subject = _subject(text)
    unwanted = signs.unwanted
    shares = [
        (weight(e & found) / weight(e), max(map(rarity, e & found), default=0.0)) for e in signs.examples if e
    ]
    return [
        weight(both) / weight(found) if found else 0.0,
        max(map(rarity, both), default=0.0),
        log1p(len(both)),
        log1p(len(find_hits(signs.cues, text))),
        *_places(signs, text),
        share(subject, signs.wanted) if subject else 0.0,
        share(subject, unwanted) if subject and unwanted else 0.0,
        max((s for s, _ in shares), default=0.0),
        max((r for _, r in shares), default=0.0),
        cosine(signs.wanted, found) - cosine(unwanted, found),
        log1p(sum(t[0] == "#" for t in both)),
    ]


def _places(signs: FieldSigns, text: str) -> list[float]:
    """Where the first cue stands, 0..1, in the main clause or a condition, denied or left open."""
    hit = next((h for h in find_hits(signs.cues, text)), None)
    if hit is None:
        return [1.0, 0.0, 0.0, 0.0, 0.0]
    conditions = [m.start() for m in _CONDITION.finditer(text, 0, hit.start)]
    inside = any("," not in text[c : hit.start] for c in conditions[-1:])
    stand = stands(text, hit.start, hit.end).stand
    is_open = stand in (Stand.CONDITIONAL, Stand.HYPOTHETICAL, Stand.UNCERTAIN)
    place = hit.start / max(1, len(text))
    return [place, float(not inside), float(inside), float(stand is Stand.DENIED), float(is_open)]


@lru_cache(8192)
def _subject(text: str) -> frozenset[str]:
    """The terms before the first verb of a line: who has the duty or right."""
    bare = text[len(enumerator(text)) :]
    verb = _MODAL.search(bare[: _SUBJECT_CHARS * 2])
    return terms(bare[: verb.start()]) if verb is not None and verb.start() < _SUBJECT_CHARS else frozenset()


def _answers(signs: FieldSigns, text: str) -> list[float]:
    if signs.field.type is not FieldType.BOOLEAN:
        return [0.0, 0.0, 0.0]
    answer, _ = answer_of(signs, text)
    return [float(answer is True), float(answer is False), float(answer is None)]
