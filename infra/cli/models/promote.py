"""`countersign promote`: compares a trained version with the serving one and publishes it if it is better."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import EXIT_FAILED
from infra.cli.console import print_plain, progress_console, result_console, spinner, text_table
from infra.cli.options import DocumentFolder, GoldFile, GoldSchema, HeldOutSplit, Rounds, TextFile
from tasks.core.errors import ConfigurationError
from tasks.core.schema import load_schema
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from infra.models.promote import Promotion, PromotionOptions
    from tasks.learning.promotion.gate import GateFigures, GateVerdict, MetricChange


class Kind(StrEnum):
    GENERATOR = "generator"
    CRITIC = "critic"


def promote(
    folder: Annotated[
        Path,
        typer.Argument(
            help="Folder that `countersign train` or `countersign calibrate` wrote.",
            exists=True,
            file_okay=False,
        ),
    ],
    kind: Annotated[Kind, typer.Option("--as", help="The model to publish a new version of.")],
    gold: GoldFile,
    documents: DocumentFolder,
    texts: TextFile = None,
    split: HeldOutSplit = None,
    schema: GoldSchema = "cuad",
    rounds: Rounds = None,
    force: Annotated[
        str, typer.Option(metavar="REASON", help="Publish it even if it is not better; recorded.")
    ] = "",
) -> None:
    """Compare a trained model with the one in service on labelled contracts, and publish it if it is better.

    Triton then serves it as the next version without losing a request; `countersign models rollback` goes back. A refused model
    is kept with its report, and the command exits 1. A folder of `countersign calibrate` holds how a language model as critic is read:
    the same gate compares that critic, and the command says which settings put it into service.
    """
    from infra.models.promote import PromotionOptions
    from infra.models.promote import promote as promote_contender
    from infra.models.publishing import same_weights
    from infra.models.service import current_service
    from tasks.core.answers.calibration import FILE
    from tasks.learning.labelled import LabelledFiles
    from tasks.learning.promotion.contender import inspect

    loaded = load_schema(schema)
    files = LabelledFiles(gold, documents, texts, split)
    promotion_options = PromotionOptions(files, loaded, rounds or _max_rounds(), force)
    if (folder / FILE).is_file():
        return _promote_calibrated(folder, kind, promotion_options)
    contender = inspect(folder, kind.value)
    service = current_service()
    if (version := same_weights(service.repository, kind.value, contender)) is not None:
        return _print_known(kind.value, version, service.repository.serving(kind.value))
    with _progress() as progress:
        promoted = promote_contender(service, contender, promotion_options, progress)
    _show(promoted, kind.value, service.url, result_console())
    if promoted.version is None:
        raise typer.Exit(EXIT_FAILED)
    return None


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    console = progress_console()
    with spinner(console, "comparing") if console.is_terminal else nullcontext() as tell:
        yield lambda message: tell(message) if tell is not None else None


def _promote_calibrated(folder: Path, kind: Kind, options: PromotionOptions) -> None:
    from infra import stack
    from infra.models.promote_calibrated import promote_calibrated
    from infra.models.service import current_service

    if kind is not Kind.CRITIC:
        raise ConfigurationError(f"{folder} holds the calibration of a critic, which is no {kind.value}")
    service = current_service()
    stack.export()
    with _progress() as progress:
        promoted = promote_calibrated(service, folder, options, progress)
    console, name = result_console(), promoted.settings[0][1]
    _show_figures(promoted.figures, promoted.verdict, console)
    if not promoted.is_published:
        print_plain(console, f"Refused: {name} is not put into service. The report is {promoted.report}")
        raise typer.Exit(EXIT_FAILED)
    despite = "" if promoted.verdict.publish else ", although it is not better"
    print_plain(console, f"Published{despite}. These settings put {name} into service, for every worker:")
    print_plain(console, *(f"{setting}={value}" for setting, value in promoted.settings))


def _max_rounds() -> int:
    from tasks.settings import Settings

    # Not `settings()`: it needs a database, and this command does not.
    field = Settings.model_fields["max_rounds"]
    return int(os.environ.get("COUNTERSIGN_MAX_ROUNDS") or field.default)


def _print_known(name: str, version: int, serving: int | None) -> None:
    serve = f"To serve it: countersign models rollback {name} --to {version}"
    advice = "It is in service already." if version == serving else serve
    typer.echo(f"Nothing was published: these weights are version {version} of {name}. {advice}")


def _show(promoted: Promotion, name: str, url: str | None, console: Console) -> None:
    _show_figures(promoted.figures, promoted.verdict, console)
    if promoted.version is None:
        kept = f"The refused weights and their report are in {promoted.folder}"
        print_plain(console, f"Refused: {name} {promoted.instead_of} stays in service. {kept}")
        return
    effect = "Triton serves it now" if url else "Triton is not running and will serve it next"
    despite = "" if promoted.verdict.publish else ", although it is not better"
    replaced = f"{name} {promoted.version} in place of version {promoted.instead_of}"
    print_plain(console, f"Published as {replaced}{despite}; {effect}.")


def _show_figures(figures: GateFigures, verdict: GateVerdict, console: Console) -> None:
    falling = [(f"{f.name} ({f.n_gold} gold)", f.f1_off) for f in figures.fields if f.falls]
    rows = [(title, *_cells(change)) for title, change in [*_changes(figures), *falling]]
    contracts = counted(figures.n_contracts, "contract")
    console.print(text_table((contracts, "in service", "contender", "change"), rows))
    print_plain(console, *(f"- {reason}" for reason in verdict.reasons))


def _changes(figures: GateFigures) -> list[tuple[str, MetricChange]]:
    rows = [
        ("F1 of verified values", figures.f1_off),
        ("AUROC, redundant", figures.redundant_auroc),
        ("AUROC, missing", figures.missing_auroc),
    ]
    return [(title, change) for title, change in rows if change is not None]


def _cells(change: MetricChange) -> tuple[str, str, str]:
    from tasks.learning.promotion.gate import points

    sides = (f"{s.value:.3f} [{s.low:.3f}, {s.high:.3f}]" for s in (change.before, change.after))
    return (*sides, points(change.gain))  # pyright: ignore[reportReturnType]
