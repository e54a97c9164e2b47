"""The processes of a running stack, by kind: what memory they hold, and what processor time they have used."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil

from infra.stack import state
from infra.stack.process import marked
from infra.stack.service import StackPart

MIB = 2**20


def by_kind(extra: int | None = None) -> Iterator[tuple[str, psutil.Process]]:
    """Every process with its kind: the part it belongs to, and of the worker's what it is.

    Args:
        extra: A process that is none of the stack's, with its children.
    """
    current, seen = state.load(), set[int]()
    for part in StackPart:
        folders = [current.folder(part) / "data"] if part is StackPart.POSTGRES else []
        for process in marked([f"{current.stack_id}:{part.value}"], folders):
            yield from _family(process, part.value, seen)
    if extra is not None:
        with contextlib.suppress(psutil.Error):
            yield from _family(psutil.Process(extra), "batch", seen)


def _family(process: psutil.Process, named: str, seen: set[int]) -> Iterator[tuple[str, psutil.Process]]:
    """A process and its children: readers carry no mark, for their environment is made bare."""
    with contextlib.suppress(psutil.Error):
        for one in [process, *process.children(recursive=True)]:
            if one.pid not in seen:
                seen.add(one.pid)
                yield _kind(named, one), one


def processor_s(extra: int | None = None) -> dict[str, float]:
    """Seconds of each kind, those of its processes included that have ended and were waited for."""
    used: dict[str, float] = defaultdict(float)
    for kind, process in by_kind(extra):
        with contextlib.suppress(psutil.Error):
            used[kind] += sum(process.cpu_times()[:4])
    return used


def _kind(named: str, process: psutil.Process) -> str:
    if named not in (StackPart.WORKER, "batch"):
        return named
    words = " ".join(process.cmdline())
    if "multiprocessing" in words or "reading" in words:
        return "reader"
    if named == "batch" or "worker start" in words:
        return named
    return "batch" if process.children() else "driver"


@dataclass
class Sampling:
    """Calls `sample` in a thread while it is open; a class of it waits for `over` between two looks."""

    every_s: float = 5.0
    over: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    def sample(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        if self._thread is not None:
            self._thread.join()


@dataclass
class Sampler(Sampling):
    """Takes the memory of every kind each few seconds while it is open: PSS, so that shared pages are counted once."""

    samples: list[tuple[float, dict[str, float]]] = field(default_factory=list)
    """When (monotonic), and MiB of each kind's largest process."""

    def sample(self) -> None:
        while not self.over.wait(self.every_s):
            largest: dict[str, float] = defaultdict(float)
            for kind, process in by_kind():
                with contextlib.suppress(psutil.Error):
                    largest[kind] = max(largest[kind], process.memory_full_info().pss / MIB)
            self.samples.append((time.monotonic(), dict(largest)))

    def between(self, begin: float, end: float) -> dict[str, list[float]]:
        """MiB of each kind in that time."""
        found: dict[str, list[float]] = defaultdict(list)
        for at, largest in self.samples:
            if begin <= at <= end:
                for kind, mib in largest.items():
                    found[kind].append(mib)
        return found
