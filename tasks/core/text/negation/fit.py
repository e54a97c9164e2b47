"""Compares what a title says besides its topic with the sentence: "Deposit *refundable*", "价格*固定*"."""

from __future__ import annotations

import re
from enum import StrEnum

from tasks.core.text.negation.denials import clause_around, denials, denials_of
from tasks.core.text.negation.proposition import (
    CJK,
    TOKEN,
    Proposition,
    alike,
    content,
    is_denied,
    is_topical,
    stem,
)
from tasks.core.text.negation.stand import Stand, stands

_QUALITY = re.compile(r"[a-z]{3,}(?:ed|able|ible|ive)$|^paid$")
_AGENT = re.compile(r"\bby (?:the )?([a-z]+)$")
_STATUS = {
    "included": re.compile(
        r"\binclu|\bpart of\b|\bcompris|\bcontain|\b(?:comes?|goes) with\b|\btogether with\b|\bcover"
    ),
    "required": re.compile(
        r"\b(?:shall|must|will|requires?|required|needs?|needed|obliged|has to|agrees? to|undertakes?)\b"
    ),
}
"""Words of a title, and what in a sentence can bear them out."""
_IS = re.compile(r"\b(?:is|are|be|remains?)(?: [a-z]+ly)? $")
_CHINESE_INCLUDED = re.compile("[含包]")
_CHINESE_GENERIC = re.compile("条款|权利|义务|约定|[权的]")


class Fit(StrEnum):
    """How the sentence takes the other words of a title."""

    SAID = "said"  # or the title has none
    OPPOSED = "opposed"
    UNCLEAR = "unclear"


def fit(text: str, topic: tuple[int, int], proposition: Proposition) -> Fit:
    """Compare the words of a title that are not the topic with their use in the topic's clause."""
    if CJK.search(text[slice(*topic)]):
        return _chinese_fit(text, topic, proposition.texts()[0])
    clause = clause_around(text, topic)
    found = [
        _word_fit(text, clause, topic, word, proposition) for word in _other_words(text, topic, proposition)
    ]
    if _has_opposite(text, clause, topic, proposition) or Fit.OPPOSED in found:
        return Fit.OPPOSED
    title = proposition.texts()[0]
    agent = _AGENT.search(title)
    if agent and not any(alike(agent[1], m[0]) for m in TOKEN.finditer(text)):
        return Fit.UNCLEAR
    status = any(w in title and not p.search(text, *clause) for w, p in _STATUS.items())
    return Fit.UNCLEAR if status or Fit.UNCLEAR in found else Fit.SAID


def _other_words(text: str, topic: tuple[int, int], proposition: Proposition) -> list[str]:
    own = content(text[slice(*topic)])
    words = [w for w in TOKEN.findall(proposition.texts()[0]) if is_topical(w) and not CJK.match(w)]
    return [w for w in words if not any(alike(w, o) for o in own)]


def _word_fit(
    text: str, clause: tuple[int, int], topic: tuple[int, int], word: str, proposition: Proposition
) -> Fit:
    is_head = alike(word, proposition.head())
    places = [m for m in TOKEN.finditer(text, *clause) if alike(word, m[0])]
    place = min(places, key=lambda m: abs(m.start() - topic[0]), default=None)
    if place is None:
        # Of the topic alone no sentence says that it is refundable.
        is_missing = is_head and _QUALITY.search(word) and not is_denied(text, topic)
        return Fit.UNCLEAR if is_missing else Fit.SAID
    span = place.end() - len(stem(place[0])), place.end()
    if is_denied(text, span) == proposition.denies(word):
        return Fit.SAID
    is_plain = stands(text, *span).stand in (Stand.AFFIRMED, Stand.DENIED)
    return Fit.OPPOSED if is_plain and (is_head or stem(word) != word) else Fit.UNCLEAR


def _has_opposite(
    text: str, clause: tuple[int, int], topic: tuple[int, int], proposition: Proposition
) -> bool:
    """Whether the clause says the opposite of a word of the field: "is unlimited"."""
    asks = content(proposition.asks())
    for denial in denials(text):
        if denial.kind != "word" or not clause[0] <= denial.start < clause[1] or denial.covers(*topic):
            continue
        base = text[denial.scope_start : denial.scope_end]
        odd = len(denials_of(text, denial.scope_start, denial.scope_end)) % 2 == 1
        if odd and _IS.search(text, 0, denial.start) and any(alike(base, w) for w in asks):
            return not proposition.denies(base)
    return False


def _chinese_fit(text: str, topic: tuple[int, int], title: str) -> Fit:
    own = text[slice(*topic)]
    last = clause_around(text, topic)[1]
    rest = _CHINESE_GENERIC.sub("", title.removeprefix(own)) if title.startswith(own) else ""
    pairs = [title[i : i + 2] for i in range(len(title) - 1) if title[i : i + 2] not in own]
    places = [
        (at, at + 2) for pair in pairs if CJK.match(pair) and (at := text.find(pair, topic[1], last)) >= 0
    ]
    if any(
        is_denied(text, p) != is_denied(title, (at := title.find(text[slice(*p)]), at + 2)) for p in places
    ):
        return Fit.OPPOSED
    if _CHINESE_INCLUDED.match(title) and not _CHINESE_INCLUDED.search(text):
        return Fit.UNCLEAR
    return Fit.UNCLEAR if rest and not places and not is_denied(text, topic) else Fit.SAID
