"""What the store holds of an evaluated run: the first draft replayed from the trail, and what was verified.

Must be imported only after `infra.stack.export()`.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from typing import Any

from tasks.core.assessment import Assessment
from tasks.core.errors import ConfigurationError
from tasks.core.history import Dossier, Histories
from tasks.core.records import Candidate, DocumentId, RunId
from tasks.core.schema import Schema
from tasks.core.wire import describe_request
from tasks.evaluation.comparison import Worked
from tasks.outcome import Outcome
from tasks.read import reader_version
from tasks.settings import settings
from tasks.store import store
from tasks.triton import TritonClient


def worked_contract(outcome: Outcome, schema: Schema) -> Worked:
    """First draft and verified values of a stored run."""
    assert outcome.run_id is not None
    run_id = RunId(outcome.run_id)
    quotes: dict[str, list[str]] = defaultdict(list)
    pages: dict[str, list[list[int]]] = defaultdict(list)
    for row in store().export(run=run_id):
        if row["status"] == "verified":
            quotes[row["field"]].append(row["quote"])
            pages[row["field"]].append(row["pages"])
    return Worked(_first_draft(outcome, run_id, schema), dict(quotes), dict(pages))


def alone_threshold() -> float:
    """The served generator's own best threshold, as its model card says."""
    described = asyncio.run(_describe())
    try:
        return float(described["thresholds"]["alone_threshold"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            "the generator does not tell its `alone_threshold`: no control row is possible"
        ) from error


async def _describe() -> dict[str, Any]:
    limits = settings()
    async with TritonClient(limits.triton_url, limits.countersign_triton_timeout_s, 1) as client:
        return json.loads((await client.infer(limits.countersign_generator, describe_request())).raw)


def _first_draft(outcome: Outcome, run_id: RunId, schema: Schema) -> list[Candidate]:
    """Grounded candidates of round 1; the same value found in a note's chunk and in the citing chunk is one."""
    assert outcome.document_id is not None
    stored = store().load_reading(DocumentId(outcome.document_id), reader_version(outcome.key))
    assert stored is not None
    histories = Histories(Dossier(*stored, schema))
    for record in store().load_rounds(run_id)[:1]:
        histories.apply(record)
    unique: dict[tuple[object, ...], Candidate] = {}
    for candidate in (c for history in histories.by_chunk.values() for c in _candidates(history)):
        if candidate.citation is not None:
            unique.setdefault((candidate.field, candidate.citation.spans), candidate)
    return list(unique.values())


def _candidates(history: list[Assessment]) -> tuple[Candidate, ...]:
    return history[0].candidates if history else ()
