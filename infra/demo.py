"""`make demo`: the sample contracts go from the bucket to PostgreSQL through the nightly deployment, and the table is shown.

Leaves nothing running unless told so (`make demo KEEP=1`). A second demo finds its documents unchanged and does nothing twice;
`make demo FRESH=1` does them again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console

from infra import stack
from infra.cli.stack import Steps
from tasks.core.errors import CountersignError

SAMPLES = Path(__file__).parent / "samples"
PREFIXES = {
    "demo/investment/": (
        "investment",
        ("investment-agreement-en.pdf", "investment-agreement-zh.pdf", "broken.pdf"),
    ),
    "demo/services/": ("cuad", ("services-agreement.pdf",)),
    "demo/cv/": ("cv", ("cv.pdf",)),
}
NIGHTLY_DEPLOYMENT = "nightly/nightly"
DEADLINE_S = 240


def main() -> int:
    arguments = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 140)
    started = time.monotonic()
    try:
        with Steps() as steps:
            stack.ensure_up(progress=steps)
        stack.export(os.environ)
        _run(console, force=arguments.fresh)
        console.print(f"\nDemo done in {time.monotonic() - started:.0f} s.", style="bold")
        _say_how_to_go_on(console, arguments.keep)
    except CountersignError as error:
        Console(stderr=True).print(f"[red]demo failed:[/red] {error}")
        return 1
    finally:
        if not arguments.keep:
            stack.down()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    parser.add_argument("--fresh", action="store_true", help="do again what is stored already")
    return parser.parse_args()


def _run(console: Console, force: bool) -> None:
    """Everything that needs Prefect and the stores; imported late, since Prefect reads its settings on import."""
    from infra import demo_page
    from tasks.s3 import ensure_bucket, put_file
    from tasks.settings import settings

    bucket = settings().bucket
    ensure_bucket(bucket)
    for prefix, (_, names) in PREFIXES.items():
        for name in names:
            put_file(bucket, prefix + name, SAMPLES / name)
    console.print(
        f"Put {sum(len(n) for _, n in PREFIXES.values())} sample documents into s3://{bucket}/demo/."
    )
    parameters: dict[str, Any] = {
        "sources": [{"prefix": p, "schema_name": schema} for p, (schema, _) in PREFIXES.items()],
        "options": {"force": force},
    }
    _follow(console, parameters)
    demo_page.show(console, bucket, list(PREFIXES))


def _follow(console: Console, parameters: dict[str, Any]) -> None:
    """Run the nightly deployment on the worker and wait for its end, telling each state."""
    from prefect.client.orchestration import get_client
    from prefect.deployments import run_deployment

    flow_run = run_deployment(NIGHTLY_DEPLOYMENT, parameters=parameters, timeout=0)
    told: dict[UUID, str] = {}
    console.print("The nightly deployment runs; the worker takes it up in some seconds.")
    deadline = time.monotonic() + DEADLINE_S
    with get_client(sync_client=True) as client:
        while time.monotonic() < deadline:
            runs = _family(client, flow_run.id)  # pyright: ignore[reportAttributeAccessIssue]
            for run in runs:
                if told.get(run.id) != run.state.name and (run.state.is_running() or run.state.is_final()):
                    told[run.id] = run.state.name
                    message = f": {run.state.message}" if run.state.message and run.state.is_final() else ""
                    console.print(f"  {run.name}: {run.state.name}{message}", highlight=False)
            if runs and runs[0].state.is_final():
                return _check_end(runs[0])
            time.sleep(0.5)
    raise CountersignError(f"the run did not end within {DEADLINE_S} s: see `countersign logs worker`")


def _family(client: Any, flow_run_id: Any) -> list[Any]:
    """The flow run and the batch runs it submitted, itself first."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

    me = client.read_flow_run(flow_run_id)
    mine = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[flow_run_id]))
    return [me, *client.read_flow_runs(flow_run_filter=mine)]


def _check_end(run: Any) -> None:
    if not run.state.is_completed():
        raise CountersignError(
            f"the nightly run ended {run.state.name}: {run.state.message}. See `countersign logs worker`."
        )


def _say_how_to_go_on(console: Console, kept: bool) -> None:
    if kept:
        url = os.environ["PREFECT_API_URL"].removesuffix("/api")
        console.print(f"The stack is up. Prefect's page: {url}. Stop it with `.venv/bin/countersign down`.")
    else:
        console.print(
            "The stack is down again; `make demo KEEP=1` leaves it up, `make demo FRESH=1` does everything anew."
        )


if __name__ == "__main__":
    sys.exit(main())
