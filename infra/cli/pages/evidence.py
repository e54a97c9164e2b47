"""`countersign page`: writes the evidence page of a run: the document's pages with every value boxed on its words."""

from __future__ import annotations

import hashlib
import re
import webbrowser
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.console import (
    open_output,
    print_plain,
    progress_console,
    require_writable_folder,
    result_console,
    spinner,
)
from tasks.core.errors import ConfigurationError, OutputError, SourceError, StackError, StoreMissing
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.core.evidence.page import EvidencePage
    from tasks.core.evidence.stored import RunLabel

FOLDER = Path("evidence")
_N_RUN_DIGITS = 8
_MAX_NAME_CHARS = 100
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
"""Letters that some file system does not take in a name."""
_BYTES_PER_MB = 1_000_000
_OWN, _HEAD_BYTES = (
    b'<html lang="en" class="no-js">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy"',
    512,
)
"""How an evidence page begins."""


def page(
    name: Annotated[
        str,
        typer.Argument(
            metavar="DOCUMENT|RUN",
            help="A document's key, file name, SHA-256 or local file; or a run's id, or at least 8 of its first digits.",
        ),
    ],
    schema: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only the run with this schema; default: a file for each."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=f"File to write, or a folder: a name without a suffix; default: {FOLDER}/NAME.RUN.html below this folder."
        ),
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    text_only: Annotated[
        bool,
        typer.Option("--text-only", help="Show the stored text and do not fetch the file: a small page."),
    ] = False,
) -> None:
    """Write the page of a document's newest finished run, or of one run: one HTML file that opens without a network.

    It shows the document's pages with every value boxed on its words, and how each value came about.
    """
    _start_parts(needs_file=not text_only)
    labels = _labels(name, schema)
    paths = [path_of(label, out) for label in labels]
    for path in paths:
        _spare(path)
        require_writable_folder(path.parent)
    if out is not None and not out.is_dir() and out.suffix and len(labels) > 1:
        raise ConfigurationError(
            f"`{name}` has {counted(len(labels), 'finished run')} ({', '.join(sorted({x.schema_name for x in labels}))}), and "
            f"{out} is one file. Choose one with --schema, or name an existing folder. Nothing was written."
        )
    for label, path in zip(labels, paths, strict=True):
        _write(label, path, text_only)
        if open_browser and not webbrowser.open(path.resolve().as_uri()):
            print_plain(progress_console(), f"no browser could be started: open {path} yourself")


def path_of(label: RunLabel, out: Path | None) -> Path:
    """The file of a run's page."""
    from tasks.core.reading.mail.part_keys import display_name

    if out is not None and not out.is_dir() and out.suffix:
        return out
    safe = _UNSAFE.sub("_", display_name(label.key))[-_MAX_NAME_CHARS:].lstrip(".") or "document"
    return (out or FOLDER) / f"{safe}.{label.run_id[:_N_RUN_DIGITS]}.html"


def _spare(path: Path) -> None:
    """Only an evidence page is replaced by one.

    Raises:
        ConfigurationError: there is another file, such as the contract itself.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return
    with path.open("rb") as file:
        if _OWN not in file.read(_HEAD_BYTES):
            raise ConfigurationError(
                f"{path} is there and is no evidence page. Name another file, or remove it. Nothing was written."
            )


def _start_parts(needs_file: bool) -> None:
    """PostgreSQL and, if they can be had, the parts that give the file: without it the page shows the stored text."""
    from infra.cli.database import start_parts
    from infra.stack import StackPart

    start_parts(StackPart.POSTGRES)
    if not needs_file:
        return
    try:
        start_parts(StackPart.S3)
        from tasks.settings import settings

        if settings().password_blocks:
            start_parts(StackPart.PREFECT)
    except (StackError, SourceError) as error:
        print_plain(progress_console(), f"{error} The page will show the stored text.")


def _labels(name: str, schema: str | None) -> tuple[RunLabel, ...]:
    """The runs that are meant; a local file is found by the SHA-256 of its bytes, a key of the same name first."""
    from tasks.store import store

    path = Path(name)
    if not path.is_file():
        return store().evidence.runs_called(name, schema)
    try:
        return store().evidence.runs_called(hashlib.sha256(path.read_bytes()).hexdigest(), schema)
    except StoreMissing as error:
        raise StoreMissing(
            f"the file {path} has no page: its content was never processed with success. Process it with "
            f"`countersign extract`. ({error})"
        ) from error


def _write(label: RunLabel, path: Path, text_only: bool) -> None:
    from tasks.core.evidence.html import write_page
    from tasks.evidence import evidence_page

    console = progress_console()
    with spinner(console, f"making the page of {_UNSAFE.sub('_', label.key)}"):
        shown = evidence_page(label.run_id, is_text_only=text_only)
        write_whole(path, write_page(shown))
    result = result_console()
    print_plain(result, f"{path}: {path.stat().st_size / _BYTES_PER_MB:.1f} MB, {', '.join(counts(shown))}")
    print_plain(console, *(f"  {line}" for line in notice_lines(shown)))


def write_whole(path: Path, content: str) -> None:
    """Write a file whole or not at all; folders above it are made.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})") from error
    with open_output(path) as file:
        file.write(content)


def counts(shown: EvidencePage) -> Iterator[str]:
    """What the page shows, in numbers."""
    statuses = Counter(value.status for value in shown.values)
    by_status = ", ".join(f"{n} {status}" for status, n in sorted(statuses.items(), reverse=True))
    yield f"{counted(len(shown.values), 'value')}" + (f" ({by_status})" if by_status else "")
    n_drawn = sum(p.picture is not None for p in shown.pages)
    yield f"{n_drawn} of {counted(len(shown.pages), 'page')} as pictures"
    yield f"schema {shown.run.schema_name}, run {shown.run.run_id}"


def notice_lines(shown: EvidencePage) -> Sequence[str]:
    """What the page says above the document, a line for each."""
    said = ((notice.code.value.replace("_", " "), notice.detail) for notice in shown.notices)
    return [f"the page says: {words}" + (f" ({detail})" if detail else "") for words, detail in said]
