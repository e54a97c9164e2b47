"""Checks a version folder before it is published: first its files, then whether its weights load.

Nothing in the folder is run or unpickled. But crfsuite's C code trusts its file, and a broken one
must not end this process: the weights are loaded in a process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import SHELL, SUFFIXES, read_json, weights_sha256

MAX_BYTES = 25_000_000
"""Limit of all native weights together, so that a single model must keep it, too."""
MAX_INFLATED_BYTES = 400_000_000
LOAD_S = 120
_ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Contender:
    folder: Path
    kind: str
    weights_sha256: str
    card: dict[str, Any]

    @property
    def short_digest(self) -> str:
        return self.weights_sha256[:12]


def inspect(folder: Path, kind: str) -> Contender:
    """Check a folder as `countersign train` writes it.

    Args:
        kind: `generator` or `critic`, as it will be published.

    Raises:
        ConfigurationError: a file is foreign, missing, too large or broken, or the kind is another.
    """
    _check_files(folder)
    for path in sorted(folder.glob("*.npz")):
        _check_archive(path)
    answer = _loaded(folder)
    if answer["kind"] != kind:
        raise ConfigurationError(f"{folder} holds a {answer['kind']}, which cannot be published as {kind}")
    return Contender(folder, kind, weights_sha256(folder), read_json(folder / "card.json"))


def _check_files(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is not a folder")
    n_bytes = 0
    for path in sorted(folder.iterdir()):
        if path.name == "__pycache__" and path.is_dir():
            continue
        if path.is_symlink() or not path.is_file() or not _belongs(path):
            raise ConfigurationError(
                f"{path.name} does not belong in a version folder, which may hold {', '.join(SUFFIXES)} files only"
            )
        n_bytes += path.stat().st_size
    if n_bytes > MAX_BYTES:
        raise ConfigurationError(
            f"{folder} holds {n_bytes / 1e6:.1f} MB; at most {MAX_BYTES / 1e6:.0f} MB are published"
        )


def _belongs(path: Path) -> bool:
    if path.name == "model.py":  # Triton runs it, so only our own text is accepted
        return path.read_bytes() == SHELL.encode()
    return path.suffix in SUFFIXES


def _check_archive(path: Path) -> None:
    """A small npz can unpack to any size."""
    try:
        with zipfile.ZipFile(path) as archive:
            n_bytes = sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigurationError(f"{path.name} is broken: it is not an npz file") from error
    if n_bytes > MAX_INFLATED_BYTES:
        raise ConfigurationError(
            f"{path.name} unpacks to {n_bytes / 1e6:.0f} MB; at most {MAX_INFLATED_BYTES / 1e6:.0f} MB are loaded"
        )


def _loaded(folder: Path) -> dict[str, Any]:
    """The answer of the process that loads it (`tasks.learning.promotion.trial`)."""
    command = [sys.executable, "-m", "tasks.learning.promotion.trial", str(folder.absolute())]
    try:
        done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=LOAD_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ConfigurationError(f"the weights in {folder} did not load within {LOAD_S} s") from error
    if done.returncode < 0:
        raise ConfigurationError(
            f"a weight file in {folder} is broken: reading it ended the process (signal {-done.returncode})"
        )
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise ConfigurationError(
            f"the process that tried the weights in {folder} gave no answer (exit code {done.returncode})"
        ) from error
    if "refused" in answer:
        raise ConfigurationError(f"{folder} cannot be loaded: {answer['refused']}")
    return answer
