"""`countersign read`: shows what the reader extracts from a file. It needs no stack and no settings."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import EXIT_REFUSED
from infra.cli.console import (
    ProgressBar,
    open_output,
    plain_console,
    print_plain,
    progress_console,
    require_writable_folder,
)
from infra.cli.extract import local_files
from tasks.core.left_out import LeftOut
from tasks.core.records import NOT_LIVE, MarkKind, Reading
from tasks.core.text.terminal import without_steering

if TYPE_CHECKING:
    from tasks.core.reading import Limits

_HALF = re.compile("[\ud800-\udfff]")


class Version(StrEnum):
    LIVE = "live"
    ORIGINAL = "original"


_LEFT_OUT = {
    Version.LIVE: NOT_LIVE,
    Version.ORIGINAL: (NOT_LIVE - {MarkKind.STRUCK}) | {MarkKind.INSERTED},
}


def read(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            exists=True,
            readable=True,
            help="PDF, Word, mail, text or image files, or folders of them.",
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, for each file.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write a NAME.json for each file to this folder, in parallel."),
    ] = None,
    version: Annotated[
        Version | None,
        typer.Option(
            help="Print only the text: `live`, as the pages read now; `original`, as they read before the changes of a redline, with "
            "the struck words and without the inserted ones. With --json it is one more key of the object."
        ),
    ] = None,
    ocr: Annotated[
        bool, typer.Option(help="Read scanned pages too, if an OCR engine is installed (the extra `ocr`).")
    ] = True,
) -> None:
    """Show what the reader extracts from files: pages, page headers and footers, what a reader sees of each word (struck,
    inserted, covered, ...), footnotes with the sentences that cite them, the words that are not shown, agreements, table cells, form
    values, comments and attachments. Exits 3 if a file was refused."""
    from tasks.core.reading import Limits, read_document

    require_writable_folder(out)
    limits, left_out = Limits(ocr=ocr), LeftOut()
    files = local_files(files, left_out)
    n_refused = 0 if out is None else _write_all(files, out, partial(_read_as_json, limits, version))
    for path in files if out is None else ():
        reading = read_document(path, limits)
        if as_json:
            typer.echo(_as_json(reading, version))
        elif version is not None and not _is_refused(reading):
            text = _text_of(reading, version)
            typer.echo(without_steering(text) if sys.stdout.isatty() else text, nl=False)
        else:  # with --version, standard output is for the text alone
            _show(path, reading, plain_console(stderr=version is not None))
        n_refused += _is_refused(reading)
    if words := left_out.in_words():
        print_plain(progress_console(), words)
    raise typer.Exit(EXIT_REFUSED if n_refused else 0)


def _is_refused(reading: Reading) -> bool:
    return reading.status.value == "error"


def _as_json(reading: Reading, version: Version | None) -> str:
    from tasks.core.reading.json_form import public_json

    texts = {} if version is None else {version.value: _text_of(reading, version)}
    shown = json.dumps(public_json(reading) | texts, ensure_ascii=False)
    # Half a character, which a correction may hold: UTF-8 has none, JSON has an escape.
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", shown)


def _text_of(reading: Reading, version: Version) -> str:
    from tasks.core.chunking.live import live_text

    return live_text(reading, _LEFT_OUT[version])


def _show(path: Path, reading: Reading, console: Console) -> None:
    from infra.cli.read.show import show

    show(path, reading, console)


# ---------------------------------------------------------------- many files


def _write_all(files: Sequence[Path], out: Path, read_one: Callable[[Path], tuple[str, str | None]]) -> int:
    """Read the files in parallel, with a worker process for each core; returns how many were refused."""
    names, n_refused = _names(files), 0
    out.mkdir(parents=True, exist_ok=True)
    with (
        ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool,
        ProgressBar(progress_console(), "reading", len(files)) as bar,
    ):
        jobs = {pool.submit(_write_one, path, out / f"{names[path]}.json", read_one): path for path in files}
        for job in as_completed(jobs):
            reason = job.result()
            n_refused += reason is not None
            bar.advance(f"{jobs[job].name}: {reason or 'ok'}", on_terminal=reason is not None)
    return n_refused


def _names(files: Sequence[Path]) -> dict[Path, str]:
    """Each file's stem, with a number if an earlier file has the same, so that none overwrites another."""
    counts: Counter[str] = Counter()
    names: dict[Path, str] = {}
    for path in dict.fromkeys(files):
        counts[path.stem] += 1
        names[path] = path.stem if counts[path.stem] == 1 else f"{path.stem}-{counts[path.stem]}"
    return names


def _write_one(path: Path, target: Path, read_one: Callable[[Path], tuple[str, str | None]]) -> str | None:
    """Write a file's reading as JSON, whole or not at all; returns the reason if it was refused."""
    text, reason = read_one(path)
    with open_output(target) as file:
        file.write(text + "\n")
    return reason


def _read_as_json(limits: Limits, version: Version | None, path: Path) -> tuple[str, str | None]:
    """A file's reading as JSON, and the reason if it was refused."""
    from tasks.core.reading import read_document

    reading = read_document(path, limits)
    return _as_json(reading, version), reading.reason if _is_refused(reading) else None
