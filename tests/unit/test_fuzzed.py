"""The first cases of the fuzz scripts, and what their long runs found."""

from __future__ import annotations

import time

import pytest

from tasks.core.answers import parse_answer, parse_critique
from tasks.core.errors import SchemaError
from tasks.core.schema import parse_schema
from tests.fuzz import answers, schemas
from tests.fuzz.clock import Play, play_cases

HEAD = "name: small\ntitle: Small\nfields:\n"
FIELD = "  - {name: rent, title: Rent, description: The rent., cues: ["


@pytest.mark.parametrize(("play", "n_cases"), [(answers.play, 60), (schemas.play, 25)])
def test_the_first_cases_break_no_law(play: Play, n_cases: int):
    tally = play_cases(play, 23, 0, n_cases, time.monotonic() + 60, 5.0)
    assert (tally.n_cases, tally.wrong) == (n_cases, [])
    assert len(tally.outcomes) > 1


@pytest.mark.parametrize("lost", ["\n", " \n ", "9", "9" * 9 + ","])
def test_an_answer_that_lost_its_way_is_read_in_time(lost: str):
    raw = '{"items": [{"field": "parties", "quote": "x ", "score": ' + lost * (20_000 // len(lost)) + "x"
    began = time.process_time()
    parse_answer(raw, answers.SCHEMA)
    parse_critique(raw)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("cues", "says"),
    [
        (
            ", ".join(f"'/a{n}b/'" for n in range(501)),
            "small.yaml:3: 501 patterns, but a schema has at most 500",
        ),
        ("a, " * 10_001, "10,001 cues, but a schema has at most 10,000"),
        (
            "'/(?:a{1000}){1000}/'",
            "small.yaml:4: field `rent`, entry 1 of `cues`: a match would have more than",
        ),
    ],
)
def test_a_file_that_would_hold_up_its_reader_is_refused(cues: str, says: str):
    with pytest.raises(SchemaError) as caught:
        parse_schema(HEAD + FIELD + cues + "]}\n", "small.yaml")
    assert says in str(caught.value)


def test_a_file_of_too_many_fields_is_refused():
    text = HEAD + "".join(f"  - {{name: f{n}}}\n" for n in range(1001))
    with pytest.raises(SchemaError, match="1,001 fields, but a schema has at most 1,000: write several"):
        parse_schema(text, "small.yaml")
