"""One bench in this checkout and in another, run in turns: the ratio of their pages a second.

Each checkout runs in a process of its own Python, which imports the bench of its own folder, prepares (a stack, recorded
requests), and then does the same work once for every line that it is sent. So a checkout that knows no `--beside` can
be compared too, and modules may lie elsewhere in it. After one unmeasured run each, the two take turns, and the one
that begins changes from pair to pair. Every pair gives one ratio, this over that.

The last line is `beside: MEDIAN [LOW, HIGH]`. LOW and HIGH are order statistics of the paired ratios: the narrowest
symmetric pair of them that holds the true median with at least 90 % (five pairs: the smallest and the largest,
93.75 %), whatever the distribution. With fewer than five pairs they are the smallest and the largest, and hold less.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from math import comb
from pathlib import Path
from statistics import median
from typing import Any

Answer = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
REPEATS = 5
CONFIDENCE = 0.9
STOP_S = 300
"""How long a checkout may take to bring its stack down."""
ONE_RUN_A_LINE = """
import json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # whatever the bench prints is no answer
def each_line():
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for number, line in enumerate(sys.stdin):
        yield number
def answer(told):
    print(json.dumps(told), file=answers, flush=True)
given = json.loads(sys.argv[1])
"""
"""What every program begins with: `for number in each_line(): answer({"n_pages": ..., "seconds": ...})`."""


class NotACheckout(SystemExit):
    """The folder cannot be compared with; the message says what is missing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--beside",
        type=Path,
        metavar="CHECKOUT",
        help="compare with this other checkout, which has a `.venv`",
    )


def python_of(checkout: Path, bench: str) -> Path:
    """The Python of a checkout that can run the bench.

    Raises:
        NotACheckout: the folder, its bench or its `.venv` is not there.
    """
    if not (checkout / "tests" / "bench" / f"{bench}.py").is_file():
        raise NotACheckout(
            f"--beside {checkout}: this is no checkout of Countersign: it has no tests/bench/{bench}.py"
        )
    python = checkout.absolute() / ".venv" / "bin" / "python"
    if not python.is_file():
        raise NotACheckout(f"--beside {checkout}: this checkout has no .venv; run `make setup` in it first")
    return python


def compare(
    bench: str,
    program: str,
    given: dict[str, Any],
    other: Path,
    repeats: int,
    tell: Callable[[Sequence[Answer], Sequence[Answer]], object] | None = None,
) -> None:
    """Run the program in both checkouts in turns, and print every pair and the line at the end.

    Args:
        tell: Prints more, before that line, of the measured answers here and there.
    """
    python = python_of(other, bench)
    if other.resolve() == ROOT:
        raise NotACheckout(f"--beside {other}: this is the checkout that the bench runs in; name another one")
    here: list[Answer] = []
    there: list[Answer] = []
    own = runner(ROOT, Path(sys.executable), program, given, here)
    with own as this, runner(other.resolve(), python, program, given, there) as that:
        ratios = paired_ratios(this, that, repeats)
    if tell is not None:
        tell(here[1:], there[1:])  # the first run is not measured
    print(line(ratios))


@contextmanager
def runner(
    checkout: Path, python: Path, program: str, given: dict[str, Any], answers: list[Answer] | None = None
) -> Iterator[Callable[[], float]]:
    """A process of the checkout; each call does the work once and gives its pages a second.

    Args:
        answers: Gets the answer of each call.
    """
    surroundings = {
        name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    process = subprocess.Popen(
        [python, "-c", ONE_RUN_A_LINE + program, json.dumps(given)],
        cwd=checkout,
        env=surroundings,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None

    def answer() -> Answer:
        assert process.stdout is not None
        if not (said := process.stdout.readline()):
            raise SystemExit(
                f"the bench in {checkout} ended with exit code {process.wait()}; its output is above"
            )
        return json.loads(said)

    def run() -> float:
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, and `answer` says so
            process.stdin.write("\n")
            process.stdin.flush()
        done = answer()
        if answers is not None:
            answers.append(done)
        return done["n_pages"] / done["seconds"]

    try:
        answer()  # prepared
        yield run
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()  # the end of its input is the end of its work
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def paired_ratios(this: Callable[[], float], that: Callable[[], float], repeats: int) -> list[float]:
    """This over that, pair by pair, after one unmeasured run each; the one that begins alternates."""
    this(), that()
    ratios: list[float] = []
    for number in range(repeats):
        if number % 2:
            other, own = that(), this()
        else:
            own, other = this(), that()
        print(
            f"pair {number + 1}: {own:.1f} pages/s here, {other:.1f} there, ratio {own / other:.3f}",
            flush=True,
        )
        ratios.append(own / other)
    return ratios


def line(ratios: Sequence[float]) -> str:
    low, high = interval(ratios)
    return f"beside: {median(ratios):.3f} [{low:.3f}, {high:.3f}]"


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """The narrowest symmetric pair of order statistics that holds the median with `CONFIDENCE`."""
    ordered = sorted(ratios)
    n, left_out = len(ordered), 0
    while left_out + 1 < (n + 1) / 2 and coverage(n, left_out + 1) >= CONFIDENCE:
        left_out += 1
    return ordered[left_out], ordered[n - 1 - left_out]


def coverage(n: int, left_out: int) -> float:
    """How probably the true median of a distribution lies within n draws without `left_out` at either end.

    Source: the number of draws below the median is binomial with p = 1/2 (David and Nagaraja, Order Statistics, 7.1).
    """
    return 1 - 2 * sum(comb(n, k) for k in range(left_out + 1)) / 2**n
