import pytest

from tasks.core.grounding.checks import value_stands_in_quote
from tasks.core.schema import FieldType, SchemaField


def stands(kind: FieldType, value: str, quote: str) -> bool:
    choices = ("high", "low") if kind is FieldType.CHOICE else ()
    field = SchemaField(name="f", title="f", description="f", type=kind, choices=choices)
    return value_stands_in_quote(field, value, quote)


@pytest.mark.parametrize(
    ("kind", "value", "quote"),
    [
        (FieldType.TEXT, "Python", "Python, Flask"),
        (FieldType.CLAUSE, "the law of Delaware", "The law  of\nDelaware"),
        (FieldType.DATE, "2019-03-31", "as of March 31, 2019"),
        (FieldType.DATE, "2019-03-31", "2019年3月31日"),
        (FieldType.MONEY, "1500000 USD", "US$ 1,500,000.00"),
        (FieldType.MONEY, "EUR 4.200,00", "the fee of EUR 4.200,00."),
        (FieldType.MONEY, "USD 75,000,000", "a loan of $75.0MM"),
        (FieldType.MONEY, "EUR 250.000", "EUR 250.000 (the Deposit)"),
        (FieldType.MONEY, "CNY 2800000", "人民币贰佰捌拾万元整"),
        (FieldType.NUMBER, "0.5 %", "by 50 basis points"),
        (FieldType.NUMBER, "36", "thirty-six seats"),
        (FieldType.DURATION, "P30D", "upon thirty (30) days' notice"),
        (FieldType.DURATION, "30 days", "提前三十日书面通知"),
        (FieldType.DURATION, "P3Y6M", "under Section 5 (2) for 3 years and 6 months"),
        (FieldType.DURATION, "P10D business", "within ten (10) Business Days of the Closing"),
        (FieldType.CHOICE, "high", "speculative grade"),
    ],
)
def test_value_stands_in_its_quote(kind: FieldType, value: str, quote: str):
    assert stands(kind, value, quote)


@pytest.mark.parametrize(
    ("kind", "value", "quote"),
    [
        (FieldType.TEXT, "Django", "Python, Flask"),
        (FieldType.DATE, "2019-03-30", "as of March 31, 2019"),
        (FieldType.DATE, "2019-04-01", "April Fools, 2019"),
        (FieldType.MONEY, "2500000", "US$ 1,500,000"),
        (FieldType.MONEY, "EUR 4.200", "the fee of EUR 4.200,00"),
        (FieldType.MONEY, "EUR 200,00", "the fee of EUR 4.200,00"),
        (FieldType.MONEY, "$5", "a loan of $5 million"),
        (FieldType.MONEY, "$75.0", "a loan of $75.0MM"),
        (FieldType.MONEY, "$5", "$5 to $10 million"),
        (FieldType.NUMBER, "5", "Section 4.5"),
        (FieldType.NUMBER, "12", "12'500 Aktien"),
        (FieldType.NUMBER, "none", "ten percent"),
        (FieldType.DURATION, "P30M", "30 days or 6 months"),
        (FieldType.DURATION, "P10D", "within ten (10) Business Days"),
        (FieldType.DURATION, "P3Y", "for 3 years and 6 months"),
        (FieldType.DURATION, "a while", "30 days"),
        (FieldType.TEXT, " ", "anything"),
    ],
)
def test_value_that_is_not_in_its_quote_is_refused(kind: FieldType, value: str, quote: str):
    assert not stands(kind, value, quote)


@pytest.mark.parametrize(
    ("items", "value", "quote", "holds"),
    [
        (FieldType.TEXT, '["Oslo", "Bergen"]', "in Oslo and in Bergen", True),
        (FieldType.TEXT, '["Oslo", "Narvik"]', "in Oslo and in Bergen", False),
        (FieldType.DURATION, '["P30D", "P60D"]', "30 days or 90 days", False),
        (FieldType.DURATION, '["P30D", "P60D"]', "30 days or 60 days", True),
        (FieldType.TEXT, "[]", "in Oslo", False),
        (FieldType.TEXT, "Oslo", "in Oslo", True),
    ],
)
def test_every_entry_of_a_list_must_stand_in_the_quote(items: FieldType, value: str, quote: str, holds: bool):
    field = SchemaField(name="f", title="f", description="f", type=FieldType.LIST, items=items)
    assert value_stands_in_quote(field, value, quote) is holds
