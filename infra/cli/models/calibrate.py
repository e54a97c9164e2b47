"""`countersign calibrate`: fits how the judgements of a language model as critic are read, on an error book."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli.console import (
    open_output,
    print_plain,
    progress_console,
    require_writable_folder,
    result_console,
    spinner,
    text_table,
)
from infra.cli.options import Critic
from tasks.core.schema import load_schema
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.learning.judge_book import CalibrationBook
    from tasks.learning.training.fit_calibration import FittedCalibration, JudgedItem


def calibrate(
    book: Annotated[
        Path,
        typer.Argument(
            help="Error book, as `countersign errors export --format book` writes it.",
            exists=True,
            dir_okay=False,
        ),
    ],
    out: Annotated[Path, typer.Option(file_okay=False, help="Folder that gets `calibration.json`.")],
    critic: Critic = None,
    schema: Annotated[
        list[str] | None,
        typer.Option(help="Path of a schema of the book that is not built in. Repeat it for several."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Judge about this many items, drawn by chunk; default: all.")
    ] = None,
) -> None:
    """Fit how the judgements of a language model as critic are read: as probabilities, with a bar for each promise.

    The model that Triton serves judges every item of an error book by the probabilities of its labels. Nothing is written before all
    is judged, and Ctrl-C loses nothing but the time.
    """
    from tasks.core.answers.calibration import FILE
    from tasks.learning.judge_book import read_book

    require_writable_folder(out)
    loaded = read_book(book, [load_schema(name) for name in schema or ()], limit)
    name, judged = _judge(loaded, critic)
    from tasks.learning.training.fit_calibration import fit_calibration

    fitted = fit_calibration(judged, loaded.fold_of)
    _show(fitted, name, result_console())  # before a file that may not fit
    out.mkdir(parents=True, exist_ok=True)
    content = fitted.as_json(name, loaded.sha256, loaded.documents)
    with open_output(out / FILE) as file:
        file.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    print_plain(
        progress_console(),
        f"{out / FILE} is written. To compare this critic with the one in service: countersign promote {out} --as critic --gold GOLD --documents DIR",
    )


def _judge(book: CalibrationBook, critic: str | None) -> tuple[str, list[JudgedItem]]:
    """The name that the calibration is for, and what the model makes of every item."""
    from infra.cli.database import start_parts
    from infra.stack import StackPart

    start_parts(StackPart.TRITON)
    from tasks.learning.judge_book import judge_book, labelled_critic
    from tasks.settings import model_settings
    from tasks.triton import open_client
    from tasks.verify.model_calls import calibrated_name

    config = model_settings()
    model = critic or config.critic
    chunks = f"{counted(book.n_items, 'item')} in {counted(len(book.lines), 'chunk')}"
    console = progress_console()
    with spinner(console, "judging") if console.is_terminal else nullcontext() as tell:
        steps = _Steps(console, book.n_items, tell)

        async def ask() -> tuple[str, list[JudgedItem]]:
            async with open_client(config) as client:
                served = await labelled_critic(client, model, config.ask_limits)
                print_plain(console, f"{model} judges {chunks} of {counted(len(book.documents), 'document')}")
                judged = await judge_book(served, book, config.triton_in_flight, steps.advance)
                return calibrated_name(served.served.identity), judged

        return asyncio.run(ask())


@dataclass(slots=True)
class _Steps:
    """Says how many items are judged: on a terminal at once, elsewhere ten times."""

    console: Console
    n_items: int
    tell: Callable[[str], None] | None
    n_judged: int = 0

    def advance(self) -> None:
        self.n_judged += 1
        message = f"judged {self.n_judged:,} of {counted(self.n_items, 'item')}"
        if self.tell is not None:
            self.tell(message)
        elif 10 * self.n_judged // self.n_items > 10 * (self.n_judged - 1) // self.n_items:
            print_plain(self.console, message)


def _show(fitted: FittedCalibration, name: str, console: Console) -> None:
    figures, read = fitted.figures, fitted.calibration
    wrong, right = figures["n_drafted_wrong"], figures["n_drafted_right"]
    lacking = figures["lacking_called_right"]
    said = f"{figures['n_lacking']:,}" + ("" if lacking is None else f", {lacking:.2f} of them called right")
    rows = [
        ("drafted items", f"{right:,} right, {wrong:,} wrong"),
        ("items that the drafts lack", said),
        ("answered with no label", f"{figures['not_understood']:.3f}"),
        ("AUROC", f"{figures['auroc']:.3f}"),
        ("Brier score", _change(figures, "brier")),
        ("calibration error", _change(figures, "expected_error")),
        ("slope, intercept", f"{read.slope:.3f}, {read.intercept:+.3f}"),
        ("doubted below", f"{read.doubt:.2f}"),
    ]
    for promise, bar in read.bars.items():
        rows.append((f"bar for {promise} % right", "none keeps it" if bar is None else f"{bar:.4f}"))
    console.print(text_table((name, ""), rows))


def _change(figures: Mapping[str, float], name: str) -> str:
    return f"{figures[f'{name}_before']:.3f} before, {figures[f'{name}_after']:.3f} after"
