"""`countersign read`: shows what the reader extracts from a file. It needs no stack and no settings."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from infra.cli import EXIT_REFUSED
from infra.cli.console import ProgressBar, progress_console
from tasks.core.text.display import counted, one_line

if TYPE_CHECKING:
    from tasks.core.reading import Limits
    from tasks.core.records import Line, Reading

_HIDDEN = "red strike"
_STYLES = {"body": "", "note": "cyan", "running": "dim"}


def read(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, readable=True, help="PDF or text files."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line, for each file.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write a NAME.json for each file to this folder, in parallel."),
    ] = None,
    ocr: Annotated[
        bool, typer.Option(help="Read scanned pages too, if the extra `ocr` and tesseract are installed.")
    ] = True,
) -> None:
    """Show what the reader extracts from files: pages, page headers and footers (dimmed), hidden words (struck out), footnotes with
    the sentences that cite them, form values, comments and attachments. Exits 3 if a file was refused."""
    from tasks.core.reading import Limits, read_document

    limits = Limits(ocr=ocr)
    n_refused = 0 if out is None else _write_all(files, out, limits)
    for path in files if out is None else ():
        reading = read_document(path, limits)
        if as_json:
            typer.echo(_as_json(reading))
        else:
            _show(path, reading, Console())
        n_refused += _is_refused(reading)
    raise typer.Exit(EXIT_REFUSED if n_refused else 0)


def _is_refused(reading: Reading) -> bool:
    return reading.status.value == "error"


def _as_json(reading: Reading) -> str:
    from tasks.core.reading.json_form import public_json

    return json.dumps(public_json(reading), ensure_ascii=False)


# ---------------------------------------------------------------- many files


def _write_all(files: Sequence[Path], out: Path, limits: Limits) -> int:
    """Read the files in parallel, with a worker process for each core; returns how many were refused."""
    names, n_refused = _names(files), 0
    out.mkdir(parents=True, exist_ok=True)
    with (
        ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool,
        ProgressBar(progress_console(), "reading", len(files)) as bar,
    ):
        jobs = {pool.submit(_write_one, path, out / f"{names[path]}.json", limits): path for path in files}
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


def _write_one(path: Path, target: Path, limits: Limits) -> str | None:
    """Write a file's reading as JSON, whole or not at all; returns the reason if it was refused."""
    from tasks.core.reading import read_document

    reading = read_document(path, limits)
    partial = target.with_name(target.name + ".part")
    partial.write_text(_as_json(reading) + "\n", encoding="utf-8")
    partial.replace(target)
    return reading.reason if _is_refused(reading) else None


# ---------------------------------------------------------------- on the console


def _show(path: Path, reading: Reading, console: Console) -> None:
    from tasks.core.reading.refusals import meaning

    head = f"{path.name}: {reading.status.value}, {counted(reading.n_pages, 'page')}, {counted(len(reading.footnotes), 'note')}"
    console.print(Text(head, style="bold red" if _is_refused(reading) else "bold"))
    if reading.reason:
        console.print(Text(f"{reading.reason}: {meaning(reading.reason)}", style="yellow"))
    if reading.flags:
        console.print(Text("flags: " + ", ".join(reading.flags), style="yellow"))
    for page in reading.pages:
        state = "" if page.status == "ok" else f" ({page.status})"
        console.rule(Text(f"page {page.page_number}{state}"))
        for line in reading.lines:
            if line.page_number == page.page_number:
                console.print(_line(reading, line), soft_wrap=True)
    _show_notes(reading, console)
    _show_extras(reading, console)


def _line(reading: Reading, line: Line) -> Text:
    shown = Text(reading.text[line.start : line.end].rstrip("\n"), style=_STYLES[line.tag.value])
    for span in reading.hidden:
        if span.start < line.end and line.start < span.end:
            shown.stylize(_HIDDEN, max(0, span.start - line.start), span.end - line.start)
    return shown


def _show_notes(reading: Reading, console: Console) -> None:
    if not reading.footnotes:
        return
    from tasks.core.chunking.chunks import citing_sentences

    console.rule(Text("notes"))
    for note, sentence in zip(reading.footnotes, citing_sentences(reading), strict=True):
        to = f"-{note.last_page_number}" if note.last_page_number != note.page_number else ""
        pages = f"page {note.page_number}{to}"
        text = one_line("\n".join(reading.text[s.start : s.end] for s in note.spans))
        console.print(Text.assemble((f"{note.marker}  ", "bold cyan"), (text, "cyan"), (f"  {pages}", "dim")))
        cited = f"cited by: {one_line(sentence)}" if sentence else "no citation was found"
        console.print(Text(f"    {cited} (confidence {note.confidence:.2f})"))


def _show_extras(reading: Reading, console: Console) -> None:
    """Print form values, annotations and attachments."""
    if reading.extras:
        console.rule(Text("beside the text"))
    for extra in reading.extras:
        page = "" if extra.page_number is None else f"  page {extra.page_number}"
        kind = (f"{extra.kind.value.replace('_', ' ')}  ", "bold cyan")
        console.print(Text.assemble(kind, f"{extra.name}: {one_line(extra.text)}", (page, "dim")))
