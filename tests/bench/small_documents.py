"""A night of many small documents: seconds and processor seconds from the night's start to its end.

    python -m tests.bench.small_documents [--documents 1000] [--repeats 1]
    python -m tests.bench.small_documents [--documents 1000] [--repeats 1] --beside CHECKOUT

Generated contracts of one page are put under a prefix of their own, and the deployment `nightly/nightly` takes them on the embedded
stack, through the worker. So what batches cost to begin and end is in it: processes, imports, Prefect's states and tables.
Before the first night that is measured one of 20 documents runs. With `--beside` the two checkouts take turns, each
on its own stack (`tests.bench.beside`); one of them runs at a time, the other's stack rests.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench import beside

N_WARM = 20
NIGHT = """
import time
from tests.bench.generated import contract_pdf
from tests.bench.own_stack import own_stack, put_documents
from tests.bench.processes import Sampler, by_kind, processor_s

with own_stack():
    from prefect.client.orchestration import get_client
    from prefect.deployments import run_deployment

    n_made = 0

    def put(n_documents):
        global n_made
        first, n_made = n_made, n_made + n_documents
        prefix = f"night-{first:06}/"
        keys = [f"{prefix}{number:06}.pdf" for number in range(first, n_made)]
        put_documents(keys, lambda n: contract_pdf(first + n, 1))
        return prefix

    def all_used():
        used = {}
        for kind, s in processor_s().items():
            kind = "worker and runs" if kind in ("worker", "batch", "driver", "reader") else kind
            used[kind] = used.get(kind, 0.0) + s
        return used

    def night(n_documents):
        prefix = put(n_documents)
        sources = [{"prefix": prefix, "schema_name": "cuad"}]
        before, begun = all_used(), time.monotonic()
        with Sampler(1.0) as sampler:
            run = run_deployment("nightly/nightly", parameters={"sources": sources}, poll_interval=0.2)
            ended = time.monotonic()
        after = all_used()
        used = {kind: s - before.get(kind, 0.0) for kind, s in after.items()}
        peaks = {kind: max(mib) for kind, mib in sampler.between(begun, ended).items()}
        if not run.state.is_completed():
            raise SystemExit(f"the night ended {run.state.name}: {run.state.message}")
        in_words = ", ".join(f"{kind} {s:.1f}" for kind, s in sorted(used.items()))
        peak = ", ".join(f"{kind} {mib:.0f}" for kind, mib in sorted(peaks.items()))
        print(f"{n_documents} documents: {ended - begun:.1f} s, {sum(used.values()):.1f} processor s ({in_words}); peak MiB {peak}", flush=True)
        print(f"  {run.state.message}", flush=True)
        return {"n_pages": n_documents, "seconds": ended - begun}

    night(given["n_warm"])
    for number in each_line():
        answer(night(given["n_documents"]))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=1, help="nights of each checkout")
    beside.add_arguments(parser)
    options = parser.parse_args()
    given = {"n_documents": options.documents, "n_warm": N_WARM}
    if options.beside:
        # `batches` is a bench that a checkout of before has, too: the program needs nothing of this module.
        beside.compare("batches", NIGHT, given, options.beside, options.repeats)
        return
    with beside.runner(beside.ROOT, Path(sys.executable), NIGHT, given) as run:
        for _ in range(options.repeats):
            print(f"{run():.2f} documents a second", flush=True)


if __name__ == "__main__":
    main()
