"""Expressions over normal forms: what is not certain is refused."""

from __future__ import annotations

import pytest

from tasks.core.schema import FieldType
from tasks.core.schema.checks import parsed
from tasks.core.values.expressions import evaluated, holds
from tasks.core.values.quantities import Quantity, Series, quantity

DATE, MONEY, NUMBER, DURATION = FieldType.DATE, FieldType.MONEY, FieldType.NUMBER, FieldType.DURATION
NAMES: dict[str, Quantity] = {
    "start": quantity(DATE, "2020-01-01"),
    "last": quantity(DATE, "2024-12-31"),
    "end": quantity(DATE, "2025-01-01"),
    "month": quantity(DATE, "2020-06"),
    "year": quantity(DATE, "2020"),
    "rent": quantity(MONEY, "USD 2000"),
    "deposit": quantity(MONEY, "USD 20000"),
    "fee": quantity(MONEY, "EUR 300.50"),
    "rate": quantity(NUMBER, "5 %"),
    "seats": quantity(NUMBER, "40"),
    "weight": quantity(NUMBER, "5 mg"),
    "term": quantity(DURATION, "P5Y"),
    "notice": quantity(DURATION, "P30D"),
    "quarter": quantity(DURATION, "P3M"),
    "trading": quantity(DURATION, "P10D business"),
    "renews": quantity(FieldType.BOOLEAN, "true"),
    "law": quantity(FieldType.TEXT, "the laws of Norland"),
    "parts": Series((quantity(MONEY, "USD 500"), quantity(MONEY, "USD 1500"))),
    "shares": Series((quantity(NUMBER, "40 %"), quantity(NUMBER, "60 %"))),
    "one": Series((quantity(MONEY, "USD 500"),)),
}


def said(expression: str) -> bool:
    return holds(parsed(expression), NAMES)


@pytest.mark.parametrize(
    "expression",
    [
        "start < end", "last < end", "start <= start", "start != end", "start < month", "year < end", "month < '2021'",
        "start + term == end", "start + term == last", "start + term > '2024-12-30'", "end - start == 'P1827D'",
        "start + quarter == '2020-04-01'", "start + 2 * quarter == '2020-07-01'", "start + notice == '2020-01-31'",
        "deposit == 10 * rent", "rent * 10 == deposit", "rent < deposit", "rent + rent == 4000", "deposit / rent == 10",
        "rent * rate == 100", "rate * deposit == 1000", "rate == 5", "rate * 2 == 10", "rate < '6 %'", "rent == 'USD 2000'",
        "seats ** 2 == 1600", "seats * 0.5 == 20", "abs(rent - deposit) == 18000", "-rent < 0", "weight > '4 mg'",
        "term == 'P60M'", "term > notice", "notice < quarter", "quarter == 'P3M'", "trading == 'P10D business'",
        "renews", "not (renews == false)", "renews == true and seats > 1", "law == 'The  laws of NORLAND'",
        "sum(parts) == rent", "sum(shares) == 100", "max(parts) <= 1500", "min(parts, rent) == 500", "len(parts) == 2", "one == 500",
        "seats == 40 or start > end", "start <= month <= last",
    ],
)  # fmt: skip
def test_check_holds(expression: str) -> None:
    assert said(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "end < start", "deposit <= 6 * rent", "sum(parts) == deposit", "start + term == '2025-01-02'",
        "start + term == '2024-12-30'", "not renews", "term < quarter", "law == 'Sudland'", "seats > 40",
    ],
)  # fmt: skip
def test_check_fails(expression: str) -> None:
    assert not said(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "rent < fee", "rent + fee > 1", "rent * rent > 1", "rent ** 2 > 1", "seats ** 1000 > 1", "rent < start", "renews > 1",
        "month == '2020-06-15'", "year < month", "start + trading < end", "year + term < end", "notice == 'P1M'",
        "trading > notice", "parts > 100", "seats / 0 > 1", "start + start < end", "law < 'b'", "renews + 1 > 1", "not rent",
        "start < 'soon'", "start + term * 4000 < end", "weight == '5 g'", "seats",
    ],
)  # fmt: skip
def test_check_that_is_not_certain_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"[a-z]"):
        said(expression)


def test_only_allowed_nodes_are_evaluated_whatever_the_loader_let_pass() -> None:
    for expression in ("rent.number", "parts[0]", "f'{rent}'", "rent if renews else fee"):
        with pytest.raises(ValueError, match="calculated"):
            evaluated(parsed(expression), NAMES)
