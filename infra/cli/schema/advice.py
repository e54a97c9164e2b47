"""Remarks on a schema: fields without a sign, doubtful cues, checks of wrong types, and what documents show of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.core.schema import FieldType, MarkedExample, Schema, SchemaField
from tasks.core.schema.checks import compared_names, uses_of
from tasks.core.schema.pattern_text import has_group
from tasks.core.schema.patterns import is_pattern
from tasks.core.text.look_alikes import as_typed

if TYPE_CHECKING:
    from infra.cli.schema.trial import Trial

COMPUTED = {
    FieldType.DATE: "a date",
    FieldType.MONEY: "a sum of money",
    FieldType.NUMBER: "a number",
    FieldType.DURATION: "a duration",
}
"""The types that a check computes with."""
_COUNTED_ONLY = "len"


@dataclass(frozen=True, slots=True)
class Advice:
    """A remark on a schema: a problem, or only a note."""

    path: tuple[int | str, ...]
    """The entry of the file that it is about."""
    field: str
    """Empty: the schema as a whole."""
    words: str
    is_problem: bool = False


def advice_on(schema: Schema) -> list[Advice]:
    """In the order of the file."""
    own = [(i, f) for i, f in enumerate(schema.fields) if f.trained_as is None]
    of_fields = (a for i, field in own for a in (*_signs(i, field), *_plain_words(i, field)))
    return [*of_fields, *_shared_cues(schema), *_checks(schema)]


def _signs(index: int, field: SchemaField) -> Iterator[Advice]:
    path = ("fields", index)
    if field.type is FieldType.RECORD:
        yield Advice(
            path, field.name, "a record needs a language model; the native models do not look for it"
        )
    elif not field.cues and not field.examples:
        words = "no sign to go by but its title and description: add `cues` or `examples`"
        yield Advice(path, field.name, words, is_problem=True)


def _plain_words(index: int, field: SchemaField) -> Iterator[Advice]:
    """A text's cue of plain words is the value itself, which is seldom what its author means."""
    if field.value_type is not FieldType.TEXT or field.parts:
        return
    patterns = [(j, c) for j, c in enumerate(field.cues) if is_pattern(c)]
    for j, cue in patterns:
        if not has_group(cue[1:-1]):
            words = f"entry {j + 1} of `cues` has no group, so all that it matches is the value: put the value in ( )"
            yield Advice(("fields", index, "cues", j), field.name, words)
    has_marked = any(isinstance(e, MarkedExample) for e in field.examples)
    if field.cues and not patterns and not has_marked:
        yield Advice(
            ("fields", index, "cues"),
            field.name,
            "a cue of plain words is the value itself. If the value stands beside these words, mark it in an example "
            "(`{text: ..., value: ...}`); if it is the name of a person or an organisation, write `type: name`",
        )


def _shared_cues(schema: Schema) -> Iterator[Advice]:
    first: dict[tuple[str, FieldType], str] = {}
    for i, field in enumerate(schema.fields):
        for j, cue in enumerate(field.cues):
            key = (" ".join(as_typed(cue).lower().split()), field.value_type)
            other = first.setdefault(key, field.name)
            if other != field.name and field.trained_as is None:
                words = f"entry {j + 1} of `cues` is also a cue of `{other}`: both want the same values"
                yield Advice(("fields", i, "cues", j), field.name, words)


def _checks(schema: Schema) -> Iterator[Advice]:
    for position, expression in enumerate(schema.checks):
        for words in dict.fromkeys((*_wrong_uses(schema, expression), *_unlike(schema, expression))):
            yield Advice(("checks", position), "", f"`{expression}`: {words}", is_problem=True)


def _wrong_uses(schema: Schema, expression: str) -> Iterator[str]:
    for name, function in uses_of(expression):
        field = schema.field(name)
        if function == _COUNTED_ONLY:
            continue
        if field.value_type not in COMPUTED:
            yield f"`{name}` is of type `{field.type}`, but a check computes with dates, sums, numbers and durations"
        elif field.type is FieldType.LIST and not function:
            yield f"`{name}` has several values: write sum({name}), min({name}), max({name}) or len({name})"


def _unlike(schema: Schema, expression: str) -> Iterator[str]:
    for one, other in compared_names(expression):
        kinds = [COMPUTED.get(schema.field(name).type) for name in (one, other)]
        if None not in kinds and kinds[0] != kinds[1]:
            yield f"`{one}` is {kinds[0]} and `{other}` {kinds[1]}: they cannot be compared"


def trial_advice(schema: Schema, trials: Sequence[Trial], trained: Sequence[str]) -> Iterator[Advice]:
    """What the documents show of the schema.

    Args:
        trained: The names that `trained_as` may have.
    """
    for i, field in enumerate(schema.fields):
        if field.trained_as is None:
            yield from _tried(i, field, trials)
        elif field.trained_as not in trained:
            words = f"the models have no part that was trained as `{field.trained_as}`"
            yield Advice(("fields", i, "trained_as"), field.name, words, is_problem=True)
    for one, other in sorted({pair for t in trials for pair in t.shared}):
        words = f"its cues stand nearest to a value that `{other}` wants, too: use words that only one of them has"
        yield Advice(("fields", [f.name for f in schema.fields].index(one)), one, words)


def _tried(index: int, field: SchemaField, trials: Sequence[Trial]) -> Iterator[Advice]:
    slow = {n for t in trials for n in t.slow.get(field.name, ())}
    numbers = range(1, len(field.cues) + 1)
    silent = [n for n in numbers if n not in slow and not any(t.hits.get((field.name, n)) for t in trials)]
    for n in sorted(slow):
        words = f"entry {n} of `cues` takes too long on these documents: let no repeated part match in several ways"
        yield Advice(("fields", index, "cues", n - 1), field.name, words, is_problem=True)
    if not silent:
        return
    if len(silent) == len(field.cues) and not field.examples:
        words = "no sign to go by in these documents: none of its cues occurs there, and it has no example"
        yield Advice(("fields", index), field.name, words, is_problem=True)
    else:
        told = (
            f"entry {silent[0]} of `cues` finds"
            if len(silent) == 1
            else f"entries {_joined(silent)} of `cues` find"
        )
        yield Advice(
            ("fields", index, "cues", silent[0] - 1), field.name, f"{told} nothing in these documents"
        )


def _joined(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last
