"""The engine without backtracking finds what the library `regex` finds, and ends on every text."""

from __future__ import annotations

import random
from time import process_time

import pytest
import regex

from tasks.core.schema.letter_sets import FIRST_MARK, LAST_MARK, class_letters, escaped_letters, one_letter
from tasks.core.schema.linear_pattern import LinearPattern, _compiled
from tasks.core.schema.pattern_tree import NotLinear

FLAGS = regex.IGNORECASE | regex.VERSION0
EVERY_LETTER = "".join(
    chr(c) for c in range(0x110000) if not (0xD800 <= c < 0xE000 or FIRST_MARK <= c <= LAST_MARK)
)
PIECES = (
    "a", "b", "A", "i", "İ", "ı", "1", "甲", "é", " ", ".", r"\w", r"\d", r"\s", r"\S", r"\W", "[^a]", "[a-b1]", r"[\w-]", "[A-Z]", "(", "(",
    "(?:", "(?:", "(?i:", "(?-i:", "(?s:", "(?=", "(?!", "(?<=", "(?<!", ")", ")", ")", ")", "|", "*", "+", "?", "*?", "+?", "??", "{2}",
    "{0,2}", "{,2}", "{1,}", "^", "$", r"\b", r"\b", r"\B", r"\A", r"\Z",
)  # fmt: skip
LETTERS = "ab1Ai甲é \n.İıc\ufdd0"


def found_by_regex(pattern: str, text: str) -> list[tuple[int, int, int, int]]:
    compiled = regex.compile(pattern, FLAGS)
    group = 1 if compiled.groups else 0
    return [(*m.span(), *m.span(group)) for m in compiled.finditer(text)]


@pytest.mark.parametrize("name", [r"\w", r"\d", r"\s"])
def test_a_name_stands_for_the_letters_of_regex_among_all_code_points(name: str):
    letters = escaped_letters(name, True)
    assert letters is not None
    ranges = _compiled(f"(?:{letters.source})+").finditer(EVERY_LETTER.encode())
    expected = [m[0] for m in regex.finditer(f"(?:{name})+", EVERY_LETTER)]
    assert [m.group().decode() for m in ranges] == expected


@pytest.mark.parametrize(
    "text", ["[a-z]", "[A-Z]", "[^a-z]", "[À-Þ]", "[\\w&'’-]", "[^\\s.;]", "[İx]", "[[:alpha:]]", "[]a]"]
)
def test_a_class_has_the_letters_of_regex(text: str):
    cased = "".join(c for c in EVERY_LETTER[:0x20000] if c.lower() != c.upper()) + " .;'’-]&_甲\n1"
    letters = _compiled(class_letters(text, True).source)
    assert letters.findall(cased.encode()) == [c.encode() for c in regex.findall(text, cased, FLAGS)]


def test_letters_that_regex_takes_as_equal_are_equal_here():
    cased = "".join(c for c in EVERY_LETTER[:0x20000] if c.lower() != c or c.upper() != c)
    for letter in ["i", "I", "İ", "ı", "s", "ſ", "K", "k", "ß", "ẞ", "σ", "ς", "µ", "Ǆ", "å", "Å"]:
        pattern = _compiled(one_letter(letter, True).source)
        found = pattern.findall(cased.encode())
        assert [c.decode() for c in found] == regex.findall(letter, cased, FLAGS)


def test_made_patterns_find_what_regex_finds():
    dice, n_linear = random.Random(23), 0
    while n_linear < 120:
        source = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 10)))
        source += ")" * max(0, source.count("(") - source.count(")"))
        try:
            regex.compile(source, FLAGS)
            pattern = LinearPattern(source)
        except (regex.error, NotLinear):
            continue
        n_linear += 1
        for _ in range(4):
            text = "".join(dice.choice(LETTERS) for _ in range(dice.randint(0, 9)))
            expected = found_by_regex(source, text.replace("\ufdd0", "\ufffd"))
            assert list(pattern.matches(text, 9)) == expected, (source, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a|aa)+$", "a" * 50_000 + "!"),
        (r"(.*?,){11}P", "x," * 20_000),
        (r"(\w+\s?)*:", "word " * 10_000),
        (r"(?<!\bpet )(?:a|a?)+b", "a" * 20_000),
    ],
)
def test_a_pattern_with_many_ways_ends_on_a_long_text(pattern: str, text: str):
    began = process_time()
    assert LinearPattern(pattern).matches(text, 9) == () and process_time() - began < 2


def test_looks_around_at_each_letter_of_a_long_text_stop_at_their_limit():
    with pytest.raises(TimeoutError):
        LinearPattern(r"a(?=.*b)").matches("a" * 30_000 + "b", 0.05)


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        (r"(a)\1", r"`\1` cannot be searched for in one pass: write out"),
        ("(?>a+)b", "`(?>` keeps a choice: write `(?:`"),
        ("a++b", "`++` keeps all that it took: write `+`"),
        ("(?x) a b", "the flag `x` is not known here"),
        ("a(?i)b", "write it at its beginning"),
        ("(?=(a))a", "a group stands within `(?=`"),
        ("(a)(?(1)b|c)", "begins something that cannot be searched for"),
        ("a*", "it also matches where there is nothing"),
        ("a{e<=1}", r"write `\{`"),
        (r"(?:\w{40}){40}", "too large"),
        ("a{1001}", "more than 1,000 times"),
        (r"(?:\b|a)+b", "may hold nothing but an edge"),
        (r"\X", r"`\X`"),
    ],
)
def test_what_needs_backtracking_is_named_with_a_way_to_write_it(pattern: str, says: str):
    regex.compile(pattern, FLAGS)
    with pytest.raises(NotLinear) as caught:
        LinearPattern(pattern)
    assert says in str(caught.value)
