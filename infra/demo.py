"""`make demo`: runs the nightly deployment over the sample contracts and shows the extracted values.

Writes the evidence page of one document. Stops the stack at the end, unless `make demo KEEP=1`. A second demo finds its documents unchanged and processes nothing;
`make demo FRESH=1` processes them again. `make demo LLM=1` runs two of them through a small language model instead.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.text import Text

from infra import stack
from infra.cli.console import print_plain, progress_console, result_console
from infra.cli.stack import Steps
from infra.stack import language_model
from tasks.core.errors import CountersignError

SAMPLES = Path(__file__).parent / "samples"
PREFIXES = {
    "demo/investment/": (
        "investment",
        ["investment-agreement-en.pdf", "investment-agreement-zh.pdf", "broken.pdf"],
    ),
    "demo/services/": ("cuad", ["services-agreement.pdf"]),
    "demo/cv/": ("cv", ["cv.pdf"]),
}
"""Prefix in the bucket: the schema of its documents, and their files among the samples."""
LANGUAGE_MODEL_PREFIXES = {
    "demo/language-model/services/": ("cuad", ["services-agreement.pdf"]),
    "demo/language-model/cv/": ("cv", ["cv.pdf"]),
}
HOW_SMALL = (
    "The generator is SmolLM2-135M-Instruct, a language model of 135 million parameters that runs here on the processor. "
    "It is a bad extractor: it invents quotes, repeats itself, and answers what was not asked. It is here to show what "
    "becomes of that: the critic is the native one, and only what stands on a page and is countersigned is verified. "
    "Expect few values, or none; a model of 7 billion parameters or more drafts properly (docs/language-models.md)."
)
EVIDENCE_OF = "demo/investment/investment-agreement-en.pdf"
"""The document whose evidence page the demo writes."""
REVIEWER = "demo"
NIGHTLY_DEPLOYMENT = "nightly/nightly"
DEADLINE_S = 240
LANGUAGE_MODEL_DEADLINE_S = 900
IN_MINUTES = {"COUNTERSIGN_MAX_ROUNDS": "2", "COUNTERSIGN_MAX_DOCUMENT_S": "150"}
"""So that the small language model ends on a slow machine, too; chunks that it was not asked about are said to be cut off."""


def main() -> int:
    parser = argparse.ArgumentParser("python -m infra.demo", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keep", action="store_true", help="leave the stack running")
    parser.add_argument("--fresh", action="store_true", help="process the documents again")
    parser.add_argument("--language-model", action="store_true", help="draft with the small language model")
    arguments = parser.parse_args()
    console = result_console(width=140)
    started = time.monotonic()
    try:
        how_to_sign_in = _reviewer() if arguments.keep else ""
        if arguments.language_model:
            _choose_language_model(console)
        with Steps() as steps:
            stack.ensure_up(progress=steps, language_model=arguments.language_model or None)
        stack.export(os.environ)
        if arguments.language_model:
            _run(console, LANGUAGE_MODEL_PREFIXES, LANGUAGE_MODEL_DEADLINE_S, force=arguments.fresh)
        else:
            _run(console, PREFIXES, DEADLINE_S, force=arguments.fresh)
        console.print(f"\nDemo done in {time.monotonic() - started:.0f} s.", style="bold")
        url = os.environ["PREFECT_API_URL"].removesuffix("/api")
        boards = os.environ["COUNTERSIGN_WEB_URL"]
        again = "`make demo KEEP=1` leaves it up, `make demo FRESH=1` processes the documents again."
        up = f"The stack is up. Boards: {boards} Prefect's page: {url} Stop it with `.venv/bin/countersign down`."
        review = f"Review: {boards}/review {how_to_sign_in}"
        print_plain(console, *((up, review) if arguments.keep else (f"The stack is stopped. {again}",)))
    except CountersignError as error:
        progress_console().print(Text.assemble(("demo failed:", "red"), f" {error}"))
        return 1
    finally:
        if not arguments.keep:
            stack.down()
    return 0


def _choose_language_model(console: Console) -> None:
    """Say what it is, and set what the worker, which calls it, has to know."""
    print_plain(console, HOW_SMALL)
    os.environ["COUNTERSIGN_GENERATOR"] = language_model.NAME
    for name, value in (language_model.SETTINGS | IN_MINUTES).items():
        os.environ.setdefault(name, value)


def _reviewer() -> str:
    """How to sign in to the pages: as a reviewer of the demo, with a password that is shown once."""
    import secrets

    from infra.reviewers import Reviewer, ReviewerRole, Reviewers, hashed

    people = Reviewers()
    if people.all():
        names = ", ".join(person.name for person in people.all())
        return (
            f"Sign in as one of: {names}. A new password: `.venv/bin/countersign review users password NAME`."
        )
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    people.add(Reviewer(REVIEWER, ReviewerRole.REVIEWER, password_hash=hashed(password)))
    return (
        f"Sign in as `{REVIEWER}` with the password `{password}`: it is stored nowhere and shown this once."
    )


def _run(
    console: Console, prefixes: Mapping[str, tuple[str, list[str]]], deadline_s: int, force: bool
) -> None:
    # Imported late: Prefect reads its settings on import.
    from infra import demo_page
    from tasks.s3 import ensure_bucket, put_file
    from tasks.settings import settings

    bucket = settings().bucket
    ensure_bucket(bucket)
    for prefix, (_, names) in prefixes.items():
        for name in names:
            put_file(bucket, prefix + name, SAMPLES / name)
    n_documents = sum(len(names) for _, names in prefixes.values())
    console.print(f"Put {n_documents} sample documents into s3://{bucket}/demo/.")
    parameters: dict[str, Any] = {
        "sources": [{"prefix": p, "schema_name": schema} for p, (schema, _) in prefixes.items()],
        "options": {"force": force},
    }
    _follow(console, parameters, deadline_s)
    demo_page.show(console, bucket, list(prefixes))
    if prefixes is not PREFIXES:
        return
    if (path := demo_page.write_evidence_page(EVIDENCE_OF, stack.state.home() / "pages")) is not None:
        print_plain(console, f"\nThe pages of {EVIDENCE_OF} with every value boxed: {path}")


def _follow(console: Console, parameters: dict[str, Any], deadline_s: int) -> None:
    """Run the nightly deployment on the worker and wait until it ends; prints each state."""
    from prefect.client.orchestration import get_client
    from prefect.deployments import run_deployment

    flow_run = run_deployment(NIGHTLY_DEPLOYMENT, parameters=parameters, timeout=0)
    printed: dict[UUID, str] = {}
    console.print("The nightly deployment is submitted; the worker starts it within seconds.")
    deadline = time.monotonic() + deadline_s
    with get_client(sync_client=True) as client:
        while time.monotonic() < deadline:
            runs = _family(client, flow_run.id)  # pyright: ignore[reportAttributeAccessIssue]
            for run in runs:
                if printed.get(run.id) != run.state.name and (run.state.is_running() or run.state.is_final()):
                    printed[run.id] = run.state.name
                    message = f": {run.state.message}" if run.state.message and run.state.is_final() else ""
                    print_plain(console, f"  {run.name}: {run.state.name}{message}")
            if runs and runs[0].state.is_final():
                break
            time.sleep(0.5)
        else:
            raise CountersignError(f"no end within {deadline_s} s. See `countersign logs worker`.")
    if not (end := runs[0].state).is_completed():
        raise CountersignError(f"the run ended {end.name}: {end.message}. See `countersign logs worker`.")


def _family(client: Any, flow_run_id: Any) -> list[Any]:
    """The flow run, then the batch runs that it submitted."""
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

    submitted = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[flow_run_id]))
    return [client.read_flow_run(flow_run_id), *client.read_flow_runs(flow_run_filter=submitted)]


if __name__ == "__main__":
    sys.exit(main())
