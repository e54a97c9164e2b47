"""Where commands print results and progress, and how much Prefect says meanwhile."""

from __future__ import annotations

import os
import sys

from rich.console import Console

_WIDTH_WITHOUT_TERMINAL = 160


def result_console() -> Console:
    """Standard output; wide where no terminal says how wide it is, so that a log keeps whole ids."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_WITHOUT_TERMINAL)


def progress_console() -> Console:
    return Console(stderr=True)


def quiet_prefect() -> None:
    """Warnings only, unless the user asked for more: the progress bar tells the rest. Call before Prefect is imported."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
