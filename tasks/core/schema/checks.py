"""Checks across fields: the expressions of a schema's `checks`, read and refused.

An expression names fields and may compare, add, subtract, multiply, divide, and call a few
functions. Nothing else of Python is allowed: no attributes, no indexes, no other names.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from itertools import pairwise

FUNCTIONS = ("sum", "min", "max", "abs", "len")
CONSTANTS = ("true", "false")
MAX_CHARS = 500
ALLOWED_NODES = (
    ast.Expression, ast.Expr, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.Call, ast.Name, ast.Constant,
)  # fmt: skip
_ALLOWED_WORDS = (
    *ALLOWED_NODES, ast.Load, ast.And, ast.Or, ast.Not, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z_]\w*")


def check_problem(expression: str, field_names: Collection[str]) -> str | None:
    """What is wrong with an expression, and what to write; None: nothing.

    Args:
        field_names: The names of the schema's fields.
    """
    if len(expression) > MAX_CHARS:
        return f"it is longer than {MAX_CHARS} characters: make several checks of it"
    try:
        tree = parsed(expression)
    except SyntaxError as error:
        return _syntax_problem(expression, error, field_names)
    except (ValueError, RecursionError, MemoryError):
        return "it is not an expression: write a comparison, like `start_date < end_date`"
    return next(_problems(tree, field_names), None)


def parsed(expression: str) -> ast.expr:
    """
    Raises:
        SyntaxError: it is not an expression.
    """
    return ast.parse(expression.strip(), mode="eval").body


def names_in(tree: ast.AST) -> tuple[str, ...]:
    """The names of fields in an expression, each once, in order."""
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
    in_order = sorted(names, key=lambda n: (n.lineno, n.col_offset))
    return tuple(dict.fromkeys(n.id for n in in_order if n.id not in CONSTANTS))


def _syntax_problem(expression: str, error: SyntaxError, field_names: Collection[str]) -> str:
    words = [w for w in _WORD.findall(expression) if keyword.iskeyword(w) and w in field_names]
    if words:
        return f"`{words[0]}` is a word of the language of checks: rename the field to use it in one"
    if re.search(r"(?<![=<>!])=(?!=)", expression):
        return "write `==` for equal"
    return f"it cannot be read at character {error.offset or 1}: write a comparison, like `start_date < end_date`"


def _problems(tree: ast.expr, field_names: Collection[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield f"`.{node.attr}` is not allowed: a check names fields as they are"
        elif isinstance(node, ast.Call):
            yield from _call_problems(node)
        elif not isinstance(node, _ALLOWED_WORDS):
            yield f"{_kind(node)} is not allowed: write comparisons, + - * / **, and {', '.join(FUNCTIONS)}"
        elif isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float):
            yield "only numbers, texts, true and false may stand beside fields"
    names = names_in(tree)
    for name in names:
        if name not in field_names:
            close = get_close_matches(name, field_names, 1)
            yield f"no field is called `{name}`" + (f": did you mean `{close[0]}`?" if close else "")
    if not names:
        yield "it names no field"
    if not _says_yes_or_no(tree):
        yield "it compares nothing: write what must hold, like `deposit <= 6 * monthly_rent`"


def _call_problems(node: ast.Call) -> Iterator[str]:
    if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
        yield f"the only functions are {', '.join(FUNCTIONS)}"
    elif node.keywords or not node.args or any(isinstance(a, ast.Starred) for a in node.args):
        yield f"`{node.func.id}` takes fields or numbers, like `sum(instalments)`"


def _kind(node: ast.AST) -> str:
    return f"`{type(node).__name__}`"


def _says_yes_or_no(node: ast.expr) -> bool:
    match node:
        case ast.BoolOp(values=values):
            return all(map(_says_yes_or_no, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _says_yes_or_no(operand)
        case _:
            return isinstance(node, ast.Compare | ast.Name)


def uses_of(expression: str) -> tuple[tuple[str, str], ...]:
    """The fields that a valid expression names, in its order, each with the function that it is given to, or ``."""
    tree = parsed(expression)
    given = {
        id(argument): call.func.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        for argument in call.args
    }
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called]
    in_order = sorted(names, key=lambda n: (n.lineno, n.col_offset))
    return tuple((n.id, given.get(id(n), "")) for n in in_order if n.id not in CONSTANTS)


def compared_names(expression: str) -> tuple[tuple[str, str], ...]:
    """The pairs of fields that a valid expression compares as they are, without arithmetic."""
    sides = [
        side
        for n in ast.walk(parsed(expression))
        if isinstance(n, ast.Compare)
        for side in pairwise((n.left, *n.comparators))
    ]
    return tuple((a.id, b.id) for a, b in sides if isinstance(a, ast.Name) and isinstance(b, ast.Name))
