"""`countersign up`, `down`, `status`, `logs`: the embedded parts."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra import stack
from infra.stack import StackPart
from infra.stack.start import tail

EXIT_FAILED = 1
COLOURS = {"running": "green", "given": "cyan", "not answering": "red", "stopped": "dim"}


def register(app: typer.Typer) -> None:
    for command in (up, down, status, logs):
        app.command()(command)


def up(
    parts: Annotated[
        list[StackPart] | None, typer.Argument(help="Only these parts; without any, all of them.")
    ] = None,
) -> None:
    """Start the embedded parts that the environment does not give, and wait until they answer.

    Each part has a deadline. A part that fails is named with the end of its log. Started twice, it finds itself.
    """
    began = time.monotonic()
    show = Steps()
    with show:
        environment = stack.ensure_up(parts or None, show)
    console = Console()
    console.print(f"The stack is up after {time.monotonic() - began:.1f} s.", highlight=False)
    if "PREFECT_API_URL" in environment:
        page = environment["PREFECT_API_URL"].removesuffix("/api")
        console.print(f"Prefect's page: {page}", highlight=False, soft_wrap=True)


def down() -> None:
    """Stop the embedded parts and everything they started; what was stored stays."""
    show = Steps()
    with show:
        stopped = stack.down(show)
    Console().print("The stack is down." if stopped else "Nothing was running.")


def status() -> None:
    """Show every part: running, given by the environment, or stopped. Exits 1 if a part does not answer."""
    table = Table("part", "state", "address", "pid", "log", box=None, pad_edge=False)
    parts = stack.status()
    for part in parts:
        state = f"[{COLOURS[part.state]}]{part.state}[/]"
        table.add_row(part.part.value, state, part.address, str(part.pid or ""), str(part.log or ""))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=240).print(table)
    if any(part.state == "not answering" for part in parts):
        raise typer.Exit(EXIT_FAILED)


def logs(
    name: Annotated[StackPart, typer.Argument(metavar="NAME", help=f"One of {', '.join(StackPart)}.")],
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many lines from the end.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on showing what is added.")] = False,
) -> None:
    """Show the log of one embedded part."""
    log = stack.log_of(name)
    if not log.exists():
        Console(stderr=True).print(f"{name.value} has no log: it was never started here.")
        raise typer.Exit(EXIT_FAILED)
    for line in tail(log, lines):
        typer.echo(line)
    with log.open("rb") as file:
        file.seek(0, 2)
        while follow:
            typer.echo(file.read().decode("utf-8", "replace"), nl=False)
            time.sleep(0.3)


class Steps:
    """Shows what happens to each part: on a terminal one changing line for each, else a line for every step."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._live = None
        self._steps: dict[str, tuple[str, float]] = {}

    def __call__(self, part: str, step: str) -> None:
        self._steps[part] = (step, time.monotonic())
        if self._live is None:
            self._console.print(f"{part}: {step}", highlight=False, soft_wrap=True)

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
            waited = f" {time.monotonic() - since:.0f} s" if step == "starting" else ""
            table.add_row(part, step + waited)
        return table
