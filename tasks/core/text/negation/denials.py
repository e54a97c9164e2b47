"""Finds the denying expressions of a text and how far each of them reaches.

A denial reaches to the border of its clause. Two denials of the same words cancel. It must not judge
what a sentence asserts: that is `stand`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.text.look_alikes import folded
from tasks.core.text.negation import expressions as words

_STRAIGHT = str.maketrans("‘’‚‛′“”„‟‐‑‒–—−", "''''" + "'" + '""""' + "------")
_WORD = re.compile(r"\S+")
_PHRASE_BORDER = re.compile(
    r"[,()，、]|\bnot\b|\b(?:shall|may|will|must|is|are)\b"
    r"|(?<! of)(?<! or)(?<! and)(?<! from)(?<! to)(?<! by)(?<! for)(?<! in)(?<! on) (?:the|each|either|both|this)\b"
)
"""Where a phrase ends, or the subject after it begins: "without cause the Executive receives"."""
_OF_NOUN = re.compile(r"\b(?:that|which|who)(?: [a-z]+){0,3} $")
_COMMA = re.compile("[,，]")
_HAS_FINITE = re.compile(rf"\b{words.FINITE}\b")
_MODAL = re.compile(r"\b(?:shall|will|may|must|can)\b")
_AFTER_VERB = re.compile(
    rf"(?:\b{words.FINITE}(?: [a-z]+ly)?|\bshould|\bwould|\b(?:ca|wo|sha)|\b(?:is|are|was|were|does|do|did|has|have|must|need)) ?$"
    r"|(?:^|[:：,(]|\bto|\band|\bor) *$|\b(?:agrees?|covenants?|undertakes?) $"
)
_RELATIVE = re.compile(
    rf"\b(?:that|which|who|if|when|where|whenever) (?:[a-z]+ ){{0,6}}?{words.FINITE}(?: |$)$"
)
_ASIDE = re.compile(r"(?: be)? (?:oblige|obligate|require|boun)d to(?=,)| (?:be|hav|do)ing\b[^,;.]*(?=,)")
"""Where `not` ends before a comma: "may, but is not obliged to, charge", "subject to not being in breach, "."""
_ENDED_BY = re.compile(
    r"[,()]|\b(?:without|with|within|during|by|upon|for|at|on|if|before|after|until|and|or)\b"
)


@dataclass(frozen=True, slots=True)
class Denial:
    """A denying expression: its own range, and the range of the words that it denies."""

    start: int
    end: int
    scope_start: int
    scope_end: int
    kind: str
    """`not`, `no`, `clause`, `phrase`, `verb`, `after`, `word`; `ending` for what ends a thing that is."""
    is_possible: bool = False
    """It may come to that: "the guarantee may be waived"."""

    def covers(self, start: int, end: int) -> bool:
        """Whether a range lies in the scope, at least by half."""
        shared = min(end, self.scope_end) - max(start, self.scope_start)
        return shared > 0 and 2 * shared >= end - start


def plain(text: str) -> str:
    """The text in lower case with straight quotes and plain hyphens; no offset moves."""
    straight = folded(text).translate(_STRAIGHT).replace("\n", " ")
    lower = straight.lower()
    return lower if len(lower) == len(text) else straight


@lru_cache(2048)
def denials(text: str) -> tuple[Denial, ...]:
    """Every denying expression of a text with its scope, in order."""
    return tuple(sorted(_found(plain(text)), key=lambda d: (d.start, d.end)))


def denials_of(text: str, start: int, end: int) -> list[Denial]:
    """The denials that reach a range, or that stand within it and deny the rest of it."""
    return [
        d
        for d in denials(text)
        if d.covers(start, end) or (start <= d.start and d.end <= end and d.kind != "ending")
    ]


