"""What the product ships, put into the repository that the stack serves; what was published there stays.

The shipped versions stand in `infra/triton/models`; they are copied, so that a server never sees a file change under it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.models.repository import Repository
from tasks.core.native.weights import PROMOTION, weights_sha256

SHIPPED = Path(__file__).resolve().parents[1] / "triton" / "models"


def assemble(repository: Repository, shipped: Path = SHIPPED) -> None:
    """Bring the shipped versions up to date; safe to repeat. Which version serves stays, and is the shipped one at first."""
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
        return  # a number that was given here before the product shipped it
    if not there.is_dir() or weights_sha256(there) != weights_sha256(folder):
        repository.place(name, version, folder, replace=True)
