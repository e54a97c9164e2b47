"""Parts: the servers that every document of a batch needs, and how each is asked whether it answers.

    PostgreSQL   takes writes; a replica after a failover does not
    S3           answers for the bucket, be it with a refusal
    Triton       lives, and generator and critic answer; one whose process died is reloaded

Requires:
    The settings of the batch. A reload needs a Triton in explicit mode.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from tasks.core.errors import (
    ModelBusy,
    ModelCrashed,
    ModelTimedOut,
    ModelUnavailable,
    SourceForbidden,
    SourceMissing,
    SourceUnavailable,
    StoreUnavailable,
)
from tasks.runtime.outages import NeededPart, Outages
from tasks.s3 import require_answer
from tasks.settings import Settings, settings
from tasks.store import store
from tasks.triton.model_control import reload_model
from tasks.verify.batch import Batch

Result = TypeVar("Result")
logger = logging.getLogger("countersign.outages")

MAX_RELOADS = 3
"""Of one model in a batch, not counted those that one document caused."""


def parts_of(batch: Batch, config: Settings, use_critic: bool) -> list[NeededPart]:
    """What a batch waits for when it does not answer."""
    models = [config.generator, *([config.critic] if use_critic else [])]
    triton = _Models(batch, config.triton_url, models)
    return [
        *stores_of(config),
        NeededPart(
            f"Triton at {config.triton_url}",
            triton.require,
            (ModelUnavailable, ModelCrashed, ModelBusy, ModelTimedOut),
            (ModelCrashed,),
            triton.forgive,
        ),
    ]


def stores_of(config: Settings) -> list[NeededPart]:
    """What the steps of a night and the driver of a backfill wait for: PostgreSQL and S3."""
    return [
        NeededPart("PostgreSQL", _require_store, (StoreUnavailable,)),
        NeededPart("S3", lambda: _require_bucket(config.bucket), (SourceUnavailable,)),
    ]


def through_outages(step: Callable[[], Result]) -> Result:
    """The result of a step outside of documents, which is done again after an outage of PostgreSQL or S3.

    A step must therefore be one that writes nothing twice.

    Raises:
        CountersignError: the part was given up after `COUNTERSIGN_OUTAGE_S`, or the step failed otherwise.
    """
    config = settings()
    with Outages(stores_of(config), config.outage_s) as outages:
        return outages.taken_again(step)


def _require_store() -> None:
    store().require_writable()


def _require_bucket(bucket: str) -> None:
    with suppress(SourceForbidden, SourceMissing):  # it answers; what it refuses fails the document alone
        require_answer(bucket)


class _Models:
    """The models of a batch."""

    def __init__(self, batch: Batch, url: str, names: list[str]) -> None:
        self._batch, self._url, self._names = batch, url, names
        self._n_reloads: Counter[str] = Counter()

    def forgive(self) -> None:
        """A document caused the last deaths, not the model."""
        self._n_reloads.clear()

    def require(self) -> None:
        """Call each model once; reload one whose process died.

        Raises:
            ModelError: one gives no answer.
        """
        for name in self._names:
            try:
                self._batch.ask(lambda client, name=name: client.probe(name))
            except ModelCrashed:
                if self._n_reloads[name] == MAX_RELOADS:
                    raise
                self._n_reloads[name] += 1
                logger.warning(
                    "the process of model %s died: reloading it (%d of %d)",
                    name,
                    self._n_reloads[name],
                    MAX_RELOADS,
                )
                reload_model(self._url, name)
                self._batch.ask(lambda client, name=name: client.probe(name))
