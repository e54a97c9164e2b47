"""Loops that real models fell into, and texts of contracts that only look like loops."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tasks.core.text.repetition import RepetitionGuard, outgrows_its_field, repeats_at_end

OPENED = '{"items": [{"field": "term", "quote": "'
LOOPS = {
    "one sentence": OPENED + "The Supplier shall pay. " * 40,
    "counting, as real vLLM did": OPENED + " ".join(f"{n}." for n in range(1, 362)),
    "counting clauses": OPENED + "".join(f"Section {n}.{n + 1} of the Agreement, " for n in range(40)),
    "dates that go on": OPENED + "".join(f"{n % 28 + 1} January {1990 + n}, " for n in range(60)),
    "one sign": OPENED + "." * 400,
    "escaped line ends": OPENED + r"\n" * 300,
    "Chinese": OPENED + "甲方应当向乙方支付服务费，" * 40,
    "escapes": OPENED + r"\u7532\u65b9" * 100,
    "inside escaped quotation marks": OPENED + r"the \"Term\" and " * 40,
    "whole items": '{"items": [' + '{"field": "term", "quote": "two years", "value": "2"}, ' * 20,
}
LEGAL = "This Agreement is governed by the laws of the State of New York, and each party submits to the courts there. "


def ramble(n_words: int) -> str:
    """Words of which none comes twice."""
    return " ".join(f"{chr(97 + n % 26)}{chr(97 + n * 7 % 26)}{chr(97 + n // 26)}ing" for n in range(n_words))


def cut_at(answer: str, prompt: str = "") -> int | None:
    """Where an answer that comes in parts of four characters is cut; None: nowhere."""
    guard = RepetitionGuard(prompt)
    for end in range(4, len(answer) + 4, 4):
        guard.add(answer[end - 4 : end])
        if guard.repeats:
            return end
    return None


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_is_cut_early_and_seen_afterwards(name: str):
    end = cut_at(LOOPS[name], LEGAL)
    assert end is not None and end < (1000 if name == "escapes" else 500)
    assert repeats_at_end(LOOPS[name][:end])


@pytest.mark.parametrize(
    "text",
    [
        "Definitions " + "." * 150 + " 3",
        "Name: " + "_" * 200 + " Date: " + "_" * 180,
        "| 1,000.00 | 2,000.00 | 3,000.00 | 4,000.00 " * 12,
        "[ ] Yes [ ] No " * 30,
        "Party A, Party B, Party C, " * 20,
        "N/A\tN/A\tN/A\tN/A\n" * 20,
        "甲方（盖章）：＿＿＿＿　乙方（盖章）：＿＿＿＿　" * 10,
        "* * * " * 60,
    ],
)
def test_what_stands_in_the_prompt_is_no_loop(text: str):
    prompt = f"Read this.\n<passage>\n{LEGAL}\n{text}\n{LEGAL}</passage>"
    said = json.dumps({"items": [{"field": "term", "quote": text}]}, ensure_ascii=False)
    assert cut_at(said, prompt) is None
    assert cut_at(said, "another text") is not None, "the same words, made up"


def test_a_model_that_goes_on_where_the_page_ends_is_cut():
    prompt = f"{LEGAL} {'.' * 150} {LEGAL}"
    end = cut_at(OPENED + "." * 1000, prompt)
    assert end is not None and 150 < end - len(OPENED) < 220


def test_different_items_of_one_form_are_no_loop():
    items = [{"field": "skills", "quote": name, "value": name} for name in map(str, range(1000, 1100))]
    assert cut_at(json.dumps({"items": items})) is None


def test_five_equal_items_are_no_loop():
    item = {"field": "fee", "quote": "a fee of EUR 5,000 for each month", "value": "EUR 5,000"}
    assert cut_at(json.dumps({"items": [item] * 5})) is None


def test_a_value_much_longer_than_its_quote_is_cut():
    rambling = ramble(100)
    answer = OPENED + 'two years", "value": "' + rambling
    assert (end := cut_at(answer, LEGAL)) is not None and end < 350
    assert outgrows_its_field(answer[:end])
    assert not outgrows_its_field(OPENED + rambling + '", "value": "' + rambling), "a clause quoted whole"


def test_a_text_longer_than_the_whole_prompt_is_cut():
    rambling = ramble(100)
    assert cut_at(OPENED + rambling, LEGAL) is not None
    assert cut_at(OPENED + rambling) is None, "without the prompt nothing says how long is too long"


@pytest.mark.needs_data
def test_no_clause_that_experts_marked_is_cut(shared_data: Path):
    """In a prompt that holds it, as it stands on the page and with its white space made even."""
    with gzip.open(shared_data / "cuad" / "gold.jsonl.gz", "rt", encoding="utf-8") as rows:
        spans = [
            s["text"] for row in map(json.loads, rows) if row["split"] == "test_visible" for s in row["spans"]
        ]
    assert len(spans) > 1000
    for text in spans:
        assert cut_at(OPENED + json.dumps(text)[1:], text) is None
        assert cut_at(OPENED + json.dumps(" ".join(text.split()), ensure_ascii=False)[1:], text) is None
