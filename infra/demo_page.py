"""What the demo shows at its end: what was found, where, in which round, what is unsettled, what was refused.

Reads the store only; imported after the settings are in the environment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tasks.core.reading.refusal import meaning
from tasks.store import store

_SHOWN_CHARS = 110


def show(console: Console, bucket: str, prefixes: Sequence[str]) -> None:
    """Print the results of the documents under the prefixes, then the notes that were found, then what was refused."""
    known = {k.key: k for prefix in prefixes for k in store().sources.known_objects(bucket, prefix)}
    rows = {
        key: list(store().reports.export(document=key)) for key, k in known.items() if k.run_state == "done"
    }
    for key, extractions in rows.items():
        console.print(_table(key, extractions))
    for extraction in (e for found in rows.values() for e in found):
        if extraction["status"] == "verified" and extraction["footnote"]:
            console.print(_note(extraction))
    for key, k in known.items():
        if k.quarantine_code:
            reason = f"{k.quarantine_code}: {meaning(k.quarantine_code)}"
            console.print(f"[yellow]quarantined[/yellow] {_name(key)}: {reason}", highlight=False)


def _table(key: str, extractions: Sequence[dict[str, Any]]) -> Table:
    counts = Counter(e["status"] for e in extractions)
    title = f"{_name(key)}: {counts['verified']} verified, {counts['unsettled']} unsettled, {counts['rejected']} rejected"
    table = Table(
        "field", "status", "value", "page", "note", "round", title=title, title_justify="left", expand=True
    )
    shown = [e for e in extractions if e["status"] != "rejected"]
    for e in sorted(shown, key=lambda e: (e["status"] != "verified", e["pages"], e["field"])):
        style = None if e["status"] == "verified" else "dim"
        pages = ", ".join(map(str, e["pages"]))
        table.add_row(
            e["field"],
            e["status"],
            _short(e["value"]),
            pages,
            e["footnote"] or "",
            str(e["round"]),
            style=style,
        )
    return table


def _note(extraction: dict[str, Any]) -> Panel:
    """A value that stands in a footnote, with the sentence that cites the note."""
    way = store().trail.explain(extraction["extraction"])
    body = Text()
    body.append("the note says   ", "dim").append(f"{_one_line(extraction['quote'])}\n")
    body.append("cited by        ", "dim").append(
        _one_line(way["citing_sentence"] or "nothing found that cites it")
    )
    pages = ", ".join(map(str, extraction["pages"]))
    title = (
        f"{_name(extraction['document'])}: {extraction['field']} stands in note {extraction['footnote']} on page {pages}, "
        f"found in round {extraction['round']}"
    )
    subtitle = f"countersign explain {extraction['extraction']}"
    return Panel(body, title=title, title_align="left", subtitle=subtitle, subtitle_align="right")


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"
