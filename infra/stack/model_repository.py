"""Triton's model repository as files: which versions a model has, and which one serves.

    ROOT/NAME/config.pbtxt      names the version that serves (a specific version policy)
    ROOT/NAME/N/                weights, card.json, and the three lines that Triton runs
    ROOT/refused/NAME-DIGEST/   refused weights with their report

Every change appears whole or not at all. No server is called here: `tasks.triton.model_control`
loads what is written.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import PROMOTION, SHELL, weight_files, weights_sha256

REFUSED = "refused"
LOCK_WAIT_S = 60.0
CONFIG = """\
# Native dialect (tasks/core/wire/native_format.py): one JSON string in, one out.
name: "{name}"
backend: "python"
max_batch_size: 64
input [ {{ name: "request" data_type: TYPE_STRING dims: [ 1 ] }} ]
output [ {{ name: "response" data_type: TYPE_STRING dims: [ 1 ] }} ]
dynamic_batching {{ max_queue_delay_microseconds: 500 }}
instance_group [ {{ count: 1 kind: KIND_CPU }} ]
"""

_POLICY = re.compile(r"^[ \t]*version_policy\s*:?\s*\{(?:[^{}]|\{[^{}]*\})*\}[ \t]*\n?", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class Repository:
    """One model repository. Versions count from 1; a number is not reused while its folder exists."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        """Every model with a version."""
        if not self.root.is_dir():
            return []
        folders = (p for p in sorted(self.root.iterdir()) if p.name != REFUSED and p.is_dir())
        return [p.name for p in folders if self.versions(p.name)]

    def versions(self, name: str) -> list[int]:
        """The versions of a model, oldest first; none for an unknown model."""
        folder = self.root / name
        if not folder.is_dir():
            return []
        return sorted(
            int(p.name) for p in folder.iterdir() if re.fullmatch(r"[1-9]\d*", p.name) and p.is_dir()
        )

    def folder(self, name: str, version: int) -> Path:
        return self.root / name / str(version)

    def serving(self, name: str) -> int | None:
        """The version that serves: the one in the configuration, else the newest, as in Triton."""
        there = self.versions(name)
        policy = _POLICY.search(self._config(name))
        named = [int(n) for n in re.findall(r"\d+", policy[0])] if policy and "specific" in policy[0] else []
        return max((n for n in named if n in there), default=None) if named else max(there, default=None)

    def settings(self, name: str) -> str:
        """The model's configuration without the version that serves; empty where there is none."""
        return _POLICY.sub("", self._config(name))

    def place(self, name: str, version: int, folder: Path, *, replace: bool = False) -> Path:
        """Copy the weight files of a version folder. The version does not serve yet.

        Raises:
            ConfigurationError: the version exists already, or the name is not valid.
        """
        if not _NAME.fullmatch(name) or name == REFUSED or version < 1:
            raise ConfigurationError(f"{name}/{version} is not a valid name and version of a model")
        target = self.folder(name, version)
        if target.exists() and not replace:
            raise ConfigurationError(f"version {version} of {name} exists already: {target}")
        beside = target.with_name(f".{version}.{os.getpid()}.new")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        for path in weight_files(folder):
            shutil.copyfile(path, beside / path.name)
        (beside / "model.py").write_text(SHELL, encoding="utf-8")
        self._put(beside, target)
        return target

    def serve(self, name: str, version: int) -> None:
        """Write that this version serves; the server sees it when it next loads the model.

        Raises:
            ConfigurationError: there is no such version.
        """
        if version not in self.versions(name):
            raise ConfigurationError(
                f"{name} has no version {version}, only {self.versions(name) or 'none at all'}"
            )
        kept = self.settings(name) or CONFIG.format(name=name)
        policy = f"version_policy: {{ specific {{ versions: [ {version} ] }} }}\n"
        write_whole(self.root / name / "config.pbtxt", f"{kept.rstrip()}\n{policy}")

    def remove(self, name: str, version: int | None = None) -> None:
        """Remove a version, or the whole model. It is no error if there is none.

        Raises:
            ConfigurationError: the version serves.
        """
        if version is not None and version == self.serving(name):
            raise ConfigurationError(f"version {version} of {name} serves. Let another version serve first.")
        shutil.rmtree(self.root / name if version is None else self.folder(name, version), ignore_errors=True)

    @contextlib.contextmanager
    def locked(self, wait_s: float = LOCK_WAIT_S) -> Iterator[None]:
        """One writer at a time.

        Raises:
            ConfigurationError: another writer does not end, or the folder cannot be written.
        """
        from filelock import FileLock, Timeout  # takes 50 ms to import

        # A process that dies releases its flock; a marker file, which filelock falls back to, would stay.
        lock = FileLock(self.root / ".lock", wait_s, 0o600, poll_interval=0.1, fallback_to_soft=False)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except Timeout:
            raise ConfigurationError(
                f"another process has been publishing into {self.root} for {wait_s:.0f} s. Wait for it or stop it."
            ) from None
        except OSError as error:
            raise ConfigurationError(f"{self.root} cannot be written ({error.strerror})") from error
        try:
            yield
        finally:
            lock.release()

    def _config(self, name: str) -> str:
        try:
            return (self.root / name / "config.pbtxt").read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""

    def _put(self, beside: Path, target: Path) -> None:
        """Rename into place. An older folder is moved away first, because a folder cannot be
        renamed over."""
        old = target.with_name(f".{target.name}.{os.getpid()}.old")
        if target.exists():
            target.rename(old)
        beside.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write beside and rename: a reader never sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


SHIPPED = Path(__file__).resolve().parents[1] / "deploy" / "triton" / "models"


def assemble(repository: Repository, shipped: Path = SHIPPED) -> None:
    """Bring the shipped versions up to date; safe to repeat.

    The version that serves stays; at first it is the shipped one.
    """
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
