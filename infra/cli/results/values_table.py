"""The table of a document's values, for the demo and `countersign extract`."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from infra.cli.console import print_plain
from tasks.core.text.display import counted, one_line, shown_value, value_key

_MAX_VALUE_CHARS = 110
_MAX_PLACES = 5
"""Of one value: the parties of a contract are named on every page."""
_NARROW = ("page", "note", "round", "extraction")
_WIDE, _NARROW_FIELD = 100, 19
"""In a terminal of 80 columns, frames and long field names would leave the value the width of a word."""
_AGREEMENT = 40
_STANDING = ("verified", "accepted")
_COLUMNS = ("field", "status", "value", *_NARROW)


def print_values(console: Console, name: str, document: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the values that stand in the order of their pages, then the unsettled ones; rejected values are only counted.

    A value stands if it is verified, or if a person accepted it; then the person is named.

    The same value of a field is one row, with a line for each place. The agreement is a column if the file holds several.

    Args:
        console: Where to print.
        name: The document's name, for the title.
        document: Its key, for the command that shows the rest.
        rows: Its extractions, as `export` returns them.
    """
    counts = Counter(row["status"] for row in rows)
    told = [f"{counts[s]} {s}" for s in ("verified", "unsettled", "rejected")]
    if counts["accepted"]:
        told.insert(0, f"{counts['accepted']} accepted by a person")
    print_plain(console, f"{name}: {', '.join(told)}")
    if groups := _same_values(rows):
        console.print(_table(groups, is_narrow=console.width < _WIDE))
    if rows:
        command = f"countersign export --document {shlex.quote(document)}"
        # Not the table's caption: that is wrapped at the table's width, and a wrapped command cannot be copied.
        print_plain(console, f"With quotes and rejected values: {command}")


def _table(groups: Iterable[Sequence[Mapping[str, Any]]], is_narrow: bool) -> Table:
    groups = list(groups)
    has_agreements = any(places[0]["agreement"] for places in groups)
    table = Table(expand=True)
    if is_narrow:
        table = Table(expand=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column in _NARROW)
    if has_agreements:
        table.add_column("agreement", max_width=_NARROW_FIELD if is_narrow else _AGREEMENT, overflow="fold")
    value_column = table.columns[_COLUMNS.index("value")]
    if is_narrow:
        table.columns[0].max_width, table.columns[0].overflow = _NARROW_FIELD, "fold"
    value_column.ratio = 1  # the width that the other columns leave
    value_column.overflow = "fold"  # Chinese has no spaces to break a line at
    for places in groups:
        first = places[0]
        value = shown_value(first["value"], first["quote"], _MAX_VALUE_CHARS)
        cells = [first["field"], _status(first), value, *_lines(places)]
        if has_agreements:
            cells.append(one_line(first["agreement"] or ""))
        # `Text`: brackets in a contract are no markup.
        table.add_row(*map(Text, cells), style=None if first["status"] in _STANDING else "dim")
    return table


def _same_values(rows: Iterable[Mapping[str, Any]]) -> list[Sequence[Mapping[str, Any]]]:
    """The rows to show, grouped by value."""
    shown = [row for row in rows if row["status"] != "rejected"]
    shown.sort(
        key=lambda row: (row["status"] not in _STANDING, row["pages"], row["field"], row["extraction"] or 0)
    )
    groups: dict[tuple[str | None, ...], list[Mapping[str, Any]]] = {}
    for row in shown:
        key = (row["field"], _status(row), value_key(row["value"]), row["agreement"])
        groups.setdefault(key, []).append(row)
    return list(groups.values())


def _status(row: Mapping[str, Any]) -> str:
    """The status; of a value that a person accepted, who that was."""
    return f"accepted by {row['review']['reviewer']}" if row["status"] == "accepted" else row["status"]


def _lines(places: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str]:
    """The cells for page, note, round and extraction, a line for each place."""
    lines = [line for row in places for line in _places_of(row)]
    n_more = len(lines) - _MAX_PLACES
    if n_more > 0:
        lines = [*lines[:_MAX_PLACES], ("", "", "", counted(n_more, "more place"))]
    pages, notes, rounds, extractions = ("\n".join(cells) for cells in zip(*lines, strict=True))
    return pages, notes, rounds, extractions


def _places_of(row: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """The place of an extraction, then the others where the document says its value."""
    # A person's words have no round, and those that were overlooked no extraction.
    found_in, number = ("" if n is None else str(n) for n in (row["round"], row["extraction"]))
    yield ", ".join(map(str, row["pages"])), row["footnote"] or "", found_in, number
    for place in row["places"]:
        yield ", ".join(map(str, place["pages"])), place["footnote"] or "", "", ""
