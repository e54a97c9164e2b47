"""Compares a contender with the serving version on the gate set, and publishes or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
from tasks.learning.promotion.gate import GateVerdict, Weighed, decide, weigh
from tasks.learning.promotion.gate_set import GateSet, digest_of, play_side, read_gate_set

GENERATOR, CRITIC = "generator", "critic"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a contender is judged.

    Attributes:
        force: Why it is published even if the gate refuses; empty if the gate decides.
    """

    files: LabelledFiles
    schema: Schema
    max_rounds: int
    force: str


@dataclass(frozen=True, slots=True)
class Promoted:
    verdict: GateVerdict
    weighed: Weighed
    version: int | None
    """None: refused."""
    instead_of: int
    folder: Path
    """Where it is now, with its record."""


def promote(service: Service, contender: Contender, terms: Terms, progress: Progress) -> Promoted:
    """Compare and publish, or compare and refuse; both leave a record.

    Raises:
        ConfigurationError: nothing serves to compare with, or there is nothing to compare on.
        ModelError: the server does not load it.
    """
    name = contender.kind
    serving = {n: _serving(service, n) for n in (GENERATOR, CRITIC)}
    gate, weighed = _compared(service, contender, serving, terms, progress)
    verdict = decide(name, weighed)
    report = _report(contender, serving, terms, gate, weighed, verdict)
    if verdict.publish or terms.force:
        version = publish(service, name, contender, serving[name], report)
        folder = service.repository.folder(name, version)
        return Promoted(verdict, weighed, version, serving[name], folder)
    folder = refuse(service.repository, name, contender, report)
    return Promoted(verdict, weighed, None, serving[name], folder)


def _serving(service: Service, name: str) -> int:
    version = service.repository.serving(name)
    if version is None:
        raise ConfigurationError(
            f"{service.repository.root} has no model {name}: there is nothing to compare with"
        )
    return version


def _compared(
    service: Service, contender: Contender, serving: dict[str, int], terms: Terms, progress: Progress
) -> tuple[GateSet, Weighed]:
    """The two sides differ in the contender only."""
    folders = {name: service.repository.folder(name, version) for name, version in serving.items()}
    cards = [contender.card, *(read_json(folder / "card.json") for folder in folders.values())]
    learned = {str(name) for card in cards for name in card.get("learned_from") or ()}
    gate = read_gate_set(terms.files, terms.schema, learned, progress)
    before = {name: load_native(folder) for name, folder in folders.items()}
    after = {**before, contender.kind: load_native(contender.folder)}
    sides = [
        play_side(
            gate,
            side[GENERATOR],
            side[CRITIC],
            terms.max_rounds,
            lambda message, who=who: progress(f"{who}: {message}"),
        )
        for who, side in (("in service", before), ("contender", after))
    ]
    return gate, weigh(gate.golds, gate.fields, *sides)


def _report(
    contender: Contender,
    serving: dict[str, int],
    terms: Terms,
    gate: GateSet,
    weighed: Weighed,
    verdict: GateVerdict,
) -> dict[str, Any]:
    files = terms.files
    forced = [f"published despite the gate: {terms.force}"] if terms.force and not verdict.publish else []
    return {
        "model": contender.kind,
        "weights_sha256": contender.weights_sha256,
        "card": {k: v for k, v in contender.card.items() if k != "learned_from"},
        "gate_says": "publish" if verdict.publish else "refuse",
        "reasons": [*verdict.reasons, *forced],
        "forced": terms.force or None,
        "compared_with": serving,
        "gate_set": {
            "gold": files.gold.name,
            "gold_sha256": digest_of(files.gold),
            "schema": terms.schema.name,
            "split": files.split or "all but train",
            "max_rounds": terms.max_rounds,
            "n_contracts": len(gate.golds),
            "n_left_out_learned": gate.n_learned,
            "n_left_out_without_document": gate.n_without_document,
        },
        "figures": weighed.as_json(),
    }
