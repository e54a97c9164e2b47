"""The gate set: labelled contracts that neither side has learned from; and the loop over them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tasks.core.chunking.chunks import chunk_document
from tasks.core.cost.budget import BudgetLimits
from tasks.core.errors import ConfigurationError
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.serving.answer import NativeModel
from tasks.core.native.serving.in_process import play
from tasks.core.reading import read_document
from tasks.core.records import RoundRecord
from tasks.core.schema import Schema
from tasks.core.text.display import counted
from tasks.learning.evaluation.replayed_run import ReplayedContract, replay
from tasks.learning.labelled import (
    GoldContract,
    LabelledFiles,
    annotated_fields,
    of_split,
    read_gold,
    with_documents,
)
from tasks.verify.model_calls import CriticModel, GeneratorModel
from tasks.verify.rounds import LoopPlan, run_rounds

N_READERS = 2


@dataclass(frozen=True, slots=True)
class GateSet:
    golds: tuple[GoldContract, ...]
    run_inputs: tuple[RunInput, ...]
    fields: tuple[str, ...]
    """The schema's fields that the gold file annotates."""
    n_learned: int
    """Contracts skipped because a model has learned from them."""
    n_without_document: int


@dataclass(frozen=True, slots=True)
class ServedRounds:
    """How models that Triton serves are played."""

    max_rounds: int
    promise: float | None
    at_once: int
    """Chunks."""


def read_gate_set(
    files: LabelledFiles, schema: Schema, learned_from: Collection[str], progress: Callable[[str], None]
) -> GateSet:
    """Read every contract of the split that has a document and that no model has learned from.

    Raises:
        ConfigurationError: no contract is left.
    """
    annotated = list(read_gold(files.gold))
    chosen = of_split(annotated, files.gold, files.split, files.with_train)
    unseen = [g for g in chosen if g.doc_id not in learned_from]
    with tempfile.TemporaryDirectory() as folder:
        contracts = with_documents(unseen, files, Path(folder))
        if not contracts:
            raise ConfigurationError(
                f"there is nothing to compare on: of {counted(len(chosen), 'contract')} of the split in {files.gold}, a model has learned from "
                f"{len(chosen) - len(unseen)}, and the others have no DOC_ID.pdf or DOC_ID.txt in {files.documents}"
            )
        with ThreadPoolExecutor(N_READERS) as pool:
            run_inputs: list[RunInput] = []
            for run_input in pool.map(lambda c: _read(c.path, schema), contracts):
                run_inputs.append(run_input)
                progress(f"read {len(run_inputs)} of {len(contracts)} contracts")
    fields = annotated_fields(annotated) & set(schema.field_names)
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
) -> list[ReplayedContract]:
    """Run the whole loop over every contract with these two models, in this process."""
    replayed: list[ReplayedContract] = []
    for gold, run_input in zip(gate.golds, gate.run_inputs, strict=True):
        _, records = play(run_input, generator, critic, max_rounds)
        replayed.append(replay(run_input, records, max_rounds, gold))
        progress(f"processed {len(replayed)} of {len(gate.golds)} contracts")
    return replayed


async def play_served(
    gate: GateSet,
    generator: GeneratorModel,
    critic: CriticModel,
    rounds: ServedRounds,
    progress: Callable[[str], None],
) -> list[ReplayedContract]:
    """The same with models that Triton serves.

    Raises:
        ModelError: the server failed, or a call for a chunk did.
    """
    plan = LoopPlan(
        generator,
        critic,
        rounds.max_rounds,
        BudgetLimits(),
        max_chunks_at_once=rounds.at_once,
        promise=rounds.promise,
    )
    replayed: list[ReplayedContract] = []
    for gold, run_input in zip(gate.golds, gate.run_inputs, strict=True):
        records: list[RoundRecord] = []
        await run_rounds(plan, run_input, (), records.append)
        replayed.append(replay(run_input, records, rounds.max_rounds, gold))
        progress(f"processed {len(replayed)} of {len(gate.golds)} contracts")
    return replayed


def _read(path: Path, schema: Schema) -> RunInput:
    """A document without text has no chunks: on both sides its gold counts as not found."""
    reading = read_document(path)
    return RunInput(reading, chunk_document(reading) if reading.text else (), schema)
