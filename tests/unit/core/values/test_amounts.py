"""Sums and numbers are found whole in sentences, tables and lists of a contract."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.find import find_values
from tasks.core.values.forms import normal_form
from tasks.core.values.habit import Habit

MONEY, NUMBER = FieldType.MONEY, FieldType.NUMBER
COMMA, POINT = Habit(decimal_comma=True), Habit(decimal_comma=False)


def found(kind: FieldType, text: str, habit: Habit = POINT) -> list[tuple[str, str | None]]:
    return [(v.value, v.form) for v in find_values(kind, text, habit=habit)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("under clause 5.2 $500 is due", [("$500", "$ 500")]),
        ("in 100 EUR 12 months later", [("100 EUR", "EUR 100")]),
        ("USD 5 to 10 million", [("USD 5 to 10 million", None)]),
        ("$5 to $10 million", [("$5 to $10 million", None)]),
        (
            "USD 5 million to USD 6 million",
            [("USD 5 million", "USD 5000000"), ("USD 6 million", "USD 6000000")],
        ),
        ("$18.00 per square foot", [("$18.00", "$ 18")]),
        ("the fee ($5,000) and", [("$5,000", "$ 5000")]),
        ("Loss | ($5,000)", [("($5,000)", None)]),
        ("Loss | $(5,000)", [("$(5,000)", "$ -5000")]),
        ("EUR 5,000 (USD 5,500)", [("EUR 5,000", "EUR 5000"), ("USD 5,500", "USD 5500")]),
        ("Twelve Thousand ($12,000.00) Dollars", [("Twelve Thousand ($12,000.00) Dollars", "$ 12000")]),
        ("thirty dollars ($40)", [("thirty dollars ($40)", None)]),
        ("several million dollars", []),
        ("Contract Year 3 $ [***] and 2.2026$ [***]", []),
        ("Fifty Thousand dollars ($50,000U.S.)", [("Fifty Thousand dollars ($50,000U.S.)", "USD 50000")]),
        ("Fifty Thousand Dollars US ($50,000)", [("Fifty Thousand Dollars US ($50,000)", "USD 50000")]),
        ("$0 - $25,000,000", [("$0", "$ 0"), ("$25,000,000", "$ 25000000")]),
        ("USD 5,000,000 or $2.5 million", [("USD 5,000,000", "USD 5000000"), ("$2.5 million", "$ 2500000")]),
        ("a loan of $1.191 billion", [("$1.191 billion", "$ 1191000000")]),
        ("Libor US Dollars one month before", []),
        ("Not applicable  $         0", [("$ 0", "$ 0")]),
        ("$5OO,000 and $250,000,00", []),
        ("a discount of $.01 per share", [("$.01", "$ 0.01")]),
        ("franchise of Fr. Smith, 1922, the 12 months", []),
        ("USD 1.2.3 and EUR 12,34,5", []),
        ("租金为人民币3,000元/月，押金5万元", [("人民币3,000元", "CNY 3000"), ("5万元", "元 50000")]),
    ],
)
def test_a_sum_is_found_whole(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert found(MONEY, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4.2 Rent rises by 2 % p.a.", [("2 %", "2 %")]),
        ("(1) Section 4.2, § 575, Sections 4.3 and 4.4; 640 places", [("640", "640")]),
        ("according to 第三条 by 三名董事", [("三", "3")]),
        ("on March 3, 2026 and 01.07.2025 at 10:30, pay USD 5,000", []),
        ("between 5 and 10 % or 5 to 10 %", [("5", "5"), ("10 %", "10 %"), ("5 to 10 %", None)]),
        ("Leverage of 3.50:1 and cover of 2.25 to 1.00", [("3.50:1", "3.5"), ("2.25 to 1.00", "2.25")]),
        ("call +49 30 1234567 or 555-0100, Springfield, CA 94105", []),
        ("one of them, one or more, a third party", []),
        ('-4-\nPage 9 of 10\n1.80 "Patents" means', []),
        ("Sections 2.2.3, 3.1.2, 6.12 or 13.11, 640 places", [("640", "640")]),
        ("Case 18-10248, 908-555-0617, (ACN 106 702 416)", []),
        ("five (5) seats and five percent (6%)", [("five (5)", "5"), ("five percent (6%)", None)]),
        ("640¹ seats at 5.5 %²", [("5.5 %", "5.5 %")]),
    ],
)
def test_a_number_is_found_whole_and_no_reference_is_one(
    text: str, expected: list[tuple[str, str | None]]
) -> None:
    assert found(NUMBER, text) == expected


@pytest.mark.parametrize(
    ("kind", "text", "habit", "expected"),
    [
        (MONEY, "EUR 250.000", Habit(), None),
        (MONEY, "EUR 250.000", COMMA, "EUR 250000"),
        (MONEY, "EUR 250.000", POINT, "EUR 250"),
        (MONEY, "EUR 1,500", Habit(), "EUR 1500"),
        (MONEY, "EUR 1,500", COMMA, None),
        (NUMBER, "4.125 %", Habit(), "4.125 %"),
        (NUMBER, "4,125 %", COMMA, "4.125 %"),
        (NUMBER, "1,5", Habit(), None),
        (NUMBER, "1,5", COMMA, "1.5"),
        (MONEY, "$5", Habit(currencies={"$": "AUD"}), "AUD 5"),
        (MONEY, "US$5", Habit(currencies={"$": "AUD"}), "USD 5"),
    ],
)
def test_the_habit_decides_what_the_value_leaves_open(
    kind: FieldType, text: str, habit: Habit, expected: str | None
) -> None:
    assert [form for _, form in found(kind, f"it is {text} here", habit)] == [expected]


def _grouped(digits: str, mark: str) -> str:
    return f"{int(digits):,}".replace(",", mark)


def _indian(digits: str) -> str:
    head, tail = digits[:-3], digits[-3:]
    pairs = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail])


STYLES = {
    "USD {}": (lambda n: _grouped(n, ","), "."),
    "{} EUR": (lambda n: _grouped(n, "."), ","),
    "CHF {}": (lambda n: _grouped(n, "’"), "."),
    "SEK {}": (lambda n: _grouped(n, " "), ","),
    "{} €": (lambda n: _grouped(n, "\u202f"), ","),
    "INR {}": (_indian, "."),
    "人民币{}元": (str, "."),
}
CODES = {"€": "EUR", "人": "CNY"}
amounts = st.tuples(st.integers(1, 10**12), st.integers(0, 99), st.sampled_from(sorted(STYLES)))


def _written(amount: tuple[int, int, str]) -> tuple[str, str]:
    """The sum in its style, and its form."""
    whole, cents, style = amount
    group, mark = STYLES[style]
    code = next((c for sign, c in CODES.items() if sign in style), style.replace("{}", "").strip())
    number = Decimal(f"{whole}.{cents:02d}")
    plain = f"{number:f}".rstrip("0").rstrip(".")
    return style.format(f"{group(str(whole))}{mark}{cents:02d}"), f"{code} {plain}"


@given(amounts)
def test_a_sum_comes_back_from_every_style(amount: tuple[int, int, str]) -> None:
    text, form = _written(amount)
    assert [f for _, f in found(MONEY, f"a fee of {text}, payable", Habit())] == [form]


@given(st.lists(amounts, min_size=1, max_size=4))
def test_sums_beside_each_other_stay_apart(rows: list[tuple[int, int, str]]) -> None:
    written = [_written(row) for row in rows]
    text = "; ".join(words for words, _ in written)
    assert [form for _, form in found(MONEY, text, Habit())] == [form for _, form in written]


PIECES = ["$", "EUR", " ", "5", "1,500", "250.000", "million", "%", "(", ")", "five", "thousand", "元", "万", "to", "-", "½", "Section ", "\n", ",", ".", "kr"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from([MONEY, NUMBER]))
def test_values_never_overlap_and_keep_their_form_alone(text: str, kind: FieldType) -> None:
    field = SchemaField(name="f", title="F", description="A value.", type=kind)
    values = find_values(kind, text)
    assert all(a.end <= b.start for a, b in pairwise(values))
    for value in values:
        assert value.form is None or normal_form(field, value.value) == value.form


@pytest.mark.parametrize(
    "word", ["one ", "十", "1", "1 ", "1,", "one and ", "(1) ", "$1 ", "five (5) ", "USD "]
)
def test_no_row_of_numbers_takes_long(word: str) -> None:
    for kind in (MONEY, NUMBER):
        assert len(find_values(kind, word * 3000)) <= 3000
