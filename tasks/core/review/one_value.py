"""A field that has one value leaves the house with one: which of several stands, and what is said of the others. Pure.

Inside a run settlement sees to it, for fields without a trained head. What a run stored before there
was settlement, fields with a head, and what people decided one by one are compared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tasks.core.loop.same_values import folded_words
from tasks.core.schema import FieldType
from tasks.core.values.quantities import quantity

_SHORT_FORMS = (FieldType.TEXT.value, FieldType.NAME.value)
DECIDED_FOR_ANOTHER = "a person decided for another value of the field, which has one"


@dataclass(frozen=True, slots=True)
class StandingValue:
    """A value, verified or accepted, of a field that has one in a document."""

    number: int
    """The caller's number for it."""
    field: str
    agreement: int | None
    """Which agreement of the file it stands in; None: the file has one, or the value no place."""
    kind: str
    """The field's type."""
    content: object
    """Equal for values that say the same: see `content_of`."""
    page_number: int
    """Where it stands first; 0: nowhere."""
    decided: tuple[object, ...] | None
    """Orders the decisions of people that accepted a value, the last one greatest; None: the run verified it."""


def content_of(kind: str, value: str, normal: str | None) -> object:
    """Equal for two values of a field that say the same.

    Args:
        kind: The field's type.
        normal: The value's normal form, if it has one.
    """
    if normal is None:
        return folded_words(value)
    if kind == FieldType.DURATION.value:
        try:
            return quantity(FieldType.DURATION, normal)  # P12M is P1Y
        except ValueError:
            return normal
    return normal


def doubts(values: Sequence[StandingValue]) -> dict[int, str]:
    """The numbers of the values that do not stand, each with the reason.

    The value for which a person decided last stands, and everything that says the same. If no person
    decided and the run verified several, none of them stands, unless one says all that the others do,
    as `Ninebark Homes LLC` beside `Ninebark`.
    """

    def key(value: StandingValue) -> tuple[str, int]:
        return value.field, -1 if value.agreement is None else value.agreement

    told: dict[int, str] = {}
    for _, group in groupby(sorted(values, key=key), key):
        told |= _doubts_of_one(list(group))
    return told


def _doubts_of_one(group: Sequence[StandingValue]) -> dict[int, str]:
    contents = {value.content for value in group}
    if len(contents) < 2:
        return {}
    decided = [value for value in group if value.decided is not None]
    if decided:
        last = max(decided, key=lambda value: value.decided or ())
        return {v.number: DECIDED_FOR_ANOTHER for v in group if v.content != last.content}
    whole = [c for c in contents if not any(_is_short_form(c, other, group[0].kind) for other in contents)]
    if len(whole) == 1:
        page = next(v.page_number for v in group if v.content == whole[0])
        reason = f"a shorter form of the value on page {page}; the field has one"
        return {v.number: reason for v in group if v.content != whole[0]}
    return {v.number: _conflict(v, group, len(contents)) for v in group}


def _is_short_form(short: object, whole: object, kind: str) -> bool:
    if short == whole or not isinstance(short, str) or not isinstance(whole, str):
        return False
    if kind == FieldType.DATE.value:
        return whole.startswith(f"{short}-")  # 2024-05 of 2024-05-01
    return kind in _SHORT_FORMS and f" {short} " in f" {whole} "


def _conflict(value: StandingValue, group: Sequence[StandingValue], n_contents: int) -> str:
    pages = sorted({other.page_number for other in group if other.content != value.content})
    where = f"page{'s' * (len(pages) > 1)} {', '.join(map(str, pages))}"
    others = "another one stands" if n_contents == 2 else "others stand"
    return f"the run verified {n_contents} values, and the field has one: {others} on {where}"
