"""Nothing that comes from outside is markup: keys, names and reasons appear as they are."""

from __future__ import annotations

import ast
import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra import demo_page, stack
from infra.cli import stack as stack_commands
from infra.cli.console import (
    ProgressBar,
    plain_console,
    print_plain,
    record_table,
    spinner,
    text_table,
)
from infra.cli.errors.build import counts_table
from infra.cli.errors.list import entry_table
from infra.cli.results.values_table import print_values
from infra.stack import PartStatus, StackPart
from tasks.core.error_book.entries import EntryKind
from tasks.core.records import FieldName

ROOT = Path(__file__).parents[4]
HOSTILE = ["[signed] lease.pdf", "lease [/b].pdf", "[link=x]a[/link] :100:.pdf", "[/] [bold"]


def written(console: Console) -> str:
    return console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def memory(**options: Any) -> Console:
    return plain_console(file=io.StringIO(), width=300, **options)


@pytest.mark.parametrize("key", HOSTILE)
def test_key_stays_whole_in_every_table(key: str) -> None:
    entry = {
        "kind": "spurious",
        "overruled": False,
        "field": key,
        "document": key,
        "document_id": "d",
        "pages": [1],
    }
    entry |= {"quote": key, "gold": key, "score": None, "generator": key, "source": "gold"}
    row = {"extraction": 1, "field": key, "status": "verified", "value": key, "pages": [1], "quote": key}
    row |= {"footnote": None, "round": 1, "agreement": key, "places": []}
    console = memory()
    console.print(text_table((key, "head"), [(key, "cell")], key))
    console.print(record_table([{key: key}], key))
    console.print(entry_table([entry]))
    console.print(counts_table({(FieldName(key), next(iter(EntryKind))): 1}, key))
    print_values(console, key, key, [row])
    print_plain(console, key)
    console.print(key)
    assert written(console).count(key) == 3 + 3 + 5 + 2 + 5 + 2


@pytest.mark.parametrize("key", HOSTILE)
def test_key_stays_whole_beside_a_bar_a_spinner_and_a_step(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    console = memory(force_terminal=True)
    with ProgressBar(console, key, 1) as bar:
        bar.advance(key, on_terminal=True)
    with spinner(console, key) as tell:
        tell(key)
    plain = memory()
    monkeypatch.setattr(stack_commands, "progress_console", lambda: plain)
    with stack_commands.Steps() as steps:
        steps("s3", key)
    assert key in written(console)
    assert written(plain) == f"s3: {key}\n"


def test_address_of_a_part_stays_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = PartStatus(StackPart.S3, "given", None, "s3 [/b] x", Path("/tmp/[signed]/log"))
    monkeypatch.setattr(stack, "status", lambda: [part])
    stack_commands.status()
    shown = capsys.readouterr().out
    assert "s3 [/b] x" in shown and "/tmp/[signed]/log" in shown


def test_note_of_the_demo_keeps_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    class Trail:
        def explain(self, _extraction: int) -> dict[str, Any]:
            return {"citing_sentence": "see [/b]"}

    monkeypatch.setattr(demo_page, "store", lambda: type("Store", (), {"trail": Trail()}))
    row = {
        "document": "a [bold].pdf",
        "extraction": 1,
        "field": "f",
        "footnote": "1",
        "pages": [1],
        "quote": "[/x]",
        "round": 1,
    }
    console = memory()
    console.print(demo_page._note(row))
    assert (
        "a [bold].pdf" in written(console) and "see [/b]" in written(console) and "[/x]" in written(console)
    )


def test_only_one_module_makes_consoles_spinners_and_bars() -> None:
    """Elsewhere Rich would read a key as markup: `Console()` by default, a spinner and a description always."""
    made = ("Console", "Progress", "Spinner", "Status")
    wrong: list[str] = []
    for path in (p for folder in ("infra", "tasks", "flows") for p in (ROOT / folder).rglob("*.py")):
        if path == ROOT / "infra/cli/console.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and is_wrong(node, made):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []


def is_wrong(call: ast.Call, made: tuple[str, ...]) -> bool:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    if name == "status":  # `console.status("...")`; `stack.status()` has no argument
        return any(isinstance(a, ast.Constant | ast.JoinedStr) for a in call.args)
    if name == "Progress":
        return any(isinstance(a, ast.Constant | ast.JoinedStr) for a in call.args)
    if name == "Panel":
        titles = [k.value for k in call.keywords if k.arg in ("title", "subtitle")]
        return any(isinstance(t, ast.JoinedStr) for t in titles)
    if name == "add_row":
        return any(isinstance(a, ast.JoinedStr) for a in call.args)
    return name in made
