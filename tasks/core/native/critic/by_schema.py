"""The critic's second look at fields of a user's own schema, for which nothing was trained.

It asks other questions than the generator did: is the value denied where it stands, does it stand as a word of its own, is it of the
field's type, is the line a heading or a table of contents, does it read like the field's definition and examples? Notes count as
much as body text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tasks.core.native.generator.by_schema import read_field
from tasks.core.native.request import Request
from tasks.core.native.text.cues import FieldCues, example_likeness, find_hits, likeness, shingles, strength
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.typed_values import find_typed
from tasks.core.native.text.units import folded, is_heading
from tasks.core.normal.forms import list_entries
from tasks.core.schema import FieldType

RIGHT_BAR = 0.5
MISSING_BAR = 0.55
_BEFORE = (
    (
        "the text denies it",
        re.compile(
            r"\b(?:no|not|never|without|denie[sd]|deny|denying|rule[sd]? out|negative for|absence of|free of|exclud(?:e|ed|es)|lacks?|nor|n't"
            r"|unlikely)\b|否认|未见|未发现|未曾|没有|并无|排除|不存在|无(?!论|条件|限)"
        ),
    ),
    (
        "the text says it of somebody else",
        re.compile(
            r"\b(?:father|mother|brother|sister|uncle|aunt|grand\w+|family history)\b|父亲|母亲|兄弟|姐妹|家族史"
        ),
    ),
    (
        "a wish, a plan or a suspicion, not a statement",
        re.compile(
            r"\b(?:(?:am|is|are|currently|now|still|started|begun) learning|learning to use|(?:would like|wish|want|hope|plan)(?:s|es|ed)? to|interested in|suspect(?:ed|s)?|suspicion of|possible|possibly"
            r"|query)\b|疑似|可疑|待查|计划于|拟于|拟行|希望学习|正在学习"
        ),
    ),
)
"""What stands before a value that is named without being asserted, and how a person is told."""
_AFTER = (
    (
        "the text denies it",
        re.compile(
            r"^\W*(?:was|were|is|are|has been|have been|could be|can be)?\s*(?:not\b|ruled out|excluded|absent|negative|unlikely|denied"
            r"|stopped|discontinued|withdrawn|refused)|^[^。；，]{0,4}(?:已?排除|已?停用|阴性|已停)"
        ),
    ),
    (
        "a wish, a plan or a suspicion, not a statement",
        re.compile(
            r"^\W*(?:was|were|is|are|has been)?\s*(?:suspected|planned|scheduled|declined|possible)\b|^[^。；，]{0,2}(?:待查|待排|可能)"
        ),
    ),
)
_ELSEWHERE = 0.65
"""What is left of a clause's support under another field's heading: strong evidence still passes, one phrase alone does not."""
_NEAR_CHARS = 45
_SENTENCE_BREAK = re.compile(r"[.;。；!?！？]\s|\b(?:but|however|except|besides)\b|但|然而")
_CONTENTS = re.compile(r"(?:\.\s?){5,}|…{2,}|…\s*\d+\s*$")
"""Dot leaders: a line of a table of contents, or a blank to be filled in; neither provides anything."""
_ALIKE_ALONE = 0.5
"""Without any cue, how much a line must read like one of the field's examples to be called overlooked."""
_TYPED = (FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION)
_EDGE_WORDS = re.compile(r"[A-Za-z0-9+#]")


@dataclass(frozen=True, slots=True)
class Opinion:
    right: float
    reason: str
    """Why not, in words for a person; empty when nothing speaks against it."""


def judge(name: str, value: str, quote: str, heading: str, schema_cues: Mapping[str, FieldCues]) -> Opinion:
    """How likely a value read from a quote is right, by the schema's definitions alone.

    Args:
        name: The field.
        heading: The heading the quote stands under, empty if there is none.
        schema_cues: Every field's evidence: a heading may speak for another one.
    """
    cues = schema_cues[name]
    objection = objection_to(cues, value, quote)
    if objection:
        return Opinion(0.08, objection)
    right = _support(cues, value, quote, heading)
    if cues.field.type is FieldType.CLAUSE and _headed_elsewhere(name, heading, schema_cues):
        right *= _ELSEWHERE
        return Opinion(right, "" if right >= RIGHT_BAR else "it stands under the heading of another field")
    return Opinion(right, "" if right >= RIGHT_BAR else "little in the text speaks for this field")


