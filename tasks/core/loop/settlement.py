"""Settlement: the values of a run compared with each other, when no model is asked any more. Pure.

The critic judges one value in one passage. Here the values of a field that has one compete, an
amendment says which of two holds, and what the words leave open goes to a person. All of it is about
fields without a trained head, except that the same value is said once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, groupby

from tasks.core.loop.check_results import CheckResult, checked
from tasks.core.loop.document_facts import DocumentFacts
from tasks.core.loop.proposals import ASKED_FOR, Identity, Proposal, below_bar
from tasks.core.loop.same_values import FieldValue, field_values, folded_words, is_untrained
from tasks.core.records import Citation, ExtractionStatus, Span
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tasks.core.values.amendments import Amendment, amendments
from tasks.core.values.find import find_values
from tasks.core.values.forms import form_of_one

_OPEN = {
    FieldType.DATE: "its words leave open which date they mean",
    FieldType.MONEY: "its words leave open which sum they mean",
    FieldType.NUMBER: "its words leave open which number they mean",
    FieldType.DURATION: "its words leave open which length of time they mean",
}
_SHARED_TYPES = (*_OPEN, FieldType.TEXT, FieldType.NAME)
_OF_ONE = "of a field that has one"
_LEAST, _MOST = 1e-4, 1 - 1e-4  # no odds are infinite
_HOPELESS = 0.1  # a settled probability that leaves no doubt which value was taken
_ASKED_FROM = 0.25  # a weak value with a probability of its own from which a person should see it
_TAKES_FROM = 0.5  # the least probability with which a value takes its field from others
_BOTH_SURE = 0.97  # two fields may share their words if both are as probable as this


@dataclass(frozen=True, slots=True)
class Settlement:
    values: tuple[FieldValue, ...]
    """Each once, in the order in which they were first proposed."""
    checks: tuple[CheckResult, ...]


def settle(proposals: Sequence[Proposal], schema: Schema, facts: DocumentFacts) -> Settlement:
    values = [_formed(v, schema) for v in field_values(proposals, schema, facts)]
    changed: dict[int, FieldValue] = {}
    for group in _competing(values, schema):
        field = schema.field(group[0].extraction.field)
        settled = _competed(_amended(group, field, facts))
        changed |= {id(old): new for old, new in zip(group, settled, strict=True)}
    apart = _apart([changed.get(id(v), v) for v in values], schema)
    rows, checks = checked(apart, schema, facts.agreements)
    return Settlement(tuple(rows), checks)


def final_statuses(values: Iterable[FieldValue]) -> dict[Identity, tuple[ExtractionStatus, str]]:
    """Status and reason of each place: its own, or what settlement decided about its value.

    The reason is empty where a finding of a chunk says why.
    """
    final: dict[Identity, tuple[ExtractionStatus, str]] = {}
    for value in values:
        for member in value.members:
            own = member.extraction
            is_overruled = own.status is ExtractionStatus.VERIFIED and not value.is_verified
            if is_overruled or value.status is ExtractionStatus.REJECTED:
                final[member.identity] = value.status, value.extraction.reason
            else:
                final[member.identity] = own.status, own.reason if member.is_below_bar else ""
    return final


def is_decided_by_bar(status: ExtractionStatus, reason: str) -> bool:
    """Whether a value's probability alone decides whether it is verified.

    Args:
        reason: As stored.
    """
    if status is ExtractionStatus.UNSETTLED:
        return ASKED_FOR in reason or _OF_ONE in reason
    return status is ExtractionStatus.VERIFIED


def _unsettled(value: FieldValue, reason: str) -> FieldValue:
    """A verified value in doubt; one that is in doubt already keeps its reason."""
    return value.with_status(ExtractionStatus.UNSETTLED, reason) if value.is_verified else value


def _formed(value: FieldValue, schema: Schema) -> FieldValue:
    """A typed value whose words have no certain normal form is for a person."""
    field = schema.field(value.extraction.field)
    if not is_untrained(field) or value.extraction.normal is not None or field.value_type not in _OPEN:
        return value
    return _unsettled(value, _OPEN[field.value_type])


# ---------------------------------------------------------------- competition


def _competing(values: Sequence[FieldValue], schema: Schema) -> list[list[FieldValue]]:
    """The values that compete: those of one field, of which it has one, in one agreement."""

    def key(value: FieldValue) -> tuple[str, int]:
        return value.extraction.field, value.agreement

    candidates = [v for v in values if _competes(v, schema.field(v.extraction.field))]
    groups = (list(group) for _, group in groupby(sorted(candidates, key=key), key))
    return [group for group in groups if len(group) > 1]


def _competes(value: FieldValue, field: SchemaField) -> bool:
    is_one = field.cardinality is Cardinality.ONE or field.type is FieldType.BOOLEAN
    if not is_one or not is_untrained(field) or value.status is ExtractionStatus.REJECTED:
        return False
    return value.right is not None and value.support.is_provable


def _competed(group: Sequence[FieldValue]) -> list[FieldValue]:
    """The values with the probability that each is the one, and what follows from it."""
    alive = [v for v in group if v.status is not ExtractionStatus.REJECTED]
    if all(v.bar is None for v in alive):
        verified = [v for v in alive if v.is_verified]
        return [_in_conflict(v, verified) for v in group]
    odds = {id(v): _odds(v.right or 0.0) for v in alive}
    whole = 1 + sum(odds.values())
    settled = {id(v): odds[id(v)] / whole for v in alive}
    return [_settled(v, alive, settled) if id(v) in settled else v for v in group]


def _odds(right: float) -> float:
    clipped = min(_MOST, max(_LEAST, right))
    return clipped / (1 - clipped)


def _settled(value: FieldValue, alive: Sequence[FieldValue], settled: dict[int, float]) -> FieldValue:
    if len(alive) == 1:
        return value
    share, right = settled[id(value)], value.right or 0.0
    value_then = replace(value, extraction=replace(value.extraction, score=share))
    others = [v for v in alive if v is not value]
    best = max(others, key=lambda v: settled[id(v)])
    if share < _HOPELESS and settled[id(best)] >= _TAKES_FROM and right < _ASKED_FROM:
        reason = f"another value of the field is better supported: that on {_pages([best])}"
        return value_then.with_status(ExtractionStatus.REJECTED, reason)
    is_short = bool(below_bar(share, value.bar)) or (value.bar is None and any(v.is_verified for v in others))
    return _unsettled(value_then, _conflict(others)) if is_short else value_then


def _in_conflict(value: FieldValue, verified: Sequence[FieldValue]) -> FieldValue:
    others = [v for v in verified if v is not value]
    return _unsettled(value, _conflict(others)) if others else value


def _conflict(others: Sequence[FieldValue]) -> str:
    number = "two values" if len(others) == 1 else f"{len(others) + 1} values"
    words = "the other stands" if len(others) == 1 else "the others stand"
    return f"the document gives {number} {_OF_ONE}: {words} on {_pages(others)}"


def _pages(values: Iterable[FieldValue]) -> str:
    numbers = sorted({v.page_number for v in values})
    return f"page{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"


# ---------------------------------------------------------------- amendments


def _amended(group: Sequence[FieldValue], field: SchemaField, facts: DocumentFacts) -> list[FieldValue]:
    """The values, of which those that an amendment replaces are rejected."""
    rows = list(group)
    for amendment in amendments(facts.text):
        new = next((v for v in group if _holds(v, amendment.new)), None)
        if new is None or (new.right or 0.0) < _TAKES_FROM:
            continue
        reason = f"superseded by an amendment on page {_page_of(new, amendment.new)}"
        is_old = _old_values(group, new, amendment, field, facts)
        for index, value in enumerate(group):
            if is_old(value):
                rows[index] = rows[index].with_status(ExtractionStatus.REJECTED, reason)
    return list(group) if all(v.status is ExtractionStatus.REJECTED for v in rows) else rows


def _holds(value: FieldValue, span: Span) -> bool:
    return any(_touches(citation, span) for citation in value.citations)


def _touches(citation: Citation, span: Span) -> bool:
    return any(own.start < span.end and span.start < own.end for own in citation.spans)


def _page_of(value: FieldValue, span: Span) -> int:
    return next(c.pages[0] for c in value.citations if _touches(c, span))


def _old_values(
    group: Sequence[FieldValue],
    new: FieldValue,
    amendment: Amendment,
    field: SchemaField,
    facts: DocumentFacts,
) -> Callable[[FieldValue], bool]:
    """Whether a value is what the amendment replaces; without old words, every other one that no
    amendment gives."""
    old = amendment.old
    if old is None:
        given = [a.new for a in amendments(facts.text)]
        return lambda v: v is not new and not any(_holds(v, span) for span in given)
    words = facts.text[old.start : old.end]
    forms = {form_of_one(field, f.value, facts.habit) for f in find_values(field.value_type, words)} - {None}
    said = folded_words(words)
    return lambda v: (
        v is not new
        and (_holds(v, old) or v.extraction.normal in forms or folded_words(v.extraction.value) == said)
    )


# ---------------------------------------------------------------- one place, two fields


def _apart(values: Sequence[FieldValue], schema: Schema) -> list[FieldValue]:
    """Of two fields with the same words at the same place, the less probable is in doubt."""
    rows = list(values)
    own = [i for i, v in enumerate(values) if _may_not_share(v, schema.field(v.extraction.field))]
    for pair in combinations(own, 2):
        one, other = (values[i] for i in pair)
        fields = [schema.field(v.extraction.field) for v in (one, other)]
        rights = [v.extraction.score or 0.0 for v in (one, other)]
        if fields[0].type is fields[1].type and _share_words(one, other) and min(rights) < _BOTH_SURE:
            for index, of_other, right in zip(pair, reversed(fields), rights, strict=True):
                if right == min(rights):
                    rows[index] = _unsettled(rows[index], _shared(of_other))
    return rows


def _may_not_share(value: FieldValue, field: SchemaField) -> bool:
    is_one = field.cardinality is Cardinality.ONE and is_untrained(field)
    return value.is_verified and is_one and field.type in _SHARED_TYPES


def _share_words(one: FieldValue, other: FieldValue) -> bool:
    a, b = one.extraction, other.extraction
    if a.field == b.field or a.citation is None or b.citation is None:
        return False
    has_same_words = folded_words(a.value) == folded_words(b.value)
    return has_same_words and any(_touches(a.citation, span) for span in b.citation.spans)


def _shared(other: SchemaField) -> str:
    return f"the field {other.title!r} has the same words at the same place"
