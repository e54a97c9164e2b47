"""Lists the repository: every version with its card and its record, and the refused ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.stack.model_repository import REFUSED, Repository
from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import PROMOTION, REPORT, read_json, weights_sha256


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version, published or refused.

    Attributes:
        state: `serves`, `ready`, `refused`, or `foreign` for a model that has no card.
        figures: The card's figures, by dotted name.
        record: Its promotion.json or report.json; empty for a shipped version.
    """

    name: str
    version: int | None
    state: str
    weights_sha256: str
    trained_on: str
    seed: int | None
    figures: dict[str, float]
    record: dict[str, Any]
    folder: Path


def listing(repository: Repository) -> list[ListedVersion]:
    """Every version of every model, by name and number; then the refused ones."""
    return list(_versions(repository))


def _versions(repository: Repository) -> Iterator[ListedVersion]:
    for name in repository.names():
        serving = repository.serving(name)
        for version in repository.versions(name):
            state = "serves" if version == serving else "ready"
            yield _listed(repository.folder(name, version), name, version, state, PROMOTION)
    folder = repository.root / REFUSED
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        yield _listed(path, path.name.rpartition("-")[0], None, "refused", REPORT)


def _listed(folder: Path, name: str, version: int | None, state: str, record: str) -> ListedVersion:
    card = _read(folder / "card.json")
    return ListedVersion(
        name=name,
        version=version,
        state=state if card else "foreign",
        weights_sha256=weights_sha256(folder),
        trained_on=str(card.get("trained_on", "")),
        seed=card.get("seed"),
        figures=dict(_figures(card.get("out_of_fold") or {})),
        record=_read(folder / record),
        folder=folder,
    )


def _read(path: Path) -> dict[str, Any]:
    """Empty if there is no file: models of other origin have no card."""
    try:
        return read_json(path)
    except ConfigurationError:
        return {}


def _figures(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in figures.items():
        if isinstance(value, Mapping):
            yield from _figures(value, f"{prefix}{key}.")
        elif isinstance(value, int | float):
            yield f"{prefix}{key}", value
