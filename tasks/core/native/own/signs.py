"""What a schema says of a field: its words, what it does not count, and how its examples look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tasks.core.native.own.terms import terms
from tasks.core.native.text.cues import FieldCues
from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.find import find_values

_SENTENCE = re.compile(r"(?<=[.;。；])\s*")
_NOT_COUNTED = re.compile(
    r"\b(?:do(?:es)? not count|not counted|don't count|doesn't count|is not meant|are not meant|nor do(?:es)?|ignore|not the)\b"
    r"|不算|不计|不包括|不含|除外|不是",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"\b(?:without|excluding|except|other than|but not|not including|not)\b|不含|不包括", re.IGNORECASE
)
_PERCENT = re.compile(r"%|\bper\s?cent|percentage|\brate\b|百分|比例|利率|税率|‰|万分", re.IGNORECASE)
_STARTS = re.compile(
    r"\b(?:start|begin|commence|first day|inception|effective)|起始|开始|生效|起租", re.IGNORECASE
)
_ENDS = re.compile(
    r"\b(?:end(?:s|ing)?\b|expir|last day|matur|final date|longstop|completion)|到期|届满|终止日|结束|截止|期满",
    re.IGNORECASE,
)
_ROLE = re.compile(r"[(（][^()（）]{0,40}?[\"“'‘「]?([A-Z][A-Za-z ]{2,24}?)[\"”'’」]?\s*[)）]")


class TextKind(StrEnum):
    """What the words of a text field are, as its title and description say."""

    NAME = "name"
    LAW = "law"
    IDENTIFIER = "identifier"
    ADDRESS = "address"
    OTHER = "other"


_KINDS = {
    TextKind.LAW: re.compile(r"\b(?:governing|applicable|proper) law|\blaws?\b|法律", re.IGNORECASE),
    TextKind.ADDRESS: re.compile(
        r"\baddress|\blocation\b|\bsite\b|\bpremises\b|地址|坐落|地点|住所", re.IGNORECASE
    ),
    TextKind.IDENTIFIER: re.compile(
        r"\bnumber\b|\bno\.|\breference\b|\bcode\b|\bid\b|编号|号码|证号", re.IGNORECASE
    ),
    TextKind.NAME: re.compile(
        r"\bname|\bwho\b|\bcompany|\bperson|\bpart(?:y|ies)\b|\b(?:land|less|employ|supply|sell|buy|purchas|lend|borrow|licens|insur|contract|provid|own|publish|guarant)(?:or|er|ee|lord)s?\b"
        r"|\b(?:tenant|customer|client|agent|bank|author|sponsor|institution|insured)s?\b|名称|全称|姓名|[人方]$",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class FieldSigns:
    """A field's own words, as sets of terms."""

    field: SchemaField
    cues: FieldCues
    title: frozenset[str]
    wanted: frozenset[str]
    """Of title, cues and the sentences of the description that say what counts."""
    unwanted: frozenset[str]
    """Of the sentences that say what does not count; without the wanted ones."""
    cue_terms: tuple[frozenset[str], ...]
    """Of each cue that is no pattern."""
    examples: tuple[frozenset[str], ...]
    around: frozenset[str]
    """Of the words beside the value in the examples."""
    roles: frozenset[str]
    """Words for a party: of the title and of brackets in the examples."""
    text_kind: TextKind
    wants_start: bool
    wants_end: bool
    is_percent: bool
    """The title, description or an example speaks of per cents."""
    counted: str
    """The parts of the description that say what counts."""
    uncounted: str


@lru_cache(1024)
def field_signs(cues: FieldCues) -> FieldSigns:
    field = cues.field
    counted, uncounted = what_counts(field.description)
    words = [c for c in field.cues if not (len(c) > 2 and c[0] == c[-1] == "/")]
    title = terms(field.title)
    wanted = title | terms(counted) | terms(" . ".join(words))
    roles = {m.lower() for e in field.example_texts for m in _ROLE.findall(e)}
    return FieldSigns(
        field,
        cues,
        title,
        wanted,
        terms(uncounted) - wanted,
        tuple(t for w in words if (t := terms(w))),
        tuple(terms(e) for e in field.example_texts),
        frozenset[str]().union(*(_around(field, e) for e in field.example_texts))
        if field.example_texts
        else frozenset(),
        frozenset({field.title.lower(), *roles}),
        _text_kind(field),
        bool(_STARTS.search(f"{field.title} {counted}")),
        bool(_ENDS.search(f"{field.title} {counted}")),
        bool(_PERCENT.search(" ".join([field.title, field.description, *field.example_texts]))),
        counted,
        uncounted,
    )


def _text_kind(field: SchemaField) -> TextKind:
    """By the title first: the description of a number may name the party."""
    if field.type is FieldType.NAME:
        return TextKind.NAME
    for text in (field.title, field.description):
        for kind, pattern in _KINDS.items():
            if pattern.search(text):
                return kind
    return TextKind.OTHER


def what_counts(description: str) -> tuple[str, str]:
    """The parts of a description that say what counts, and what does not."""
    counted: list[str] = []
    uncounted: list[str] = []
    for sentence in _SENTENCE.split(description):
        if _NOT_COUNTED.search(sentence):
            uncounted.append(sentence)
            continue
        cut = _WITHOUT.search(sentence)
        counted.append(sentence[: cut.start()] if cut else sentence)
        uncounted.append(sentence[cut.end() :] if cut else "")
    return " ".join(counted), " ".join(uncounted)


def _around(field: SchemaField, example: str) -> frozenset[str]:
    """The terms beside the value of an example; of all its words if no value is found there."""
    values: Sequence[tuple[int, int]] = [
        (v.start, v.end) for v in find_values(field.value_type, example, field.choices)
    ]
    if field.type in (FieldType.CLAUSE, FieldType.TEXT) or not values:
        return terms(example)
    start, end = values[0]
    return terms(f"{example[:start]} . {example[end:]}")
