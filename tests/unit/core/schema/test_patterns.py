"""A user's pattern finds what a printer has set, within a limit of time."""

from __future__ import annotations

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import SchemaError
from tasks.core.schema import SchemaField, builtin_schemas, load_schema, parse_schema
from tasks.core.schema.pattern_text import has_group, least_length, loosened
from tasks.core.schema.patterns import TimedPattern, is_pattern, pattern_problem, timed_pattern
from tasks.core.text.look_alikes import as_typed

PATTERNS = [
    c[1:-1] for n in builtin_schemas() for f in load_schema(n).fields for c in f.cues if is_pattern(c)
]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("laws of (Maine)", "laws\nof  Maine"),
        ("laws of (Maine)", "laws \t\r\n of\u00a0Maine"),
        (r"laws\ of (Maine)", "laws\nof Maine"),
        ("known as ([A-Z][a-z ]+),", "known as Mill\nlane,"),
        ("known as ([^ ,]+ [^ ,]+),", "known as Mill\nlane,"),
        ('"(Rent)" is', "“Rent” is"),
        ("“(Rent)” is", '"Rent" is'),
        ("the tenant’s (rent)", "the tenant's rent"),
        (r"the tenant\u2019s (rent)", "the tenant‘s rent"),
        (r"[\u201c\u201d](Rent)[\u201c\u201d]", '"Rent"'),
        (r"[\u2018-\u201f](Rent)[\u2018-\u201f]", '"Rent"'),
        ("non-renewal (fee)", "non–renewal fee"),
        ("2020[–—-](2021)", "2020‒2021"),
        ("2020[-–](2021)", "2020—2021"),
        ("rent ?: (x)", "rent:\nx"),
        ("rent *: +(x)", "rent \n: \n x"),
        ("(?<!pet )(deposit)", "a\ndeposit"),
        ("(?i:RENT) (due)", "Rent due"),
        (r"known as\s+(.+?\d{5})", "known as Mill\nLane, 97998"),
        (r"known as\s+(.{3,40}?),", "known as Mill\nLane, 97998"),
    ],
)  # fmt: skip
def test_a_pattern_finds_curly_quotes_dashes_and_line_ends(pattern: str, text: str) -> None:
    ((_, _, start, end),) = timed_pattern(pattern).matches(as_typed(text))
    (match,) = regex.finditer(loosened(pattern), as_typed(text), regex.IGNORECASE | regex.VERSION0)
    assert (start, end) == match.span(1) and start < end


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("([A-Z]\\w+(?:[ ]+[A-Z]\\w+)+)", "Elm\nOak"),
        ("(?-i:R)[1-5]", "r3"),
        ("(?<!pet )deposit", "pet\ndeposit"),
        ("[ -~]x", "\nx"),
        ("(?x) a  b", "a b"),
        ("rent[^-]x", "rent–x"),
        ("rent.x", "rent\nx"),
        (r"name: .+ (?=x)", "name: a\nb x"),
    ],
)
def test_a_pattern_finds_no_more_than_it_says(pattern: str, text: str) -> None:
    assert timed_pattern(pattern).matches(as_typed(text)) == ()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_shipped_pattern_finds_in_plain_text_what_python_finds(pattern: str) -> None:
    examples = [e for n in builtin_schemas() for f in load_schema(n).fields for e in f.example_texts]
    for text in map(as_typed, examples):
        expected = [m.span() for m in re.finditer(pattern, text, re.IGNORECASE)]
        assert [(start, end) for start, end, *_ in timed_pattern(pattern).matches(text)] == expected


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_shipped_pattern_needs_no_backtracking(pattern: str) -> None:
    assert pattern_problem(pattern, is_new=True) == ""


@pytest.mark.parametrize("pattern", ["(a|aa)+$", "for (o|oo)+$", "(?:rent|rentrent)+$", r"(.*?,){11}P"])
def test_a_pattern_with_many_ways_is_taken_and_ends(pattern: str) -> None:
    assert pattern_problem(pattern, is_new=True) == ""
    made = timed_pattern(pattern)
    assert made.matches("a, rent, foo, " * 500 + "!") == () and not made.is_slow


def test_a_pattern_that_needs_backtracking_is_refused_in_a_file_and_kept_in_what_is_stored() -> None:
    file = """name: small
title: Small
fields:
  - {name: rent, title: Rent, description: The rent., cues: [rent, '/(a)\\1/']}
"""
    with pytest.raises(SchemaError) as caught:
        parse_schema(file, "small.yaml")
    assert "small.yaml:4: field `rent`, entry 2 of `cues`: this pattern could hold up every document" in str(
        caught.value
    )
    stored = {"name": "rent", "title": "Rent", "description": "The rent.", "cues": ["rent", r"/(a)\1/"]}
    assert SchemaField.model_validate(stored).cues[1] == r"/(a)\1/"
    assert timed_pattern(r"(a)\1").matches("baa") == ((1, 3, 1, 2),)


def test_a_pattern_of_too_many_characters_is_refused_in_a_file() -> None:
    assert "write several cues" in pattern_problem("a" * 2001, is_new=True)


@pytest.mark.parametrize(
    "pattern", ["a{1000000000}", "(?:(?:a{200}){200}){200}", "(?:ab){20000}", ".{30000,}", "[ab]{9999}{9}"]
)
def test_a_pattern_that_would_fill_the_memory_is_refused(pattern: str) -> None:
    assert "a match would have more than" in pattern_problem(pattern)


def test_a_pattern_nested_too_deeply_is_refused() -> None:
    assert "nested too deeply" in pattern_problem("(" * 3000 + ")" * 3000)


def test_a_pattern_that_took_too_long_is_not_run_again() -> None:
    pattern = TimedPattern("(?>(?:abcde|abcdeabcde)+$)(?<!x)|(?:(?>abcde)|abcdeabcde)+$")
    assert len(pattern.matches("abcde")) == 1 and not pattern.is_slow
    assert pattern.matches("abcde" * 60 + "!") == () and pattern.is_slow
    assert pattern.matches("abcde") == ()


@pytest.mark.parametrize(
    ("pattern", "is_one"),
    [
        ("(a)", True),
        ("(?:a)", False),
        (r"\(a\)", False),
        ("[(]a", False),
        ("(?P<x>a)", True),
        ("(?=a)a", False),
    ],
)
def test_the_value_is_what_stands_in_a_group(pattern: str, is_one: bool) -> None:
    assert has_group(pattern) is is_one is (regex.compile(pattern).groups > 0)


@given(st.text(alphabet="ab (|)[]^-*+?{},123\\.$’'“\"–nsw ", max_size=16))
def test_loosening_keeps_a_valid_pattern_valid(pattern: str) -> None:
    if least_length(pattern) < 1000:
        try:
            groups = regex.compile(pattern).groups
        except (regex.error, ValueError):
            return
        assert regex.compile(loosened(pattern)).groups == groups


@given(st.text(max_size=40))
def test_any_text_is_a_pattern_or_has_a_problem_in_words(text: str) -> None:
    problem = pattern_problem(text)
    assert problem or timed_pattern(text).matches("a text of words, 1 or 2") is not None
