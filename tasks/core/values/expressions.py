"""The value of a check's expression, by simpleeval with nothing but our names and operators.

simpleeval 1.0.8 would give every attribute of a value whose name has no underscore in front
(`allowed_attrs` is None by default), so its nodes are cut down to those that a check may have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from typing import cast

from simpleeval import InvalidExpression, SimpleEval  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.schema.checks import ALLOWED_NODES
from tasks.core.values.quantities import (
    Length,
    Magnitude,
    Quantity,
    Series,
    Single,
    Words,
    add,
    compare,
    divide,
    equal,
    items_of,
    multiply,
    negative,
    power,
    single,
    subtract,
    total,
)


def evaluated(tree: ast.expr, names: Mapping[str, Quantity]) -> Quantity:
    """The value of an expression that `check_problem` let pass.

    Args:
        names: The values by field.

    Raises:
        ValueError: it cannot be calculated, with the reason in words.
    """
    known = {"true": True, "false": False, **names}
    evaluator = SimpleEval(operators=_OPERATORS.copy(), functions=_FUNCTIONS.copy(), names=known)
    nodes = cast("dict[type[ast.AST], object]", evaluator.nodes)  # pyright: ignore[reportUnknownMemberType]
    evaluator.nodes = {node: nodes[node] for node in ALLOWED_NODES if node in nodes}
    try:
        return _lifted(cast("object", evaluator.eval("", ast.Expr(tree))))  # pyright: ignore[reportUnknownMemberType]
    except (InvalidExpression, TypeError, ArithmeticError, RecursionError) as error:
        raise ValueError("it cannot be calculated") from error


def holds(tree: ast.expr, names: Mapping[str, Quantity]) -> bool:
    """Whether an expression is true.

    Raises:
        ValueError: it cannot be calculated, with the reason in words.
    """
    result = single(evaluated(tree, names))
    if not isinstance(result, bool):
        raise ValueError("it is neither true nor false")
    return result


def _lifted(value: object) -> Quantity:
    """A number or text of the expression as a quantity."""
    if isinstance(value, bool | Magnitude | Words | Length | Series):
        return value
    if isinstance(value, int | float):
        return Magnitude(Decimal(str(value)))
    return Words(value) if isinstance(value, str) else cast("Quantity", value)


def _two(do: Callable[[Quantity, Quantity], Quantity]) -> Callable[[object, object], Quantity]:
    return lambda one, other: do(_lifted(one), _lifted(other))


def _no(value: object) -> bool:
    said = single(_lifted(value))
    if not isinstance(said, bool):
        raise ValueError("`not` needs a field that is true or false")
    return not said


def _minus(value: object) -> Quantity:
    return negative(_lifted(value))


_OPERATORS: dict[type[ast.AST], Callable[..., Quantity]] = {
    ast.Add: _two(add),
    ast.Sub: _two(subtract),
    ast.Mult: _two(multiply),
    ast.Div: _two(divide),
    ast.Pow: _two(power),
    ast.USub: _minus,
    ast.Not: _no,
    ast.Eq: _two(equal),
    ast.NotEq: _two(lambda one, other: not equal(one, other)),
    ast.Lt: _two(lambda one, other: compare(one, other) < 0),
    ast.LtE: _two(lambda one, other: compare(one, other) <= 0),
    ast.Gt: _two(lambda one, other: compare(one, other) > 0),
    ast.GtE: _two(lambda one, other: compare(one, other) >= 0),
}


def _items(values: tuple[object, ...]) -> tuple[Single, ...]:
    return items_of([_lifted(value) for value in values])


def _size(value: object) -> Single:
    said = single(_lifted(value))
    is_negative = (isinstance(said, Magnitude) and said.number < 0) or (
        isinstance(said, Length) and (said.months < 0 or said.days < 0)
    )
    return negative(said) if is_negative else said


_FUNCTIONS: dict[str, Callable[..., Quantity]] = {
    "sum": lambda *values: total(_items(values)),
    "min": lambda *values: reduce(lambda a, b: a if compare(a, b) <= 0 else b, _items(values)),
    "max": lambda *values: reduce(lambda a, b: a if compare(a, b) >= 0 else b, _items(values)),
    "len": lambda *values: Magnitude(Decimal(len(_items(values)))),
    "abs": _size,
}
