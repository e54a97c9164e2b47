"""`countersign explain`: shows how one value came about: page, note, every answer, every finding, every round."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from infra.cli.console import result_console
from infra.cli.options import AsJson
from tasks.core.chunking.headings import enclosing_headings, shown_heading
from tasks.core.reading.legend import MARK_WORDS
from tasks.core.records import MarkKind
from tasks.core.text.display import counted, one_line, shown_quote, shown_value

_COLOURS = {"verified": "bold green", "unsettled": "bold yellow", "rejected": "bold red"}
_MAX_CHARS = 300
_MAX_MARKS = 20
_MAX_PLACES = 10
"""Of the same value: the parties of a contract are named on every page."""


def explain(
    extraction: Annotated[
        int,
        typer.Argument(
            metavar="EXTRACTION",
            help="The value's number: the last column of a table of values, or `extraction` in an export.",
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Show how one value came about: its place in the document, then every answer and finding in order.

    With --json the raw answers of the models are included.
    """
    from infra.cli.database import open_store

    with open_store() as store:
        trace = store.trail.explain(extraction)
    if as_json:
        print(json.dumps(trace, ensure_ascii=False, indent=2, default=str))
        return
    show(trace, result_console())


def show(trace: Mapping[str, Any], console: Console) -> None:
    """Print one extraction.

    Args:
        trace: The row of `sql/queries/explain.sql`.
    """
    field, status = (trace["field"], "bold"), (trace["status"], _COLOURS[trace["status"]])
    console.print(Text.assemble(f"Extraction {trace['extraction_id']}  ", field, "  ", status))
    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(trace):
        if text:
            facts.add_row(
                Text(name, style="dim"), Text(text, overflow="fold")
            )  # Chinese has no spaces to break a line at
    console.print(Padding(facts, (0, 0, 1, 2), expand=False))
    round_number = 0
    for step in trace["trail"] or ():
        if step["round"] and step["round"] != round_number:
            round_number = step["round"]
            console.print(Text(f"Round {round_number}", style="bold"))
        console.print(Padding(_step(step, trace["field"]), (0, 0, 0, 2), expand=False))


def _facts(trace: Mapping[str, Any]) -> list[tuple[str, str]]:
    sources = list(_sources(trace["sources"] or ()))
    quote = shown_quote(trace["quote"], trace["spans"] or (), len(trace["pages"] or ()))
    is_told = trace["quote"] == trace["value"] and quote == one_line(trace["quote"])
    score = "" if trace["score"] is None else f"critic: {trace['score']:.2f} probability that it is right"
    return [
        ("value", shown_value(trace["value"], trace["quote"])),
        ("normal", "" if trace["normal"] == trace["value"] else trace["normal"]),
        ("day type", _day_type(trace)),
        ("quote", "" if is_told else quote),
        ("where", _where(trace)),
        ("agreement", trace["agreement"] or ""),
        ("table cell", "\n".join(map(_cell, trace["cells"] or ()))),
        ("on the page", "\n".join(_seen(trace["marks"] or ()))),
        ("also on", "; ".join(_places(trace["places"] or ()))),
        ("also found", "\n".join(_other_places(trace))),
        *((part["name"], _part(part)) for part in trace["parts"] or ()),
        ("note", f"{trace['marker']} on page {trace['note_page_number']}" if trace["marker"] else ""),
        ("cited by", _citing(trace)),
        ("score", score),
        ("decided", _decided(trace["trail"] or ())),
        ("reason", trace["reason"]),
        ("checks", "\n".join(map(_check, trace["checks"] or ()))),
        ("document", "\n".join([*sources, f"sha256 {trace['document_id']}"])),
        ("headings", " > ".join(map(shown_heading, enclosing_headings(trace["headings"])))),
        ("run", f"{trace['run_id']}, attempt {trace['attempt']}, {trace['run_state']}, started {trace['created_at']:%Y-%m-%d %H:%M:%S %Z}"),
        ("made by", f"{trace['generator']}, {_critic(trace)}; schema {trace['schema_name']} ({trace['schema_version_id'][:12]}), "
                    f"reader {trace['reader_version']}"),
        ("promise", "" if trace["promise"] is None else f"of the verified values of fields of your own, a share of {trace['promise']:g} must be right"),
        ("coverage", f"chunk {trace['chunk_index']} ({trace['chunk_kind']}): {trace['cell'] or 'the run is not finished'}"),
    ]  # fmt: skip


