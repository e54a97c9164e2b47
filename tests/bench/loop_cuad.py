"""Real contracts for the loop's benchmark: CUAD's gold is true, other sentences are traps."""

from __future__ import annotations

import gzip
import json
import random
import re
from functools import cache
from pathlib import Path

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Reading
from tasks.core.schema import load_schema
from tasks.learning.labelled import read_gold
from tests.bench.loop_documents import Contract
from tests.bench.native_f1 import text_reading
from tests.scripted.truth import Claim, Truth, place_of, says_alike

MAX_CHARS = 60_000
N_TRAPS = 20
_SENTENCE = re.compile(r"[A-Z][^.;\n]{60,300}[.;]")


@cache
def cuad_contracts(data: Path, n: int, seed: int) -> tuple[Contract, ...]:
    """The first contracts of the training split that are no longer than `MAX_CHARS`."""
    chosen: list[Contract] = []
    with gzip.open(data / "texts.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = {row["doc_id"]: row["text"] for row in map(json.loads, lines)}
    for gold in read_gold(data / "gold.jsonl.gz"):
        if len(chosen) == n:
            break
        if gold.split == "train" and len(texts[gold.doc_id]) <= MAX_CHARS:
            dice = random.Random(f"{seed} {gold.doc_id}")
            chosen.append(_contract(gold.quotes, text_reading(texts[gold.doc_id]), dice))
    return tuple(chosen)


def _contract(gold: dict[str, list[str]], reading: Reading, dice: random.Random) -> Contract:
    schema = load_schema("cuad")
    run_input = RunInput(reading, chunk_document(reading), schema)
    texts = [p.text for chunk in run_input.chunks for p in chunk.passages]
    annotated = {
        (name, quote) for name, quotes in gold.items() for quote in quotes if name in schema.field_names
    }
    # What a chunk's edge cuts is beyond every system alike.
    facts = tuple(
        Claim(name, quote, quote)
        for name, quote in sorted(annotated)
        if any(place_of(quote, t) is not None for t in texts)
    )
    sentences = [s for text in texts for s in _SENTENCE.findall(text)]
    drawn = (
        (dice.choice(schema.field_names), s) for s in dice.sample(sentences, min(N_TRAPS, len(sentences)))
    )
    traps = tuple(Claim(f, s, s) for f, s in drawn if not any(says_alike(s, fact.quote) for fact in facts))
    usual = tuple(
        Claim(f.name, f.example_texts[0], f.example_texts[0]) for f in schema.fields if f.example_texts
    )
    return Contract(run_input, Truth(facts, traps, usual))
