"""The missing critic's task as it is asked: does this chunk say something of this field that the draft does not have?

One cell for each chunk and field. True is a cell in which a gold span stands that no value of the first draft matches; what the
critic says is `overlooked` of its round-1 answer. A span's words that stand in several chunks make the first of them true, and
the others nobody's: they are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.core.error_book.gold_places import PlacedGold, place_gold
from tasks.core.loop.state import RunInput
from tasks.core.records import FieldName, ModelAnswer, RoundRecord
from tasks.learning.evaluation.matching import matches, word_set
from tasks.learning.labelled import GoldContract

SUSPECTED = 0.02
"""A document's field is hard if the critic says this much of it in any chunk: elsewhere it is silent, and nearly always right."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one contract; the lists are aligned."""

    said: list[float] = field(default_factory=list[float])
    truth: list[bool] = field(default_factory=list[bool])
    is_hard: list[bool] = field(default_factory=list[bool])
    """Of a field that the critic suspects somewhere in the document, or that truly lacks a value there."""
    n_missing: int = 0
    """Gold spans that the draft does not have."""
    n_not_located: int = 0
    """Of these, those whose words were not found in what was read: their cells are unknown."""


def missing_cells(
    run_input: RunInput, records: Sequence[RoundRecord], draft: Sequence[tuple[str, str]], gold: GoldContract
) -> Cells:
    """The cells of one contract; none when the critic reports no `overlooked`.

    Args:
        draft: (field, quote) of the first draft's grounded values.
    """
    lacking = _lacking(gold, draft, run_input)
    not_located = sum(not g.places for g in lacking)
    said = _overlooked(records[0].critiques if records else ())
    if not said:
        return Cells(n_missing=len(lacking), n_not_located=not_located)
    true, unknown = _places(lacking)
    cells = Cells(n_missing=len(lacking), n_not_located=not_located)
    suspected = {f for row in said.values() for f, p in row.items() if p >= SUSPECTED}
    hard = suspected | {f for _, f in true}
    for chunk_index, row in said.items():
        for name in run_input.schema.field_names:
            cell = (chunk_index, name)
            if name not in row or (cell in unknown and cell not in true):
                continue
            cells.said.append(row[name])
            cells.truth.append(cell in true)
            cells.is_hard.append(name in hard)
    return cells


def _lacking(
    gold: GoldContract, draft: Sequence[tuple[str, str]], run_input: RunInput
) -> tuple[PlacedGold, ...]:
    """The gold spans that no value of the draft matches, with their places."""
    drafted = [(f, word_set(quote)) for f, quote in draft]
    wanted = [
        (FieldName(name), text)
        for name, texts in gold.quotes.items()
        for text in texts
        if name in run_input.schema.field_names
        and not any(f == name and matches(name, word_set(text), words) for f, words in drafted)
    ]
    return place_gold(wanted, run_input.reading, run_input.chunks)


def _places(lacking: Iterable[PlacedGold]) -> tuple[set[tuple[int, str]], set[tuple[int, str]]]:
    """(true cells, cells in which the words stand again)."""
    true: set[tuple[int, str]] = set()
    unknown: set[tuple[int, str]] = set()
    for gold in lacking:
        cells = [(place.chunk_index, str(gold.field)) for place in gold.places]
        true.update(cells[:1])
        unknown.update(cells[1:])
    return true, unknown


def _overlooked(answers: Iterable[ModelAnswer]) -> dict[int, dict[str, float]]:
    """Chunk -> field -> what the critic says; chunks without the key, which is optional, are not there."""
    found = {a.chunk_index: _read(a.raw) for a in answers if not a.error}
    return {index: row for index, row in found.items() if row}


def _read(raw: str) -> dict[str, float]:
    try:
        body: Any = json.loads(raw)
    except ValueError:
        return {}
    row = body.get("overlooked") if isinstance(body, dict) else None
    if not isinstance(row, dict):
        return {}
    return {name: min(1.0, max(0.0, float(p))) for name, p in row.items() if isinstance(p, int | float)}
