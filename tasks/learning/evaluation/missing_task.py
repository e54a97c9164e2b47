"""The missing critic's task: does a chunk say something of a field that the draft lacks?

One cell for each chunk and field. A cell is true if it has a gold span that no value of the first
draft matches. The critic's answer is `overlooked` in round 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.error_book.gold_places import GoldPlace, PlacedGold, place_gold
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import ModelAnswer, RoundRecord
from tasks.learning.evaluation.matching import texts_match
from tasks.learning.labelled import GoldContract

SUSPECTED = 0.02
"""A field is hard in a document if the critic gives it this probability in any chunk."""


@dataclass(frozen=True, slots=True)
class Cell:
    probability: float
    """That something of the field was overlooked in the chunk, as the critic says."""
    is_missing: bool
    is_hard: bool
    """In this document the critic suspects the field, or the draft truly lacks a value of it."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one contract."""

    rows: tuple[Cell, ...] = ()
    n_missing: int = 0
    """Gold spans that the draft lacks."""
    n_not_located: int = 0
    """Those of them that were not found in the text as it was read; their cells are unknown."""


def missing_cells(
    run_input: RunInput, records: Sequence[RoundRecord], draft: Sequence[tuple[str, str]], gold: GoldContract
) -> Cells:
    """The cells of one contract; without rows if the critic reports no `overlooked`.

    Args:
        draft: (field, quote) of the first draft's grounded values.
    """
    missing = _missing_gold(run_input, draft, gold)
    true = {_cell(g, g.places[0]) for g in missing if g.places}
    # The same words again may be what the draft was to cite, or not: nothing says so.
    unknown = {_cell(g, place) for g in missing for place in g.places[1:]} - true
    answers = _overlooked(records[0].critiques if records else ())
    hard = {f for row in answers.values() for f, p in row.items() if p >= SUSPECTED} | {f for _, f in true}
    rows = (
        Cell(row[name], (index, name) in true, name in hard)
        for index, row in answers.items()
        for name in run_input.schema.field_names
        if name in row and (index, name) not in unknown
    )
    return Cells(tuple(rows), len(missing), sum(not g.places for g in missing))


def _missing_gold(
    run_input: RunInput, draft: Sequence[tuple[str, str]], gold: GoldContract
) -> tuple[PlacedGold, ...]:
    """The gold spans that no value of the draft matches, with their places."""
    missing = [
        (name, text)
        for name, text in gold.spans_of(run_input.schema.field_names)
        if not any(f == name and texts_match(name, text, quote) for f, quote in draft)
    ]
    return place_gold(missing, run_input.reading, run_input.chunks)


def _cell(gold: PlacedGold, place: GoldPlace) -> tuple[int, str]:
    return place.chunk_index, gold.field


def _overlooked(answers: Iterable[ModelAnswer]) -> dict[int, dict[str, float]]:
    """Chunk -> field -> probability. The key is optional: chunks without it are left out."""
    by_chunk = {a.chunk_index: _read(a.raw) for a in answers if not a.error}
    return {index: row for index, row in by_chunk.items() if row}


def _read(raw: str) -> dict[str, float]:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        return {}
    row = body.get("overlooked") if isinstance(body, dict) else None
    if not isinstance(row, dict):
        return {}
    return {name: min(1.0, max(0.0, float(p))) for name, p in row.items() if isinstance(p, int | float)}
