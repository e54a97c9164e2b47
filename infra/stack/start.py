"""Brings parts up and takes them down; knows the order, the deadlines and the errors, and no part in particular."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

from infra.stack import ports, process
from infra.stack.embedded import Embedded, digest_of_launch
from infra.stack.part import Part
from infra.stack.state import Running, StackState
from tasks.core.errors import StackError

LOG_TAIL_LINES = 12
POLL_S = 0.05

Progress = Callable[[str, str], None]
"""Called with a part's name and what happens to it."""


def start_all(
    parts: Iterable[Embedded], state: StackState, save: Callable[[], None], progress: Progress
) -> None:
    """Starts what does not run, all at once; what runs as it should is left alone.

    Raises:
        StackError: names every part that failed, what it means, and where its log is. The others stay up.
    """
    wanted = list(parts)
    with ThreadPoolExecutor(max_workers=len(Part)) as pool:
        runs = list(pool.map(lambda part: runs_well(part, state), wanted))
        stopped = [part for part, well in zip(wanted, runs, strict=True) if not well]
        if stopped:
            stop_all(stopped, state)
            state.ports |= ports.choose([name for part in stopped for name in part.port_names], state.ports)
            save()
        jobs = [pool.submit(_bring_up, part, state, part in stopped, save, progress) for part in wanted]
    failures = [error for job in jobs if (error := job.exception()) is not None]
    for error in failures:
        if not isinstance(error, StackError):
            raise error
    if failures:
        raise StackError("\n\n".join(str(error) for error in failures)) from failures[0]


def running(part: Embedded, state: StackState) -> psutil.Process | None:
    """The part's process, if it lives."""
    record = state.running.get(part.part)
    return process.find(record.pid, record.started_at) if record else None


def runs_well(part: Embedded, state: StackState) -> bool:
    """Lives, was started from what it would be started from now, and answers."""
    record = state.running.get(part.part)
    if record is None or running(part, state) is None:
        return False
    return record.fingerprint == digest_of_launch(part.launch(state)) and part.is_ready(state)


def stop_all(parts: Iterable[Embedded], state: StackState) -> list[str]:
    """Stops the parts and whatever they left behind; returns the names of those that ran."""
    stopping = list(parts)
    alive = [(part, found) for part in stopping if (found := running(part, state))]
    with ThreadPoolExecutor(max_workers=len(Part)) as pool:
        jobs = [pool.submit(process.stop, [found], part.stop_signal) for part, found in alive]
    for job in jobs:
        job.result()
    marks = [_mark(part, state) for part in stopping]
    backends = [state.folder(part.part) / "data" for part in stopping if part.part is Part.POSTGRES]
    process.stop(process.marked(marks, backends), grace_s=2)
    for part in stopping:
        part.sweep(state)
        state.running.pop(part.part, None)
    return [part.part.value for part, _ in alive]


def tail(log: Path, n_lines: int) -> list[str]:
    """The last lines of a log, without reading a large file whole."""
    with suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 400 * n_lines))
        return file.read().decode("utf-8", "replace").splitlines()[-n_lines:]
    return []


def _bring_up(
    part: Embedded, state: StackState, start: bool, save: Callable[[], None], progress: Progress
) -> None:
    name, began = part.part.value, time.monotonic()
    if start:
        progress(name, "starting")
        _spawn(part, state)
        save()
        _wait_until_ready(part, state, began)
    part.complete(state)
    progress(name, f"ready after {time.monotonic() - began:.1f} s" if start else "already running")


def _spawn(part: Embedded, state: StackState) -> None:
    try:
        part.prepare(state)
        launch = part.launch(state)
        child = process.spawn(launch, state.log(part.part), _mark(part, state))
        state.running[part.part] = Running(child.pid, child.create_time(), digest_of_launch(launch))
    except (OSError, subprocess.SubprocessError, psutil.Error) as error:
        raise _failure(part, state, f"could not be started ({error})") from error


def _wait_until_ready(part: Embedded, state: StackState, began: float) -> None:
    while not part.is_ready(state):
        if running(part, state) is None:
            raise _failure(part, state, "ended before it was ready")
        if time.monotonic() - began > part.deadline_s:
            stop_all([part], state)
            raise _failure(part, state, f"was not ready within {part.deadline_s:.0f} s")
        time.sleep(POLL_S)


def _failure(part: Embedded, state: StackState, what: str) -> StackError:
    log = state.log(part.part)
    shown = "".join(f"\n    {line}" for line in tail(log, LOG_TAIL_LINES)) or "\n    (the log is empty)"
    return StackError(f"{part.part.value} {what}: {part.meaning}. Its log is {log}, which ends:{shown}")


def _mark(part: Embedded, state: StackState) -> str:
    return f"{state.stack_id}:{part.part.value}"
