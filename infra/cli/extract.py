"""`countersign extract`: files, folders and S3 prefixes, through the `extract` flow."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import EXIT_FAILED, EXIT_REFUSED
from infra.cli.console import (
    open_output,
    print_plain,
    progress_console,
    require_folder,
    result_console,
    text_table,
)
from infra.cli.options import Force, Generator, NoCritic, Rounds, RunSchema
from tasks.core.errors import ModelMissing, OutputError, SourceMissing
from tasks.core.left_out import LeftOut
from tasks.core.reading.version import ocr_available
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.documents import Outcome

_MAX_VALUE_TABLES = 5
"""More tables scroll out of sight; the values of many documents are for `--out` and `export`."""
_MAX_NAMES = 5
_WITHHELD = {
    "archived": "the object store has archived it. Restore it there, then run this command again.",
    "key_denied": "it is encrypted by a key that these credentials may not use, or that is disabled. "
    "Allow or enable the key, then run this command again.",
}
_NOTHING_LOST = (
    "All results are stored, and no half file was left. Write them where there is room: the same command again without --force "
    "and with another --out processes nothing twice, or `countersign export --run RUN`, with the runs from the table"
)
_HEADS = ("document", "status", "pages", "rounds", "verified", "unsettled", "rejected", "run or reason")


def extract(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|s3://BUCKET/PREFIX...",
            help="PDF, Word, mail, text or image files, folders of them, or S3 prefixes. Attachments of a mail are documents, too. "
            "A document that is given twice is processed once.",
        ),
    ],
    schema: RunSchema,
    rounds: Rounds = None,
    no_critic: NoCritic = False,
    force: Force = False,
    generator: Generator = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the extractions as JSON lines to this file.")
    ] = None,
) -> None:
    """Extract a schema's fields. A value is verified if the critic confirms it and its quote is found on the page.

    Exits 1 if a document failed, 3 if none could be read.
    """
    from tasks.schemas import check_schema

    check_schema(schema)
    require_folder(out)
    urls = [source for source in sources if source.startswith("s3://")]
    left_out = LeftOut()
    paths = local_files([Path(source) for source in sources if source not in urls], left_out)
    from infra.cli.database import start_parts

    start_parts()
    if generator is not None:
        _choose(generator)
    from infra.cli.batches import names_of, requests_for, run_batches
    from tasks.documents import RunOptions, formless_words
    from tasks.schemas import portable

    console = progress_console()
    requests = requests_for(urls, paths, portable(schema), left_out)
    options = RunOptions(max_rounds=rounds, use_critic=not no_critic, force=force)
    outcomes = run_batches(list(requests), options, console)
    names = names_of(requests, outcomes)
    not_written = _write_out(outcomes, out, console)
    _show(outcomes, names, result_console(), out)
    print_plain(console, *flag_lines(outcomes, names), *refusal_lines(outcomes, names))
    print_plain(console, *left_out_lines(outcomes, names, left_out))
    for field, why in {field: why for o in outcomes for field, why in o.not_looked_for.items()}.items():
        print_plain(console, f"{field} was not looked for: {why}")
    if words := formless_words(outcomes):
        print_plain(console, words)
    if not_written is not None:
        raise OutputError(f"{not_written}. {_NOTHING_LOST}") from not_written
    raise typer.Exit(_exit_code(outcomes))


def _write_out(outcomes: Sequence[Outcome], out: Path | None, console: Console) -> OutputError | None:
    """Write the file of results; gives the error if it cannot be written, to be raised after the results are shown."""
    if out is None:
        return None
    try:
        n_lines = write_lines(outcomes, out)
    except OutputError as error:
        return error
    print_plain(console, f"{counted(n_lines, 'extraction')} written to {out}")
    return None


def local_files(paths: Sequence[Path], left_out: LeftOut | None = None) -> list[Path]:
    """The files that these paths name, each once: a folder stands for the files in it that are read.

    A file that is named by itself is taken whatever its name.

    Args:
        left_out: Takes the other files of the folders.

    Raises:
        SourceMissing: a path does not exist, or a folder holds no such file.
    """
    if missing := [str(path) for path in paths if not path.exists()]:
        raise SourceMissing(f"no such file or folder: {', '.join(missing)}. Nothing was started.")
    files: dict[Path, Path] = {}
    for path in paths:
        passed_over = LeftOut() if left_out is None else left_out
        documents = [path] if path.is_file() else _documents_in(path, passed_over)
        if not documents:
            found = f" ({words})" if (words := passed_over.in_words()) else ""
            raise SourceMissing(
                f"the folder {path} holds no PDF, Word, mail or text files{found}. Nothing was started."
            )
        for document in documents:
            files.setdefault(document.resolve(), document)
    return list(files.values())


def _documents_in(folder: Path, left_out: LeftOut) -> list[Path]:
    has_ocr = ocr_available()
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    # A file without a suffix may be a PDF in a bucket; in a folder it is a Makefile or a LICENSE.
    return [
        path
        for path in files
        if not left_out.takes(path.relative_to(folder).as_posix(), has_ocr, needs_suffix=True)
    ]


def left_out_lines(outcomes: Iterable[Outcome], names: Mapping[str, str], left_out: LeftOut) -> Iterator[str]:
    """What was not read, and the attachments that were not, by mail."""
    if words := left_out.in_words():
        yield words
    for outcome in outcomes:
        if outcome.left_out:
            yield f"{names[outcome.key]}: {outcome.left_out}"


def _choose(generator: str) -> None:
    """Use this generator in this process only: the embedded worker keeps its own.

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.triton.model_control import ready_models

    served = ready_models(os.environ["TRITON_URL"])
    if generator not in served:
        raise ModelMissing(f"the server serves no model {generator}; it serves: {', '.join(served)}")
    os.environ["COUNTERSIGN_GENERATOR"] = generator


