"""The table of a document's values, for the demo and `countersign extract`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from tasks.core.text.display import counted, shown_value, value_key

_MAX_VALUE_CHARS = 110
_MAX_PLACES = 5
"""Of one value: the parties of a contract are named on every page."""
_NARROW = ("page", "note", "round", "extraction")
_COLUMNS = ("field", "status", "value", *_NARROW)


def values_table(name: str, document: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    """The verified values in the order of their pages, then the unsettled ones; rejected values are only counted.

    The same value of a field is one row, with a line for each place.

    Args:
        name: The document's name, for the title.
        document: Its key, for the command that shows the rest.
        rows: Its extractions, as `export` returns them.
    """
    counts = Counter(row["status"] for row in rows)
    title = f"{name}: {', '.join(f'{counts[s]} {s}' for s in ('verified', 'unsettled', 'rejected'))}"
    rest = f"With quotes and rejected values: countersign export --document {document}"
    table = Table(
        title=Text(title), title_justify="left", caption=Text(rest), caption_justify="left", expand=True
    )
    for column in _COLUMNS:
        table.add_column(column, no_wrap=column in _NARROW)
    value_column = table.columns[_COLUMNS.index("value")]
    value_column.ratio = 1  # the width that the other columns leave
    value_column.overflow = "fold"  # Chinese has no spaces to break a line at
    for places in _same_values(rows):
        first = places[0]
        value = shown_value(first["value"], first["quote"], _MAX_VALUE_CHARS)
        cells = (first["field"], first["status"], value, *_lines(places))
        # `Text`: brackets in a contract are no markup.
        table.add_row(*map(Text, cells), style=None if first["status"] == "verified" else "dim")
    return table


def _same_values(rows: Iterable[Mapping[str, Any]]) -> Iterable[Sequence[Mapping[str, Any]]]:
    """The rows to show, grouped by value."""
    shown = [row for row in rows if row["status"] != "rejected"]
    shown.sort(key=lambda row: (row["status"] != "verified", row["pages"], row["field"], row["extraction"]))
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for row in shown:
        groups.setdefault((row["field"], row["status"], value_key(row["value"])), []).append(row)
    return groups.values()


def _lines(places: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str]:
    """The cells for page, note, round and extraction, a line for each place."""
    lines = [
        (", ".join(map(str, p["pages"])), p["footnote"] or "", str(p["round"]), str(p["extraction"]))
        for p in places[:_MAX_PLACES]
    ]
    if len(places) > _MAX_PLACES:
        lines.append(("", "", "", counted(len(places) - _MAX_PLACES, "more place")))
    pages, notes, rounds, extractions = ("\n".join(cells) for cells in zip(*lines, strict=True))
    return pages, notes, rounds, extractions
