"""`countersign train`: fit the native models from a CUAD folder. Needs the extra `train`, no stack."""

from __future__ import annotations

import importlib.util
import time
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasks.core.errors import ConfigurationError

MODELS_DIR = Path(__file__).parents[1] / "triton" / "models"
_NEEDED = ("sklearn", "lightgbm", "scipy")


class Part(StrEnum):
    ALL = "all"
    GENERATOR = "generator"
    CRITIC = "critic"


def register(app: typer.Typer) -> None:
    app.command("train")(train)


def train(
    data: Annotated[
        Path,
        typer.Option(
            "--data", file_okay=False, help="Folder with texts.jsonl.gz, gold.jsonl.gz and splits.json."
        ),
    ],
    part: Annotated[Part, typer.Argument(help="What to write.")] = Part.ALL,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            file_okay=False,
            help="Model repository that gets NAME/1/ with the weights.",
            show_default="the one that is served",
        ),
    ] = MODELS_DIR,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same weights.")] = 0,
) -> None:
    """Fit generator and critic on the `train` split; thresholds are set out of fold. About ten minutes on two cores."""
    _require_extra()
    from tasks.training.corpus import load_corpus
    from tasks.training.generator import train_generator, write_generator

    console, started = Console(stderr=True), time.monotonic()

    def say(message: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.0f} s[/dim]  {message}", highlight=False)

    corpus = load_corpus(data)
    say(f"{len(corpus.contracts)} contracts in {corpus.n_folds} folds")
    with console.status("training") if console.is_terminal else nullcontext():
        generator = train_generator(corpus, seed, say)
        if part is not Part.CRITIC:
            write_generator(generator, out / "generator" / "1", seed)
            say(f"generator written to {out / 'generator' / '1'}")
        if part is not Part.GENERATOR:
            from tasks.training.critic import train_critic, write_critic

            critic = train_critic(corpus, generator.drafts, seed, say)
            write_critic(critic, out / "critic" / "1", seed)
            say(f"critic written to {out / 'critic' / '1'}")


def _require_extra() -> None:
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        raise ConfigurationError(
            f"training needs {', '.join(lacking)}: install the extra with `pip install 'countersign[train]'`"
        )
