"""How many slots of a model server the product keeps busy, with a model that only waits.

`python -m tests.bench.slots`: for 8 to 256 slots one batch through `extract`, with as many requests in flight as there are slots; then
more and more processes, each with a quarter of the slots in flight, until they are full. The slots' time in use is told by the model.

A call takes 5 s, as one of a language model that writes a few hundred tokens does, and 256 of them at once are then 51 a second. One
model plays both parts, so that there is one number of slots. Contracts are text of about ten chunks; of each chunk generator and critic are
asked once.
"""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from pathlib import Path

from infra.stack.service import StackPart
from tests.bench.batches import BatchProcess
from tests.bench.generated import contract_text
from tests.bench.own_stack import own_stack, put_documents
from tests.bench.waiting import NAME, Waiting

PARTS = (StackPart.POSTGRES, StackPart.S3, StackPart.TRITON, StackPart.PREFECT)
CONTRACT_CHARS, CALLS_A_CONTRACT = 38_000, 20
"""Ten chunks of the default size, more or less."""
WARM_CHARS = 3000
MIN_CONTRACTS = 12
"""Else the last contract of a batch, alone, is a good part of it."""
SHARED_SLOTS = 32
SCHEMA = """
name: terms
title: Terms
description: A few terms of a supply agreement.
languages: [en]
fields:
  - {name: term, title: Term, description: How long the agreement runs., type: text}
  - {name: law, title: Law, description: The law that governs the agreement., type: text}
  - {name: liability, title: Liability, description: The most that a party is liable for., type: text}
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency", type=float, default=5.0, help="seconds of one call")
    parser.add_argument("--waves", type=int, default=16, help="calls for each slot")
    parser.add_argument("--slots", type=int, nargs="*", default=[8, 16, 32, 64, 128, 256])
    parser.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4, 6])
    options = parser.parse_args()
    with own_stack(PARTS, COUNTERSIGN_GENERATOR=NAME, COUNTERSIGN_CRITIC=NAME) as folder:
        schema = folder / "terms.yaml"
        schema.write_text(SCHEMA)
        bench = Bench(
            Waiting(folder / "triton" / "models", os.environ["TRITON_URL"]), schema, options.latency
        )
        print("slots  processes  in flight each  contracts  calls  calls/s  of full  busy  while supplied")
        for n_slots in options.slots:
            bench.measure(n_slots, 1, n_slots, options.waves)
        for n_processes in options.processes:
            bench.measure(SHARED_SLOTS, n_processes, SHARED_SLOTS // 4, options.waves * n_processes / 4)


class Bench:
    def __init__(self, model: Waiting, schema: Path, latency_s: float) -> None:
        self._model, self._schema, self._latency_s = model, str(schema), latency_s
        self._n_made = 0

    def measure(self, n_slots: int, n_processes: int, in_flight: int, waves: float) -> None:
        each = max(MIN_CONTRACTS // n_processes, round(n_slots * waves / CALLS_A_CONTRACT / n_processes))
        self._model.serve(n_slots, self._latency_s)
        with ExitStack() as open_now:
            settings = {"COUNTERSIGN_TRITON_IN_FLIGHT": str(in_flight)}
            started = [BatchProcess(**settings) for _ in range(n_processes)]
            processes = [open_now.enter_context(process) for process in started]
            warm = [self._put(1, WARM_CHARS) for _ in processes]
            batches = [self._put(each, CONTRACT_CHARS) for _ in processes]
            for process, keys in zip(processes, warm, strict=True):
                process.run(keys, self._schema)
            self._model.forget()
            for process, keys in zip(processes, batches, strict=True):
                process.begin(keys, self._schema)
            statuses = [process.end().statuses for process in processes]
        if any(s != {"done": each} for s in statuses):
            raise SystemExit(f"not every contract was done: {statuses}")
        calls = self._model.calls()
        rate = len(calls.spans) / calls.span_s
        print(
            f"{n_slots:5} {n_processes:10} {in_flight:15} {each * n_processes:10} {len(calls.spans):6} {rate:8.1f} "
            f"{rate * self._latency_s / n_slots:8.0%} {calls.share_busy(n_slots):5.0%} {calls.share_busy_while_supplied(n_slots):15.0%}",
            flush=True,
        )

    def _put(self, n_contracts: int, n_chars: int) -> list[str]:
        first, self._n_made = self._n_made, self._n_made + n_contracts
        keys = [f"slots/{first + n}.txt" for n in range(n_contracts)]
        put_documents(keys, lambda n: contract_text(first + n, n_chars).encode())
        return keys


if __name__ == "__main__":
    main()
