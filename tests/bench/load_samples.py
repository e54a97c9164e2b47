"""What every part of a running stack holds, each few seconds, as JSON lines: memory, threads, files, connections, locks, slots.

A line has `at` (seconds since the epoch), `n_done` (documents with a finished run), `held` (what the whole stack holds) and, for each kind of
process, how many there are and what they hold together. Memory is PSS, so that pages which processes share are counted once; `anonymous` is the
part of it that no file backs: heaps. A part that was started again has another `pid`.

`Table` reads such a file: the medians while the first, the second and the last thousand documents were done.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
import psycopg
from psycopg.rows import dict_row

from infra.stack import state
from infra.stack.prefect_api import SecuredServer, ask
from infra.stack.service import StackPart
from tests.bench.processes import Sampling, by_kind

MIB = 2**20
WARM = 200
"""Documents at the beginning that are left out of the first thousand: caches fill, lazy imports happen."""
_PSS = {"Pss": "pss_mib", "Pss_Anon": "anonymous_mib"}
_MANY = ("batch", "driver", "reader", "postgres")
"""Kinds that come and go: of these the table has the largest process and the mean of its heap, of the others all together."""
DONE = "SELECT count(*) FROM run WHERE state = 'done'"
HELD = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS connections,
           (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') AS advisory_locks,
           (SELECT count(*) FROM run WHERE state = 'running') AS runs_in_state_running
"""


def detailed() -> Iterator[tuple[str, psutil.Process]]:
    """Every process with its kind; Triton's stubs by their model, PostgreSQL's connections apart from its own processes."""
    for kind, process in by_kind():
        with suppress(psutil.Error):
            words = process.cmdline()
            if kind == StackPart.TRITON and "stub" in Path(words[0]).name:
                yield f"triton stub {_model(words)}", process
            elif kind == StackPart.POSTGRES:
                is_client = "127.0.0.1" in " ".join(words)
                yield "postgres" if is_client else "postgres itself", process
            else:
                yield kind, process


def _model(words: Sequence[str]) -> str:
    """The model of a stub: its command names `.../MODEL/VERSION/model.py`."""
    return next((Path(word).parts[-3] for word in words if word.endswith("model.py")), "?")


def sizes(process: psutil.Process) -> dict[str, float]:
    """What one process holds."""
    found: dict[str, float] = {}
    for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(":")
        if name in _PSS:
            found[_PSS[name]] = int(rest.split()[0]) / 1024
    return {**found, "threads": process.num_threads(), "files": process.num_fds()}


def processes() -> dict[str, dict[str, float]]:
    """What each kind holds together, and its largest process."""
    kinds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for kind, process in detailed():
        with suppress(psutil.Error, OSError):
            one = sizes(process)
            total = kinds[kind]
            for name, value in one.items():
                total[name] += value
            total["processes"] += 1
            total["largest_mib"] = max(total["largest_mib"], one["pss_mib"])
            total["pid"] = process.pid
    return {kind: {name: round(value, 2) for name, value in held.items()} for kind, held in kinds.items()}


def held(connection: psycopg.Connection) -> dict[str, int]:
    """What the stack holds that a process may forget: connections, locks, slots, temporary files."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(HELD).fetchone()
    current = state.load()
    scratch = [current.scratch(StackPart(part)) for part in StackPart]
    return {
        **(row or {}),
        "prefect_slots": _slots(),
        "temporary_files": sum(len(files) for folder in scratch for _, _, files in os.walk(folder)),
        "shared_memory_files": len(list(Path("/dev/shm").glob(f"countersign_{current.stack_id}_*"))),
    }


def _slots() -> int:
    """Slots in use of all limits, and flow runs that Prefect takes for running."""
    found: list[Mapping[str, Any]] = posted("/v2/concurrency_limits/filter", {})
    return sum(int(limit["active_slots"]) for limit in found)


def posted(path: str, body: Mapping[str, Any]) -> Any:
    """Prefect's answer to a POST."""
    return ask(SecuredServer.of(os.environ), "POST", path, body)


@dataclass(kw_only=True)
class Samples(Sampling):
    """Adds a line to the file each few seconds while it is open."""

    file: Path

    def sample(self) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            while not self.over.wait(self.every_s):
                row = connection.execute(DONE).fetchone()
                line: dict[str, Any] = {"at": round(time.time(), 1), "n_done": row[0] if row else 0}
                line["held"] = {}
                with suppress(OSError):  # Prefect's server is busy: the line goes without what it holds
                    line["held"] = held(connection)
                line["kinds"] = processes()
                with self.file.open("a", encoding="utf-8") as output:
                    output.write(json.dumps(line) + "\n")


@dataclass(frozen=True, slots=True)
class Table:
    """The samples of a file."""

    samples: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, file: Path) -> Table:
        return cls([json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()])

    def thirds(self) -> Iterator[str]:
        """As `lines`, of an hour: its first, second and last third."""
        n = len(self.samples) // 3
        yield f"medians of the first, the second and the last third ({n} samples each)"
        yield from self._rows(self.samples[:n], self.samples[n : 2 * n], self.samples[-n:])

    def lines(self, step: int = 1000) -> Iterator[str]:
        """A line for each kind and measure that can drift: first, second and last `step` documents, and the growth."""
        n_all = max((sample["n_done"] for sample in self.samples), default=0)
        first = self._between(min(WARM, step // 5), step)
        second = self._between(step, 2 * step)
        last = self._between(n_all - step, n_all, strictly=True)
        yield f"{n_all} documents; medians while the first, the second and the last {step} were done ({len(first)}, {len(second)}, {len(last)} samples)"
        yield from self._rows(first, second, last)

    def _rows(self, *columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        yield f"{'':32}{'first':>9}{'second':>9}{'last':>9}{'last/first':>12}{'last/second':>12}"
        for kind in sorted({kind for sample in self.samples for kind in sample["kinds"]}):
            memory = "largest_mib" if kind in _MANY else "pss_mib"
            for measure in (memory, "anonymous_mib", "threads", "files"):
                if kind in _MANY and measure in ("threads", "files"):
                    continue
                values = [_median(some, kind, measure) for some in columns]
                yield f"{kind:22}{measure.removesuffix('_mib')[:9]:10}" + _row(values)
        for name in sorted({name for sample in self.samples for name in sample["held"]}):
            values = [median([s["held"][name] for s in some if name in s["held"]] or [0]) for some in columns]
            yield f"{name:32}" + _row(values)

    def _between(self, begin: int, end: int, strictly: bool = False) -> list[Mapping[str, Any]]:
        """`strictly`: leave out what was sampled after the last document."""
        return [
            s for s in self.samples if begin <= s["n_done"] < end or (not strictly and s["n_done"] == end)
        ]


def _median(samples: Sequence[Mapping[str, Any]], kind: str, measure: str) -> float:
    found = [s["kinds"][kind] for s in samples if kind in s["kinds"]]
    is_shared = kind in _MANY and measure == "anonymous_mib"
    return median([one[measure] / (one["processes"] if is_shared else 1) for one in found] or [0.0])


def _row(values: Sequence[float]) -> str:
    first, second, last = values
    grown = [f"{last / base - 1:+.0%}" if base else "" for base in (first, second)]
    return f"{first:9.1f}{second:9.1f}{last:9.1f}{grown[0]:>12}{grown[1]:>12}"