def _sources(sources: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """Where the document is, and where it was; it says so if no key holds it any more."""
    if sources and all(source["state"] != "current" for source in sources):
        yield "NOT CURRENT: no key holds this document any more, so its values are in no export but with --all-versions"
    for source in sources[:_MAX_PLACES]:
        since = f"{datetime.fromisoformat(source['since']):%Y-%m-%d %H:%M %Z}"
        ended = "" if source["state"] == "current" else f", {source['state']} since {since}"
        yield f"s3://{source['bucket']}/{source['key']} (version {source['version']}{ended})"
    if len(sources) > _MAX_PLACES:
        yield f"and {counted(len(sources) - _MAX_PLACES, 'more version')}"


def _day_type(row: Mapping[str, Any]) -> str:
    """Which days the length of a value counts; empty: all, or no length."""
    from tasks.core.values.forms import day_type

    return day_type(row["value"], row["normal"]) or ""


def _where(trace: Mapping[str, Any]) -> str:
    if not trace["spans"]:
        return "the quote was not found in the text"
    spans = ", ".join(f"{start}-{end}" for start, end in trace["spans"])
    return f"page {_pages(trace['pages'])}, characters {spans} of the document text ({trace['match']})"


def _check(check: Mapping[str, str]) -> str:
    says = f" ({check['says']})" if check["says"] else ""
    where = f" in {one_line(check['agreement'])}" if check["agreement"] else ""
    return f"{check['expression']}: {check['outcome']}{where}{says}"


def _cell(cell: Mapping[str, str]) -> str:
    named = {"column": cell["column"], "row": cell["row"]}
    return ", ".join(f"{name} {one_line(words)!r}" for name, words in named.items() if words)


def _seen(marks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What a reader of the page sees inside the quote and beside it, a line for each mark."""
    for mark in marks[:_MAX_MARKS]:
        words = one_line(mark["text"], _MAX_CHARS)
        where = "inside the quote" if mark["inside"] else "beside the quote"
        yield f"{counted(len(words.split()), 'word')} {MARK_WORDS[MarkKind(mark['kind'])]} {where}: {words}"
    if len(marks) > _MAX_MARKS:
        yield f"and {counted(len(marks) - _MAX_MARKS, 'more mark')}"


def _pages(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _places(places: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Where else the document says the value."""
    for place in places[:_MAX_PLACES]:
        yield f"page {_pages(place['pages'])}" + (
            f", in note {place['footnote']}" if place["footnote"] else ""
        )
    if len(places) > _MAX_PLACES:
        yield f"and in {counted(len(places) - _MAX_PLACES, 'more place')}"


def _other_places(trace: Mapping[str, Any]) -> Iterator[str]:
    """Other extractions of the same words for the same field, in this run."""
    others = trace["also_found"]
    for other in others[:_MAX_PLACES]:
        note = f", in note {other['footnote']}" if other["footnote"] else ""
        yield f"page {_pages(other['pages'])}{note}: extraction {other['extraction']}, {other['status']}"
    if len(others) > _MAX_PLACES:
        yield f"and in {counted(len(others) - _MAX_PLACES, 'more place')}"


def _part(part: Mapping[str, Any]) -> str:
    kind = _day_type(part)
    words = f"{part['normal']}, {kind} days" if kind else part["normal"]
    normal = f" ({words})" if part["normal"] not in (None, part["value"]) else ""
    note = f", in note {part['footnote']}" if part["footnote"] else ""
    return f"{shown_value(part['value'], part['quote'])}{normal}: {_where(part)}{note}"


def _decided(trail: Iterable[Mapping[str, Any]]) -> str:
    """The decision of a person that holds for the value; empty: there is none."""
    for step in reversed(list(trail)):
        if step["step"] == "review" and step["holds"] and step["about_it"]:
            value = f": {one_line(step['value'], _MAX_CHARS)}" if step["value"] else ""
            return f"{step['decision'].replace('_', ' ')} by {step['by']}{value}"
    return ""


def _citing(trace: Mapping[str, Any]) -> str:
    if not trace["marker"]:
        return ""
    if not trace["cited_at"]:
        return "no citation of this note was found in the body"
    pages = sorted({place[2] for place in trace["cited_at"]})
    return f"page {_pages(pages)}: {one_line(trace['citing_sentence'] or '')}"


def _critic(trace: Mapping[str, Any]) -> str:
    return f"countersigned by {trace['critic']}" if trace["critic"] else "no critic"


def _step(step: Mapping[str, Any], field: str) -> Text:
    if step["step"] == "finding":
        return _finding(step)
    if step["step"] == "review":
        return _review(step)
    verb = "answered" if step["step"] == "generate" else "judged"
    head = f"{step['by']} {verb} in {step['latency_ms']:.0f} ms"
    if step["error"]:
        partial = f", cut off after {counted(len(step['raw']), 'character')}" if step["raw"] else ""
        return Text(f"{head}: no answer ({step['error']}{partial})", style="red")
    line = Text(head)
    if step["made_it"]:
        line.append("  (the value appears here for the first time)", style="green")
    if step["repairs"]:
        line.append(f"\n  repaired: {', '.join(step['repairs'])}", style="yellow")
    return line.append(f"\n  {summary}", style="dim") if (summary := _summary(step, field)) else line


def _review(step: Mapping[str, Any]) -> Text:
    """What a person decided: over this value, over another one of the cell, or over one of an earlier run."""
    about = "" if step["about_it"] else " of another value of the field"
    value = f": {one_line(step['value'], _MAX_CHARS)}" if step["value"] else ""
    taken_back = f" decision {step['withdraws']}" if step["withdraws"] else ""
    line = Text(
        f"{step['by']} said {step['decision'].replace('_', ' ')}{taken_back}{about}{value}", style="cyan"
    )
    if step["reason"]:
        line.append(f"\n  {one_line(step['reason'], _MAX_CHARS)}")
    carried = (
        f", over run {step['carried_from_run']}, and carried over to this one" if step["carried_from"] else ""
    )
    via = f", by {step['via']}" if step["via"] else ""
    held = "" if step["holds"] or step["withdraws"] else "; it does not hold any more"
    at = f"{datetime.fromisoformat(step['at']):%Y-%m-%d %H:%M %Z}"
    return line.append(f"\n  decision {step['review_id']}, {at}{via}{carried}{held}", style="dim")


def _summary(step: Mapping[str, Any], field: str) -> str:
    """What a raw answer says about the field; the beginning of an answer that is not plain JSON."""
    try:
        answer = json.loads(step["raw"])
        if step["step"] == "critique":
            flagged = sum(bool(verdict["flagged"]) for verdict in answer["verdicts"])
            return f"{counted(len(answer['verdicts']), 'verdict')}, {flagged} flagged, {len(answer['missing'])} missing"
        values = [_value(item) for item in answer["items"] if item["field"] == field]
        return "\n  ".join(one_line(value, _MAX_CHARS) for value in values) or "nothing for this field"
    except (ValueError, KeyError, TypeError, AttributeError):
        return one_line(step["raw"], _MAX_CHARS)


def _value(item: Mapping[str, Any]) -> str:
    parts = [f"{part['name']}: {part.get('value') or part['quote']}" for part in item.get("parts") or ()]
    score = f"  [{item['score']:.2f}]" if isinstance(item.get("score"), float) else ""
    return ("; ".join(parts) or str(item.get("value") or item["quote"])) + score


def _finding(step: Mapping[str, Any]) -> Text:
    verb = " flags this value as" if step["about_it"] else ":"
    line = Text(f"{step['by']}{verb} {step['kind']}", style="yellow")
    part = f"{step['part']}: " if step["part"] else ""
    line.append(f" ({step['score']:.2f}): {part}{step['reason']}")
    return line.append(f"\n  {one_line(step['quote'], _MAX_CHARS)}", style="dim") if step["quote"] else line
