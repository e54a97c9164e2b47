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
from tasks.triton import Served
from tasks.triton.model_control import ask_model
from tasks.verify.model_calls import serving_models


@dataclass(frozen=True, slots=True)
class Models:
    """The served models, and what they say of themselves."""

    generator: ModelIdentity
    critic: ModelIdentity
    alone_threshold: float | None
    """The generator's own best threshold; None: it has none."""
    critic_bar: float | None
    """The least probability of a verified value of a field with a trained head; None: the critic does not tell."""
    promise: float | None
    """What runs with them promise; None: nothing."""


def served_models(schema: Schema) -> Models:
    """The models that the settings name.

    Args:
        schema: The schema of the runs.

    Raises:
        ModelMissing: the server does not serve one of them.
    """
    serving = serving_models()
    generator, critic = serving.identities
    assert serving.critic is not None and critic is not None
    alone, critic_bar = (
        _threshold(served, key)
        for served, key in ((serving.generator, "alone_threshold"), (serving.critic, "redundant_bar"))
    )
    return Models(generator, critic, alone, critic_bar, serving.promise(schema))


def _threshold(served: Served, key: str) -> float | None:
    """A threshold that a native model tells of itself."""
    if not served.is_native:
        return None
    thresholds = ask_model(settings().triton_url, served.identity.name, "describe").get("thresholds")
    told = thresholds.get(key) if isinstance(thresholds, dict) else None
    return float(told) if isinstance(told, int | float) else None


def replayed_contract(
    outcome: Outcome, schema: Schema, gold: GoldContract, max_rounds: int, with_review: bool = False
) -> ReplayedContract:
    """A stored run, replayed.

    Args:
        with_review: Whether to lay out what a reviewer can be asked about it.

    Raises:
        StoreConflict: the replay gives other values than the run, because the code or the store has changed since.
    """
    assert outcome.run_id is not None and outcome.document_id is not None
    stored = store().readings.load(DocumentId(outcome.document_id), reader_version(outcome.key))
    assert stored is not None
    records = store().runs.load_rounds(RunId(outcome.run_id))
    replayed = replay(RunInput(*stored, schema), records, max_rounds, gold, with_review)
    if (replayed.n_verified, replayed.n_unsettled) != (outcome.n_verified, outcome.n_unsettled):
        raise StoreConflict(
            f"run {outcome.run_id} stored {outcome.n_verified} verified and {outcome.n_unsettled} unsettled values, but its replay "
            f"gives {replayed.n_verified} and {replayed.n_unsettled}. Run `countersign evaluate` with --force."
        )
    return replayed


def reader_versions(keys: list[str]) -> tuple[str, ...]:
    return tuple(sorted({reader_version(key) for key in keys}))
