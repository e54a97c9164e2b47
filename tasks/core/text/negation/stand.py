"""Judges whether a sentence asserts a phrase of it, denies it, or leaves it open.

What the phrase means for a field is not judged here: that is `yes_no`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tasks.core.text.negation.boxes import without_unticked
from tasks.core.text.negation.conditions import Condition, conditions_of, consent_needed
from tasks.core.text.negation.denials import Denial, denials, denials_of, plain
from tasks.core.text.negation.expressions import BORDER, FINITE
from tasks.core.text.sentences import sentence_around, sentence_ends

DENIED = "the text denies it"
OPEN = "a wish, a plan or a suspicion, not a statement"

SOMETHING_ELSE = "something else about it is denied"
_IS_ITS_VERB = re.compile(rf"(?: (?!{FINITE}\b)[a-z'-]+){{0,5}} {FINITE} ?|[\u4e00-\u9fff]{{0,3}}")
"""Between a subject and the `not` of its verb."""
_CHINESE_TOPIC = re.compile("(?:^|[，；。])[^，；。]?$")
_UNLICENSED = re.compile("(?:擅自|私自|任意|随意)[^，；。]{0,6}$")
"""Before what is forbidden only without leave."""
_QUESTION = re.compile(
    r"\bwhether\b(?! or not)[^,;]*$|\b(?:unclear|uncertain|undecided)\b|(?<![无不]论)是否[^，；]*$|^\s*(?:is|are|does|do|may|can|shall|will)\b[^.]*\?"
)
_WISH = re.compile(
    r"\b(?:wish|want|hope|plan|intend|propose|seek|expect|desire)(?:s|es|d|ed|ing)? (?:to|that|for)\b|\bwould like\b|\binterested in\b"
    r"|\b(?:considers?|considering|contemplat(?:e|es|ing)|negotiat(?:e|es|ing)|discuss(?:es|ing)?)\b|\bsuspect(?:ed|s)?\b|\bsuspicion of\b|(?<!as )\bpossibl[ey]\b|\bquery\b"
    r"|\b(?:am|is|are|currently|now|still|started|begun) learning\b|\blearning to use\b"
    r"|\b(?:may|can|could|might)\b(?:,? [a-z]+ly| (?:in|at) (?:its|their|the) [^,;]{0,30}?(?:discretion|option))?,?"
    r" (?:require|request|ask|demand|permit|allow|consent|agree|elect|negotiate|consider|decide|offer)\b"
    r"|疑似|可疑|待查|计划|拟|希望|正在学习|考虑|协商|可以?(?:要求|请求|约定|商定|决定|允许)"
)
"""Before a phrase in its clause."""
_OPEN_AFTER = re.compile(
    r"\W*(?:was|were|is|are|has been|have been)?\s*(?:suspected|planned|scheduled|declined|possible|proposed|under discussion)\b"
    r"|\W*(?:(?:is|are)\s+)?to be (?:agreed|confirmed|determined|decided|discussed)\b|[^。；，]{0,2}(?:待查|待排|可能|待定|另行)"
)
_EXAMPLE = re.compile(
    r"\b(?:for example|for instance|e\.g\.|by way of (?:example|illustration)|such as)|例如|比如|譬如"
)
_DEFINED = re.compile(r"^\W{0,3}(?:(?:the|a|an) )?\W?$|所称[^，]{0,6}$")
_MEANS = re.compile(r"\W{0,3} ?(?:means?\b|shall mean\b|is defined|refers to|has the meaning|，?是指|指)")
_FAILURE = re.compile(
    r"\b(?:failure|delay|omission)s?(?: or (?:failure|delay|omission))? (?:to|in|by)\b[^,;]*$"
)
_BLANK = re.compile(r"\W{0,4}_{2,}|\s*[:：]?\s*(?:\.\s?){5,}|\W{0,3}\[(?:●|•|insert|tbd)")
_EXCEPTION = re.compile(r"(?:(?!\bbut\b)[^;.])*?\b(?:except|other than|excluding|save (?:for|as))\b")
_AUXILIARY = re.compile(rf"\b{FINITE}\b(?:n't)?")
_VERB = re.compile(
    r"(?: (?:be|been|being|have|[a-z]+ly|at any time|in any way|otherwise|also|thereby|hereby)\b|,)* ([a-z-]+)"
)
_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the any all some by in on at to under of with as for from his her its their our this such "
        "other each or it ",
    )
)
_BY_THE_WAY = re.compile(
    r"\b(?:during|within|throughout|until|after|before|following|by reason of|in connection with|pursuant to|in accordance with|as a result of|with respect to|relating to)\b"
)
_SERIES = re.compile(r"(?:,? (?:or|and)?(?:(?<= )| )?[a-z-]+){0,4}?,? (?:or |and )(?:otherwise )?")
"""Between the first verb of a series and the last: "not sell, lend or"."""
_DIRECT = re.compile(
    r"(?:giv|grant|ha(?:ve|s|d)|provid|keep|kept|bring|carr|maintain|pay|paid|charg|bear|includ|contain|appl|requir|permit|allow"
    r"|subject|bound|liab|entitl|oblig|mak|made|accept|tak|accru|plac|submit|offer|procur|creat|impos|incur|receiv|obtain|hold"
    r"|held|own|us|enter|establish|constitut|constru|deem|deriv|consist|compris|post|eligib|cover|respons|insur|cap\b|effect|attract|levy|levied|resort|refer|settl|resolv|govern|benefit|part|enjoy|confer"
    r"|claim|exercis|demand|object|agree|undertak|covenant|assum|guarant|secur|need|want|seek|attempt|engag|install|build|sell|buy"
    r"|offset|deduct|diagnos|show|suffer|set|put|qualif|owe|due|award|issu|necess|trigger|in)"
)
"""Verbs whose denial denies their object; of another verb the text does not say so."""


class Stand(StrEnum):
    """What a sentence does with a phrase."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    CONDITIONAL = "conditional"  # only under a condition, or with somebody's consent
    HYPOTHETICAL = "hypothetical"  # within a condition, an example or a definition
    UNCERTAIN = "uncertain"  # a question, a wish, a plan, an empty form


