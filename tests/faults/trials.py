"""Trials: one fault at one moment of one batch, and what the store says afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.faults.batches import DOCUMENTS, MOMENTS, BatchEnd, Batches
from tests.faults.checks import Truth, faults_of, learn, said_nothing
from tests.faults.faults import FAULTS, NothingHitError, Scene
from tests.faults.stack import FaultyStack

JITTER_S = 0.6
"""A fault comes at most so long after its moment."""
N_TRIES = 3
"""A batch may be over before a fault comes; then another one is begun."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Known before anything runs."""

    number: int
    part: str
    moment: str
    seed: int


@dataclass(frozen=True, slots=True)
class Result(Trial):
    """What happened. `faults`: what does not hold; empty: nothing is lost, double or left over.

    Attributes:
        is_hit: False: there was nothing to hit, at any try.
        ends: How the batches that were hit ended.
        n_done: Documents done in spite of the fault, before the next night.
    """

    is_hit: bool
    ends: tuple[str, ...]
    n_done: int
    seconds: float
    faults: tuple[str, ...] = field(default=())

    def row(self) -> dict[str, Any]:
        return asdict(self)


def planned(n_trials: int, seed: int, parts: Sequence[str] = tuple(FAULTS)) -> Iterator[Trial]:
    """Every part at every moment once, then all again, each with a seed of its own."""
    cells = [(part, moment) for moment in MOMENTS for part in parts]
    for number in range(n_trials):
        part, moment = cells[number % len(cells)]
        yield Trial(number, part, moment, seed * 100_000 + number)


class Trials:
    """Trials on one stack. The first batch is quiet: it says what is right."""

    def __init__(self, stack: FaultyStack, name: str) -> None:
        """`name`: tells the documents of this sitting from those of others."""
        self._stack, self._name, self._n_batches = stack, name, 0
        self._batches = Batches(stack)
        self._truth: Truth | None = None

    @property
    def has_disks(self) -> bool:
        """Whether disks can be filled here."""
        return bool(self._stack.disks)

    def learn(self) -> Truth:
        keys = self._keys()
        end = self._batches.wait_for_end(self._batches.submit(keys))
        if end is None or end.type != "COMPLETED":
            raise RuntimeError(f"a batch to which nothing happened did not end well: {end}")
        time.sleep(5)  # what it leaves for a moment is gone
        return learn(self._batches, keys)

    def run(self, trial: Trial) -> Result:
        """One trial; the stack is whole again afterwards, or `faults` says what is not."""
        if self._truth is None:
            self._truth = self.learn()
        dice = random.Random(trial.seed)
        result = self._once(trial, dice, self._truth)
        for _ in range(N_TRIES - 1):
            if result.is_hit or result.faults:
                break
            result = self._once(trial, dice, self._truth)
        return result

    def _once(self, trial: Trial, dice: random.Random, truth: Truth) -> Result:
        began, keys = time.monotonic(), self._keys()
        ends, is_hit = self._hit(trial, keys, dice)
        n_done = self._n_done(keys)
        again = self._batches.wait_for_end(self._batches.submit(keys))
        wrong = faults_of(self._batches, truth, keys, [*ends, again])
        if len(ends) == 1 and said_nothing(ends[0], n_done):
            wrong.append(f"only {n_done} documents were done, and the batch does not say so")
        told = tuple(f"{end.type}: {end.message}" if end else "did not end" for end in ends)
        seconds = round(time.monotonic() - began, 1)
        return Result(
            **asdict(trial), is_hit=is_hit, ends=told, n_done=n_done, seconds=seconds, faults=tuple(wrong)
        )

    def _hit(self, trial: Trial, keys: list[str], dice: random.Random) -> tuple[list[BatchEnd | None], bool]:
        batches, run = self._batches, self._batches.submit(keys)
        scene = Scene(self._stack, batches, keys, dice, [])
        is_hit = batches.wait_for(trial.moment, keys[0].rpartition("/")[0] + "/", run)
        if is_hit:
            time.sleep(dice.uniform(0, JITTER_S))
            try:
                FAULTS[trial.part](scene)
            except NothingHitError:
                is_hit = False
        self._stack.up()
        ends = [batches.wait_for_end(one) for one in (run, *scene.further)]
        return ends, is_hit

    def _n_done(self, keys: Sequence[str]) -> int:
        done = """
            SELECT count(DISTINCT key) FROM source JOIN run USING (document_id) WHERE key = ANY (%s) AND state = 'done'
        """
        return self._batches.rows(done, [list(keys)])[0][0]

    def _keys(self) -> list[str]:
        self._n_batches += 1
        return self._batches.put(f"faults/{self._name}/{self._n_batches:04}/")


def table(results: Sequence[Result]) -> str:
    """By part and moment: batches that held of those that were hit, and documents done in spite of the fault."""
    width = max(len(part) for part in FAULTS)
    lines = [f"{'part':{width}} " + "".join(f"| {moment:14} " for moment in MOMENTS) + "| done in the batch"]
    for part in FAULTS:
        cells: list[str] = []
        for moment in MOMENTS:
            hit = [r for r in results if (r.part, r.moment) == (part, moment) and (r.is_hit or r.faults)]
            held = sum(not r.faults for r in hit)
            cells.append(f"| {f'{held} of {len(hit)} hold' if hit else '':14} ")
        own = [r for r in results if r.part == part and r.is_hit]
        done = f"| {sum(r.n_done for r in own)} of {len(own) * len(DOCUMENTS)}" if own else "|"
        lines.append(f"{part:{width}} " + "".join(cells) + done)
    n_hit = sum(r.is_hit for r in results)
    wrong = [r for r in results if r.faults]
    lines.append(f"{len(results)} trials, {n_hit} hit, {len(wrong)} with something lost, double or left over")
    return "\n".join(lines)
