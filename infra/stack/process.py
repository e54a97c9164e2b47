"""Processes of the stack: started without a terminal, found again, stopped with their children.

Every process has `COUNTERSIGN_STACK=<stack id>:<part>` in its environment, and its children inherit
it, so that orphans of a killed part are found. This module does not know the parts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

MARK = "COUNTERSIGN_STACK"

_children: set[int] = set()
"""Started by this process, which must reap them when they end."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a part is started."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    reads: str = ""
    """Digest of the files that the process reads at its start."""


def spawn(launch: Launch, log: Path, mark: str) -> psutil.Process:
    """Start it in a session of its own, with output to the log; the previous log is kept as `.1`."""
    with contextlib.suppress(FileNotFoundError):
        log.replace(log.with_suffix(".log.1"))
    with log.open("wb") as output:
        child = subprocess.Popen(
            list(launch.argv),
            env={**launch.env, MARK: mark},
            cwd=launch.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    child.returncode = 0  # it outlives this process: no ResourceWarning; `_reap` waits for it
    _children.add(child.pid)
    return psutil.Process(child.pid)


def find(pid: int, started_at: float) -> psutil.Process | None:
    """The process with this pid and start time, if it is alive."""
    _reap(pid)
    try:
        process = psutil.Process(pid)
        if abs(process.create_time() - started_at) > 1 or process.status() == psutil.STATUS_ZOMBIE:
            return None
    except psutil.Error:
        return None
    return process


def marked(marks: Collection[str], backend_folders: Iterable[Path] = ()) -> list[psutil.Process]:
    """Every living process with one of the marks.

    Args:
        backend_folders: PostgreSQL's backends overwrite their environment, so they are found by
            their working directory.
    """
    folders = {str(folder.resolve()) for folder in backend_folders}
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            is_backend = process.name() == "postgres" and process.cwd() in folders
            if is_backend or process.environ().get(MARK) in marks:
                found.append(process)
    return found


def stop(
    processes: Iterable[psutil.Process], first: signal.Signals = signal.SIGTERM, grace_s: float = 8
) -> None:
    """Signal the processes, wait, then kill what is left, with all children."""
    parents = list(processes)
    family = {process.pid: process for process in parents}
    for process in parents:
        with contextlib.suppress(psutil.Error):
            family.update({child.pid: child for child in process.children(recursive=True)})
    for process in parents:
        with contextlib.suppress(psutil.Error):
            process.send_signal(first)
    gone_by = time.monotonic() + grace_s
    _wait(parents, gone_by)
    rest = _wait(list(family.values()), min(gone_by, time.monotonic() + 1))
    for process in rest:
        with contextlib.suppress(psutil.Error):
            process.kill()
    _wait(rest, time.monotonic() + 5)


def _wait(processes: list[psutil.Process], until: float) -> list[psutil.Process]:
    """The processes that still run at `until`."""
    while True:
        alive = [process for process in processes if _runs(process)]
        if not alive or time.monotonic() > until:
            return alive
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    _reap(process.pid)
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _reap(pid: int) -> None:
    if pid in _children:
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == 0:
                return
        _children.discard(pid)
