"""Shapes of answers: items are taken, repaired, or reported as findings."""

import json
from typing import Any

import pytest

from tasks.core.answers import open_object, parse_answer, parse_critique
from tasks.core.schema import parse_schema
from tests.unit.core.builders import small_schema

SCHEMA = small_schema("skills", "employers")
PAYMENTS = parse_schema(
    """
name: payments
title: Payments
fields:
  - name: payment
    title: Payment
    description: Who pays whom.
    type: record
    parts:
      - {name: payer, title: Payer, description: Who pays., type: text}
      - {name: amount, title: Amount, description: How much., type: money}
  - {name: cities, title: Cities, description: Where., type: list, items: text}
""",
    "payments.yaml",
)
PAYER, AMOUNT = ("payer", "Tarn AB"), ("amount", "EUR 500")


def parts_of(item: dict[str, Any]) -> list[tuple[str, str, str]]:
    parsed = parse_answer(
        json.dumps({"items": [{"field": "payment", "quote": "Tarn AB pays EUR 500"} | item]}), PAYMENTS
    )
    assert parsed.problems == ()
    return [(p.name, p.value, p.quote) for p in parsed.candidates[0].parts]


@pytest.mark.parametrize(
    "item",
    [
        {"parts": [{"name": n, "value": v, "quote": v} for n, v in (PAYER, AMOUNT)]},
        {"parts": dict((PAYER, AMOUNT))},
        {"parts": {n: {"value": v, "quote": v} for n, v in (PAYER, AMOUNT)}},
        {"value": dict((PAYER, AMOUNT))},
        {"parts": [{"role": n.title(), "text": v} for n, v in (PAYER, AMOUNT)]},
        {"arguments": [{"name": n, "value": v, "evidence": v} for n, v in (PAYER, AMOUNT)]},
    ],
)
def test_parts_of_a_record_are_taken_however_they_are_written(item: dict[str, Any]):
    assert parts_of(item) == [(n, v, v) for n, v in (PAYER, AMOUNT)]


def test_unknown_part_is_a_finding_and_the_others_stay():
    rows = [{"name": "payer", "value": "Tarn AB"}, {"name": "witness", "value": "Bo"}]
    parsed = parse_answer(
        json.dumps({"items": [{"field": "payment", "quote": "q", "parts": rows}]}), PAYMENTS
    )
    assert [p.name for p in parsed.candidates[0].parts] == ["payer"]
    assert [f.field for f in parsed.problems] == ["payment"]


def test_list_of_a_list_field_stays_one_value_and_of_another_is_split():
    lists = [{"field": "cities", "value": ["Oslo", "Bergen"], "quote": "Oslo and Bergen"}]
    assert [c.value for c in parse_answer(json.dumps({"items": lists}), PAYMENTS).candidates] == [
        '["Oslo", "Bergen"]'
    ]
    split = parse_answer(
        json.dumps({"items": [{"field": "skills", "value": ["Go", "C"], "quote": "Go, C"}]}), SCHEMA
    )
    assert [(c.value, c.quote) for c in split.candidates] == [("Go", "Go, C"), ("C", "Go, C")]
    assert "split" in split.repairs


@pytest.mark.parametrize(
    "raw",
    [
        '{"items": [{"note": "see above"}, {"field": "skills", "quote": "Go"}],}',
        '[{"note": {"x": 1}}, {"field": "skills", "quote": "Go"}]',
        '{"items": [{"note": {"x": 1}}, {"field": "skills", "quote": "Go"}]} Hope it helps!',
        '{"items": [{"items": null}, {"field": "skills", "quote": "Go"}]}',
    ],
)
def test_object_among_items_that_is_not_one_is_a_finding(raw: str):
    parsed = parse_answer(raw, SCHEMA)
    assert ([c.value for c in parsed.candidates], len(parsed.problems)) == (["Go"], 1)


@pytest.mark.parametrize(
    "item",
    [
        {"field": "skills", "value": {"field": "employers", "value": "Acme", "quote": "at Acme"}},
        {
            "field": "skills",
            "quote": "Go",
            "value": {"field": "employers", "value": "Acme", "quote": "at Acme"},
        },
        {"field": "skills", "quote": {"field": "employers", "quote": "at Acme"}, "value": "Go"},
    ],
)
def test_item_inside_an_item_is_a_finding_and_not_a_value_of_its_field(item: dict[str, Any]):
    parsed = parse_answer(json.dumps({"items": [item]}), SCHEMA)
    assert parsed.problems and all("Acme" not in c.value + c.quote for c in parsed.candidates)


def test_answer_cut_anywhere_gives_its_whole_items_and_a_finding():
    rows = [
        {"field": f, "value": v, "quote": f"“{v}”, he said", "score": 0.5}
        for f, v in (("skills", "Go"), ("employers", "Acme"), ("skills", "C"))
    ]
    raw = json.dumps({"items": rows}, ensure_ascii=False, indent=1)
    ends = [raw.index("}", raw.index(f'"value": "{row["value"]}"')) for row in rows]
    for at in range(1, len(raw)):
        parsed = parse_answer(raw[:at], SCHEMA)
        assert len(parsed.candidates) == sum(end < at for end in ends)
        assert parsed.problems or at > raw.rindex("]")


def test_value_beside_the_items_under_a_fields_name_is_not_lost():
    parsed = parse_answer('{"items": [], "employers": "Acme"}', SCHEMA)
    assert [(c.field, c.quote) for c in parsed.candidates] == [("employers", "Acme")]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("   \n \n", "white space"),
        ("I'm sorry, but I cannot help with that.", "refuses"),
        ("很抱歉，我无法提供该信息。", "refuses"),
        ("<think>The clause says", "thinking"),
        ("Der Vertrag unterliegt deutschem Recht.", "no JSON"),
    ],
)
def test_answer_without_items_has_a_reason(raw: str, reason: str):
    assert reason in parse_answer(raw, SCHEMA).problems[0].reason


def test_cut_off_list_of_a_critic_is_known_as_cut():
    assert open_object('{"verdict": "revise", "drop": [{"item": 1}, {"ite').is_cut
    assert not open_object('```json\n{"verdict": "right", "drop": []}\n```').is_cut


def test_critique_in_loose_json_keeps_its_verdicts():
    parsed = parse_critique(
        "Here:\n{'verdicts': [{'candidate': 0, 'right': '90%', 'flagged': False}], 'missing': [],}"
    )
    assert [(v.candidate, v.right, v.flagged) for v in parsed.verdicts] == [(0, 0.9, False)]
    assert {"quotes", "comma", "number", "small_talk"} <= set(parsed.repairs)


def test_verdict_without_a_probability_is_left_without_one():
    parsed = parse_critique(
        '{"verdicts": [{"candidate": 0, "right": null, "flagged": false}], "missing": []}'
    )
    assert [(v.right, v.flagged) for v in parsed.verdicts] == [(None, False)]


def test_verdict_may_say_the_bar_that_its_probability_must_reach():
    raw = '{"verdicts": [{"candidate": 0, "right": 0.6, "flagged": false, "bar": 0.81}, {"candidate": 1, "right": 0.6, "flagged": false}], "missing": []}'
    assert [v.bar for v in parse_critique(raw).verdicts] == [0.81, None]
