"""Normal forms of values in many wordings, and of ambiguous ones, which have none."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.forms import normal_form
from tasks.core.values.numerals import in_digits
from tests.unit.core.values_cases import BOOLEANS, DATES, DURATIONS, MONEY, NUMBERS

TYPED = (FieldType.DATE, FieldType.MONEY, FieldType.DURATION, FieldType.NUMBER, FieldType.BOOLEAN)
WORDS = re.findall(
    r"\S+",
    "thirty (30) days business day month year 年 月 日 个月 工作日 半年 March , . - / ( ) $ ¥ 元 万 亿 百 USD 人民币 伍佰 二〇二三 三十 五 million "
    "five one 2014 3 4 12 1,000 0.5 % percent and the of not to 第 ½ 30¹ ٣ ' 00/100 角 分 P30D business",
)
words = st.one_of(
    st.text(max_size=40),
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["", " ", "\n", "-"])), max_size=8).map(
        lambda pieces: "".join(word + gap for word, gap in pieces)
    ),
)


def form(kind: FieldType, value: str, description: str = "A value.") -> str | None:
    choices = ("high", "low") if kind is FieldType.CHOICE else ()
    field = SchemaField(name="f", title="F", description=description, type=kind, choices=choices)
    return normal_form(field, value)


@pytest.mark.parametrize(("value", "expected"), DATES)
def test_a_date_is_iso_with_the_parts_in_the_text(value: str, expected: str | None) -> None:
    assert form(FieldType.DATE, value) == expected


@pytest.mark.parametrize(("value", "expected"), MONEY)
def test_a_sum_is_a_currency_and_a_plain_amount(value: str, expected: str | None) -> None:
    assert form(FieldType.MONEY, value) == expected


@pytest.mark.parametrize(("value", "expected"), DURATIONS)
def test_a_duration_is_iso_in_the_units_of_the_text(value: str, expected: str | None) -> None:
    assert form(FieldType.DURATION, value) == expected


@pytest.mark.parametrize(("value", "expected"), NUMBERS)
def test_a_number_is_a_plain_decimal_with_its_unit(value: str, expected: str | None) -> None:
    assert form(FieldType.NUMBER, value) == expected


@pytest.mark.parametrize(("value", "expected"), BOOLEANS)
def test_yes_and_no_are_true_and_false(value: str, expected: str | None) -> None:
    assert form(FieldType.BOOLEAN, value) == expected


@pytest.mark.parametrize(
    ("items", "value", "expected"),
    [
        (FieldType.DURATION, '["30 days", "sixty (60) days"]', '["P30D", "P60D"]'),
        (FieldType.DURATION, '["30 days", "a while"]', None),
        (FieldType.MONEY, "US$ 5,000.00", '["USD 5000"]'),
        (FieldType.TEXT, '["Oslo"]', None),
        (FieldType.NUMBER, "[]", None),
    ],
)
def test_a_list_has_a_form_if_every_entry_has_one(items: FieldType, value: str, expected: str | None) -> None:
    field = SchemaField(name="f", title="F", description="Values.", type=FieldType.LIST, items=items)
    assert normal_form(field, value) == expected


@pytest.mark.parametrize("kind", [FieldType.TEXT, FieldType.CLAUSE, FieldType.CHOICE])
def test_words_have_no_normal_form(kind: FieldType) -> None:
    assert form(kind, "1999-06-21") is None


@pytest.mark.parametrize(
    ("description", "expected"),
    [("Written DD/MM/YYYY.", "2014-04-03"), ("As mm.dd.yy has it.", "2014-03-04"), ("A day.", None)],
)
def test_a_field_may_say_which_number_is_the_month(description: str, expected: str | None) -> None:
    assert form(FieldType.DATE, "3/4/2014", description) == expected


@pytest.mark.parametrize(
    ("value", "description", "expected"),
    [
        ("$5", "The rent, where $ means CAD.", "CAD 5"),
        ("US$5", "The rent, where $ means CAD.", "USD 5"),
        ("500元", "租金，元指CNY。", "CNY 500"),
        ("500元", "租金。", "元 500"),
    ],
)
def test_a_field_may_say_what_a_sign_stands_for(value: str, description: str, expected: str) -> None:
    assert form(FieldType.MONEY, value, description) == expected


@given(words, st.sampled_from(TYPED))
def test_no_value_raises_and_a_form_is_its_own_form(value: str, kind: FieldType) -> None:
    found = form(kind, value)
    assert found is None or form(kind, found) == found


@given(words, st.sampled_from([FieldType.MONEY, FieldType.DURATION, FieldType.NUMBER]))
def test_the_amounts_of_a_form_stand_in_the_value(value: str, kind: FieldType) -> None:
    found = form(kind, value)
    if found is None or re.search(r"[角分半¼½¾⅛‰%]|\d/\d|million|[mk]\b", value):
        return
    amounts = [
        {Decimal(n) for n in re.findall(r"\d+(?:\.\d+)?", text, re.ASCII)}
        for text in (found, in_digits(value) or "")
    ]
    assert amounts[0] <= amounts[1]


@given(
    st.dates(date(1800, 1, 1), date(2199, 12, 31)),
    st.sampled_from(
        [
            "{d.day} {m} {d.year}",
            "{m} {d.day}, {d.year}",
            "as of the {d.day}th day of {m}, {d.year}",
            "{d.year}年{d.month}月{d.day}日",
            "{d}",
        ]
    ),
)
def test_a_day_comes_back_whatever_way_it_is_written(day: date, way: str) -> None:
    assert form(FieldType.DATE, way.format(d=day, m=day.strftime("%B"))) == day.isoformat()


@given(st.dates(date(1800, 1, 1), date(2199, 12, 31)))
def test_a_numeric_day_has_a_form_only_if_both_orders_agree(day: date) -> None:
    is_told = day.day > 12 or day.day == day.month
    assert form(FieldType.DATE, f"{day.month}/{day.day}/{day.year}") == (day.isoformat() if is_told else None)


@given(st.integers(1, 10**11))
def test_a_sum_in_capital_numerals_comes_back(amount: int) -> None:
    assert form(FieldType.MONEY, f"人民币{cn2an.an2cn(amount, 'up')}元整") == f"CNY {amount}"


@given(st.decimals(0, 10**9, places=2), st.sampled_from(["USD {:,}", "{:,} U.S. dollars", "US${:,}"]))
def test_a_sum_with_separators_comes_back(amount: Decimal, way: str) -> None:
    found = form(FieldType.MONEY, way.format(amount))
    assert found is not None and found.startswith("USD ") and Decimal(found[4:]) == amount


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_number_written_twice_must_be_the_same(said_first: int, said_then: int) -> None:
    found = form(FieldType.DURATION, f"{said_first} ({said_then}) days")
    assert found == (f"P{said_first}D" if said_first == said_then else None)
