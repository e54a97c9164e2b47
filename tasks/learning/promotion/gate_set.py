"""The gate set: labelled contracts, read and cut into chunks, that neither side has learned from; and both sides played on it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tasks.core.chunking.chunks import chunk_document
from tasks.core.errors import ConfigurationError
from tasks.core.loop.state import RunInput
from tasks.core.native.serving.answer import NativeModel
from tasks.core.native.serving.in_process import play
from tasks.core.reading import read_document
from tasks.core.schema import Schema
from tasks.learning.evaluation.replayed_run import Worked, replay
from tasks.learning.labelled import (
    GoldContract,
    LabelledFiles,
    annotated_fields,
    read_gold,
    read_split,
    with_documents,
)

N_READERS = 2


@dataclass(frozen=True, slots=True)
class GateSet:
    golds: tuple[GoldContract, ...]
    run_inputs: tuple[RunInput, ...]
    fields: tuple[str, ...]
    """Of the schema, those that the gold file annotates anywhere: a draft for another field is neither right nor wrong."""
    n_learned: int
    """Skipped because a model has learned from them."""
    n_without_document: int


def read_gate_set(
    files: LabelledFiles, schema: Schema, learned_from: Collection[str], progress: Callable[[str], None]
) -> GateSet:
    """Read every contract of the split that has a document and that no model has learned from.

    Raises:
        ConfigurationError: nothing is left to compare on.
    """
    chosen = read_split(files.gold, files.split, files.with_train)
    unseen = [g for g in chosen if g.doc_id not in learned_from]
    with tempfile.TemporaryDirectory() as folder:
        contracts = with_documents(unseen, files, Path(folder))
        if not contracts:
            raise ConfigurationError(
                f"nothing to compare on: {files.gold} has {len(chosen)} contracts of the split, a model has learned from "
                f"{len(chosen) - len(unseen)} of them, and the others have no DOC_ID.pdf or DOC_ID.txt in {files.documents}"
            )
        with ThreadPoolExecutor(N_READERS) as pool:
            run_inputs: list[RunInput] = []
            for run_input in pool.map(lambda c: _read(c.path, schema), contracts):
                run_inputs.append(run_input)
                progress(f"read {len(run_inputs)} of {len(contracts)} contracts")
    fields = annotated_fields(read_gold(files.gold)) & set(schema.field_names)
    return GateSet(
        golds=tuple(c.gold for c in contracts),
        run_inputs=tuple(run_inputs),
        fields=tuple(sorted(fields)),
        n_learned=len(chosen) - len(unseen),
        n_without_document=len(unseen) - len(contracts),
    )


def play_side(
    gate: GateSet,
    generator: NativeModel,
    critic: NativeModel,
    max_rounds: int,
    progress: Callable[[str], None],
) -> list[Worked]:
    """The whole loop over every contract with these two models, in this process."""
    worked: list[Worked] = []
    for gold, run_input in zip(gate.golds, gate.run_inputs, strict=True):
        _, records = play(run_input, generator, critic, max_rounds)
        worked.append(replay(run_input, records, max_rounds, gold))
        progress(f"played {len(worked)} of {len(gate.golds)} contracts")
    return worked


def digest_of(path: Path) -> str:
    """The first 12 digits of a file's SHA-256: which gold it was."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _read(path: Path, schema: Schema) -> RunInput:
    """A document that cannot be read has no chunks: its gold counts as not found, on both sides."""
    reading = read_document(path)
    return RunInput(reading, chunk_document(reading) if reading.text else (), schema)
