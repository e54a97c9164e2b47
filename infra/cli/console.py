"""Consoles for results and for progress, tables and files of results, and the progress bar of long commands."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from tasks.core.errors import OutputError
from tasks.core.text.terminal import TerminalStream, without_steering

_PROBE_BYTES = 4096


def result_console(width: int = 160) -> Console:
    """Standard output. Without a terminal it has this width, so that a log keeps whole ids."""
    return plain_console(width=None if sys.stdout.isatty() else width)


def progress_console() -> Console:
    """Standard error."""
    return plain_console(stderr=True)


def plain_console(**options: Any) -> Console:
    """A console for which no text is markup: keys, names and reasons come from outside. Use `Text` for a style.

    Rich reads the texts of a spinner, of a panel's title and of a progress column as markup all the same: use `Text`
    there, `spinner` and `plain_column`.
    """
    stream = sys.stderr if options.get("stderr") else sys.stdout
    if isinstance(stream, TerminalStream):
        options = {"file": stream.stream} | options  # it moves the cursor of its bars itself
    return _PlainConsole(highlight=False, markup=False, emoji=False, **options)


class _PlainConsole(Console):
    """Lets no text steer the terminal. Rich takes five control characters out of texts, and not the escape (15.0)."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """As Rich's, with every control character of a text shown and none obeyed."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else without_steering(segment.text)
            yield segment if text == segment.text else Segment(text, segment.style)


@contextmanager
def spinner(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """Show that something is done; call what is given with the text to show from now on."""
    with console.status(Text(text)) as status:
        yield lambda changed: status.update(Text(changed))


def plain_column() -> TextColumn:
    """The description of a progress bar."""
    return TextColumn("{task.description}", markup=False)


def print_plain(console: Console, *lines: str) -> None:
    """Print lines unwrapped and as they are: brackets in a file name or a contract are no markup, `:100:` is no emoji."""
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)


def text_table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    title: str | None = None,
    is_open: bool = False,
) -> Table:
    """A table whose cells are plain text: brackets in a contract are no markup.

    Args:
        is_open: Without lines around its cells.
    """
    table = Table(title=_title(title), title_justify="left")
    for head in heads:
        table.add_column(Text(head))
    if is_open:
        table.box, table.pad_edge = None, False
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(without_steering(cell)) for cell in row))
    return table


def record_table(rows: Sequence[Mapping[str, Any]], title: str | None = None) -> Table:
    """A table of records that all have the keys of the first, which become its heads; numbers are right-aligned."""
    table = Table(title=_title(title))
    for name in rows[0] if rows else ("nothing",):
        is_number = bool(rows) and all(isinstance(row[name], int | float) for row in rows)
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(
            *(
                f"{x:,}" if isinstance(x, int | float) else Text(without_steering(str(x)))
                for x in row.values()
            )
        )
    return table


def _title(title: str | None) -> Text | None:
    return None if title is None else Text(title, style="table.title")


def require_folder(*paths: Path | None) -> None:
    """Call before long work whose results go to these files.

    Raises:
        OutputError: one cannot be written: its folder does not exist, lets nothing be written or has no room, or it is
            a folder itself.
    """
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise OutputError(f"{path} is a folder. Give the name of a file; nothing was started.")
        if not path.parent.is_dir():
            raise OutputError(
                f"{path} cannot be written: there is no folder {path.parent}. Nothing was started."
            )
        if path.is_file() or not path.exists():  # else a device or a pipe
            _try_folder(path, path.resolve().parent)


def require_writable_folder(*paths: Path | None) -> None:
    """Call before long work whose results go to files in these folders, which need not exist.

    Raises:
        OutputError: one is a file, or nothing can be written there.
    """
    for path in paths:
        if path is None:
            continue
        nearest = next(one for one in (path.resolve(), *path.resolve().parents) if one.exists())
        if not nearest.is_dir():
            raise OutputError(f"{path} cannot be a folder: {nearest} is a file. Nothing was started.")
        _try_folder(path, nearest)


def _try_folder(path: Path, folder: Path) -> None:
    """Write and drop a few bytes: rights alone tell nothing of a full disk, or of one that is mounted for reading."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(_PROBE_BYTES))
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}). Nothing was started.") from error


@contextmanager
def open_output(path: Path) -> Iterator[TextIO]:
    """Write a file of results whole or not at all: until it is complete it is called `NAME.partial`.

    After an error what was there before stays. A device or a pipe (`/dev/stdout`) is written as it is.

    Raises:
        OutputError: it cannot be written.
    """
    target = path.resolve()
    is_file = target.is_file() or not target.exists()
    partial = target.with_name(f"{target.name}.partial") if is_file else target
    try:
        file = partial.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})") from error
    try:
        with _told_of(path, file, is_file):
            yield file
        if is_file:
            _put_in_place(path, partial, target)
    finally:
        if is_file:
            partial.unlink(missing_ok=True)


def _put_in_place(path: Path, partial: Path, target: Path) -> None:
    """A file that was there keeps its mode."""
    try:
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})") from error


def is_full(error: OSError) -> bool:
    """Whether what was to be written did not fit, or the disk failed."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)


@contextmanager
def _told_of(path: Path, file: TextIO, is_file: bool) -> Iterator[None]:
    """Closes the file; what cannot be written to it is told with its name."""
    left = ". No half file was left; what was there before stays" if is_file else ""
    try:
        with file:
            yield
    except OSError as error:
        if not is_full(error):
            raise  # of what is written, not of where
        raise OutputError(f"{path} cannot be written ({error.strerror}){left}") from error


def quiet_prefect() -> None:
    """Only warnings, unless the user asked for more: the progress bar shows the rest. Call before importing Prefect."""
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    os.environ["PREFECT_LOGGING_MARKUP"] = "false"  # a key in a log line is no markup


class ProgressBar:
    """Counts finished items: with a bar on a terminal, elsewhere with a line for each item."""

    def __init__(self, console: Console, label: str, n_total: int) -> None:
        self._console, self._n_total, self._n_done = console, n_total, 0
        columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        disable = not console.is_terminal
        self._progress = Progress(plain_column(), *columns, console=console, disable=disable)
        self._task = self._progress.add_task(label, total=n_total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, line: str, on_terminal: bool = False) -> None:
        """Count one more item.

        Args:
            line: What became of it.
            on_terminal: Print the line on a terminal too.
        """
        self._n_done += 1
        self._n_total = max(self._n_total, self._n_done)  # a mail brings its attachments
        self._progress.update(self._task, advance=1, total=self._n_total)
        if on_terminal or not self._console.is_terminal:
            print_plain(self._console, f"{self._n_done}/{self._n_total} {line}")
