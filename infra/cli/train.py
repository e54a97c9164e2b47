"""`countersign train`: fit the native models from a CUAD folder. Needs the extra `train`, no stack."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tasks.core.errors import ConfigurationError

if TYPE_CHECKING:
    from tasks.learning.training.train_critic import TrainedCritic

Progress = Callable[[str], None]
MODELS_DIR = Path(__file__).parents[1] / "deploy" / "triton" / "models"
_NEEDED = ("sklearn", "lightgbm", "scipy")


class TrainStage(StrEnum):
    ALL = "all"
    GENERATOR = "generator"
    CRITIC = "critic"


def register(app: typer.Typer) -> None:
    app.command("train")(train)


def train(
    part: Annotated[TrainStage, typer.Argument(help="Which model to train.")] = TrainStage.ALL,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", file_okay=False, help="Folder with texts.jsonl.gz, gold.jsonl.gz and splits.json."
        ),
    ] = None,
    book: Annotated[
        list[Path] | None,
        typer.Option(
            "--book",
            exists=True,
            dir_okay=False,
            help="Train the critic from this error book (`countersign errors export --format book`) instead of --data; may be "
            "repeated, the book of the serving generator first.",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            file_okay=False,
            help="Folder that gets NAME/1/ with the weights.",
            show_default="the shipped models",
        ),
    ] = MODELS_DIR,
    folds: Annotated[
        Path | None,
        typer.Option(
            "--folds",
            file_okay=False,
            help="Also write the generator's out-of-fold weights there; `errors build` drafts training contracts with them.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same weights.")] = 0,
) -> None:
    """Fit generator and critic on the `train` split; thresholds are set out of fold. About ten minutes on two cores."""
    _require_extra()
    if (data is None) == (book is None):
        raise typer.BadParameter("give either --data or --book")
    if book is not None and part is not TrainStage.CRITIC:
        raise typer.BadParameter("an error book trains the critic only: countersign train critic --book ...")
    console, started = Console(stderr=True), time.monotonic()

    def say(message: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.0f} s[/dim]  {message}", highlight=False)

    with console.status("training") if console.is_terminal else nullcontext():
        if book is not None:
            _from_books(book, out, seed, say)
        elif data is not None:
            _from_corpus(data, part, out, folds, seed, say)


def _from_corpus(
    data: Path, part: TrainStage, out: Path, folds: Path | None, seed: int, say: Progress
) -> None:
    from tasks.learning.training.corpus import load_corpus
    from tasks.learning.training.recipe import critic_of_corpus
    from tasks.learning.training.train_generator import train_generator, write_folds, write_generator

    corpus = load_corpus(data)
    say(f"{len(corpus.contracts)} contracts in {corpus.n_folds} folds")
    generator = train_generator(corpus, seed, say, n_processes=_n_processes())
    if folds is not None:
        write_folds(generator, folds, seed)
        say(f"out-of-fold weights written to {folds}")
    if part is not TrainStage.CRITIC:
        write_generator(generator, out / "generator" / "1", seed)
        say(f"generator written to {out / 'generator' / '1'}")
    if part is not TrainStage.GENERATOR:
        _write_critic(critic_of_corpus(generator, seed, say, _n_processes()), out, seed, say)


def _from_books(books: list[Path], out: Path, seed: int, say: Progress) -> None:
    from tasks.learning.training.recipe import critic_of_books

    _write_critic(critic_of_books(books, seed, say, _n_processes()), out, seed, say)


def _write_critic(critic: TrainedCritic, out: Path, seed: int, say: Progress) -> None:
    from tasks.learning.training.train_critic import write_critic

    write_critic(critic, out / "critic" / "1", seed)
    say(f"critic written to {out / 'critic' / '1'}")


def _n_processes() -> int:
    return min(6, os.cpu_count() or 1)


def _require_extra() -> None:
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        raise ConfigurationError(
            f"training needs {', '.join(lacking)}: install the extra with `pip install 'countersign[train]'`"
        )