def overlooked_values(
    name: str, request: Request, covered: list[tuple[int, int, int]]
) -> list[tuple[TextLine, float]]:
    """Lines that speak for a field and that no candidate of it touches.

    Args:
        covered: (passage index, start, end) of the field's candidates.
    """
    best: dict[tuple[int, int], tuple[TextLine, float]] = {}
    for line, reading in read_field(request.cues[name], request.lines, weigh_notes=False):
        touched = any(
            p == line.passage_index and s < reading.end and e > reading.start for p, s, e in covered
        )
        if touched or not _speaks(request.cues[name], line.text):
            continue
        heading = line.headings[-1] if line.headings else ""
        right = judge(name, reading.value, line.text, heading, request.cues).right
        key = (line.passage_index, line.unit.start)
        if right >= MISSING_BAR and right > best.get(key, (line, 0.0))[1]:
            best[key] = (line, right)
    return list(best.values())


def _speaks(cues: FieldCues, text: str) -> bool:
    """Some cue, or an example that reads like it: words shared with the definition alone accuse nobody."""
    return bool(find_hits(cues, text)) or example_likeness(cues, text) >= _ALIKE_ALONE


def _headed_elsewhere(name: str, heading: str, schema_cues: Mapping[str, FieldCues]) -> bool:
    """The heading has cues of another clause field, and neither cues nor title words of this one."""
    own = schema_cues[name]
    if not heading or find_hits(own, heading) or shingles(own.field.title) & shingles(heading):
        return False
    others = (c for n, c in schema_cues.items() if n != name and c.field.type is FieldType.CLAUSE)
    return any(find_hits(c, heading) for c in others)


def _support(cues: FieldCues, value: str, quote: str, heading: str) -> float:
    hits = strength(find_hits(cues, quote))
    alike = 0.8 * example_likeness(cues, quote)
    defined = min(0.4, 2.0 * likeness(cues.definition, shingles(quote)))
    headed = 0.3 if heading and find_hits(cues, heading) else 0.0
    if cues.field.type is FieldType.TEXT and _is_known(cues, value):
        hits = max(hits, 0.7)
    return 1.0 - (1.0 - hits) * (1.0 - alike) * (1.0 - defined) * (1.0 - headed)


def objection_to(cues: FieldCues, value: str, quote: str) -> str:
    """What speaks against a value whatever its field's definition says; empty if nothing does. Of a list, against its first bad entry."""
    kind = cues.field.value_type
    values = list_entries(value) if cues.field.type is FieldType.LIST else (value,)
    return next((reason for v in values if (reason := _objection_to_one(kind, v, quote))), "")


def _objection_to_one(kind: FieldType, value: str, quote: str) -> str:
    if kind is FieldType.CLAUSE and (is_heading(quote) or _CONTENTS.search(quote)):
        return "a heading, not a provision"
    if kind is FieldType.TEXT and not _stands_alone(value, quote):
        return "the value is only a part of another word"
    if kind in (FieldType.TEXT, FieldType.CHOICE) and (reason := _not_asserted(value, quote)):
        return reason
    if kind in _TYPED and not find_typed(kind, quote):
        return f"no {kind.value} stands in the quote"
    return ""


def _is_known(cues: FieldCues, value: str) -> bool:
    """Whether the value is one of the field's own cue words."""
    return any(not c.is_pattern and c.pattern.fullmatch(value.strip()) for c in cues.cues)


def _stands_alone(value: str, quote: str) -> bool:
    plain, wanted = folded(quote).lower(), " ".join(folded(value).lower().split())
    plain = " ".join(plain.split())
    at = plain.find(wanted)
    while at >= 0:
        before, after = plain[at - 1 : at], plain[at + len(wanted) : at + len(wanted) + 1]
        if not (_joins(before) and _joins(wanted[:1])) and not (_joins(after) and _joins(wanted[-1:])):
            return True
        at = plain.find(wanted, at + 1)
    return False


def _joins(character: str) -> bool:
    return bool(character) and bool(_EDGE_WORDS.match(character))


def _not_asserted(value: str, quote: str) -> str:
    """Why the words name the value without asserting it; empty if one place asserts it."""
    plain, wanted = folded(quote).lower(), folded(value).lower().strip()
    places = [(m.start(), m.end()) for m in re.finditer(re.escape(wanted), plain)] if wanted else []
    reasons = [_objection_at(plain, start, end) for start, end in places]
    return reasons[0] if reasons and all(reasons) else ""


def _objection_at(plain: str, start: int, end: int) -> str:
    before = _SENTENCE_BREAK.split(plain[max(0, start - _NEAR_CHARS) : start])[-1]
    after = _SENTENCE_BREAK.split(plain[end : end + _NEAR_CHARS])[0]
    for patterns, text in ((_BEFORE, before), (_AFTER, after)):
        for reason, pattern in patterns:
            if pattern.search(text):
                return reason
    return ""
