"""The checks of a schema over the verified values of a run. Pure.

A check that fails doubts the values that it compares, in words. One whose fields have no verified
value is passed over; one that cannot be calculated says so and doubts nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

from tasks.core.loop.same_values import FieldValue
from tasks.core.records import Agreement, ExtractionStatus, FieldName
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tasks.core.schema.checks import names_in, parsed
from tasks.core.values.expressions import evaluated, holds
from tasks.core.values.forms import list_entries
from tasks.core.values.quantities import DayRange, Quantity, Series, Single, quantity

_MAX_SHOWN = 5  # values of one field in a reason


class CheckOutcome(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    PASSED_OVER = "passed over"
    """A field of it has no verified value."""
    CANNOT = "cannot be calculated"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check over the values of one agreement."""

    expression: str
    outcome: CheckOutcome
    fields: tuple[FieldName, ...]
    """Of a check that fails: those of the comparison that fails."""
    says: str = ""
    """Why it fails, with the normal forms; why it cannot be calculated; which field is missing."""
    agreement: str = ""
    """The title of the agreement, if the file holds several."""

    @property
    def summary(self) -> str:
        """Check and outcome, without any value of the document."""
        return f"check `{self.expression}`: {self.outcome}"

    @property
    def is_reported(self) -> bool:
        """Whether a user must know of it."""
        return self.outcome in (CheckOutcome.FAILS, CheckOutcome.CANNOT)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What one agreement gives for the fields of a check."""

    schema: Schema
    values: Mapping[str, Sequence[FieldValue]]
    """By field: its verified values."""
    names: Mapping[str, Quantity]


def checked(
    values: Sequence[FieldValue], schema: Schema, agreements: Sequence[Agreement] = ()
) -> tuple[list[FieldValue], tuple[CheckResult, ...]]:
    """The values, of which those that fail a check are unsettled, and what each check gave."""
    rows, results = list(values), list[CheckResult]()
    if not schema.checks:
        return rows, ()
    for agreement in sorted({v.agreement for v in values}):
        own = [v for v in values if v.agreement == agreement]
        for expression in schema.checks:
            result = _result(expression, own, schema)
            title = agreements[agreement].title if agreements else ""
            results.append(replace(result, agreement=title))
            if result.outcome is CheckOutcome.FAILS:
                rows = [_doubted(v, result) if v.agreement == agreement else v for v in rows]
    return rows, tuple(results)


def _doubted(value: FieldValue, result: CheckResult) -> FieldValue:
    if value.extraction.field not in result.fields or not value.is_verified:
        return value
    reason = f"the check `{result.expression}` fails: {result.says}"
    return value.with_status(ExtractionStatus.UNSETTLED, reason)


def _result(expression: str, own: Sequence[FieldValue], schema: Schema) -> CheckResult:
    tree = parsed(expression)
    fields = tuple(FieldName(name) for name in names_in(tree))
    by_field: dict[str, list[FieldValue]] = {
        name: [v for v in own if v.extraction.field == name and v.is_verified] for name in fields
    }
    for name in fields:
        if not by_field[name]:
            says = f"there is no verified value of {schema.field(name).title!r}"
            return CheckResult(expression, CheckOutcome.PASSED_OVER, fields, says)
    try:
        names: dict[str, Quantity] = {
            name: _quantity(schema.field(name), by_field[name], own) for name in fields
        }
    except ValueError as error:
        return CheckResult(expression, CheckOutcome.CANNOT, fields, str(error))
    return _outcome(expression, fields, _comparisons(tree), _Facts(schema, by_field, names))


def _outcome(
    expression: str, fields: tuple[FieldName, ...], comparisons: Sequence[ast.expr], facts: _Facts
) -> CheckResult:
    """A comparison that fails decides, whatever the others give."""
    unclear = ""
    for comparison in comparisons:
        try:
            if not holds(comparison, facts.names):
                own = tuple(FieldName(name) for name in names_in(comparison))
                return CheckResult(expression, CheckOutcome.FAILS, own, _failure(comparison, facts))
        except ValueError as error:
            unclear = unclear or str(error)
    outcome = CheckOutcome.CANNOT if unclear else CheckOutcome.HOLDS
    return CheckResult(expression, outcome, fields, unclear)


def _comparisons(tree: ast.expr) -> list[ast.expr]:
    """What must all hold: the parts of `and`, and the pairs of `a < b < c`."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [c for value in tree.values for c in _comparisons(value)]
    if isinstance(tree, ast.Compare):
        sides = pairwise((tree.left, *tree.comparators))
        return [ast.Compare(a, [op], [b]) for (a, b), op in zip(sides, tree.ops, strict=True)]
    return [tree]


