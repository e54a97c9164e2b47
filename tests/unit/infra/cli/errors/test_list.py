"""The error book as a table."""

from __future__ import annotations

from rich.console import Console

from infra.cli.errors.list import entry_table


def test_brackets_of_a_contract_are_shown_and_no_markup() -> None:
    row = {
        "kind": "boundary",
        "field": "term",
        "document": "deal",
        "document_id": "0" * 64,
        "pages": [3, 4],
        "quote": "[***] ends\n[/bold] on [red] Monday",
        "gold": None,
        "score": 0.256,
        "generator": "generator/1",
        "source": "review",
        "overruled": True,
    }
    console = Console(width=220)
    with console.capture() as shown:
        console.print(entry_table([row]))
    text = " ".join(shown.get().split())
    for part in (
        "[***] ends [/bold] on [red] Monday",
        "3, 4",
        "0.26",
        "boundary (overruled)",
        "generator/1, reviewed",
    ):
        assert part in text
