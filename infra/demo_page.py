"""What the demo shows at its end: values with their pages and rounds, notes, and refused documents.

Reads only the store. Import it after the settings are in the environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from infra.cli.values_table import values_table
from tasks.core.reading.refusals import meaning
from tasks.core.text.display import one_line
from tasks.store import store


def show(console: Console, bucket: str, prefixes: Sequence[str]) -> None:
    """Print the values of the documents under the prefixes, then those in notes, then refused documents."""
    known = {k.key: k for prefix in prefixes for k in store().sources.known_objects(bucket, prefix)}
    rows = {
        key: list(store().reports.export(document=key)) for key, k in known.items() if k.run_state == "done"
    }
    for key, extractions in rows.items():
        console.print(values_table(_name(key), key, extractions))
    for extraction in (e for found in rows.values() for e in found):
        if extraction["status"] == "verified" and extraction["footnote"]:
            console.print(_note(extraction))
    for key, k in known.items():
        if k.quarantine_code:
            reason = f"{k.quarantine_code}: {meaning(k.quarantine_code)}"
            console.print(f"[yellow]quarantined[/yellow] {_name(key)}: {reason}", highlight=False)


def _note(extraction: dict[str, Any]) -> Panel:
    """A value from a footnote, with the sentence that cites the note."""
    way = store().trail.explain(extraction["extraction"])
    body = Text()
    body.append("the note        ", "dim").append(f"{one_line(extraction['quote'])}\n")
    body.append("cited by        ", "dim").append(
        one_line(way["citing_sentence"] or "no citation of it was found")
    )
    pages = ", ".join(map(str, extraction["pages"]))
    title = (
        f"{_name(extraction['document'])}: {extraction['field']} is in note {extraction['footnote']} on page {pages}, "
        f"found in round {extraction['round']}"
    )
    subtitle = f"countersign explain {extraction['extraction']}"
    return Panel(body, title=title, title_align="left", subtitle=subtitle, subtitle_align="right")


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]
