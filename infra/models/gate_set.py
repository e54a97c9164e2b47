"""The gate set: labelled contracts, read and cut into chunks, that neither side has learned from; and both sides played on it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from infra.cli.labelled import written_texts
from tasks.core.chunking import chunk_document
from tasks.core.errors import ConfigurationError
from tasks.core.loop.state import RunInput
from tasks.core.native.inprocess import play
from tasks.core.native.service import NativeModel
from tasks.core.reading import read_document
from tasks.core.schema import Schema
from tasks.evaluation.gold import GoldContract, read_gold
from tasks.evaluation.worked import Worked, replay

N_READERS = 2
TRAIN = "train"


@dataclass(frozen=True, slots=True)
class Source:
    """What the gate set is made of, as it was asked for."""

    gold: Path
    documents: Path
    texts: Path | None
    split: str | None
    """None: every split but `train`."""


@dataclass(frozen=True, slots=True)
class GateSet:
    golds: tuple[GoldContract, ...]
    run_inputs: tuple[RunInput, ...]
    fields: tuple[str, ...]
    """Of the schema, those that the gold file annotates anywhere: what is drafted for another is neither right nor wrong."""
    n_learned: int
    """Left out, since a model has learned from them."""
    n_without_document: int


def read_gate_set(
    source: Source, schema: Schema, learned_from: Collection[str], progress: Callable[[str], None]
) -> GateSet:
    """Read every contract of the split that has a document and that no model has seen.

    Raises:
        ConfigurationError: nothing is left to compare on.
    """
    annotated = list(read_gold(source.gold))
    chosen = [g for g in annotated if (g.split == source.split if source.split else g.split != TRAIN)]
    unseen = [g for g in chosen if g.doc_id not in learned_from]
    with tempfile.TemporaryDirectory() as folder:
        paths = _documents(unseen, source, Path(folder))
        golds = [g for g in unseen if g.doc_id in paths]
        if not golds:
            raise ConfigurationError(
                f"nothing to compare on: {source.gold} has {len(chosen)} contracts of the split, a model has learned from "
                f"{len(chosen) - len(unseen)} of them, and the others have no DOC_ID.pdf or DOC_ID.txt in {source.documents}"
            )
        with ThreadPoolExecutor(N_READERS) as pool:
            run_inputs: list[RunInput] = []
            for run_input in pool.map(lambda g: _read(paths[g.doc_id], schema), golds):
                run_inputs.append(run_input)
                progress(f"read {len(run_inputs)} of {len(golds)} contracts")
    fields = {name for g in annotated for name in g.quotes} & set(schema.field_names)
    n_lacking = len(unseen) - len(golds)
    return GateSet(
        tuple(golds), tuple(run_inputs), tuple(sorted(fields)), len(chosen) - len(unseen), n_lacking
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


def _documents(golds: Sequence[GoldContract], source: Source, folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for gold in golds:
        files = (source.documents / f"{gold.doc_id}{suffix}" for suffix in (".pdf", ".txt"))
        if (path := next((f for f in files if f.is_file()), None)) is not None:
            found[gold.doc_id] = path
    if source.texts is not None:
        found |= written_texts(source.texts, {g.doc_id for g in golds} - found.keys(), folder)
    return found


def _read(path: Path, schema: Schema) -> RunInput:
    """A document that cannot be read has no chunks: its gold counts as not found, on both sides."""
    reading = read_document(path)
    return RunInput(reading, chunk_document(reading) if reading.text else (), schema)
