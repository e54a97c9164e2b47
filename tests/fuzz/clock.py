"""Plays seeded cases until the time is over, and goes on where the last run stopped.

Case N of seed S is the same in every run, so a find is made again with `--seed S --first N`.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Play = Callable[[random.Random], tuple[str, str]]
"""Plays a case: the kind of what came out, and which law it broke (empty: none)."""


@dataclass(slots=True)
class Tally:
    """What was seen."""

    n_cases: int = 0
    wrong: list[str] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest_case: int = -1


def case_of(seed: int, number: int) -> random.Random:
    """The random numbers of a case."""
    return random.Random(f"{seed}:{number}")


def play_cases(play: Play, seed: int, first: int, most: int, until: float, most_s: float) -> Tally:
    """Play cases one after the other.

    Args:
        most: How many at most.
        until: The end, by `time.monotonic`.
        most_s: A case that takes longer is wrong.
    """
    tally = Tally()
    for number in range(first, first + most):
        if time.monotonic() >= until:
            break
        began = time.process_time()
        try:
            outcome, law = play(case_of(seed, number))
        except Exception as error:  # the very thing that must not happen
            outcome, law = "raised", f"raised {type(error).__name__}: {str(error)[:200]}"
        took_s = time.process_time() - began
        if took_s > most_s and not law:
            law = f"took {took_s:.1f} s ({outcome})"
        tally.n_cases += 1
        tally.outcomes[outcome] += 1
        if took_s > tally.slowest_s:
            tally.slowest_s, tally.slowest_case = took_s, number
        if law:
            tally.wrong.append(f"case {number}: {law}")
            print(tally.wrong[-1], flush=True)
    return tally


def run(about: str, play: Play, most_s: float) -> int:
    """The command: 1 if a law was broken."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=None, help="case to begin with; else where --state says")
    parser.add_argument("--state", type=Path, help="file that keeps the next case of each seed")
    options = parser.parse_args()
    kept: dict[str, int] = {}
    if options.state is not None and options.state.is_file():
        kept = json.loads(options.state.read_text("utf-8"))
    first = kept.get(str(options.seed), 0) if options.first is None else options.first
    until, total, number = time.monotonic() + 60 * options.minutes, Tally(), first
    while time.monotonic() < until:
        part = play_cases(play, options.seed, number, 500, until, most_s)
        number += part.n_cases
        total.n_cases += part.n_cases
        total.wrong += part.wrong
        total.outcomes += part.outcomes
        if part.slowest_s > total.slowest_s:
            total.slowest_s, total.slowest_case = part.slowest_s, part.slowest_case
        if options.state is not None:
            options.state.write_text(json.dumps(kept | {str(options.seed): number}), "utf-8")
    print(f"{total.n_cases} cases from {first} on, {len(total.wrong)} wrong")
    for outcome, n in total.outcomes.most_common(40):
        print(f"{n:8d}  {outcome}")
    print(f"slowest: {total.slowest_s:.2f} s (case {total.slowest_case})")
    return 1 if total.wrong else 0
