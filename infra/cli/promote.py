"""`countersign promote`: compares a trained version with the serving one and publishes it if it is better."""

from __future__ import annotations

import os
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.console import progress_console, result_console
from infra.cli.options import DocumentFolder, GoldFile, GoldSchema, TextFile
from tasks.core.schema import load_schema

if TYPE_CHECKING:
    from infra.models.promote import Promotion
    from tasks.learning.promotion.gate import GateFigures, MetricChange

EXIT_REFUSED_BY_GATE = 1


class Kind(StrEnum):
    GENERATOR = "generator"
    CRITIC = "critic"


def register(app: typer.Typer) -> None:
    app.command("promote")(promote)


def promote(
    folder: Annotated[
        Path,
        typer.Argument(help="Version folder as `countersign train` writes it.", exists=True, file_okay=False),
    ],
    kind: Annotated[Kind, typer.Option("--as", help="The model that it becomes the next version of.")],
    gold: GoldFile,
    documents: DocumentFolder,
    texts: TextFile = None,
    split: Annotated[str | None, typer.Option(help="Only this split; default: all but `train`.")] = None,
    schema: GoldSchema = "cuad",
    rounds: Annotated[
        int | None, typer.Option(min=1, max=10, help="At most so many rounds for a chunk.")
    ] = None,
    force: Annotated[
        str,
        typer.Option(
            "--force",
            metavar="REASON",
            help="Publish it even if the gate refuses it; the reason is recorded.",
        ),
    ] = "",
) -> None:
    """Compare a trained model with the one in service on the gate set; publish it only if it is better.

    Published, it is the next version, and Triton changes over without losing a request. Refused, it is kept with its report, and
    the command exits 1. `countersign models rollback` goes back.
    """
    from infra.models.promote import PromotionOptions
    from infra.models.promote import promote as promote_contender
    from infra.models.publishing import same_weights
    from infra.models.service import current_service
    from tasks.learning.labelled import LabelledFiles
    from tasks.learning.promotion.contender import inspect

    asked = load_schema(schema)
    contender = inspect(folder, kind.value)
    service = current_service()
    if (version := same_weights(service.repository, kind.value, contender)) is not None:
        return _print_known(kind.value, version, service.repository.serving(kind.value))
    terms = PromotionOptions(LabelledFiles(gold, documents, texts, split), asked, rounds or _max_rounds(), force)
    console = progress_console()
    with console.status("comparing") if console.is_terminal else nullcontext() as status:
        promoted = promote_contender(
            service, contender, terms, lambda message: status.update(message) if status is not None else None
        )
    _show(promoted, kind.value, service.url, result_console())
    if promoted.version is None:
        raise typer.Exit(EXIT_REFUSED_BY_GATE)
    return None


def _max_rounds() -> int:
    """COUNTERSIGN_MAX_ROUNDS; the settings as a whole need a database."""
    from tasks.settings import Settings

    field = Settings.model_fields["countersign_max_rounds"]
    return int(os.environ.get("COUNTERSIGN_MAX_ROUNDS") or field.default)


def _print_known(name: str, version: int, serving: int | None) -> None:
    how = (
        "serves already"
        if version == serving
        else f"does not serve: `countersign models rollback {name} --to {version}` lets it serve"
    )
    typer.echo(f"Nothing done: these weights are version {version} of {name}, which {how}.")


def _show(promoted: Promotion, name: str, url: str | None, console: Console) -> None:
    weighed = promoted.figures
    table = Table(f"{weighed.n_contracts} contracts", "in service", "contender", "change")
    for title, change in _changes(weighed):
        table.add_row(title, *_cells(change))
    for field in weighed.fields:
        if field.falls:
            table.add_row(f"{field.name} ({field.n_gold} gold)", *_cells(field.f1_off))
    console.print(table)
    for reason in promoted.verdict.reasons:
        console.print(f"- {reason}", highlight=False)
    if promoted.version is None:
        console.print(
            f"Refused; {name} {promoted.instead_of} still serves. Weights and report are kept in {promoted.folder}",
            soft_wrap=True,
        )
        return
    how = "Triton serves it now" if url else "no server runs, so the next start serves it"
    despite = "" if promoted.verdict.publish else ", despite the gate"
    console.print(
        f"Published as {name} {promoted.version} instead of {promoted.instead_of}{despite}; {how}.",
        soft_wrap=True,
    )


def _changes(weighed: GateFigures) -> list[tuple[str, MetricChange]]:
    rows = [
        ("F1_off of verified values", weighed.f1_off),
        ("AUROC, redundant", weighed.redundant_auroc),
        ("AUROC, missing", weighed.missing_auroc),
    ]
    return [(title, change) for title, change in rows if change is not None]


def _cells(change: MetricChange) -> tuple[str, str, str]:
    from tasks.learning.promotion.gate import points

    sides = (f"{s.value:.3f} [{s.low:.3f}, {s.high:.3f}]" for s in (change.before, change.after))
    return (*sides, points(change.gain))  # pyright: ignore[reportReturnType]
