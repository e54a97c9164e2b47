"""The interface of every embedded part; `infra.stack.start` uses nothing else of a part."""

from __future__ import annotations

import hashlib
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import StackState

QUIET = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
"""No embedded part reports usage to its vendor."""


class Embedded(ABC):
    """One part that the stack runs.

    Attributes:
        needs: Embedded parts that must answer before this one is started.
        port_names: Keys into `StackState.ports`.
        deadline_s: Seconds from the start to the first good answer.
        stop_signal: The signal that ends it in an orderly way.
        meaning: What does not work while the part is down.
    """

    part: ClassVar[StackPart]
    needs: ClassVar[tuple[StackPart, ...]] = ()
    port_names: ClassVar[tuple[str, ...]] = ()
    deadline_s: ClassVar[float]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    meaning: ClassVar[str]

    @abstractmethod
    def prepare(self, state: StackState) -> None:
        """Prepare its folder. Safe to repeat; repairs what a killed process left."""

    @abstractmethod
    def launch(self, state: StackState) -> Launch: ...

    @abstractmethod
    def is_ready(self, state: StackState) -> bool:
        """Whether it answers now. Returns at once, and raises nothing if there is no server."""

    def complete(self, state: StackState) -> Sequence[str] | None:
        """Create what must exist in it once it answers (tables, buckets); safe to repeat.

        Returns:
            What the user should know of it.
        """
        return None

    def sweep(self, state: StackState) -> None:  # noqa: B027
        """Remove what the dead process left outside the state folder."""

    def environment(self, state: StackState) -> dict[str, str]:
        """The variables by which other processes reach it."""
        return {}


def inherited(**added: str) -> dict[str, str]:
    """This process's environment without the variables that would change a child's Python."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    return {**kept, **QUIET, **added}


def digest_of_files(paths: Iterable[Path]) -> str:
    """Digest of names, sizes and times of the files; reads no content."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def digest_of_settings(env: Mapping[str, str], beginnings: tuple[str, ...]) -> str:
    """Digest of the variables of these names: a process that reads them at its start has to be started again."""
    lines = sorted(f"{name}={value}" for name, value in env.items() if name.startswith(beginnings))
    return hashlib.sha256(os.linesep.join(lines).encode()).hexdigest()


def digest_of_launch(launch: Launch) -> str:
    """Digest of the command, and of the files that the process reads at its start."""
    content = "\0".join([*launch.argv, str(launch.cwd), launch.reads])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