def clause_around(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """The range between the borders of clauses ("but", "provided that", ";") around a range."""
    first = max((m.end() for m in words.BORDER.finditer(text, 0, place[0])), default=0)
    after = words.BORDER.search(text, place[1])
    return first, after.start() if after else len(text)


def _found(text: str) -> Iterator[Denial]:
    taken = [m.span() for m in words.NOT_A_DENIAL.finditer(text)]

    def matches(pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
        for match in pattern.finditer(text):
            if not any(s < match.end() and e > match.start() for s, e in taken):
                taken.append(match.span())
                yield match.span()

    for start, end in matches(words.MEMBER):
        yield Denial(start, end, end, _word_end(text, end), "word")
    for start, end in matches(words.WHOLE_CLAUSE):
        yield Denial(start, end, _clause_start(text, start), _clause_end(text, end), "clause")
    for start, end in matches(words.PHRASE):
        yield Denial(start, end, end, _phrase_end(text, end), "phrase")
    for start, end in matches(words.NOT):
        yield _not(text, start, end)
    for start, end in matches(words.AFTERWARDS):
        kind = "ending" if words.ENDING.search(text, start, end) else "after"
        yield Denial(start, end, _subject_start(text, start), start, kind, _is_possible(text, start, end))
    for start, end in matches(words.NOBODY):
        yield Denial(start, end, end, _subject_clause_end(text, end), "no")
    for start, end in matches(words.VERB):
        yield Denial(start, end, end, _clause_end(text, end), "verb", _is_possible(text, start, start))
    for start, end in matches(words.ENDING):
        yield Denial(start, end, end, _object_end(text, end), "ending", _is_possible(text, start, start))
    yield from _chinese(text, list(matches(words.CHINESE_WITHOUT)), list(matches(words.CHINESE)))


def _not(text: str, start: int, end: int) -> Denial:
    first, last = end, _clause_end(text, end)
    before = text[max(0, start - 40) : start]
    is_german = text.startswith("nicht", start)
    if is_german or (_AFTER_VERB.search(before) and words.PREDICATE.match(text, end)):
        first = _clause_start(text, start)
    if not is_german and (_RELATIVE.search(before) or not _AFTER_VERB.search(before)):
        # "disputes that are not settled shall": what the sentence says of them is not denied.
        first, verb = end, _MODAL.search(text, end, last)
        last = _after_words(text, end, verb.start() if verb else last, words.PHRASE_WORDS)
    if (aside := _ASIDE.match(text, end)) or before.endswith(", "):
        comma = aside.end() if aside else text.find(",", end, last)
        last = comma if comma >= 0 else last
    return Denial(start, end, first, last, "not")


def _chinese(
    text: str, without: list[tuple[int, int]], plain_ones: list[tuple[int, int]]
) -> Iterator[Denial]:
    starts = [start for start, _ in plain_ones]
    for start, end in without:
        stop = min([s for s in starts if s >= end] + [_chinese_end(text, end)])
        yield Denial(start, end, end, stop, "phrase")
    for start, end in plain_ones:
        before = [s for s, _ in without if s < start and not words.BORDER.search(text, s, start)]
        first = before[-1] if before else end  # "without consent" stands first and is denied, too
        possible = _is_possible(text, start, start)
        if text[start] == "不" and words.CHINESE_PREDICATE.match(text, end):
            # "水电费由乙方承担，不包含在内": a clause without a subject has that of the clause before it.
            has_subject = text[start - 1 : start] != "，"
            first = _clause_start(text, start if has_subject else start - 1)
        yield Denial(start, end, first, _chinese_end(text, end), "not", possible)


def _is_possible(text: str, start: int, end: int) -> bool:
    found = words.POSSIBLE.search(text[max(0, start - 24) : start])
    passive = re.search(r"\b(?:may|can|could|might) $", text[max(0, start - 8) : start])
    return found is not None or (end > start and passive is not None)


def _word_end(text: str, at: int) -> int:
    match = re.compile(r"[a-z]+(?:-[a-z]+)?|[\u4e00-\u9fff]{1,4}").match(text, at)
    return match.end() if match else at


def _clause_end(text: str, at: int) -> int:
    ends = [m.start() for p in (words.BORDER, words.NEW_CLAUSE) if (m := p.search(text, at))]
    return min(ends, default=len(text))


def _subject_clause_end(text: str, at: int) -> int:
    """The end of a clause whose subject is denied: an "and" before its verb is no border."""
    border = words.BORDER.search(text, at)
    last = border.start() if border else len(text)
    verb = _HAS_FINITE.search(text, at, last)
    joint = words.NEW_SUBJECT.search(text, verb.end() if verb else at, last)
    return joint.start() if joint else last


def _clause_start(text: str, at: int) -> int:
    first = max([0, *(m.end() for p in (words.BORDER, words.NEW_CLAUSE) for m in p.finditer(text, 0, at))])
    for comma in _COMMA.finditer(text, first, at):
        if comma[0] == "，" or _HAS_FINITE.search(text, first, comma.start()):
            first = comma.end()
    return first


def _subject_start(text: str, at: int) -> int:
    """Where the subject of a verb begins: after the verb of what stands before it."""
    first = _clause_start(text, at)
    for verb in _HAS_FINITE.finditer(text, first, at):
        apart = text[verb.end() : at].split()
        if len(apart) > 3 and not _OF_NOUN.search(text[first : verb.start()]):
            first = verb.end()
    return first


def _phrase_end(text: str, at: int) -> int:
    last = min([_clause_end(text, at), *(m.start() for m in [_PHRASE_BORDER.search(text, at + 1)] if m)])
    return _after_words(text, at, last, words.PHRASE_WORDS)


def _object_end(text: str, at: int) -> int:
    last = min([_clause_end(text, at), *(m.start() for m in [_ENDED_BY.search(text, at)] if m)])
    return _after_words(text, at, last, words.ENDING_WORDS)


def _after_words(text: str, at: int, last: int, n_words: int) -> int:
    ends = [m.end() for m in _WORD.finditer(text, at, last)][:n_words]
    return ends[-1] if ends else last


def _chinese_end(text: str, at: int) -> int:
    comma = text.find("，", at)
    last = _clause_end(text, at)
    return comma if 0 <= comma < last else last
