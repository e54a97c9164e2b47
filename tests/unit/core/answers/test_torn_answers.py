"""Whatever was lost between two items: no quote stands under a field that it did not stand with."""

from __future__ import annotations

import pytest

from tasks.core.answers import parse_answer, parse_critique
from tasks.core.answers.envelope import AnswerPart, join_answers
from tasks.core.answers.failure import MIXED
from tasks.core.answers.language_critique import read_critique
from tasks.core.records import Candidate, FieldName
from tests.unit.core.builders import body_chunk
from tests.unit.core.torn_answers import SCHEMA, Torn, counted, language_critique, native_critique

SEEDS = range(600)
FEES, LAW = ("fees", "a fee of 2%"), ("governing_law", "the laws of New York")
ZH_FEES, ZH_LAW = ("fees", "费用为2%"), ("governing_law", "适用纽约法律")


def read(raw: str) -> list[tuple[str, str]]:
    return [(c.field, c.quote) for c in parse_answer(raw, SCHEMA).candidates]


@pytest.mark.parametrize(
    ("raw", "items"),
    [
        ('{"items": [{"field": "fees", "quote": "a fee of 2%}, {"field": "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"field": "fees", "quote": "a fee of 2%, "score": 0.9}, {"field": "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"field": "fees", "quote": a fee of 2%", "score": 0.9}, {"field": "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"field": "fees", "quote": "a fee of 2%" "field": "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"field": "fees", "quote": "a fee of 2%", "field": "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"quote": "a fee of 2%", "field": "fees" "quote": "the laws of New York", "field": "governing_law"}]}', [FEES, LAW]),
        ('{"items": [{"field: "fees", "quote": "a fee of 2%"}, {"field": "governing_law, "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"field": "fees", "score: 0.9, "quote": "a fee of 2%"}, {"field": "governing_law", "quote: "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": [{"field": "fees", "score": 0.9 "quote": "a fee of 2%"}, {"field" "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ('{"items": ["field": "fees", "quote": "a fee of 2%"}, "field": "governing_law", "quote": "the laws of New York"}]}', [FEES, LAW]),
        ("{'items': [{'field': 'fees', 'quote': 'a fee of 2%}, {'field': 'governing_law', 'quote': 'the laws of New York'}]}", [FEES, LAW]),
        ('{"fees": {"quote": "a fee of 2%}, "governing_law": {"quote": "the laws of New York"}}', [FEES, LAW]),
        ('{"fees": ["a fee of 2%], "governing_law": ["the laws of New York", "the laws of New York"]}', [FEES, LAW, LAW]),
        ('{"items": [{"field": "fees", "quote": "费用为2%}, {"field": "governing_law", "quote": "适用纽约法律"}]}', [ZH_FEES, ZH_LAW]),
        ('{“items”: [{“field”: “fees”, “quote”: “费用为2%}, {“field”: “governing_law”, “quote”: “适用纽约法律”}]}', [ZH_FEES, ZH_LAW]),
        ('{“items”：[{“field”：“fees”，“quote”：“费用为2%”“field”：“governing_law”，“quote”：“适用纽约法律”}]}', [ZH_FEES, ZH_LAW]),
    ],
)  # fmt: skip
def test_items_that_run_into_each_other_are_read_where_it_is_certain(raw: str, items: list[tuple[str, str]]):
    assert read(raw) == items
    assert parse_answer(raw, SCHEMA).problems == ()


@pytest.mark.parametrize(
    "raw",
    [
        '{"items": [{"field": "fees", "field": "governing_law", "quote": "the laws of New York"}, {"field": "term", "quote": "ten years"}]}',
        '{"items": [{"field": "fees", "quote": "a fee of 2% "field": "governing_law", "quote": "the laws of New York"}, {"field": "term", "quote": "ten years"}]}',
        '{"items": [{"field": "fees", "quote" "a fee of 2%", "quote": "the laws of New York", "field": "term"}, {"field": "term", "quote": "ten years"}]}',
        '{"items": [{"quote": "the laws of New York", "field": "fees", "field": "governing_law"}, {"field": "term", "quote": "ten years"}]}',
        '{"items": [{"field": "payment", "quote": "Acme pays", "parts": [{"name": "payer", "quote": "Acme "name": "amount", "quote": "EUR 5"}]}, {"field": "term", "quote": "ten years"}]}',
    ],
)
def test_what_is_not_certain_is_a_finding_and_the_next_item_stays(raw: str):
    parsed = parse_answer(raw, SCHEMA)
    assert [(c.field, c.quote) for c in parsed.candidates] == [("term", "ten years")]
    assert MIXED in [f.reason for f in parsed.problems]


def test_two_quotes_of_one_field_in_a_plain_object_are_two_items():
    raw = '{"items": [{"field": "fees", "quote": "a fee of 2%", "quote": "a fee of 3%"}]}'
    assert read(raw) == [FEES, ("fees", "a fee of 3%")]


def test_answer_that_breaks_off_and_begins_again_gives_no_half_quote():
    whole = '{"items": [{"field": "fees", "quote": "a fee of 2%"}]}'
    for cut in range(len('{"items": [{"field": "fees", "quote": "'), len(whole) - 5):
        raw = whole[:cut] + "\n```json\n" + whole
        assert set(read(raw)) <= {FEES}, raw


def test_quote_with_words_that_look_like_keys_is_whole():
    quote = 'the "Field": means "value", and {quote: none}'
    for text in (quote.replace('"', '\\"'), quote):
        assert read(f'Sure: {{"items": [{{"field": "fees", "quote": "{text}"}},]}}') == [("fees", quote)]


def test_no_quote_of_a_torn_answer_is_under_a_field_of_another():
    count = counted(SEEDS)
    assert count.misplaced == []
    assert count.n_read > 0.7 * count.n_items


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_no_verdict_of_a_torn_critique_is_on_another_candidate(first: int):
    for seed in range(first, first + 50):
        raw, truth = native_critique(seed)
        own = {right: i for i, (right, _) in truth.items()}
        for verdict in parse_critique(raw).verdicts:
            if verdict.right in own and verdict.candidate in truth:
                assert own[verdict.right] == verdict.candidate
                assert verdict.flagged == truth[verdict.candidate][1]


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_no_item_that_a_torn_critique_drops_is_countersigned(first: int):
    for seed in range(first, first + 50):
        raw, rows, dropped = language_critique(seed)
        text = Torn(raw, rows, ()).page
        placed = [
            (Candidate(FieldName(r.field), r.value, r.quote, None, None), 0, at, at + len(r.quote))
            for r in rows
            for at in (text.index(r.quote),)
        ]
        answer = join_answers([AnswerPart("redundancy", (), raw)])
        parsed = read_critique(answer, placed, body_chunk(text), SCHEMA)
        assert not {v.candidate for v in parsed.verdicts if not v.flagged} & dropped


def test_an_answer_that_is_nested_beyond_any_depth_raises_nothing():
    raw = '{"items": [' + '{"field": ' * 900 + '"x"' + "}" * 900 + "] and more"
    assert parse_critique(raw).verdicts == () and parse_answer(raw, SCHEMA).candidates == ()


def test_a_key_in_other_marks_than_the_one_before_swallows_no_item():
    raw = (
        '{"items":[{"field": "fees"\' "quote": "a fee of 2%"}, {"field": "party", "quote": "Acme Inc"}, '
        '{"field": "governing_law", "quote\': "the laws of New York"}]}'
    )
    parsed = parse_answer(raw, SCHEMA)
    assert ("fees", "the laws of New York") not in {(c.field, c.quote) for c in parsed.candidates}
