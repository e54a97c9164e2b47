"""Answers broken in many ways at once. Seeded: the same examples in every run."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.core.answers import ParsedAnswer, parse_answer, parse_critique
from tasks.core.answers.lenient_json import Reader
from tests.unit.core.breaking import FIELDS, Broken, broken_answers, items
from tests.unit.core.builders import small_schema

SCHEMA = small_schema(*FIELDS)
N_EXAMPLES = int(os.environ.get("COUNTERSIGN_FUZZ_EXAMPLES", "300"))
RECORDED = Path(__file__).parents[3] / "fuzz" / "answers.jsonl"
fuzz = settings(
    max_examples=N_EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def items_of(parsed: ParsedAnswer) -> list[tuple[str, str, str, float | None]]:
    return [(c.field, c.value, c.quote, c.score) for c in parsed.candidates]


def is_json(raw: str) -> bool:
    """Then it says something else, and nothing was broken."""
    try:
        json.loads(raw)
    except ValueError:
        return False
    return True


@fuzz
@given(broken_answers())
def test_each_item_of_a_broken_answer_comes_back_or_is_accounted_for(broken: Broken):
    parsed = parse_answer(broken.raw, SCHEMA)
    found = items_of(parsed)
    if broken.is_cut:
        assert found == list(broken.items[: len(found)])
        assert parsed.problems or len(found) == len(broken.items)
        return
    assert found == list(broken.items)
    assert parsed.problems == ()
    assert broken.repairs <= set(parsed.repairs)


@fuzz
@given(items(), st.data())
def test_an_unescaped_quotation_mark_loses_nothing_silently(
    rows: list[dict[str, object]], data: st.DataObject
):
    raw = json.dumps({"items": rows}, ensure_ascii=False).replace('\\"', '"').replace("\\n", "\n")
    at = data.draw(st.integers(0, len(raw)))
    raw = (
        raw[:at]
        + data.draw(st.sampled_from(("", '"', ",", "}", "]", "{", "\\", "...", "：", "```")))
        + raw[at:]
    )
    parsed = parse_answer(raw, SCHEMA)
    if items_of(parsed) != [(r["field"], r["value"], r["quote"], r["score"]) for r in rows]:
        assert parsed.problems or parsed.repairs or is_json(raw)
    for candidate in parsed.candidates:
        assert candidate.quote in raw or set(parsed.repairs) & {"inner_quote", "escape"} or "\\" in raw
    parse_critique(raw)


@fuzz
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda c: st.lists(c, max_size=4) | st.dictionaries(st.text(max_size=8), c, max_size=4),
        max_leaves=8,
    )
)
def test_valid_json_is_read_as_json_reads_it(value: object):
    raw = json.dumps([value])
    reader = Reader(raw, 0)
    assert (reader.read(), reader.end, reader.n_noise) == ([value], len(raw), 0)


KEYS = st.sampled_from(
    ["items", "results", "data", "answer", "x1", "field", "notes", "parts", "value", "quote", *FIELDS]
)
nests = st.recursive(
    st.sampled_from(FIELDS).map(lambda name: {"field": name, "value": "Acme", "quote": "at Acme, Oslo"}),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=5,
)


@fuzz
@given(nests, st.sampled_from(["", "Sure!\n"]))
def test_nested_item_is_taken_or_is_a_finding(value: object, talk: str):
    raw = json.dumps(value)
    parsed = parse_answer(talk + raw, SCHEMA)
    taken = sum("Oslo" in c.quote for c in parsed.candidates)
    assert parsed.problems or taken == raw.count("Oslo") or "said_twice" in parsed.repairs


@pytest.mark.parametrize(
    "line", RECORDED.read_text("utf-8").splitlines(), ids=lambda line: json.loads(line)["name"]
)
def test_recorded_answer_gives_its_items_problems_and_repairs(line: str):
    recorded = json.loads(line)
    parsed = parse_answer(recorded["raw"], SCHEMA)
    assert [[c.field, c.value, c.quote] for c in parsed.candidates] == recorded["items"]
    assert len(parsed.problems) == recorded["problems"]
    assert list(parsed.repairs) == recorded["repairs"] or parsed.problems
