"""Expressions of checks: what is refused, and with which words."""

from __future__ import annotations

import pytest

from tasks.core.schema.checks import check_problem, names_in, parsed

FIELDS = ("start_date", "end_date", "deposit", "monthly_rent", "instalments", "renews", "class")


@pytest.mark.parametrize(
    "expression",
    [
        "start_date < end_date",
        "deposit <= 6 * monthly_rent",
        "sum(instalments) == deposit and len(instalments) >= 2",
        "start_date <= end_date <= '2030-12-31'",
        "not renews or deposit > 0",
        "renews == true",
        "abs(deposit - monthly_rent) < 10 ** 2",
        "min(deposit, monthly_rent) >= -1.5",
        "renews",
    ],
)
def test_expression_over_fields_is_accepted(expression: str) -> None:
    assert check_problem(expression, FIELDS) is None


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("deposit <= 6 * montly_rent", "no field is called `montly_rent`: did you mean `monthly_rent`?"),
        ("deposit <= bank", "no field is called `bank`"),
        ("deposit = monthly_rent", "write `==` for equal"),
        ("deposit <", "it cannot be read at character"),
        ("", "it cannot be read"),
        ("start_date.year < 2030", "`.year` is not allowed"),
        ("deposit.__class__ == 1", "`.__class__` is not allowed"),
        ("open('x') == deposit", "the only functions are sum, min, max, abs, len"),
        ("sum(x=deposit) == 1", "`sum` takes fields or numbers"),
        ("sum(*instalments) == 1", "`sum` takes fields or numbers"),
        ("len() == deposit", "`len` takes fields or numbers"),
        ("instalments[0] == 1", "`Subscript` is not allowed"),
        ("[x for x in instalments] == 1", "`ListComp` is not allowed"),
        ("deposit in instalments", "`In` is not allowed"),
        ("deposit % 2 == 0", "`Mod` is not allowed"),
        ("lambda: deposit", "`Lambda` is not allowed"),
        ("deposit == None", "only numbers, texts, true and false"),
        ("deposit == 1j", "only numbers, texts, true and false"),
        ("6 * monthly_rent", "it compares nothing"),
        ("1 < 2", "it names no field"),
        ("class == 'a'", "`class` is a word of the language of checks: rename the field"),
        ("deposit == " + "1+" * 400 + "1", "it is longer than 500 characters"),
        ("deposit\0 == 1", "it "),
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_says_what_to_write(expression: str, says: str) -> None:
    problem = check_problem(expression, FIELDS)
    assert problem is not None and says in problem


def test_deep_expression_is_refused_or_read_but_never_breaks() -> None:
    assert check_problem("(" * 240 + "deposit" + ")" * 240 + " > 1", FIELDS) is not None


def test_fields_are_named_in_order_without_functions_and_constants() -> None:
    tree = parsed("sum(instalments) == deposit or renews == true or deposit > 1")
    assert names_in(tree) == ("instalments", "deposit", "renews")
