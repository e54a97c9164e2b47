from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.schema import FieldType, SchemaField
from tasks.core.values.dates import date_form, find_dates, possible_dates
from tasks.core.values.document_habit import habit_of
from tasks.core.values.habit import UNKNOWN_HABIT, Habit
from tests.unit.core.values.date_cases import BY_HABIT, DATE_FORMS, DAY_FIRST, IN_TEXT, MONTH_FIRST, NOT_WHOLE

FIELD = SchemaField(name="day", title="Day", description="A day.", type=FieldType.DATE)
NO_DATES = ("Oct 19", "32.12.2025", "der dritte Juli")
STYLES = (
    "{d.day} {en} {d.year}",
    "{en} {d.day}, {d.year}",
    "the {d.day}th day of {en}, {d.year}",
    "{d.day}. {de} {d.year}",
    "le {d.day} {fr} {d.year}",
    "den {d.day} {sv} {d.year}",
    "{d.day:02}.{d.month:02}.{d.year}",
    "{d.day:02}-{en3}-{d.year}",
    "{d.year}年{d.month}月{d.day}日",
    "{d.year}/{d.month}/{d.day}",
    "{d}",
)
NAMES = {
    "en": re.findall(
        r"\S+", "January February March April May June July August September October November December"
    ),
    "de": re.findall(
        r"\S+", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
    ),
    "fr": re.findall(
        r"\S+", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    ),
    "sv": re.findall(
        r"\S+", "januari februari mars april maj juni juli augusti september oktober november december"
    ),
    "en3": re.findall(r"\S+", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
}
days = st.dates(date(1900, 1, 1), date(2149, 12, 31))
pieces = st.sampled_from(
    re.findall(
        r"\S+",
        "1 31 2025 2025-07-01 1/7/2025 01.07.2025 July March 5th day of the , . - – to bis 至 年 7月 1日 二〇二五 Monday third Friday ( ) FY Q3 '25 days",
    )
)
texts = st.lists(st.tuples(pieces, st.sampled_from(["", " ", "\n"])), max_size=12).map(
    lambda rows: "".join(word + gap for word, gap in rows)
)


def written(day: date, style: str) -> str:
    return style.format(d=day, **{language: names[day.month - 1] for language, names in NAMES.items()})


@pytest.mark.parametrize(("text", "form"), [*DATE_FORMS, *NOT_WHOLE])
def test_a_date_has_the_form_that_its_words_allow(text: str, form: str | None) -> None:
    assert date_form(FIELD, text, UNKNOWN_HABIT) == form


@pytest.mark.parametrize("text", [text for text, _ in DATE_FORMS if text not in NO_DATES])
def test_a_date_is_found_whole_with_its_form(text: str) -> None:
    (found,) = find_dates(f"It is {text}; so be it.", UNKNOWN_HABIT) or find_dates(text, UNKNOWN_HABIT)
    assert found.end - found.start == len(text)
    assert found.form == date_form(FIELD, text, UNKNOWN_HABIT)


@pytest.mark.parametrize(("text", "habit", "form"), BY_HABIT)
def test_a_habit_says_which_number_is_the_day(text: str, habit: Habit, form: str | None) -> None:
    assert date_form(FIELD, text, habit) == form


@pytest.mark.parametrize(("text", "values"), IN_TEXT)
def test_the_dates_of_a_text_are_found_and_nothing_else(text: str, values: list[str]) -> None:
    assert [v.value for v in find_dates(text, UNKNOWN_HABIT)] == values


@pytest.mark.parametrize(
    ("text", "day_first"),
    [
        ("from 01/07/2025 to 31/12/2025", True),
        ("due 01/07/2025, at the latest 02/28/2025", False),
        ("31/12/2025 and 12/31/2025", None),
        ("31.12.2025 and 01/07/2025", True),
        ("clause 31.12.2025 and 01/07/2025", None),
        ("03/04/2025", None),
    ],
)
def test_the_order_of_a_document_is_that_of_its_clear_dates(text: str, day_first: bool | None) -> None:
    assert habit_of(text).day_first is day_first


def test_a_written_date_may_be_any_that_its_digits_allow() -> None:
    assert possible_dates("on 3/4/98 and 1. Mai 2020") == {"1998-04-03", "1998-03-04", "2020-05-01"}


@given(days, st.sampled_from(STYLES), st.sampled_from(["{}", "It ends on {}.", "自{}起", "({})"]))
def test_a_day_comes_back_from_every_style(day: date, style: str, around: str) -> None:
    found = find_dates(around.format(written(day, style)), UNKNOWN_HABIT)
    assert [v.value for v in found] == [day.isoformat()]


@given(days, st.sampled_from([DAY_FIRST, MONTH_FIRST]))
def test_a_day_in_digits_comes_back_by_its_habit(day: date, habit: Habit) -> None:
    text = f"{day.day}/{day.month}/{day.year}" if habit.day_first else f"{day.month}/{day.day}/{day.year}"
    assert [v.form for v in find_dates(text, habit)] == [day.isoformat()]


@given(texts, st.sampled_from([UNKNOWN_HABIT, DAY_FIRST, MONTH_FIRST]))
def test_dates_stand_apart_and_keep_their_form_alone(text: str, habit: Habit) -> None:
    end = 0
    for found in find_dates(text, habit):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        if found.form is not None:
            assert date_form(FIELD, found.value, habit) == found.form


@pytest.mark.parametrize("word", ["1 ", "1/", "May ", "1. ", "2025-", "the ", "二〇", "1 to "])
def test_no_row_of_pieces_takes_long(word: str) -> None:
    find_dates(word * 5000, UNKNOWN_HABIT)
