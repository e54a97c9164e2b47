import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.grounding.checks import value_stands_in_quote
from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.find import find_values, normalised


def values(kind: FieldType, text: str) -> list[str]:
    return [v.value for v in find_values(kind, text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("made as of June 21, 1999 by", ["1999-06-21"]),
        ("the 7th day of April, 2004", ["2004-04-07"]),
        ("3 March 2026 and 2025-12-31", ["2026-03-03", "2025-12-31"]),
        ("签订于2019年5月2日。", ["2019-05-02"]),
        ("on 1/2/98", ["1/2/98"]),
        ("in March 2016", ["March 2016"]),
        ("Section 12.3 of 45 pages", []),
    ],
)
def test_dates_are_iso_when_all_their_parts_are_written(text: str, expected: list[str]) -> None:
    assert values(FieldType.DATE, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a fee of USD 5,000,000 or $2.5 million.", ["USD 5,000,000", "$2.5 million"]),
        ("人民币500万元", ["人民币500万元"]),
        ("1,000 dollars", ["1,000 dollars"]),
        ("the 12 months", []),
    ],
)
def test_sums_are_distinguished_from_other_numbers(text: str, expected: list[str]) -> None:
    assert values(FieldType.MONEY, text) == expected


def test_a_number_keeps_its_unit() -> None:
    assert values(FieldType.NUMBER, "4.5% for 30 days, 每日5毫克") == ["4.5%", "30 days", "5毫克"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "upon thirty (30) days' notice or within ten Business Days",
            ["thirty (30) days", "ten Business Days"],
        ),
        ("a twelve-month period", ["twelve-month"]),
        ("for 3 years and 6 months", ["3 years and 6 months"]),
        ("from 30 to 60 days", ["30 to 60 days"]),
        ("between five and 2,500 days", ["five and 2,500 days"]),
        ("期限为18个月，提前三十日通知，五个工作日内", ["18个月", "三十日", "五个工作日"]),
        ("自2016年6月30日起两年半", ["两年半"]),
        ("第30日，十一月三十日，一周年，二〇二三年", []),
        ("none of the days", []),
    ],
)
def test_durations_are_distinguished_from_dates_and_whole(text: str, expected: list[str]) -> None:
    assert values(FieldType.DURATION, text) == expected


@pytest.mark.parametrize("word", ["one ", "十", "1", "one and ", "(1) "])
def test_no_row_of_number_words_takes_long(word: str) -> None:
    assert values(FieldType.DURATION, word * 5000) == []


def test_a_choice_is_found_as_a_word() -> None:
    choices = find_values(FieldType.CHOICE, "The rating is Very High.", ("low", "very high", "eryh"))
    assert [(v.value, v.start, v.end) for v in choices] == [("very high", 14, 23)]


@given(st.dates(), st.sampled_from(["%B %d, %Y", "%d %B %Y", "%Y-%m-%d", "%Y年%m月%d日"]))
def test_a_date_that_is_found_in_a_text_is_in_the_text(day, form: str) -> None:
    field = SchemaField(name="day", title="Day", description="A day.", type=FieldType.DATE)
    text = f"It is dated {day.strftime(form)}."
    for date in find_values(FieldType.DATE, text):
        assert value_stands_in_quote(field, date.value, text)


def test_words_of_no_date_stay_as_written() -> None:
    assert normalised(FieldType.DATE, "this ___ day\nof March") == "this ___ day of March"
