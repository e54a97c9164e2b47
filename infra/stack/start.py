"""Starts and stops parts in order, with deadlines and errors. Knows no part in particular."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from infra.stack import ports, process
from infra.stack.embedded import Embedded, digest_of_launch
from infra.stack.service import StackPart
from infra.stack.state import RunningPart, StackState
from tasks.core.errors import StackError

LOG_TAIL_LINES = 12
POLL_S = 0.05

Progress = Callable[[str, str], None]
"""Called with the name of a part and what happens to it."""


def start_all(
    parts: Iterable[Embedded], state: StackState, save: Callable[[], None], progress: Progress
) -> None:
    """Start the parts that do not run, all at once. A part that runs as it should is left alone.

    Raises:
        StackError: names every part that failed, the consequence, and its log. The others stay up.
    """
    required = list(parts)
    start = _Start({part.part: part for part in required}, state, save, progress)
    with ThreadPoolExecutor(max_workers=len(StackPart)) as pool:
        healthy = list(pool.map(lambda part: runs_well(part, state), required))
        unwell = [part for part, is_healthy in zip(required, healthy, strict=True) if not is_healthy]
        # What lives and only waits for a part that is down is left alone: a worker has batches in work.
        down = {part.part for part in unwell}
        stopped = [part for part in unwell if not (down.intersection(part.needs) and is_alive(part, state))]
        if stopped:
            stop_all(stopped, state)
            state.ports |= ports.choose([name for part in stopped for name in part.port_names], state.ports)
            save()
        try:
            for part in required:
                start.jobs[part.part] = pool.submit(start.bring_up, part, part in stopped)
            wait(start.jobs.values())
        finally:
            start.given_up.set()  # an interrupt must not wait for every deadline
    _raise_failures([error for job in start.jobs.values() if (error := job.exception()) is not None])


@dataclass
class _Start:
    """One start of several parts, each in a thread of its own."""

    parts: dict[StackPart, Embedded]
    state: StackState
    save: Callable[[], None]
    progress: Progress
    jobs: dict[StackPart, Future[None]] = field(default_factory=dict)
    given_up: threading.Event = field(default_factory=threading.Event)

    def bring_up(self, part: Embedded, is_stopped: bool) -> None:
        name, began = part.part.value, time.monotonic()
        if is_stopped:
            self.progress(name, "starting")
            self._wait_for_needs(part)
            _spawn(part, self.state)
            self.save()
            self._wait_until_ready(part)
        else:
            self._wait_for_needs(part)
        try:
            notes = part.complete(self.state) or ()
        except OSError as error:
            raise _failure(part, self.state, f"did not answer in time ({error})") from error
        ready = f"ready after {time.monotonic() - began:.1f} s" if is_stopped else "already running"
        self.progress(name, "\n".join((ready, *notes)))

    def _wait_for_needs(self, part: Embedded) -> None:
        """Wait until needed parts answer; they need not be complete, so that both finish in
        parallel. External ones were checked before."""
        for need in [need for need in part.needs if need in self.parts]:
            while not self.parts[need].is_ready(self.state):
                self._check_interrupt()
                job = self.jobs.get(need)
                if job is not None and job.done() and job.exception() is not None:
                    raise StackError(
                        f"{part.part.value} was not started because {need.value} is not up: {part.meaning}."
                    )
                time.sleep(POLL_S)

    def _wait_until_ready(self, part: Embedded) -> None:
        until = time.monotonic() + part.deadline_s
        while not part.is_ready(self.state):
            self._check_interrupt()
            if running(part, self.state) is None:
                raise _failure(part, self.state, "ended before it was ready")
            if time.monotonic() > until:
                stop_all([part], self.state)
                raise _failure(part, self.state, f"was not ready within {part.deadline_s:.0f} s")
            time.sleep(POLL_S)

    def _check_interrupt(self) -> None:
        if self.given_up.is_set():
            raise StackError(
                "the start was interrupted. `countersign down` stops the parts that are up already."
            )


def running(part: Embedded, state: StackState) -> psutil.Process | None:
    """The process of the part, if it is alive."""
    record = state.running.get(part.part)
    return process.find(record.pid, record.started_at) if record else None


def runs_well(part: Embedded, state: StackState) -> bool:
    """Whether it is alive, was started with the command and files of now, and answers."""
    return is_alive(part, state) and part.is_ready(state)


def is_alive(part: Embedded, state: StackState) -> bool:
    """Whether it is alive, and was started with the command and files of now."""
    record = state.running.get(part.part)
    if record is None or running(part, state) is None:
        return False
    return record.fingerprint == digest_of_launch(part.launch(state))


def stop_all(parts: Iterable[Embedded], state: StackState) -> list[str]:
    """Stop the parts and their leftovers; returns the names of those that ran."""
    stopping = list(parts)
    alive = [(part, found) for part in stopping if (found := running(part, state))]
    with ThreadPoolExecutor(max_workers=len(StackPart)) as pool:
        jobs = [pool.submit(process.stop, [found], part.stop_signal) for part, found in alive]
    for job in jobs:
        job.result()
    marks = [_mark(part, state) for part in stopping]
    backends = [state.folder(part.part) / "data" for part in stopping if part.part is StackPart.POSTGRES]
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


def _raise_failures(failures: list[BaseException]) -> None:
    for error in failures:
        if not isinstance(error, StackError):
            raise error
    if failures:
        raise StackError("\n\n".join(str(error) for error in failures)) from failures[0]


def _spawn(part: Embedded, state: StackState) -> None:
    try:
        part.prepare(state)
        launch = part.launch(state)
        child = process.spawn(launch, state.log(part.part), _mark(part, state))
        state.running[part.part] = RunningPart(child.pid, child.create_time(), digest_of_launch(launch))
    except (OSError, subprocess.SubprocessError, psutil.Error) as error:
        raise _failure(part, state, f"could not be started ({error})") from error


def _failure(part: Embedded, state: StackState, what: str) -> StackError:
    log = state.log(part.part)
    shown = "".join(f"\n    {line}" for line in tail(log, LOG_TAIL_LINES)) or "\n    (the log is empty)"
    return StackError(f"{part.part.value} {what}: {part.meaning}. Its log is {log}, which ends:{shown}")


def _mark(part: Embedded, state: StackState) -> str:
    return f"{state.stack_id}:{part.part.value}"
