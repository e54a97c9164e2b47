"""`countersign train`: trains the native models on labelled contracts. Needs the extra `train`, and no stack."""

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
from rich.text import Text

from infra.cli.console import progress_console, require_writable_folder, spinner
from tasks.core.errors import ConfigurationError
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.learning.training.train_critic import TrainedCritic

Progress = Callable[[str], None]
MODELS_DIR = Path(__file__).parents[1] / "deploy" / "triton" / "models"
_LIBRARIES = ("sklearn", "lightgbm", "scipy")


class TrainStage(StrEnum):
    ALL = "all"
    GENERATOR = "generator"
    CRITIC = "critic"
    OWN = "own"
    REVIEW = "review"


def train(
    part: Annotated[TrainStage, typer.Argument(help="The model to train.")] = TrainStage.ALL,
    data: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Corpus: texts.jsonl.gz, gold.jsonl.gz and splits.json."),
    ] = None,
    book: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Train the critic on this error book (`countersign errors export --format book`) instead of --data. Repeat it for "
            "several books, the serving generator's first.",
        ),
    ] = None,
    out: Annotated[
        Path,
        typer.Option(file_okay=False, help="Write NAME/1/ here.", show_default="the shipped models"),
    ] = MODELS_DIR,
    folds: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Also write fold weights here, for `countersign errors build`."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same weights.")] = 0,
) -> None:
    """Train generator and critic on the `train` split of a corpus. Takes about ten minutes on two cores."""
    _require_extra()
    require_writable_folder(out, folds)
    if part is TrainStage.OWN:
        _train_own(out, seed)
        return
    if (data is None) == (book is None):
        raise typer.BadParameter("give either --data or --book")
    if part is TrainStage.REVIEW and data is not None:
        _train_review(data, seed)
        return
    if book is not None and part is not TrainStage.CRITIC:
        raise typer.BadParameter("an error book trains the critic only: countersign train critic --book BOOK")
    console, started = progress_console(), time.monotonic()

    def report(message: str) -> None:
        console.print(Text.assemble((f"{time.monotonic() - started:6.0f} s", "dim"), f"  {message}"))

    with spinner(console, "training") if console.is_terminal else nullcontext():
        from tasks.learning.training.recipe import critic_of_books
        from tasks.learning.training.train_critic import write_critic

        if book is not None:
            critic = critic_of_books(book, seed, report, _n_processes())
        else:
            assert data is not None
            critic = _train_on_corpus(data, part, out, folds, seed, report)
        has_own = (out / "critic" / "1" / "own.npz").exists()
        if critic is not None:
            write_critic(critic, out / "critic" / "1", seed)
            report(f"critic written to {out / 'critic' / '1'}")
        if part is TrainStage.ALL or (critic is not None and not has_own):
            _train_own(out, seed)


def _train_on_corpus(
    data: Path, part: TrainStage, out: Path, folds: Path | None, seed: int, report: Progress
) -> TrainedCritic | None:
    """Train and write the generator; returns the critic, None if only the generator is trained."""
    from tasks.learning.training.corpus import load_corpus
    from tasks.learning.training.recipe import critic_of_corpus
    from tasks.learning.training.train_generator import train_generator, write_folds, write_generator

    corpus = load_corpus(data)
    report(f"{counted(len(corpus.contracts), 'contract')} in {counted(corpus.n_folds, 'fold')}")
    generator = train_generator(corpus, seed, report, n_processes=_n_processes())
    if folds is not None:
        write_folds(generator, folds, seed)
        report(f"fold weights written to {folds}")
    if part is not TrainStage.CRITIC:
        write_generator(generator, out / "generator" / "1", seed)
        report(f"generator written to {out / 'generator' / '1'}")
    return None if part is TrainStage.GENERATOR else critic_of_corpus(generator, seed, report, _n_processes())


def _train_own(out: Path, seed: int) -> None:
    """Train what reads and judges fields of a user's own, on the documents that ship with the product."""
    from tasks.learning.training.fit_own import train_own, write_own
    from tasks.learning.training.own_documents import own_documents

    console, started = progress_console(), time.monotonic()

    def report(message: str) -> None:
        console.print(Text.assemble((f"{time.monotonic() - started:6.0f} s", "dim"), f"  {message}"))

    write_own(train_own(own_documents(), seed, report), out)
    report(f"weights of own fields written to {out}")


def _train_review(data: Path, seed: int) -> None:
    """Fit the order of the review queue, on runs of training contracts by models that have not seen them."""
    from tasks.core.review.worth import WEIGHTS
    from tasks.learning.training.corpus import load_corpus
    from tasks.learning.training.fit_worth import FOLDS, fit_worth, write_worth
    from tasks.learning.training.held_out_runs import held_out_cases
    from tasks.learning.training.train_generator import train_generator

    console, started = progress_console(), time.monotonic()

    def report(message: str) -> None:
        console.print(Text.assemble((f"{time.monotonic() - started:6.0f} s", "dim"), f"  {message}"))

    generator = train_generator(load_corpus(data, n_folds=FOLDS), seed, report, _n_processes())
    write_worth(fit_worth(held_out_cases(generator, seed, report, _n_processes())), WEIGHTS)
    report(f"weights of the review queue written to {WEIGHTS}")


def _n_processes() -> int:
    return min(6, os.cpu_count() or 1)


def _require_extra() -> None:
    missing = [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"training needs {', '.join(missing)}: install the extra with `pip install 'countersign[train]'`"
        )
