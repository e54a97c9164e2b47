"""Compares a contender with the serving version on the gate set, and publishes or refuses it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.models.publishing import publish, refuse
from infra.models.service import Service
from tasks.core.errors import ConfigurationError
from tasks.core.native.serving.model_kinds import load_native
from tasks.core.native.weights import read_json
from tasks.core.schema import Schema
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
    serving = {n: _serving(service, n) for n in (GENERATOR, CRITIC)}
    gate, figures = _compare(service, contender, serving, options, progress)
    verdict = decide(name, figures)
    report = _report(contender, serving, options, gate, figures, verdict)
    version = None
    if verdict.publish or options.force:
        version = publish(service, name, contender, serving[name], report)
        folder = repository.folder(name, version)
    else:
        folder = refuse(repository, name, contender, report)
    return Promotion(verdict, figures, version, serving[name], folder)


def _serving(service: Service, name: str) -> int:
    version = service.repository.serving(name)
    if version is None:
        raise ConfigurationError(
            f"{service.repository.root} has no model {name} to compare with. Set COUNTERSIGN_TRITON_MODELS to the right repository."
        )
    return version


def _compare(
    service: Service,
    contender: Contender,
    serving: dict[str, int],
    options: PromotionOptions,
    progress: Progress,
) -> tuple[GateSet, GateFigures]:
    """Run both sides, which differ in the contender only."""
    folders = {name: service.repository.folder(name, version) for name, version in serving.items()}
    cards = [contender.card, *(read_json(folder / "card.json") for folder in folders.values())]
    learned = {str(name) for card in cards for name in card.get("learned_from") or ()}
    gate = read_gate_set(options.files, options.schema, learned, progress)
    before = {name: load_native(folder) for name, folder in folders.items()}
    after = {**before, contender.kind: load_native(contender.folder)}
    sides = [
        play_side(
            gate,
            side[GENERATOR],
            side[CRITIC],
            options.max_rounds,
            lambda message, title=title: progress(f"{title}: {message}"),
        )
        for title, side in (("in service", before), ("contender", after))
    ]
    return gate, gate_figures(gate.fields, *sides)


def _report(
    contender: Contender,
    serving: dict[str, int],
    options: PromotionOptions,
    gate: GateSet,
    figures: GateFigures,
    verdict: GateVerdict,
) -> dict[str, Any]:
    files, force = options.files, options.force
    forced = [f"published despite the gate: {force}"] if force and not verdict.publish else []
    return {
        "model": contender.kind,
        "weights_sha256": contender.weights_sha256,
        "card": {k: v for k, v in contender.card.items() if k != "learned_from"},
        "gate_says": "publish" if verdict.publish else "refuse",
        "reasons": [*verdict.reasons, *forced],
        "forced": force or None,
        "compared_with": serving,
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
