"""One batch through the flow in a process of its own, as a worker starts it, and watched: when each stage was at work.

    python -m tests.bench.pipeline_batch OUT.json KEY...        with the environment of a running stack

The watch costs a few microseconds a call. A model's time is the request's, its queue included; reading is told without the wait for a
place.
"""

from __future__ import annotations

import inspect
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()
SCHEMA = "cuad"

Span = tuple[str, float, float]


class Watch:
    """Wraps functions where they are looked up, and keeps from when to when they ran."""

    def __init__(self) -> None:
        self.spans: list[Span] = []

    def on(self, stage: str, owner: Any, name: str) -> None:
        watched: Callable[..., Any] = getattr(owner, name)
        keeps = self._waits_for if inspect.iscoroutinefunction(watched) else self._calls
        setattr(owner, name, keeps(stage, watched))

    def _calls(self, stage: str, watched: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return watched(*given, **named)
            finally:
                self.spans.append((stage, started, time.perf_counter()))

        return call

    def _waits_for(self, stage: str, watched: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return await watched(*given, **named)
            finally:
                self.spans.append((stage, started, time.perf_counter()))

        return call


def watch_stages() -> Watch:
    import tasks.fetch
    import tasks.read
    import tasks.verify.rounds
    import tasks.verify.task
    from tasks.core.loop.grounded_answer import RunInput
    from tasks.core.reading.worker.pool import _Worker
    from tasks.postgres.readings import Readings
    from tasks.postgres.runs import Runs
    from tasks.postgres.sources import Sources
    from tasks.triton.channel import Channel

    watch = Watch()
    watch.on("fetch", tasks.fetch, "fetch_object")
    watch.on("read", _Worker, "read")
    watch.on("decide", tasks.read, "chunk_document")
    watch.on("models", Channel, "infer")
    watch.on("decide", RunInput, "ground")
    watch.on("decide", tasks.verify.rounds, "assess_chunk")
    watch.on("decide", tasks.verify.task, "results_of")
    methods = [
        (Sources, "record"),
        (Readings, "load"),
        (Readings, "save"),
        (Runs, "save_round"),
        (Runs, "finish"),
    ]
    for subject, name in methods:
        watch.on("store", subject, name)
    return watch


def main() -> None:
    out, keys = Path(sys.argv[1]), sys.argv[2:]
    from flows.extract import extract
    from tasks.core.reading import close_workers
    from tasks.documents import DocumentRequest, RunOptions

    watch = watch_stages()
    requests = [DocumentRequest(key=key, schema_name=SCHEMA) for key in keys]
    started, cpu_started = time.perf_counter(), time.process_time()
    state: Any = extract(requests, RunOptions(force=True), return_state=True)
    ended, cpu_ended = time.perf_counter(), time.process_time()
    close_workers()  # their seconds are told once they are gone
    outcomes = state.result(raise_on_failure=False)
    told = {
        "message": state.message,
        "start_s": started - BEGUN,
        "seconds": ended - started,
        "flow_cpu_s": cpu_ended - cpu_started,
        "readers_cpu_s": _cpu_of_children(),
        "n_pages": sum(o.n_pages for o in outcomes),
        "documents": [[o.key, o.document_id, o.run_id] for o in outcomes],
        "spans": [(stage, begun - started, end - started) for stage, begun, end in watch.spans],
    }
    out.write_text(json.dumps(told), encoding="utf-8")


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
