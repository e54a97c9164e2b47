from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.durations import days_counted, duration_form, find_durations, length_of, lengths_in
from tasks.core.values.forms import day_type
from tasks.core.values.habit import UNKNOWN_HABIT, Habit
from tests.unit.core.values.duration_cases import DAYS_COUNTED, DURATION_FORMS, IN_TEXT

FIELD = SchemaField(name="term", title="Term", description="A term.", type=FieldType.DURATION)
BEGIN_LATER = ("within180 days",)
UNITS = [
    ("days", "D"),
    ("months", "M"),
    ("Wochen", "W"),
    ("år", "Y"),
    ("个月", "M"),
    ("jours", "D"),
    ("天", "D"),
]
pieces = st.sampled_from(
    re.findall(
        r"\S+",
        "30 thirty (30) 2.5 ½ and a half year years months days day business to - – or 半 年 个月 三 十 日 至 , ( ) zwei Monate un mois et sex år P10D of",
    )
)
texts = st.lists(st.tuples(pieces, st.sampled_from(["", " ", "\n", "-"])), max_size=12).map(
    lambda rows: "".join(word + gap for word, gap in rows)
)


@pytest.mark.parametrize(("text", "form"), DURATION_FORMS)
def test_a_length_has_the_form_that_its_words_allow(text: str, form: str | None) -> None:
    assert duration_form(FIELD, text, UNKNOWN_HABIT) == form


@pytest.mark.parametrize("text", [text for text, _ in DURATION_FORMS if text not in BEGIN_LATER])
def test_a_length_is_found_whole_with_its_form(text: str) -> None:
    (found,) = find_durations(f"It is {text}; so be it.", UNKNOWN_HABIT)
    assert found.end - found.start == len(text)
    assert found.form == duration_form(FIELD, text, UNKNOWN_HABIT)


@pytest.mark.parametrize(("text", "values"), IN_TEXT)
def test_the_lengths_of_a_text_are_found_and_nothing_else(text: str, values: list[str]) -> None:
    assert [v.value for v in find_durations(text, UNKNOWN_HABIT)] == values


@pytest.mark.parametrize(("value", "counted"), DAYS_COUNTED)
def test_a_length_says_which_days_count(value: str, counted: str) -> None:
    assert days_counted(value) == counted


def test_business_days_are_not_days_in_a_comparison() -> None:
    quote = "within ten (10) Business Days, at the latest after 30 days"
    assert lengths_in(quote) == {"P10D business", "P30D"}
    assert length_of("十个工作日") == "P10D business"
    assert length_of("10 days") == "P10D"


@pytest.mark.parametrize(
    ("value", "normal", "shown"),
    [
        ("ten business days", "P10D", "business"),
        ("ten days", "P10D", None),
        ("Paid in full", None, None),
        ('["10 business days", "30 days"]', '["P10D", "P30D"]', '["business", ""]'),
        ('["10 days", "30 days"]', '["P10D", "P30D"]', None),
    ],
)
def test_the_type_of_day_is_shown_where_not_all_count(
    value: str, normal: str | None, shown: str | None
) -> None:
    assert day_type(value, normal) == shown


@pytest.mark.parametrize(
    ("decimal_comma", "text", "form"),
    [
        (True, "2.500 Tage", "P2500D"),
        (False, "2,500 days", "P2500D"),
        (True, "2,500 days", None),
        (None, "2.500 Tage", None),
        (True, "1,5 Stunden", "PT1.5H"),
    ],
)
def test_a_habit_says_what_separates_thousands(
    decimal_comma: bool | None, text: str, form: str | None
) -> None:
    assert duration_form(FIELD, text, Habit(decimal_comma=decimal_comma)) == form


@given(st.integers(1, 99), st.sampled_from(UNITS), st.sampled_from(["{} {}", "{}\n{}", "within {} {} after"]))
def test_a_number_of_units_comes_back(number: int, unit: tuple[str, str], around: str) -> None:
    text = around.format(number, unit[0])
    assert [v.form for v in find_durations(text, UNKNOWN_HABIT)] == [f"P{number}{unit[1]}"]


@given(texts)
def test_lengths_stand_apart_and_keep_their_form_alone(text: str) -> None:
    end = 0
    for found in find_durations(text, UNKNOWN_HABIT):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        if found.form is not None:
            assert duration_form(FIELD, found.value, UNKNOWN_HABIT) == found.form


@pytest.mark.parametrize(
    "word", ["one ", "十", "1", "one and ", "(1) ", "1 to ", "day ", "30 days ", "and a half "]
)
def test_no_row_of_pieces_takes_long(word: str) -> None:
    find_durations(word * 5000, UNKNOWN_HABIT)
