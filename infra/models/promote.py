"""Compares a contender with the serving version on the gate set, and publishes or refuses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.models.publishing import publish, refuse
from infra.models.service import Service
from tasks.core.errors import ConfigurationError
from tasks.core.native.serving.answer import NativeModel
from tasks.core.native.serving.model_kinds import load_native
from tasks.core.native.weights import read_json
from tasks.core.schema import Schema
from tasks.learning.evaluation.replayed_run import ReplayedContract
from tasks.learning.labelled import LabelledFiles
from tasks.learning.promotion.contender import Contender
from tasks.learning.promotion.gate import GateFigures, GateVerdict, decide, gate_figures
from tasks.learning.promotion.gate_set import GateSet, play_side, read_gate_set

GENERATOR, CRITIC = "generator", "critic"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PromotionOptions:
    """How a contender is compared.

    Attributes:
        force: Reason to publish it even if the gate refuses; empty: the gate decides.
    """

    files: LabelledFiles
    schema: Schema
    max_rounds: int
    force: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """The outcome of one comparison.

    Attributes:
        version: None: refused.
        instead_of: The version that it was compared with.
        folder: The weights with their record.
    """

    verdict: GateVerdict
    figures: GateFigures
    version: int | None
    instead_of: int
    folder: Path


def promote(
    service: Service, contender: Contender, options: PromotionOptions, progress: Progress
) -> Promotion:
    """Compare, then publish or refuse; both leave a record.

    Raises:
        ConfigurationError: no version serves, or no contract is left to compare on.
        ModelError: the server does not load it.
    """
    name, repository = contender.kind, service.repository
    before = read_service(service, [contender.card], options, progress)
    serving, natives = before.versions, before.models
    after = {**natives, name: load_native(contender.folder)}
    played = [before.play(natives, "in service"), before.play(after, "contender")]
    figures = gate_figures(before.gate.fields, *played)
    verdict = decide(name, figures)
    card = {k: v for k, v in contender.card.items() if k != "learned_from"}
    about = {"model": name, "weights_sha256": contender.weights_sha256, "card": card}
    report = about | gate_report(before, options, figures, verdict)
    version = None
    if verdict.publish or options.force:
        version = publish(service, name, contender, serving[name], report)
        folder = repository.folder(name, version)
    else:
        folder = refuse(repository, name, contender, report)
    return Promotion(verdict, figures, version, serving[name], folder)


@dataclass(frozen=True, slots=True)
class InService:
    """The versions in service, and the gate set that a contender is compared with them on."""

    versions: Mapping[str, int]
    models: Mapping[str, NativeModel]
    gate: GateSet
    max_rounds: int
    progress: Progress

    def play(self, models: Mapping[str, NativeModel], title: str) -> list[ReplayedContract]:
        """A side of the comparison, in this process."""
        pair = models[GENERATOR], models[CRITIC]
        return play_side(self.gate, *pair, self.max_rounds, self.progress_of(title))

    def progress_of(self, title: str) -> Progress:
        return lambda message: self.progress(f"{title}: {message}")


def read_service(
    service: Service, cards: Sequence[Mapping[str, Any]], options: PromotionOptions, progress: Progress
) -> InService:
    """Load what serves, and read the gate set without contracts that a side has learned from.

    Args:
        cards: Of the contender; `learned_from` counts.

    Raises:
        ConfigurationError: no version serves, or no contract is left to compare on.
    """
    versions = {n: _serving(service, n) for n in (GENERATOR, CRITIC)}
    folders = {name: service.repository.folder(name, version) for name, version in versions.items()}
    every = [*cards, *(read_json(folder / "card.json") for folder in folders.values())]
    learned = {str(name) for card in every for name in card.get("learned_from") or ()}
    gate = read_gate_set(options.files, options.schema, learned, progress)
    models = {name: load_native(folder) for name, folder in folders.items()}
    return InService(versions, models, gate, options.max_rounds, progress)


def _serving(service: Service, name: str) -> int:
    version = service.repository.serving(name)
    if version is None:
        raise ConfigurationError(
            f"{service.repository.root} has no model {name} to compare with. Set COUNTERSIGN_TRITON_MODELS to the right repository."
        )
    return version


def gate_report(
    before: InService, options: PromotionOptions, figures: GateFigures, verdict: GateVerdict
) -> dict[str, Any]:
    """What promotion.json says of a comparison, whatever the contender is."""
    files, force, gate = options.files, options.force, before.gate
    forced = [f"published despite the gate: {force}"] if force and not verdict.publish else []
    return {
        "gate_says": "publish" if verdict.publish else "refuse",
        "reasons": [*verdict.reasons, *forced],
        "forced": force or None,
        "compared_with": dict(before.versions),
        "gate_set": {
            "gold": files.gold.name,
            "gold_sha256": hashlib.sha256(files.gold.read_bytes()).hexdigest()[:12],
            "schema": options.schema.name,
            "split": files.split or "all but train",
            "max_rounds": options.max_rounds,
            "n_contracts": len(gate.golds),
            "n_left_out_learned": gate.n_learned,
            "n_left_out_without_document": gate.n_without_document,
        },
        "figures": asdict(figures),
    }
