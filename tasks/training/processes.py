"""Folds side by side: the same function of one big job, in several processes, results in order.

Processes are spawned, not forked: numpy's threads do not survive a fork. The job is sent once to each process.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Job = TypeVar("Job")
Made = TypeVar("Made")

_JOB: list[Any] = []


def map_folds(
    work: Callable[[Job, int], Made], job: Job, folds: Sequence[int], n_processes: int
) -> list[Made]:
    """`work(job, fold)` of every fold; one process means this one."""
    if n_processes == 1:
        return [work(job, fold) for fold in folds]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, context, initializer=_receive, initargs=(job,)) as pool:
        return list(pool.map(_work, [work] * len(folds), folds))


def _receive(job: Any) -> None:
    _JOB.append(job)


def _work(work: Callable[[Any, int], Any], fold: int) -> Any:
    return work(_JOB[-1], fold)
