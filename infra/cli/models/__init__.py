"""`countersign models`: lists the versions of every model; `models rollback` goes back to an earlier one."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from infra.cli.console import print_plain, result_console
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from infra.models.listing import ListedVersion

MAIN_FIGURES = ("f1_off", "auroc")
"""A model card holds more; `--json` prints all."""
MAX_REASONS = 2
_HEADS = ("model", "version", "state", "weights", "seed", "figures out of fold", "trained on", "published")

app = typer.Typer(invoke_without_command=True)


@app.callback()
def show(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print every figure as JSON.")] = False,
) -> None:
    """List every model version: its state, weights, training data and figures, and when and why it was published. Refused versions
    come last."""
    if context.invoked_subcommand is not None:
        return
    from infra.models.listing import listing
    from infra.models.service import current_service

    service = current_service()
    rows = listing(service.repository)
    if as_json:
        records = [asdict(row) | {"folder": str(row.folder)} for row in rows]
        typer.echo(json.dumps(records, indent=1, ensure_ascii=False))
        return
    table = Table(*_HEADS)
    for row in rows:
        table.add_row(*map(Text, _cells(row)), style=None if row.state == "serves" else "dim")
    result_console().print(table)
    if path := os.environ.get("COUNTERSIGN_CRITIC_CALIBRATION"):
        print_plain(result_console(), _calibration(Path(path)))
    if service.url is not None:
        os.environ.setdefault("TRITON_URL", service.url)
        from tasks.core.errors import ModelError
        from tasks.triton.model_control import ready_models

        try:
            ready = ready_models(service.url)  # a server that is down is known within ten seconds
        except ModelError as error:
            print_plain(result_console(), str(error))
            return
        print_plain(result_console(), *asyncio.run(language_models(ready)))


async def language_models(ready: Collection[str]) -> list[str]:
    """How the server takes the form of the answer, a line for each language model that the settings name; each is asked for one token.

    Args:
        ready: The models that the server serves.
    """
    from tasks.core.errors import ConfigurationError, ModelError
    from tasks.settings import model_settings
    from tasks.triton import open_client
    from tasks.triton.language import StructuredOutput

    config, lines = model_settings(), list[str]()
    async with open_client(config) as client:
        for name in dict.fromkeys(one for one in (config.generator, config.critic) if one in ready):
            try:
                if (await client.identify(name)).is_native:
                    continue
                form = await client.schema_form(name)
            except (ModelError, ConfigurationError) as error:
                lines.append(f"{name}: {error}")
                continue
            if form is not StructuredOutput.NONE:
                lines.append(f"{name}: its server takes the form of the answer as `{form}`.")
            elif name in client.formless:
                lines.append(
                    f"{name}: its server takes the form of the answer in no way that is known, so its answers are held to none. "
                    "Compare its version with docs/language-models.md."
                )
            else:
                lines.append(
                    f"{name}: COUNTERSIGN_STRUCTURED_OUTPUT is `none`, so its answers are held to no form."
                )
    return lines


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(help="Name of the model: `generator` or `critic`.")],
    to: Annotated[int | None, typer.Option(min=1, help="Version; default: the one replaced last.")] = None,
    reason: Annotated[str, typer.Option(help="The reason, for the record.")] = "",
) -> None:
    """Serve an earlier version again. No file is removed, and no request is lost."""
    from infra.models.publishing import roll_back
    from infra.models.service import current_service

    service = current_service()
    before, after = roll_back(service, name, to, reason)
    effect = "Triton serves it now" if service.url else "Triton is not running and will serve it next"
    typer.echo(f"Version {after} of {name} replaces version {before}; {effect}.")


def _calibration(path: Path) -> str:
    """The calibration that the environment names, and what the gate said of it."""
    from tasks.core.answers.calibration import read_calibration
    from tasks.core.native.weights import PROMOTION, read_json

    read = read_calibration(path)
    kept = [promise for promise, bar in read.bars.items() if bar is not None]
    promises = f"promises up to {max(kept, key=float)} %" if kept else "promises nothing"
    report = (path if path.is_dir() else path.parent) / PROMOTION
    record = read_json(report) if report.exists() else {}
    said = f"the gate said {record['gate_says']} on {record['at']}" if record else "no gate has seen it"
    return f"As critic {read.model} is read by {path} (slope {read.slope:.2f}, {promises}); {said}."


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
    """When, by whom and why it was published or refused."""
    if not row.record:
        return "shipped" if row.state in ("serves", "ready") else ""
    who = f"{row.record.get('at', '')} by {row.record.get('by', '')}"
    reasons = [str(reason) for reason in row.record.get("reasons", ())]
    n_more = len(reasons) - MAX_REASONS
    more = [f"and {counted(n_more, 'more reason')}"] if n_more > 0 else []
    return "\n".join([who, *reasons[:MAX_REASONS], *more])