def write_lines(
    outcomes: Sequence[Outcome], out: Path, names: Mapping[str, str] | None = None, *, as_found: bool = False
) -> int:
    """Write the extractions of these runs as JSON lines; returns their number. The file appears whole or not at all.

    Args:
        names: The name of a document by its key, where it differs from the key.
        as_found: Each value as the run left it, also several verified ones of a field that has one.
    """
    from tasks.core.records import RunId
    from tasks.store import store

    n_lines = 0
    with open_output(out) as lines:
        for outcome in outcomes:
            if outcome.run_id is None:
                continue
            run_id = RunId(outcome.run_id)
            for row in store().reports.values_of(run_id, outcome.bucket, outcome.key, as_found):
                row["document"] = (names or {}).get(row["document"], row["document"])
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                n_lines += 1
    return n_lines


def _show(outcomes: Sequence[Outcome], names: Mapping[str, str], console: Console, out: Path | None) -> None:
    """Print the counts of every document; of a few documents the values too, else how to see them."""
    rows = []
    for o in outcomes:
        counts = (o.n_pages, o.n_rounds, o.n_verified, o.n_unsettled, o.n_rejected)
        rows.append((names[o.key], o.status.value, *map(str, counts), o.run_id or o.reason))
    console.print(text_table(_HEADS, rows))
    done = [o for o in outcomes if o.run_id is not None]
    if len(outcomes) <= _MAX_VALUE_TABLES:
        _show_values(done, names, console)
    elif done:
        print_plain(
            console,
            "To see the values of one document: countersign export --run RUN, with the run from this table."
            + ("" if out else " Of all documents: the same command again with --out FILE.jsonl."),
        )


def flag_lines(outcomes: Iterable[Outcome], names: Mapping[str, str]) -> Iterator[str]:
    """What a user should know of the files before trusting their values, a line for each flag."""
    from tasks.core.reading.legend import flag_meaning, warnings

    documents: dict[str, list[str]] = {}
    for outcome in outcomes:
        for flag in warnings(outcome.flags):
            documents.setdefault(flag, []).append(names[outcome.key])
    for flag, called in documents.items():
        yield f"{flag}: {flag_meaning(flag)} ({_some(called)})"


def refusal_lines(outcomes: Iterable[Outcome], names: Mapping[str, str]) -> Iterator[str]:
    """Why documents were refused or withheld and what to do, a line for each reason."""
    from tasks.core.reading.refusals import MEANINGS

    meanings = {"quarantined": MEANINGS, "withheld": _WITHHELD}
    documents: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.reason in meanings.get(outcome.status.value, {}):
            documents.setdefault((outcome.status.value, outcome.reason), []).append(names[outcome.key])
    for (status, reason), called in documents.items():
        yield f"{reason}: {meanings[status][reason]} ({_some(called)})"


def _some(called: Sequence[str]) -> str:
    more = f" and {len(called) - _MAX_NAMES} more" if len(called) > _MAX_NAMES else ""
    return f"{', '.join(called[:_MAX_NAMES])}{more}"


def _show_values(done: Sequence[Outcome], names: Mapping[str, str], console: Console) -> None:
    from infra.cli.results.values_table import print_values
    from tasks.core.records import RunId
    from tasks.store import store

    numbers: list[int] = []
    for outcome in done:
        rows = list(store().reports.values_of(RunId(str(outcome.run_id)), outcome.bucket, outcome.key))
        print_values(console, names[outcome.key], outcome.key, rows)
        numbers += [row["extraction"] for row in rows if row["status"] != "rejected" and row["extraction"]]
    if numbers:
        print_plain(console, f"To see how a value came about: countersign explain {numbers[0]}")


def _exit_code(outcomes: Sequence[Outcome]) -> int:
    from tasks.documents import OutcomeStatus

    statuses = {o.status for o in outcomes}
    if statuses & {OutcomeStatus.FAILED, OutcomeStatus.POSTPONED}:
        return EXIT_FAILED
    unread = {OutcomeStatus.QUARANTINED, OutcomeStatus.UNSETTLED, OutcomeStatus.WITHHELD}
    return EXIT_REFUSED if statuses and statuses <= unread else 0
