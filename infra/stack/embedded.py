"""What every embedded part answers; `infra.stack.start` drives them through this and nothing else."""

from __future__ import annotations

import hashlib
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import StackState

QUIET = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
"""Nothing of ours reports to anybody."""


class Embedded(ABC):
    """One part that we run ourselves.

    Attributes:
        needs: Parts of ours that must answer before this one is started.
        port_names: Keys into `StackState.ports`.
        deadline_s: Seconds from the start to the first good answer.
        stop_signal: What makes it end in good order.
        meaning: What cannot be done while it does not run.
    """

    part: ClassVar[StackPart]
    needs: ClassVar[tuple[StackPart, ...]] = ()
    port_names: ClassVar[tuple[str, ...]] = ()
    deadline_s: ClassVar[float]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    meaning: ClassVar[str]

    @abstractmethod
    def prepare(self, state: StackState) -> None:
        """Makes its folder ready; safe to repeat, and mends what a killed process left."""

    @abstractmethod
    def launch(self, state: StackState) -> Launch: ...

    @abstractmethod
    def is_ready(self, state: StackState) -> bool:
        """Whether it answers now; quick, and raises nothing for a server that is not there."""

    def complete(self, state: StackState) -> None:  # noqa: B027
        """Makes what must exist inside it once it answers; safe to repeat."""

    def sweep(self, state: StackState) -> None:  # noqa: B027
        """Removes what it, dead, leaves outside the state folder."""

    def environment(self, state: StackState) -> dict[str, str]:
        """The variables by which others reach it."""
        return {}


def inherited(**added: str) -> dict[str, str]:
    """Our own environment without what would bend a child's Python."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    return {**kept, **QUIET, **added}


def digest_of_files(paths: Iterable[Path]) -> str:
    """Changes when one of the files does: by name, size and time, so that it costs no reading."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def digest_of_launch(launch: Launch) -> str:
    """Changes when the command does, or what the process reads at its start."""
    content = "\0".join([*launch.argv, str(launch.cwd), launch.reads])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
