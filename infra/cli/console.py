"""Consoles for results and for progress, and the progress bar of long commands."""

from __future__ import annotations

import os
import sys
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

_WIDTH_WITHOUT_TERMINAL = 160


def result_console() -> Console:
    """Standard output; wide where no terminal says how wide it is, so that a log keeps whole ids."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)


def progress_console() -> Console:
    return Console(stderr=True)


def quiet_prefect() -> None:
    """Warnings only, unless the user asked for more: the progress bar tells the rest. Call before Prefect is imported."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")


class ProgressBar:
    def __init__(self, console: Console, label: str, n_total: int) -> None:
        self._console, self._n_total, self._n_done = console, n_total, 0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task(label, total=n_total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, line: str) -> None:
        """Count one more; `line` says what became of it."""
        self._n_done += 1
        self._progress.advance(self._task)
        if not self._console.is_terminal:
            self._console.print(
                f"{self._n_done}/{self._n_total} {line}", highlight=False, markup=False, soft_wrap=True
            )
