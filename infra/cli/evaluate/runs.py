"""Evaluated runs, replayed from their stored trails, and the models that are served.

Import it only after `infra.stack.export()`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.core.errors import StoreConflict
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import DocumentId, ModelIdentity, RunId
from tasks.core.schema import Schema
from tasks.documents import Outcome
from tasks.learning.evaluation.replayed_run import ReplayedContract, replay
from tasks.learning.labelled import GoldContract
from tasks.read import reader_version
from tasks.settings import settings
from tasks.store import store
from tasks.triton.model_control import ask_model
from tasks.verify.model_calls import serving_models


@dataclass(frozen=True, slots=True)
class Models:
    """The served models; `alone_threshold` is the generator's own best threshold, None if it has none."""

    generator: ModelIdentity
    critic: ModelIdentity
    alone_threshold: float | None


def served_models() -> Models:
    """The models that the settings name.

    Raises:
        ModelMissing: the server does not serve one of them.
    """
    serving = serving_models()
    generator, critic = serving.identities
    assert critic is not None
    is_native = serving.generator.is_native
    described = ask_model(settings().triton_url, generator.name, "describe") if is_native else {}
    thresholds = described.get("thresholds")
    alone = thresholds.get("alone_threshold") if isinstance(thresholds, dict) else None
    return Models(generator, critic, float(alone) if isinstance(alone, int | float) else None)


def replayed_contract(
    outcome: Outcome, schema: Schema, gold: GoldContract, max_rounds: int
) -> ReplayedContract:
    """A stored run, replayed.

    Raises:
        StoreConflict: the replay gives other values than the run, because the code or the store has changed since.
    """
    assert outcome.run_id is not None and outcome.document_id is not None
    stored = store().readings.load(DocumentId(outcome.document_id), reader_version(outcome.key))
    assert stored is not None
    records = store().runs.load_rounds(RunId(outcome.run_id))
    replayed = replay(RunInput(*stored, schema), records, max_rounds, gold)
    if (len(replayed.verified), len(replayed.unsettled)) != (outcome.n_verified, outcome.n_unsettled):
        raise StoreConflict(
            f"run {outcome.run_id} stored {outcome.n_verified} verified and {outcome.n_unsettled} unsettled values, but its replay "
            f"gives {len(replayed.verified)} and {len(replayed.unsettled)}. Run `countersign evaluate` with --force."
        )
    return replayed


def reader_versions(keys: list[str]) -> tuple[str, ...]:
    return tuple(sorted({reader_version(key) for key in keys}))
