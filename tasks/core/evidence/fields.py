"""The fields of a run: what was found of each, and where it was searched."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tasks.core.evidence.page import Searched, ShownField, ShownReview
from tasks.core.evidence.places import PageIndex
from tasks.core.evidence.stored import StoredReview
from tasks.core.evidence.values import shown_review
from tasks.core.loop.replay import StoredRun
from tasks.core.records import CellState, Chunk, CoverageCell, ExtractionStatus
from tasks.core.schema import SchemaField

_MAX_REASONS = 20
"""Of one field: each once, so more are hardly ever there and say nothing more."""
_OPEN = (CellState.UNSETTLED, CellState.FAILED)
NOT_FINISHED = "the run is not finished"


def shown_fields(
    run: StoredRun, pages: PageIndex, reviews: Sequence[StoredReview] = ()
) -> Iterator[ShownField]:
    """All fields of the schema, in its order.

    Args:
        reviews: What persons decided; those about a value are shown with it.
    """
    of_field: dict[str, list[ShownReview]] = defaultdict(list)
    for review in reviews:
        if review.extraction_id is None:
            of_field[review.field].append(shown_review(review))
    cells: dict[str, list[CoverageCell]] = defaultdict(list)
    for cell in run.coverage:
        cells[cell.field].append(cell)
    statuses: dict[str, set[ExtractionStatus]] = defaultdict(set)
    for extraction in run.extractions:
        statuses[extraction.field].add(extraction.status)
    chunks = {chunk.chunk_index: chunk for chunk in run.run_input.chunks}
    for field in run.run_input.schema.fields:
        searched = _searched(cells[field.name], chunks, pages)
        state = _state(statuses[field.name], searched)
        yield _shown(field, state, searched, tuple(of_field[field.name]))


def _shown(
    field: SchemaField, state: CellState, searched: Searched, reviews: tuple[ShownReview, ...]
) -> ShownField:
    words = (field.name, field.title, field.description, field.type.value)
    return ShownField(*words, state.value, searched, reviews)


def _state(statuses: set[ExtractionStatus], searched: Searched) -> CellState:
    """Found, if any value of it is verified; else the worst of its cells."""
    if ExtractionStatus.VERIFIED in statuses:
        return CellState.FOUND
    if ExtractionStatus.UNSETTLED in statuses or searched.n_unsettled:
        return CellState.UNSETTLED
    # Without any cell the field was not searched to the end: nobody may take it for absent.
    return CellState.FAILED if searched.n_failed or not searched.n_chunks else CellState.ABSENT


def _searched(cells: Sequence[CoverageCell], chunks: Mapping[int, Chunk], pages: PageIndex) -> Searched:
    if not cells:
        return Searched(0, 0, 0, 0, reasons=(NOT_FINISHED,))
    counts = Counter(cell.state for cell in cells)
    still_open = [cell for cell in cells if cell.state in _OPEN]
    numbers = {n for cell in still_open for n in pages.of_chunk(chunks[cell.chunk_index])}
    reasons = dict.fromkeys(cell.reason for cell in still_open if cell.reason)
    return Searched(
        len(cells),
        counts[CellState.ABSENT],
        counts[CellState.UNSETTLED],
        counts[CellState.FAILED],
        tuple(sorted(numbers)),
        tuple(reasons)[:_MAX_REASONS],
    )
