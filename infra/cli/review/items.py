"""`countersign review list` and `show`: the queue as a table, and everything about one question of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from infra.cli.console import ProgressBar, print_plain, progress_console, result_console, text_table
from infra.cli.options import AsJson, AsJsonLines
from infra.cli.review.answer import QUESTIONS, WORDS_OF, question_of
from tasks.core.errors import BackfillMissing, StoreMissing
from tasks.core.review.records import (
    EVERYTHING,
    ItemKind,
    PassagePage,
    QueueFilter,
    ReviewItem,
    StoredDecision,
)
from tasks.core.text.display import counted, one_line, shown_value

if TYPE_CHECKING:
    from tasks.postgres.store import Store

_PAGE_ROWS = 200
_SHOWN_CHARS, _QUOTE_CHARS, _AROUND_CHARS, _KEY_CHARS = 100, 600, 1500, 32
_COUNT_LIMIT = 10_000
_HEADS = ("item", "question", "document", "page", "field", "value or words", "right?")
EMPTY = (
    "Nothing waits for a person here. Questions are made at the end of each run: `countersign extract`; "
    "of runs from before, by `countersign review refresh`."
)

SchemaName = Annotated[str | None, typer.Option("--schema", metavar="S", help="Only of this schema.")]
FieldName = Annotated[str | None, typer.Option("--field", metavar="F", help="Only of this field.")]
DocumentName = Annotated[
    str | None,
    typer.Option("--document", metavar="K", help="Only of this document: its key, file name or SHA-256."),
]
OlderThan = Annotated[
    int | None, typer.Option(min=0, metavar="DAYS", help="Only what has waited longer than this.")
]
BackfillName = Annotated[
    str | None, typer.Option("--backfill", metavar="NAME", help="Only of runs of this backfill.")
]
Batch = Annotated[
    str | None, typer.Option(metavar="FLOW_RUN", help="Only of runs of this batch: its flow run's id.")
]
Reason = Annotated[
    str | None,
    typer.Option(
        metavar="R",
        help="Only what is asked for this reason: doubtful, nearly_right, nearly_wrong, overlooked, lost, carried.",
    ),
]
Item = Annotated[
    int, typer.Argument(metavar="ITEM", help="The question's number, as `countersign review list` shows it.")
]


def show_list(
    schema: SchemaName = None,
    field: FieldName = None,
    document: DocumentName = None,
    older_than: OlderThan = None,
    backfill: BackfillName = None,
    batch: Batch = None,
    reason: Reason = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many, the most worthy first.")] = 20,
    as_json: AsJsonLines = False,
) -> None:
    """List what waits for a person, the most worthy question first: the one whose answer is expected to gain most."""
    wanted = checked(QueueFilter(schema, field, document, older_than, backfill, batch, reason))
    from infra.cli.database import open_store

    with open_store() as store:
        items = list(queued(store, wanted, limit))
        if not items:
            require_known(store, wanted)
        n_open = 0 if as_json else store.review_queue.count(wanted, EVERYTHING, _COUNT_LIMIT)
    if as_json:
        for item in items:
            print(json.dumps(asdict(item), ensure_ascii=False, default=str))
        return
    console = result_console()
    if not items:
        print_plain(console, EMPTY)
        return
    console.print(text_table(_HEADS, map(_row, items)))
    known = f"{n_open:,}" if n_open < _COUNT_LIMIT else f"{_COUNT_LIMIT:,} or more"
    print_plain(
        console,
        f"{known} open; shown are {len(items)}. Look at one: countersign review show {items[0].item_id}",
        f"Decide it: countersign review decide {items[0].item_id} right|wrong|corrected|not-in-document",
    )


def show(item: Item, as_json: AsJson = False) -> None:
    """Show everything about one question: the value, the page around it, and what was decided before."""
    from infra.cli.database import open_store

    with open_store() as store:
        found = store.review_queue.item(item, EVERYTHING)
        pages = pages_around(store, item)
        history = store.review_queue.history(item, EVERYTHING)
    if as_json:
        said = {"pages": [asdict(page) for page in pages], "history": [asdict(one) for one in history]}
        print(json.dumps(asdict(found) | said, ensure_ascii=False, indent=2, default=str))
        return
    show_item(found, pages, history, result_console())


def refresh(
    limit: Annotated[int, typer.Option(min=1, help="Of at most this many runs, the newest first.")] = 1000,
) -> None:
    """Make the questions of runs that were done before there was a queue, and order all open ones by what decisions taught.

    Safe to repeat: questions are made once.
    """
    from infra.cli.database import open_store

    with open_store() as store:
        run_ids = store.review_items.runs_without_items(limit)
        n_questions = 0
        with ProgressBar(progress_console(), "asking", len(run_ids)) as bar:
            for run_id in run_ids:
                n_questions += (n_made := store.review_items.make_items(run_id))
                bar.advance(f"{run_id}: {counted(n_made, 'question')}")
        n_moved = store.review_items.apply_experience()
    told = f"{counted(n_questions, 'question')} of {counted(len(run_ids), 'run')}"
    print_plain(
        result_console(),
        f"{counted(n_moved, 'question')} moved by what decisions taught",
        told + (", and there may be more runs" if len(run_ids) == limit else ""),
    )


def queued(store: Store, wanted: QueueFilter, limit: int) -> Iterator[ReviewItem]:
    """The open questions in the order of their worth, a page of them at a time."""
    after, n_left = None, limit
    while n_left > 0:
        page = store.review_queue.page(wanted, EVERYTHING, min(n_left, _PAGE_ROWS), after)
        yield from page
        if len(page) < min(n_left, _PAGE_ROWS):
            return
        n_left -= len(page)
        after = (page[-1].worth, page[-1].item_id)


def checked(wanted: QueueFilter) -> QueueFilter:
    """
    Raises:
        typer.BadParameter: nothing is ever asked for this reason.
    """
    if wanted.reason is not None and wanted.reason not in QUESTIONS:
        raise typer.BadParameter(
            f"`{wanted.reason}` is none of {', '.join(QUESTIONS)}", param_hint="--reason"
        )
    return wanted


def require_known(store: Store, wanted: QueueFilter) -> None:
    """
    Raises:
        StoreMissing: the filter names what no question, or no run, ever had.
    """
    unknown = store.review_queue.unknown(wanted)
    if "backfill" in unknown:
        raise BackfillMissing(f"there is no backfill called `{wanted.backfill}`.")
    named = {"batch": wanted.batch, "schema": wanted.schema_name, "field": wanted.field}
    for name in unknown:
        asked = "run ever was of this batch" if name == "batch" else f"question ever had this {name}"
        raise StoreMissing(f"no {asked}: `{named[name]}`. Is the name right?")


def pages_around(store: Store, item_id: int) -> tuple[PassagePage, ...]:
    """The pages of a question, with the one before and the one after."""
    return store.review_queue.words(item_id, EVERYTHING).pages


def show_item(
    item: ReviewItem, pages: Sequence[PassagePage], history: Sequence[StoredDecision], console: Console
) -> None:
    """Print one question, the words around it, and its history."""
    status = "open" if item.is_open else "closed"
    console.print(
        Text.assemble(
            f"Item {item.item_id}  ", (item.field, "bold"), f"  {question_of(item)}  ", (status, "dim")
        )
    )
    facts = Table.grid(padding=(0, 2))
    for name, text in _facts(item):
        if text:
            facts.add_row(Text(name, style="dim"), Text(text, overflow="fold"))
    console.print(Padding(facts, (0, 0, 1, 2), expand=False))
    for page in pages:
        if (shown := _marked(page, item)) is not None:
            console.print(
                Text(f"Page {page.page_number}, from character {shown[0]} of the document text", style="bold")
            )
            console.print(Padding(shown[1], (0, 0, 1, 2), expand=False))
    for decided in history:
        console.print(Text(f"  {history_line(decided)}", style="cyan"))
    if item.is_open:
        ways = (
            "right|wrong|corrected|not-in-document"
            if item.kind is ItemKind.VALUE
            else "corrected|wrong|not-in-document"
        )
        print_plain(
            console,
            f"Decide it: countersign review decide {item.item_id} {ways} [--quote WORDS] [--reason WHY]",
        )


def history_line(decided: StoredDecision) -> str:
    """Who decided what, when, why and how."""
    words = f" “{one_line(decided.value, _SHOWN_CHARS)}”" if decided.value else ""
    why = f": {one_line(decided.reason)}" if decided.reason else ""
    via = f", by {decided.via}" if decided.via else ""
    user = f", entered by the user {decided.by_user}" if decided.by_user else ""
    further = " of a further value" if decided.asked_with is not None else ""
    carried = f", over an earlier run (decision {decided.carried_from})" if decided.carried_from else ""
    taken_back = f" decision {decided.withdraws}" if decided.withdraws else ""
    at = f"{decided.at:%Y-%m-%d %H:%M %Z}"
    return f"decision {decided.review_id}, {at}: {decided.reviewer} said {WORDS_OF[decided.decision]}{further}{taken_back}{words}{why}{via}{user}{carried}"


def _facts(item: ReviewItem) -> list[tuple[str, str]]:
    score = "" if item.score is None else f"{item.score:.2f}"
    what = "something was overlooked here" if item.kind is ItemKind.PASSAGE else "it is right"
    by = f"{WORDS_OF[item.decision]} by {item.decided_by}" if item.decision else ""
    until = f" until {item.claimed_until:%H:%M %Z}" if item.claimed_until else ""
    return [
        ("value", shown_value(item.value, item.quote) if item.kind is not ItemKind.PASSAGE else ""),
        *(("or else", shown_value(other.value, other.value)) for other in item.others),
        ("normal", item.normal if item.normal and item.normal != item.value else ""),
        ("words", one_line(item.quote, _QUOTE_CHARS) if one_line(item.quote) != one_line(item.value) else ""),
        ("where", _where(item)),
        ("critic", f"{score} probability that {what}" if score else ""),
        ("status", item.status or ""),
        ("document", "\n".join(item.documents or (item.document,))),
        (
            "not current",
            "" if item.is_current else "no key holds this document any more: the queue does not ask it",
        ),
        ("schema", item.schema_name),
        ("run", str(item.run_id)),
        ("decided", by),
        ("claimed", f"by {item.claimed_by}{until}" if item.claimed_by else ""),
    ]


def _where(item: ReviewItem) -> str:
    if not item.spans:
        return ""
    ranges = ", ".join(f"{start}-{end}" for start, end in item.spans)
    note = f", in note {item.footnote}" if item.footnote else ""
    return f"page {_numbers(item.pages)}{note}, characters {ranges} of the document text"


def _marked(page: PassagePage, item: ReviewItem) -> tuple[int, Text] | None:
    """The stretch of a page around the item's words, which stand out, and where it begins; None: nothing of it is near."""
    own = [(max(0, start - page.start), end - page.start) for start, end in item.spans]
    here = [(start, end) for start, end in own if start < len(page.text) and end > 0]
    if not here and item.spans:
        return None
    first = max(0, min((start for start, _ in here), default=0) - _AROUND_CHARS)
    last = max((end for _, end in here), default=len(page.text)) + _AROUND_CHARS
    text = Text(page.text[first:last], overflow="fold")
    for start, end in here:
        text.stylize("bold reverse", max(0, start - first), end - first)
    return page.start + first, text


def _row(item: ReviewItem) -> tuple[str, ...]:
    words = item.quote if item.kind is ItemKind.PASSAGE else shown_value(item.value, item.quote)
    return (
        str(item.item_id),
        question_of(item),
        _end_of(item.document) + (f" and {len(item.documents) - 1} more" if len(item.documents) > 1 else ""),
        _numbers(item.pages),
        item.field,
        one_line(words, _SHOWN_CHARS),
        "" if item.score is None else f"{item.score:.2f}",
    )


def _end_of(key: str) -> str:
    """The end of a key, which has the file's name."""
    return key if len(key) <= _KEY_CHARS else f"…{key[1 - _KEY_CHARS :]}"


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
