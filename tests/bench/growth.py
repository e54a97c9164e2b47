"""Whether a document takes longer when there are more: 10, 100, 1,000 and 10,000 generated documents of one page, one after the other.

`python -m tests.bench.growth`: one process runs them in batches of 50 through `extract` with the native models, on a stack of its own,
into one database; then 1,000 new ones into the database that holds all of them. Small runs are repeated and the median is told.
What a run costs before its first document (`fixed`, an empty batch) is told apart, and taken off once a batch. Processor time is that
of all processes of the stack and of the batches together, and below it by kind: it tells growth on a machine that does other work as well.
The yardstick is a piece of work that is always the same, before and after: where it takes longer, so does everything, for the machine is slower then.
"""

from __future__ import annotations

import argparse
import json
import time
from statistics import median

from infra.stack.service import StackPart
from tests.bench.batches import BatchProcess
from tests.bench.generated import contract_pdf
from tests.bench.own_stack import own_stack, put_documents
from tests.bench.processes import processor_s

PARTS = (StackPart.POSTGRES, StackPart.S3, StackPart.TRITON, StackPart.PREFECT)
BATCH = 50
REPEATS = {10: 9, 100: 5}
N_WARM = 100
SCHEMA = "cuad"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, nargs="*", default=[10, 100, 1000, 10_000])
    parser.add_argument("--again", type=int, default=1000, help="new documents at the end")
    options = parser.parse_args()
    with own_stack(PARTS), BatchProcess() as process:
        bench = Growth(process)
        bench.warm_up()
        fixed_s = median(process.run([], SCHEMA).seconds for _ in range(5))
        print(f"an empty batch: {fixed_s * 1000:.0f} ms")
        print(
            "documents  held before  repeats  ms a document  without the fixed part  processor ms  batches, first and last tenth: ms  yardstick ms"
        )
        for n_documents in [*options.documents, options.again]:
            bench.measure(n_documents, fixed_s)


def yardstick_ms() -> float:
    """Processor time of fixed work: JSON written and read, and lines sorted; the median of nine."""
    lines = [f"{n * 7919 % 10_007:05} the parties agree" for n in range(20_000)]
    return median(_fixed_work_ms(lines) for _ in range(9))


def _fixed_work_ms(lines: list[str]) -> float:
    begun = time.process_time()
    assert sorted(json.loads(json.dumps(lines)))[0].startswith("00000")
    return (time.process_time() - begun) * 1000


class Growth:
    def __init__(self, process: BatchProcess) -> None:
        self._process, self._n_made = process, 0

    def measure(self, n_documents: int, fixed_s: float) -> None:
        held, own = self._n_made, self._process.pid
        batches = [self._put(n_documents) for _ in range(REPEATS.get(n_documents, 1))]
        before_s, yard_ms = processor_s(own), yardstick_ms()
        runs = [self._run(one) for one in batches]
        n_done = n_documents * len(runs)
        used_ms = {
            kind: (s - before_s.get(kind, 0.0)) * 1000 / n_done for kind, s in processor_s(own).items()
        }
        yard_ms = (yard_ms + yardstick_ms()) / 2
        whole_s = median(sum(run) for run in runs)
        per_batch = [s for run in runs for s in run]
        tenth = max(1, len(per_batch) // 10)
        size = min(n_documents, BATCH)
        first, last = (median(part) * 1000 / size for part in (per_batch[:tenth], per_batch[-tenth:]))
        net_ms = (whole_s - fixed_s * len(runs[0])) * 1000 / n_documents
        print(
            f"{n_documents:9} {held:12} {len(runs):8} {whole_s * 1000 / n_documents:14.1f} {net_ms:23.1f} {sum(used_ms.values()):13.1f} {first:15.1f} {last:8.1f} {yard_ms:14.1f}",
            flush=True,
        )
        print(" " * 22, ", ".join(f"{kind} {ms:.1f}" for kind, ms in used_ms.items()), flush=True)

    def warm_up(self) -> None:
        self._run(self._put(N_WARM))

    def _put(self, n_documents: int) -> list[list[str]]:
        """The keys of each batch."""
        first, self._n_made = self._n_made, self._n_made + n_documents
        keys = [f"growth/{first + n:06}.pdf" for n in range(n_documents)]
        put_documents(keys, lambda n: contract_pdf(first + n, 1))
        return [keys[at : at + BATCH] for at in range(0, n_documents, BATCH)]

    def _run(self, batches: list[list[str]]) -> list[float]:
        """Seconds of each batch."""
        return [self._batch(keys) for keys in batches]

    def _batch(self, keys: list[str]) -> float:
        done = self._process.run(keys, SCHEMA)
        if done.statuses != {"done": len(keys)}:
            raise SystemExit(f"not every document was done: {done.statuses}")
        return done.seconds


if __name__ == "__main__":
    main()
