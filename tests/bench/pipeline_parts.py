"""Processor time of the embedded parts, those of their processes included that have ended meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import psutil

from infra.stack import StackPart, state


def cpu_seconds() -> dict[str, float]:
    """By part, since it was started."""
    return {
        part.value: _of_tree(running.pid)
        for part, running in state.load().running.items()
        if part is not StackPart.WORKER
    }


def used(before: Mapping[str, float]) -> dict[str, float]:
    return {part: seconds - before[part] for part, seconds in cpu_seconds().items()}


def _of_tree(pid: int) -> float:
    first = psutil.Process(pid)
    return sum(_of(process) for process in (first, *first.children(recursive=True)))


def _of(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:4])  # user, system, and both of the children that it has waited for
    except psutil.NoSuchProcess:
        return 0.0
