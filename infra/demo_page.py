"""What the demo shows at its end: values with their pages and rounds, notes, and refused documents.

Import it after the settings are in the environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from infra.cli.values_table import print_values
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
        print_values(console, _name(key), key, extractions)
    for extraction in chain.from_iterable(rows.values()):
        if extraction["status"] == "verified" and extraction["footnote"]:
            console.print(_note(extraction))
    for key, k in known.items():
        if k.quarantine_code:
            reason = f"{k.quarantine_code}: {meaning(k.quarantine_code)}"
            console.print(f"[yellow]quarantined[/yellow] {_name(key)}: {reason}")


def _note(extraction: dict[str, Any]) -> Panel:
    """A value from a footnote, with the sentence that cites the note."""
    trace = store().trail.explain(extraction["extraction"])
    cited = one_line(trace["citing_sentence"] or "no citation was found")
    note = one_line(extraction["quote"])
    body = Table.grid(padding=(0, 2))
    body.add_column(style="dim", no_wrap=True)
    body.add_column(overflow="fold")
    body.add_row("the note says", Text(note))
    body.add_row("cited by", Text(cited))
    pages = ", ".join(map(str, extraction["pages"]))
    title = (
        f"{_name(extraction['document'])}: {extraction['field']} is in note {extraction['footnote']} on page {pages}, "
        f"found in round {extraction['round']}"
    )
    subtitle = f"countersign explain {extraction['extraction']}"
    return Panel(body, title=title, title_align="left", subtitle=subtitle, subtitle_align="right")


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]
