"""What the demo shows at its end: values with their pages and rounds, notes, refused documents, an evidence page.

Import it after the settings are in the environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from infra.cli.pages.evidence import path_of, write_whole
from infra.cli.results.values_table import print_values
from tasks.core.errors import StoreMissing
from tasks.core.reading.refusals import meaning
from tasks.core.text.display import one_line
from tasks.evidence import evidence_html
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
        is_found = extraction["round"] is not None  # not given by a person
        if is_found and extraction["status"] in ("verified", "accepted") and extraction["footnote"]:
            console.print(_note(extraction))
    for key, k in known.items():
        if k.quarantine_code:
            reason = f"{k.quarantine_code}: {meaning(k.quarantine_code)}"
            console.print(Text.assemble(("quarantined", "yellow"), f" {_name(key)}: {reason}"))


def write_evidence_page(key: str, folder: Path) -> Path | None:
    """Write the evidence page of the newest finished run of a document, as `countersign page` does.

    Returns:
        Its file; None if the document has no finished run.
    """
    try:
        label = store().evidence.runs_called(key, None)[0]
    except StoreMissing:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(label, folder)
    write_whole(path, evidence_html(label.run_id))
    return path


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
    return Panel(body, title=Text(title), title_align="left", subtitle=subtitle, subtitle_align="right")


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1]
