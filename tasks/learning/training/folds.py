"""Folds of documents, near-duplicates in one fold; and work on all folds in several processes."""

from __future__ import annotations

import multiprocessing
import random
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from typing import Any, TypeVar

SHARED_RUNS = 0.3
"""Documents are near-duplicates if they share this much of the shorter one's runs of words."""
_RUN_WORDS = 8
_COMMON = 20
"""A run in more documents than this is boilerplate, and does not count."""


def deal_folds(
    ids: Sequence[str], twins: Mapping[str, Collection[str]], n_folds: int, seed: int
) -> dict[str, int]:
    """Fold of each document: near-duplicates go together to the smallest fold, largest group first.

    Args:
        twins: Document -> its near-duplicates.
    """
    parent = {i: i for i in ids}

    def root(i: str) -> str:
        while parent[i] != i:
            i = parent[i]
        return i

    for i in ids:
        for other in twins.get(i, ()):
            if other in parent:
                parent[root(i)] = root(other)
    groups: dict[str, list[str]] = defaultdict(list)
    for i in ids:
        groups[root(i)].append(i)
    order = sorted(groups.values())
    random.Random(seed).shuffle(order)
    order.sort(key=len, reverse=True)
    sizes = [0] * n_folds
    fold_of: dict[str, int] = {}
    for group in order:
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(group)
        fold_of.update(dict.fromkeys(group, smallest))
    return fold_of


def alike(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Near-duplicates, by shared runs of eight words."""
    owners: dict[int, list[str]] = defaultdict(list)
    n_runs: Counter[str] = Counter()
    for name, text in sorted(texts.items()):
        for run in _runs(text):
            owners[run].append(name)
            n_runs[name] += 1
    shared: Counter[tuple[str, str]] = Counter()
    for names in owners.values():
        if 1 < len(names) <= _COMMON:
            shared.update(combinations(names, 2))
    twins: dict[str, list[str]] = defaultdict(list)
    for (a, b), count in sorted(shared.items()):
        if count >= SHARED_RUNS * min(n_runs[a], n_runs[b]):
            twins[a].append(b)
    return dict(twins)


def _runs(text: str) -> set[int]:
    words = re.findall(r"\w+", text.lower())
    hashed = (
        zlib.crc32(" ".join(words[i : i + _RUN_WORDS]).encode()) for i in range(len(words) - _RUN_WORDS + 1)
    )
    return {h for h in hashed if h % _RUN_WORDS == 0}  # about an eighth of the runs is enough


Job = TypeVar("Job")
Result = TypeVar("Result")

_JOB: list[Any] = []
"""The job of a worker process, which is sent once and not with every fold."""


def map_folds(
    work: Callable[[Job, int], Result], job: Job, folds: Sequence[int], n_processes: int
) -> list[Result]:
    """`work(job, fold)` for every fold; with one process, in this process."""
    if n_processes == 1:
        return [work(job, fold) for fold in folds]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, context, initializer=_receive, initargs=(job,)) as pool:
        return list(pool.map(_work, [work] * len(folds), folds))


def _receive(job: Any) -> None:
    _JOB.append(job)


def _work(work: Callable[[Any, int], Any], fold: int) -> Any:
    return work(_JOB[-1], fold)