@dataclass(frozen=True, slots=True)
class Standing:
    stand: Stand
    reason: str
    """In plain words; empty if the phrase is affirmed without more."""
    denials: tuple[Denial, ...] = ()
    """All that reach the phrase; two cancel."""

    @property
    def is_denied(self) -> bool:
        return len(self.denials) % 2 == 1


def stands(text: str, start: int, end: int) -> Standing:
    """How the sentence around a range of a text takes the range's words."""
    first, last = sentence_around(sentence_ends(text), start, end)
    said = without_unticked(text[first:last], start - first, end - first)
    if said is None:
        return Standing(Stand.UNCERTAIN, "a box that is not ticked")
    return _stands(plain(said), start - first, end - first)


def _stands(text: str, start: int, end: int) -> Standing:
    if reason := _open_reason(text, start, end):
        return Standing(Stand.UNCERTAIN, reason)
    conditions = conditions_of(text)
    if any(c.start <= start < c.end for c in conditions):
        return Standing(Stand.HYPOTHETICAL, "it stands in a condition")
    if _is_no_statement(text, start, end):
        return Standing(Stand.HYPOTHETICAL, "an example, a definition or a failure, not a statement")
    # What a condition denies, it denies of itself alone.
    apart = [
        d for d in denials_of(text, start, end) if not any(c.start <= d.start < c.end for c in conditions)
    ]
    found = tuple(apart)
    if reason := _doubt(text, found, (start, end)):
        return Standing(Stand.UNCERTAIN, reason, found)
    return _weighed(text, (start, end), found, [c for c in conditions if c.bears_on(text, (start, end))])


def _doubt(text: str, found: Sequence[Denial], place: tuple[int, int]) -> str:
    """Why denials that reach a phrase, or its verb, do not decide; empty if they do."""
    if any(d.is_possible for d in found):
        return "it may be ended or refused"
    if len(found) == 1 and not _is_direct(text, found[0], place[0]):
        return SOMETHING_ELSE
    if len(found) > 1 and len(found) % 2 == 0 and any(d.kind == "ending" for d in found):
        return "it is said not to end, not to be"
    after = [d for d in denials(text) if d.kind == "not" and d.start >= place[1]]
    if not found and any(_IS_ITS_VERB.fullmatch(text, place[1], d.start) for d in after):
        return SOMETHING_ELSE
    fronted = _CHINESE_TOPIC.search(text, 0, place[0]) and text[place[1] : place[1] + 1] != "，"
    later = text.find("，", place[1])
    if not found and fronted and any(d.start > later > 0 and d.kind != "word" for d in denials(text)):
        return SOMETHING_ELSE  # "洪水造成的损失，保险人不负责赔偿"
    return ""


def _weighed(
    text: str, place: tuple[int, int], found: tuple[Denial, ...], conditions: Sequence[Condition]
) -> Standing:
    is_denied = len(found) % 2 == 1
    if consent_needed(text, place):
        return Standing(Stand.CONDITIONAL, "only with somebody's consent or agreement", found)
    if is_denied:
        excepted = found[0].kind != "word" and _EXCEPTION.match(text, place[1])
        if conditions or excepted or _UNLICENSED.search(text[: place[0]]):
            return Standing(Stand.CONDITIONAL, "denied, with an exception or under a condition", found)
        return Standing(Stand.DENIED, DENIED, found)
    if any(not c.is_usual_exception and not c.is_trigger_of(text, place) for c in conditions):
        return Standing(Stand.CONDITIONAL, "only under a condition", found)
    return Standing(Stand.AFFIRMED, "two denials cancel" if found else "", found)


def _open_reason(text: str, start: int, end: int) -> str:
    if _BLANK.match(text, end):
        return "a blank to be filled in"
    before = text[_clause_before(text, start) : start]
    if _QUESTION.search(before) or text.rstrip().endswith(("?", "？")):
        return "a question, not a statement"
    return OPEN if _WISH.search(before) or _OPEN_AFTER.match(text, end) else ""


def _clause_before(text: str, start: int) -> int:
    return max((m.end() for m in BORDER.finditer(text, 0, start)), default=0)


def _is_no_statement(text: str, start: int, end: int) -> bool:
    before = text[:start]
    defined = _DEFINED.search(before) and _MEANS.match(text, end)
    return bool(_EXAMPLE.search(text) or defined or _FAILURE.search(before))


def _is_direct(text: str, denial: Denial, start: int) -> bool:
    """Whether what is denied is the phrase, not another verb that has it as its object."""
    if _BY_THE_WAY.search(text, denial.end, max(denial.end, start)):
        return False
    if denial.kind not in ("not", "no") or start < denial.start or not text[denial.start].isascii():
        return True
    verb = _VERB.match(text, denial.end)
    if denial.kind == "no":
        auxiliary = _AUXILIARY.search(text, denial.end, start)
        if auxiliary is None:
            return True
        verb = _VERB.match(text, auxiliary.end())
    if verb is None or verb.end() > start or verb[1] in _FUNCTION_WORDS or text.startswith("'s ", verb.end()):
        return True
    return _DIRECT.match(verb[1]) is not None or _SERIES.fullmatch(text, verb.end(), start) is not None
