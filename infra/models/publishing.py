"""Publishes, refuses and rolls back versions, and records each beside the files.

NAME/N/promotion.json                   why, when, by whom, on which gate set, with all figures
NAME/history.jsonl                      every change of the serving version
refused/NAME-DIGEST/report.json         the same, beside weights that were not published
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.models.service import Service
from infra.stack.model_repository import REFUSED, Repository, write_whole
from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import PROMOTION, REPORT, read_json, weight_files, weights_sha256
from tasks.learning.promotion.contender import Contender

HISTORY = "history.jsonl"


def publish(
    service: Service, name: str, contender: Contender, instead_of: int, report: Mapping[str, Any]
) -> int:
    """Make the contender the next version, and let it serve; returns its number.

    Args:
        instead_of: The version it was compared with.
        report: The gate's report; written beside the weights.

    Raises:
        ConfigurationError: another version was published since, or the server reads other files.
        ModelError: the server does not load it; the new folder is removed.
    """
    repository = service.repository
    with repository.locked():
        if repository.serving(name) != instead_of:
            raise ConfigurationError(
                f"another version of {name} was published meanwhile: version {repository.serving(name)} serves, but the comparison "
                f"was with version {instead_of}. Run `countersign promote` again."
            )
        version = max(repository.versions(name)) + 1
        folder = repository.place(name, version, contender.folder)
        replaced = weights_sha256(repository.folder(name, instead_of))
        identity = {"version": instead_of, "weights_sha256": replaced}
        record = signed({**report, "version": version, "instead_of": identity})
        write_whole(folder / PROMOTION, dump(record))
        try:
            service.change_over(name, version)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        _record_change(repository, name, "published", instead_of, version, "; ".join(report["reasons"]))
    return version


def refuse(repository: Repository, name: str, contender: Contender, report: Mapping[str, Any]) -> Path:
    """Keep the contender with its report in a folder that no server reads."""
    folder = repository.root / REFUSED / f"{name}-{contender.short_digest}"
    with repository.locked():
        folder.mkdir(parents=True, exist_ok=True)
        for path in weight_files(contender.folder):
            if path.parent.resolve() != folder.resolve():
                shutil.copyfile(path, folder / path.name)
        write_whole(folder / REPORT, dump(signed(report)))
    return folder


def roll_back(service: Service, name: str, to: int | None, reason: str) -> tuple[int, int]:
    """Let an earlier version serve again; returns (from, to). No file is removed.

    Args:
        to: None: the version that served before the serving one was published.

    Raises:
        ConfigurationError: there is no such version.
    """
    repository = service.repository
    with repository.locked():
        serving = repository.serving(name)
        if serving is None:
            raise ConfigurationError(
                f"there is no model {name} in {repository.root}; it has: {', '.join(repository.names()) or 'none'}"
            )
        target = _version_before(repository, name, serving) if to is None else to
        if target == serving:
            raise ConfigurationError(f"version {serving} of {name} serves already")
        service.change_over(name, target)
        _record_change(repository, name, "rolled back", serving, target, reason)
    return serving, target


def same_weights(repository: Repository, name: str, contender: Contender) -> int | None:
    """The version that has the same weights, if any."""
    for version in repository.versions(name):
        if weights_sha256(repository.folder(name, version)) == contender.weights_sha256:
            return version
    return None


def _version_before(repository: Repository, name: str, serving: int) -> int:
    # From the record, not the number: versions between may have been rolled back for a reason.
    record = repository.folder(name, serving) / PROMOTION
    before = read_json(record)["instead_of"]["version"] if record.exists() else None
    if before not in repository.versions(name):
        raise ConfigurationError(
            f"version {serving} of {name} has none before it to roll back to. Choose one of {repository.versions(name)} with --to VERSION."
        )
    return int(before)


def _record_change(
    repository: Repository, name: str, change: str, before: int, after: int, reason: str
) -> None:
    line = signed({"did": change, "from": before, "to": after, "reason": reason})
    with (repository.root / name / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def signed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its user and time."""
    who = os.environ.get("COUNTERSIGN_USER") or getpass.getuser()
    return {**record, "by": who, "at": datetime.now(UTC).isoformat(timespec="seconds")}


def dump(record: Mapping[str, Any]) -> str:
    """A record as it is written."""
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"
