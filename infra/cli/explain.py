"""`countersign explain`: how one value came about: page, note, every answer, every finding, every round."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tasks.core.chunking.headings import enclosing_headings, shown_heading
from tasks.core.text.display import counted, one_line, shown_value

_COLOURS = {"verified": "bold green", "unsettled": "bold yellow", "rejected": "bold red"}
_SHOWN_CHARS = 300
_SHOWN_PLACES = 10
"""Of the same value. The parties of a contract stand on every page."""


def register(app: typer.Typer) -> None:
    app.command("explain")(explain)


def explain(
    extraction: Annotated[
        int,
        typer.Argument(
            metavar="EXTRACTION", help="Its number: `extraction` in what `countersign export` writes."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="All of it as one JSON object, raw answers included.")
    ] = False,
) -> None:
    """Show how one value came about: its place in the document, then every answer and finding in order."""
    from infra.cli.database import open_store

    with open_store() as store:
        way = store.trail.explain(extraction)
    if as_json:
        print(json.dumps(way, ensure_ascii=False, indent=2, default=str))
        return
    show(way, Console(highlight=False, width=None if Console().is_terminal else 160))


def show(way: Mapping[str, Any], console: Console) -> None:
    """Print what `sql/queries/explain.sql` gives of one extraction."""
    head = Text.assemble(
        f"Extraction {way['extraction_id']}  ",
        (way["field"], "bold"),
        "  ",
        (way["status"], _COLOURS[way["status"]]),
    )
    console.print(head)
    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(way):
        if text:
            facts.add_row(Text(name, style="dim"), Text(text, overflow="fold"))  # Chinese has no blanks
    console.print(Padding(facts, (0, 0, 1, 2), expand=False))
    round_number = 0
    for step in way["trail"] or ():
        if step["round"] and step["round"] != round_number:
            round_number = step["round"]
            console.print(Text(f"Round {round_number}", style="bold"))
        console.print(Padding(_step(step, way["field"]), (0, 0, 0, 2), expand=False))


def _facts(way: Mapping[str, Any]) -> list[tuple[str, str]]:
    sources = [f"s3://{s['bucket']}/{s['key']} (version {s['version']})" for s in way["sources"] or ()]
    score = "" if way["score"] is None else f"critic: {way['score']:.2f} probability that it is right"
    return [
        ("value", shown_value(way["value"], way["quote"])),
        ("normal", "" if way["normal"] == way["value"] else way["normal"]),
        ("quote", "" if way["quote"] == way["value"] else one_line(way["quote"])),
        ("where", _where(way)),
        ("also found", "\n".join(_other_places(way))),
        *((part["name"], _part(part)) for part in way["parts"] or ()),
        ("note", f"{way['marker']} on page {way['note_page_number']}" if way["marker"] else ""),
        ("cited by", _citing(way)),
        ("score", score),
        ("reason", way["reason"]),
        ("document", "\n".join([*sources, f"sha256 {way['document_id']}"])),
        ("headings", " > ".join(map(shown_heading, enclosing_headings(way["headings"])))),
        ("run", f"{way['run_id']}, attempt {way['attempt']}, {way['run_state']}, started {way['created_at']:%Y-%m-%d %H:%M:%S %Z}"),
        ("made by", f"{way['generator']}, {_critic(way)}; schema {way['schema_name']} ({way['schema_version_id'][:12]}), "
                    f"reader {way['reader_version']}"),
        ("coverage", f"chunk {way['chunk_index']} ({way['chunk_kind']}): {way['cell'] or 'the run is not finished'}"),
    ]  # fmt: skip


def _where(way: Mapping[str, Any]) -> str:
    if not way["spans"]:
        return "nowhere: the quote was not found in the text"
    pages = ", ".join(str(number) for number in way["pages"])
    spans = ", ".join(f"{start}-{end}" for start, end in way["spans"])
    return f"page {pages}, characters {spans} of the document text ({way['match']})"


def _other_places(way: Mapping[str, Any]) -> Iterator[str]:
    """The same value of the same field, found elsewhere in this run."""
    others = way["also_found"]
    for other in others[:_SHOWN_PLACES]:
        pages = ", ".join(str(number) for number in other["pages"])
        note = f", in note {other['footnote']}" if other["footnote"] else ""
        yield f"page {pages}{note}: extraction {other['extraction']}, {other['status']}"
    if len(others) > _SHOWN_PLACES:
        yield f"and in {counted(len(others) - _SHOWN_PLACES, 'more place')}"


def _part(part: Mapping[str, Any]) -> str:
    normal = f" ({part['normal']})" if part["normal"] not in (None, part["value"]) else ""
    note = f", in note {part['footnote']}" if part["footnote"] else ""
    return f"{shown_value(part['value'], part['quote'])}{normal}: {_where(part)}{note}"


def _citing(way: Mapping[str, Any]) -> str:
    if not way["marker"]:
        return ""
    if not way["cited_at"]:
        return "no citation of this note was found in the body"
    pages = ", ".join(str(number) for number in sorted({place[2] for place in way["cited_at"]}))
    return f"page {pages}: {one_line(way['citing_sentence'] or '')}"


def _critic(way: Mapping[str, Any]) -> str:
    return f"countersigned by {way['critic']}" if way["critic"] else "no critic"


def _step(step: Mapping[str, Any], field: str) -> Text:
    if step["step"] == "finding":
        return _finding(step)
    if step["step"] == "review":
        said = f": {step['value']}" if step["value"] else ""
        return Text(f"review by {step['by']}: {step['decision']}{said}  {step['reason']}", style="cyan")
    verb = "answered" if step["step"] == "generate" else "judged"
    head = f"{step['by']} {verb} in {step['latency_ms']:.0f} ms"
    if step["error"]:
        begun = f", broke off after {counted(len(step['raw']), 'character')}" if step["raw"] else ""
        return Text(f"{head}: no answer ({step['error']}{begun})", style="red")
    line = Text(head)
    if step["made_it"]:
        line.append("  (the value first appears here)", style="green")
    if step["repairs"]:
        line.append(f"\n  repaired: {', '.join(step['repairs'])}", style="yellow")
    said = _said(step, field)
    return line.append(f"\n  {said}", style="dim") if said else line


def _said(step: Mapping[str, Any], field: str) -> str:
    """Of the whole raw answer, what it says of the field; an answer that is not plain JSON is shown as it begins."""
    try:
        answer = json.loads(step["raw"])
        if step["step"] == "critique":
            flagged = sum(bool(verdict["flagged"]) for verdict in answer["verdicts"])
            return f"{counted(len(answer['verdicts']), 'verdict')}, {flagged} flagged, {len(answer['missing'])} missing"
        items = [item for item in answer["items"] if item["field"] == field]
        told = [f"{_value(item)}{_scored(item)}" for item in items]
        return "\n  ".join(one_line(line, _SHOWN_CHARS) for line in told) or "nothing for this field"
    except (ValueError, KeyError, TypeError, AttributeError):
        return one_line(step["raw"], _SHOWN_CHARS)


def _value(item: Mapping[str, Any]) -> str:
    parts = "; ".join(
        f"{part['name']}: {part.get('value') or part['quote']}" for part in item.get("parts") or ()
    )
    return parts or str(item.get("value") or item["quote"])


def _scored(item: Mapping[str, Any]) -> str:
    score = item.get("score")
    return f"  [{score:.2f}]" if isinstance(score, float) else ""


def _finding(step: Mapping[str, Any]) -> Text:
    about = " (at this place)" if step["about_it"] else ""
    line = Text(
        f"{step['by']} finds it {step['kind']}" if step["about_it"] else f"{step['by']}: {step['kind']}",
        style="yellow",
    )
    part = f"{step['part']}: " if step["part"] else ""
    line.append(f" {step['score']:.2f}{about}: {part}{step['reason']}")
    return line.append(f"\n  {one_line(step['quote'], _SHOWN_CHARS)}", style="dim") if step["quote"] else line
