"""Tries a schema on documents, in this process: what each cue finds, and what the native models make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.evidence_judge import DEFAULT_PROMISE
from tasks.core.native.request import Request, parse_json, read_request
from tasks.core.native.serving.answer import NativeModel
from tasks.core.native.serving.in_process import play
from tasks.core.native.serving.model_kinds import load_native
from tasks.core.native.text.cues import FieldCues, Hit, find_hits
from tasks.core.native.text.lines import TextLine
from tasks.core.reading import Limits, read_document
from tasks.core.reading.refusals import meaning
from tasks.core.records import Extraction, ReadStatus
from tasks.core.schema import Schema
from tasks.core.schema.schema_file import promise_of
from tasks.core.values.find import MEASURED_TYPES, FoundValue, find_values
from tasks.core.wire.native_format import generate_request

MODELS = Path(__file__).parents[2] / "deploy" / "triton" / "models"
_ROUNDS = 3
_NEAR_CHARS = 120
"""A value further from a cue is not told by it."""


@dataclass(frozen=True, slots=True)
class ShippedModels:
    generator: NativeModel
    critic: NativeModel

    @classmethod
    def load(cls) -> ShippedModels:
        return cls(load_native(MODELS / "generator" / "1"), load_native(MODELS / "critic" / "1"))


@dataclass(frozen=True, slots=True)
class Trial:
    """What a schema finds in one document."""

    name: str
    refusal: str = ""
    """Why the document could not be read; empty: it was."""
    hits: Mapping[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    """By field, and by the number of the cue among its `cues`, from 1."""
    slow: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """Numbers of the patterns that took too long, by field."""
    shared: frozenset[tuple[str, str]] = frozenset()
    """Pairs of fields whose cues stand nearest to one and the same value."""
    extractions: tuple[Extraction, ...] = ()


def read_for(path: Path, schema: Schema) -> RunInput | str:
    """The document's text in chunks, or why it has none."""
    reading = read_document(path, Limits())
    chunks = chunk_document(reading)
    if reading.status in (ReadStatus.ERROR, ReadStatus.NEEDS_OCR) or not chunks:
        return meaning(reading.reason) or "it has no text"
    return RunInput(reading, chunks, schema)


def try_document(path: Path, schema: Schema, models: ShippedModels) -> Trial:
    """Search one document for every cue, and play all rounds of the two models on it."""
    run_input = read_for(path, schema)
    if isinstance(run_input, str):
        return Trial(path.name, refusal=run_input)
    requests = list(requests_of(run_input))
    hits: Counter[tuple[str, int]] = Counter()
    shared: set[tuple[str, str]] = set()
    for request in requests:
        for line in request.cued_lines:
            found = {name: find_hits(cues, line.text) for name, cues in request.cues.items()}
            hits.update((n, request.cues[n].cues[h.cue].number) for n, row in found.items() for h in row)
            shared.update(_shared(request.cues, line, found))
    promise = promise_of(schema, DEFAULT_PROMISE)
    state, _ = play(run_input, models.generator, models.critic, _ROUNDS, promise)
    results = results_of(state.by_chunk, schema, facts_of(run_input.reading))
    slow = {n: numbers for r in requests for n, cues in r.cues.items() if (numbers := cues.slow_patterns)}
    return Trial(path.name, "", hits, slow, frozenset(shared), results.extractions)


def requests_of(run_input: RunInput) -> Iterator[Request]:
    """The chunks of a document as the native generator sees them."""
    for chunk in run_input.chunks:
        raw = generate_request(run_input.schema, chunk, run_input.reading.footnotes, 1)
        yield read_request(parse_json(raw))


def _shared(
    cues: Mapping[str, FieldCues], line: TextLine, found: Mapping[str, Sequence[Hit]]
) -> Iterator[tuple[str, str]]:
    wanted = {
        name: {(cues[name].field.type, v.start) for v in _wanted(cues[name], line, hits)}
        for name, hits in found.items()
        if hits and cues[name].field.type in MEASURED_TYPES
    }
    for one, other in combinations(wanted, 2):
        if wanted[one] & wanted[other]:
            yield one, other


def _wanted(cues: FieldCues, line: TextLine, hits: Sequence[Hit]) -> Iterator[FoundValue]:
    """The value that is nearest to each cue."""
    values = find_values(cues.field.type, line.text, cues.field.choices)
    for hit in hits:
        near = [v for v in values if _distance(v, hit) <= _NEAR_CHARS]
        if near:
            yield min(near, key=lambda v: _distance(v, hit))


def _distance(value: FoundValue, hit: Hit) -> int:
    return max(0, value.start - hit.value_end, hit.value_start - value.end)
