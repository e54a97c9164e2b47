"""Compares a calibrated language model as critic with the critic in service, by the gate of every contender.

Nothing is published in Triton's repository, which has the language model already: two settings put it
into service. The report lies beside the calibration.

Requires:
    A running Triton server with the language model and the generator in service.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.models.promote import (
    CRITIC,
    GENERATOR,
    InService,
    Progress,
    PromotionOptions,
    gate_report,
    read_service,
)
from infra.models.publishing import dump, signed
from infra.models.service import Service
from infra.stack.model_repository import write_whole
from tasks.core.answers.calibration import FILE, Calibration, read_calibration
from tasks.core.errors import ConfigurationError
from tasks.core.native.critic.evidence_judge import DEFAULT_PROMISE
from tasks.core.native.weights import PROMOTION, read_json, weights_sha256
from tasks.core.schema import promise_of
from tasks.learning.evaluation.replayed_run import ReplayedContract
from tasks.learning.judge_book import labelled_critic
from tasks.learning.promotion.gate import GateFigures, GateVerdict, decide, gate_figures
from tasks.learning.promotion.gate_set import ServedRounds, play_served
from tasks.settings import ModelSettings, model_settings
from tasks.triton import TritonClient, open_client
from tasks.verify.model_calls import ModelCaller, calibrated, model_caller

SETTINGS = "COUNTERSIGN_CRITIC", "COUNTERSIGN_CRITIC_CALIBRATION"


@dataclass(frozen=True, slots=True)
class CalibratedPromotion:
    """The outcome of one comparison."""

    verdict: GateVerdict
    figures: GateFigures
    is_published: bool
    settings: tuple[tuple[str, str], ...]
    """Name and value of what puts the critic into service."""
    report: Path


def promote_calibrated(
    service: Service, folder: Path, options: PromotionOptions, progress: Progress
) -> CalibratedPromotion:
    """Compare, and write the report into the folder.

    Raises:
        ConfigurationError: no server runs, it serves other models, or nothing is left to compare on.
        ModelError: the server failed.
    """
    calibration, record = read_calibration(folder), read_json(folder / FILE)
    if service.url is None:
        raise ConfigurationError(
            "a language model as critic is asked through Triton, and no server is running: start it with `countersign up triton`, "
            "or name yours with TRITON_URL"
        )
    name = calibration.model.partition("/")[0]
    before = read_service(service, [record], options, progress)
    contender = _Contender(service, before, calibration, name)
    after = asyncio.run(contender.play(options))
    figures = gate_figures(before.gate.fields, before.play(before.models, "in service"), after)
    verdict = decide(CRITIC, figures)
    digest = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    fitted: dict[str, Any] = {k: v for k, v in record.items() if k != "learned_from"}
    about = {"model": CRITIC, "critic": name, "calibration": fitted, "calibration_sha256": digest}
    report = folder / PROMOTION
    write_whole(report, dump(signed(about | gate_report(before, options, figures, verdict))))
    is_published = verdict.publish or bool(options.force)
    values = name, str((folder / FILE).resolve())
    return CalibratedPromotion(
        verdict, figures, is_published, tuple(zip(SETTINGS, values, strict=True)), report
    )


@dataclass(frozen=True, slots=True)
class _Contender:
    """The generator in service with the calibrated critic, both on Triton."""

    service: Service
    before: InService
    calibration: Calibration
    critic: str

    async def play(self, options: PromotionOptions) -> list[ReplayedContract]:
        config = model_settings().model_copy(update={"triton_url": self.service.url})
        async with open_client(config) as client:
            generator = await self._generator(client, config)
            served = await labelled_critic(client, self.critic, config.ask_limits)
            critic = calibrated(served, self.calibration)
            # In process the native critic promises this, too, where a run does not say what.
            promise = promise_of(options.schema, DEFAULT_PROMISE) if self.calibration.promises else None
            rounds = ServedRounds(options.max_rounds, promise, config.triton_in_flight)
            progress = self.before.progress_of("contender")
            return await play_served(self.before.gate, generator, critic, rounds, progress)

    async def _generator(self, client: TritonClient, config: ModelSettings) -> ModelCaller:
        """The sides must differ in the critic only."""
        generator = await model_caller(client, GENERATOR, config.ask_limits)
        version = self.before.versions[GENERATOR]
        digest = weights_sha256(self.service.repository.folder(GENERATOR, version))
        if not generator.served.identity.version.endswith(f"-{digest[:12]}"):
            raise ConfigurationError(
                f"the server at {self.service.url} serves {generator.served.label}, and version {version} of {self.service.repository.root} is in "
                "service: set COUNTERSIGN_TRITON_MODELS to the repository that it reads"
            )
        return generator