def _quantity(field: SchemaField, verified: Sequence[FieldValue], own: Sequence[FieldValue]) -> Quantity:
    """
    Raises:
        ValueError: a value has no form to calculate with, or the field has more that are in doubt.
    """
    is_many = field.cardinality is Cardinality.MANY or field.type is FieldType.LIST
    open_values = [
        v for v in own if v.extraction.field == field.name and v.status is ExtractionStatus.UNSETTLED
    ]
    if is_many and open_values:
        raise ValueError(f"not all values of {field.title!r} are verified")
    items = [item for value in verified for item in _items(field, value)]
    return Series(tuple(items)) if is_many or len(items) != 1 else items[0]


def _items(field: SchemaField, value: FieldValue) -> list[Single]:
    row = value.extraction
    form = row.value if row.normal is None else row.normal
    forms = list_entries(form) if field.type is FieldType.LIST else (form,)
    try:
        return [quantity(field.value_type, each) for each in forms]
    except ValueError as error:
        raise ValueError(f"{field.title!r} has no normal form to calculate with") from error


# ---------------------------------------------------------------- in words

_IS_NOT: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("is not less than", "is not before"),
    ast.LtE: ("is not at most", "is not on or before"),
    ast.Gt: ("is not more than", "is not after"),
    ast.GtE: ("is not at least", "is not on or after"),
    ast.Eq: ("is not", "is not"),
    ast.NotEq: ("is", "is"),
}
"""Of numbers, and of dates."""
_CALCULATED: dict[type[ast.operator], str] = {
    ast.Add: "plus",
    ast.Sub: "minus",
    ast.Mult: "times",
    ast.Div: "divided by",
    ast.Pow: "to the power of",
}
_CALLED = {
    "sum": "the sum of",
    "min": "the least of",
    "max": "the greatest of",
    "len": "the number of",
    "abs": "the size of",
}


def _failure(comparison: ast.expr, facts: _Facts) -> str:
    match comparison:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            is_date = isinstance(evaluated(left, facts.names), DayRange)
            words = _IS_NOT[type(op)][is_date]
            return f"{_words(left, facts)} {words} {_words(right, facts)}"
        case _:
            named = ", ".join(_named(name, facts) for name in names_in(comparison))
            return f"it does not hold with {named}"


def _words(node: ast.expr, facts: _Facts) -> str:
    match node:
        case ast.Name(id=name) if name in facts.names:
            return _named(name, facts)
        case ast.BinOp(left=left, op=ast.Mult(), right=ast.Constant() as factor):
            return f"{_words(factor, facts)} times {_words(left, facts)}"
        case ast.BinOp(left=left, op=op, right=right):
            return f"{_words(left, facts)} {_CALCULATED[type(op)]} {_words(right, facts)}"
        case ast.Call(func=ast.Name(id=name), args=args):
            return f"{_CALLED[name]} {' and '.join(_words(a, facts) for a in args)}"
        case _:
            return ast.unparse(node)


def _named(name: str, facts: _Facts) -> str:
    """A field with its values: `Deposit (USD 20000)`."""
    rows = [value.extraction for value in facts.values[name]]
    forms = [row.value if row.normal is None else row.normal for row in rows]
    more = f", and {len(forms) - _MAX_SHOWN} more" if len(forms) > _MAX_SHOWN else ""
    return f"{facts.schema.field(name).title} ({', '.join(forms[:_MAX_SHOWN])}{more})"
