"""A tiny corpus in CUAD's layout."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

FILLER = (
    "The Supplier shall deliver the goods in good order.",
    "Notices are sent to the address given above.",
    "Headings are for convenience only.",
    "Each party keeps its own books.",
    "The parties shall meet every quarter to review the service.",
)
STATES = ("Ohio", "Texas", "Nevada", "Maine", "Utah", "Iowa")


def write_corpus(folder: Path, n_contracts: int = 24, seed: int = 0) -> Path:
    """Contracts `c00`...: the first two are near-duplicates, the last two not in the train split."""
    draw = random.Random(seed)
    texts, gold = [], []
    for n in range(n_contracts):
        doc_id = f"c{n:02d}"
        text, spans = _contract(draw, n)
        texts.append({"doc_id": doc_id, "text": text})
        row: dict[str, Any] = {"doc_id": doc_id, "spans": spans}
        if n < 2:
            row["near_duplicates"] = [{"doc_id": f"c{1 - n:02d}", "containment": 0.9}]
        gold.append(row)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "texts.jsonl.gz", texts)
    _write(folder / "gold.jsonl.gz", gold)
    ids = [row["doc_id"] for row in gold]
    (folder / "splits.json").write_text(json.dumps({"train": ids[:-2], "test_visible": ids[-2:]}))
    return folder


def _contract(draw: random.Random, n: int) -> tuple[str, list[dict[str, Any]]]:
    state = draw.choice(STATES)
    name = f"Supply Agreement {n}"
    law = f"This Agreement shall be governed by the laws of the State of {state}."
    cap = "In no event shall the liability of either party exceed the fees paid in the last year."
    date = f"March {n % 27 + 1}, 20{n % 20 + 10}"
    head = f"{name}\n\nThis Agreement is made as of {date} between Acme {n} Inc. and Bolt {n} LLC.\n\n"
    clauses = [law, cap, *draw.choices(FILLER, k=12)]
    draw.shuffle(clauses)
    text = head + "\n\n".join(f"{i + 1}. {c}" for i, c in enumerate(clauses))
    quotes = {
        "Document Name": name,
        "Agreement Date": date,
        "Governing Law": law,
        "Cap On Liability": cap,
        "Parties": f"Acme {n} Inc.",
    }
    spans = [
        {"category": c, "text": t, "start": text.index(t), "occ_starts": [text.index(t)]}
        for c, t in quotes.items()
    ]
    return text, spans


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)
