"""`countersign models`: what serves, what lies ready, what was refused; `models rollback` goes back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from infra.cli.console import result_console

if TYPE_CHECKING:
    from infra.models.listing import ListedVersion

MAIN_FIGURES = ("f1_off", "auroc")
"""A card holds more; `--json` shows all."""
MAX_REASONS = 2


def register(app: typer.Typer) -> None:
    models = typer.Typer(invoke_without_command=True)
    models.callback()(show)
    models.command("rollback")(rollback)
    app.add_typer(
        models, name="models", help="Show the models: versions, which one serves, figures; or roll one back."
    )


def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Every model with its versions: which one serves, its weights, what it learned from, its figures, when and why it was published.

    Refused ones stand at the end, with the reason.
    """
    if context.invoked_subcommand is not None:
        return
    from infra.models.listing import listing
    from infra.models.service import current_service

    rows = listing(current_service().repository)
    if as_json:
        told = [asdict(row) | {"folder": str(row.folder)} for row in rows]
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
        return
    table = Table(
        "model", "version", "state", "weights", "seed", "figures out of fold", "trained on", "published"
    )
    for row in rows:
        table.add_row(*_cells(row), style=None if row.state == "serves" else "dim")
    result_console().print(table)


def rollback(
    name: Annotated[str, typer.Argument(help="The model: `generator` or `critic`.")],
    to: Annotated[
        int | None,
        typer.Option(
            "--to", min=1, help="A version; default: what the serving one was published instead of."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; recorded.")] = "",
) -> None:
    """Let the version before serve again. No file is removed, and no request is lost."""
    from infra.models.publishing import roll_back
    from infra.models.service import current_service

    service = current_service()
    before, after = roll_back(service, name, to, reason)
    how = "Triton has changed over" if service.url else "no server runs: the next start serves it"
    typer.echo(f"{name} {after} serves again instead of {before}; {how}.")


def _cells(row: ListedVersion) -> tuple[str, ...]:
    figures = [f"{k} {v:.3f}" for k, v in row.figures.items() if any(part in k for part in MAIN_FIGURES)]
    return (
        row.name,
        "" if row.version is None else str(row.version),
        row.state,
        row.weights_sha256[:12],
        "" if row.seed is None else str(row.seed),
        "\n".join(figures),
        row.trained_on.partition(",")[0],
        _record(row),
    )


def _record(row: ListedVersion) -> str:
    """When, by whom and why."""
    if not row.record:
        return "shipped" if row.state in ("serves", "ready") else ""
    who = f"{row.record.get('at', '')} by {row.record.get('by', '')}"
    reasons = [str(reason) for reason in row.record.get("reasons", ())]
    more = [f"and {len(reasons) - MAX_REASONS} reasons more"] if len(reasons) > MAX_REASONS else []
    return "\n".join([who, *reasons[:MAX_REASONS], *more])
