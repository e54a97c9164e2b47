"""Copies the shipped models into the repository that the stack serves; published versions stay.

They are copied from `infra/triton/models`, so that no file changes under a running server.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.models.repository import Repository
from tasks.core.native.weights import PROMOTION, weights_sha256

SHIPPED = Path(__file__).resolve().parents[1] / "triton" / "models"


def assemble(repository: Repository, shipped: Path = SHIPPED) -> None:
    """Bring the shipped versions up to date; safe to repeat. The version that serves stays; at first it is the shipped one."""
    source = Repository(shipped)
    for name in source.names():
        serving = repository.serving(name)
        for version in source.versions(name):
            _copy(source.folder(name, version), repository, name, version)
        shutil.copyfile(shipped / name / "config.pbtxt", repository.root / name / "config.pbtxt")
        repository.serve(name, serving or max(source.versions(name)))


def _copy(folder: Path, repository: Repository, name: str, version: int) -> None:
    there = repository.folder(name, version)
    if (there / PROMOTION).exists():
        return  # published here under a number that the product shipped later
    if not there.is_dir() or weights_sha256(there) != weights_sha256(folder):
        repository.place(name, version, folder, replace=True)
