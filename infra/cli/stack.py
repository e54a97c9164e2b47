"""`countersign up`, `down`, `status`, `logs`: starts, stops and shows the embedded parts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from infra import stack
from infra.cli import EXIT_FAILED
from infra.cli.automations import prefect_client
from infra.cli.console import print_plain, progress_console, result_console, text_table
from infra.stack import StackPart
from infra.stack.language_model import NAME, SETTINGS
from infra.stack.prefect import WORK_POOL
from infra.stack.prefect_api import SecuredServer, is_idle
from infra.stack.start import tail
from infra.stack.state import secret_file

_WITH_PREFECT = {StackPart.PREFECT, StackPart.WORKER}
COLOURS = {"running": "green", "given": "cyan", "not answering": "red", "stopped": "dim"}


def up(
    parts: Annotated[
        list[StackPart] | None, typer.Argument(help="Start only these parts; default: all.")
    ] = None,
    language_model: Annotated[
        bool | None,
        typer.Option(
            "--language-model/--no-language-model",
            help="Whether Triton serves a small language model, too (135 million parameters, on the CPU), from now on. "
            "It needs the extra `llm`.",
        ),
    ] = None,
) -> None:
    """Start the parts of the stack that the environment does not provide, and wait until they answer. Safe to repeat.

    If a part does not start, its name and the end of its log are shown.
    """
    started = time.monotonic()
    with Steps() as steps:
        environment = stack.ensure_up(parts or None, steps, language_model)
        freed = [] if parts and not _WITH_PREFECT & set(parts) else _free_stuck_slots(environment, steps)
    typer.echo(f"The stack is up after {time.monotonic() - started:.1f} s.")
    for line in freed:
        typer.echo(f"Freed: {line}.")
    if "PREFECT_API_URL" in environment:
        page = environment["PREFECT_API_URL"].removesuffix("/api")
        typer.echo(f"Prefect's page: {page}; it asks for what {secret_file('prefect')} holds")
    if "COUNTERSIGN_WEB_URL" in environment:
        typer.echo(f"Boards: {environment['COUNTERSIGN_WEB_URL']}")
    if language_model:
        settings = " ".join(f"{name}={value}" for name, value in SETTINGS.items())
        typer.echo(
            f"The language model {NAME} is served. It is very small (135 million parameters): a bad extractor, to try "
            f"what happens with one. Use it:\n  export COUNTERSIGN_GENERATOR={NAME} {settings}"
        )


def _free_stuck_slots(environment: Mapping[str, str], steps: Steps) -> list[str]:
    """Free slots of our deployments that dead runs hold; what was freed, in words."""
    ours = environment.get("PREFECT_API_URL")
    if ours and is_idle(SecuredServer.of(environment), WORK_POOL):
        return []  # saves importing Prefect
    with prefect_client() as client:
        from tasks.maintenance import our_deployments
        from tasks.runtime import slots

        def watch(suspects: slots.StuckSlots) -> None:
            steps(
                StackPart.PREFECT,
                f"{suspects.n_slots} slots look stuck; watching them for {slots.WATCH_S:.0f} s",
            )
            time.sleep(slots.WATCH_S)

        stuck = slots.stuck_slots(client, our_deployments(client), watch=watch)
        slots.free(client, stuck)
        return slots.in_words(stuck)


def down() -> None:
    """Stop the embedded parts and every process that they started. Stored data stays."""
    with Steps() as steps:
        stopped = stack.down(steps)
    typer.echo("The stack is down." if stopped else "Nothing was running.")


def status() -> None:
    """Show the state of every part: running, stopped, not answering, or given (the environment provides it).

    Exits 1 if a part does not answer.
    """
    parts = stack.status()
    rows = [
        (p.part.value, Text(p.state, COLOURS[p.state]), p.address, str(p.pid or ""), str(p.log or ""))
        for p in parts
    ]
    table = text_table(("part", "state", "address", "pid", "log"), rows, is_open=True)
    result_console(width=240).print(table)
    if any(part.state == "not answering" for part in parts):
        raise typer.Exit(EXIT_FAILED)


def logs(
    name: Annotated[StackPart, typer.Argument(metavar="NAME", help=f"One of {', '.join(StackPart)}.")],
    lines: Annotated[
        int, typer.Option("--lines", "-n", min=1, help="Show this many lines of its end.")
    ] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines.")] = False,
) -> None:
    """Show the log of one embedded part."""
    log = stack.log_of(name)
    if not log.exists():
        typer.echo(
            f"{name.value} has no log, because it was never started here. Start it: countersign up", err=True
        )
        raise typer.Exit(EXIT_FAILED)
    for line in tail(log, lines):
        typer.echo(line)
    with log.open("rb") as file:
        file.seek(0, 2)
        while follow:
            typer.echo(file.read().decode("utf-8", "replace"), nl=False)
            time.sleep(0.3)


class Steps:
    """Shows the steps of each part: on a terminal one changing line for each part, elsewhere a line for each step."""

    def __init__(self) -> None:
        self._console = progress_console()
        self._live = None
        self._steps: dict[str, tuple[str, float]] = {}

    def __call__(self, part: str, step: str) -> None:
        self._steps[part] = (step, time.monotonic())
        if self._live is None:
            print_plain(self._console, f"{part}: {step}")

    def __enter__(self) -> Steps:
        if self._console.is_terminal:
            from rich.live import Live

            self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=5)
            self._live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.__exit__(None, None, None)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for part, (step, since) in self._steps.items():
            elapsed = f" {time.monotonic() - since:.0f} s" if step == "starting" else ""
            table.add_row(part, Text(step + elapsed))
        return table
