"""All candidate values of a request's untrained fields, with the evidence for each.

Fields of one type compete for the same spans, so their evidence is computed together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tasks.core.native.own.evidence import evidence, replaced_values, with_changes, with_rivals
from tasks.core.native.own.signs import FieldSigns, field_signs
from tasks.core.native.own.spans import (
    TYPED,
    CandidateSpan,
    SpanKind,
    sentence_spans,
    typed_spans,
)
from tasks.core.native.own.terms import terms
from tasks.core.native.own.text_spans import text_spans
from tasks.core.native.own.zones import Zones, zones_of
from tasks.core.native.request import Request
from tasks.core.native.text.cues import FieldCues
from tasks.core.native.text.words import FloatArray
from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.document_habit import habit_of

MIN_VALUES = 3
"""With fewer cues they are signs, not a list of values."""
MAX_PATTERNS = 0.1
"""The share of a list's values that may be patterns: `/\\b(?-i:Git)\\b/` among a hundred skills."""
READ_BY_EVIDENCE = (
    FieldType.DATE,
    FieldType.MONEY,
    FieldType.NUMBER,
    FieldType.DURATION,
    FieldType.CHOICE,
    FieldType.TEXT,
    FieldType.NAME,
    FieldType.BOOLEAN,
    FieldType.CLAUSE,
)
"""The types of fields whose candidates have evidence; lists and records have none."""


NO_EXTRA: Mapping[str, Sequence[CandidateSpan]] = {}


@dataclass(frozen=True, slots=True)
class FieldCandidates:
    """The candidates of one field and their rows of evidence."""

    signs: FieldSigns
    spans: Sequence[CandidateSpan]
    zones: Sequence[Zones]
    rows: FloatArray
    """(spans, `ALL_COLUMNS`)."""
    replaced: Mapping[int, str]
    """By the index of an amendment's new value, the value that it replaces."""

    def changed(self, rights: Sequence[float]) -> list[float]:
        """P(right) of the candidates, after the amendments of the text."""
        return with_changes(self.spans, rights, self.replaced)


def candidates_of(
    request: Request, fields: Sequence[str], extra: Mapping[str, Sequence[CandidateSpan]] = NO_EXTRA
) -> dict[str, FieldCandidates]:
    """The candidates of some fields, by field name.

    Args:
        fields: Names of fields whose type is one of `READ_BY_EVIDENCE`.
        extra: By field, candidates beside those that are found: values of another generator.
    """
    finder = _Finder(request)
    found: dict[str, FieldCandidates] = {}
    for group in _by_type(request, fields).values():
        signs = [field_signs(request.cues[name]) for name in group]
        spans = [[*finder.spans(s), *extra.get(n, ())] for n, s in zip(group, signs, strict=True)]
        zones = [finder.zones(s) for s in spans]
        parts = [evidence(request, s, sp, z) for s, sp, z in zip(signs, spans, zones, strict=True)]
        rows = with_rivals(request, parts, spans)
        for name, s, sp, z, r in zip(group, signs, spans, zones, rows, strict=True):
            found[name] = FieldCandidates(s, sp, z, r, replaced_values(request, sp))
    return found


def is_read_by_evidence(cues: FieldCues) -> bool:
    """Whether a field's values are found and judged by the evidence of this package.

    Not trained fields, nor clauses with enough examples to compare lines with.
    """
    field = cues.field
    if field.trained_as or field.type not in READ_BY_EVIDENCE or cues.exemplar is not None:
        return False
    return not lists_values(field)


def lists_values(field: SchemaField) -> bool:
    """Whether a text field's cues are the values themselves: `Python`, `Flask` for skills.

    They are if nearly all are plain words and none of these has to do with the field's title.
    """
    return field.type is FieldType.TEXT and _are_values(field.title, tuple(field.cues))


@lru_cache(1024)
def _are_values(title: str, cues: tuple[str, ...]) -> bool:
    words = terms(title)
    plain = [c for c in cues if not c.startswith("/")]
    if len(plain) < MIN_VALUES or len(cues) - len(plain) > MAX_PATTERNS * len(cues):
        return False
    return not any(words & terms(c) for c in plain)


def evident_fields(request: Request) -> tuple[str, ...]:
    """The names of the request's fields that are read by evidence."""
    return tuple(f.name for f in request.schema.fields if is_read_by_evidence(request.cues[f.name]))


def _by_type(request: Request, names: Sequence[str]) -> dict[FieldType, list[str]]:
    groups: dict[FieldType, list[str]] = defaultdict(list)
    for name in names:
        kind = request.schema.field(name).type
        # Names are texts of one kind: both compete for the same words.
        groups[FieldType.TEXT if kind is FieldType.NAME else kind].append(name)
    return groups


class _Finder:
    """Finds spans and zones once for all fields that share them."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._spans: dict[object, list[CandidateSpan]] = {}
        self._zones: dict[tuple[SpanKind, int, int, int], Zones] = {}

    def spans(self, signs: FieldSigns) -> Sequence[CandidateSpan]:
        field, request = signs.field, self._request
        if field.type in TYPED or field.type is FieldType.CHOICE:
            key = (field.type, field.choices)
            if key not in self._spans:
                self._spans[key] = typed_spans(request, *key, habit_of("\n".join(request.passages)))
            return self._spans[key]
        if field.type in (FieldType.TEXT, FieldType.NAME):
            return text_spans(request, signs)
        return self._spans.setdefault("sentences", sentence_spans(request))

    def zones(self, spans: Sequence[CandidateSpan]) -> list[Zones]:
        found: list[Zones] = []
        for span in spans:
            key = (span.kind, span.passage_index, span.start, span.end)
            if key not in self._zones:
                self._zones[key] = zones_of(self._request, span, [s for s in spans if s.kind is span.kind])
            found.append(self._zones[key])
        return found
