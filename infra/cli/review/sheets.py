"""`countersign review export` and `import`: the queue as a sheet, and the decisions of a sheet, row by row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from infra.cli import EXIT_FAILED
from infra.cli.console import (
    print_plain,
    progress_console,
    require_folder,
    result_console,
    spinner,
    text_table,
)
from infra.cli.options import AsJson
from infra.cli.review import items
from infra.cli.review.answer import (
    DECISIONS,
    WORDS_OF,
    GivenAnswer,
    NotUnderstood,
    question_of,
    understood,
    warning_of,
)
from infra.cli.review.decide import Reviewer
from infra.cli.review.decider import Decider, decider_called
from infra.cli.review.sheet import COLUMNS, MAX_ROWS, REFUSED_BECAUSE, SheetRow, cut, without_controls
from infra.cli.review.sheet_file import as_csv, as_workbook, kind_of, read_sheet
from tasks.core.errors import ConfigurationError, OutputError
from tasks.core.review.records import (
    EVERYTHING,
    DecisionRefused,
    NewDecision,
    PassagePage,
    QueueFilter,
    RefusalCode,
    ReviewDecision,
    ReviewItem,
    Via,
)
from tasks.core.text.display import counted, one_line, shown_value
from tasks.core.text.folding import fold

if TYPE_CHECKING:
    from tasks.postgres.store import Store

_AROUND_CHARS = 250
_SHOWN_REFUSED = 50


class RowState(StrEnum):
    """What became of a row."""

    STORED = "stored"
    CHECKED = "would be stored"
    SAME = "decided so already"
    UNDECIDED = "not decided"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    row: SheetRow
    state: RowState
    reason: str = ""
    warning: str = ""
    """Of a row that was stored all the same."""


# ---------------------------------------------------------------- export


def export(
    path: Annotated[
        Path, typer.Argument(metavar="PATH.xlsx|.csv", help="The file; it appears whole or not at all.")
    ],
    schema: items.SchemaName = None,
    field: items.FieldName = None,
    document: items.DocumentName = None,
    older_than: items.OlderThan = None,
    backfill: items.BackfillName = None,
    batch: items.Batch = None,
    reason: items.Reason = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_ROWS, help="At most this many, the most worthy first.")
    ] = 500,
    force: Annotated[bool, typer.Option("--force", help="Replace a file of this name.")] = False,
) -> None:
    """Write the queue as a spreadsheet or CSV. Fill in `decision`, `right words` and `reason`, then import it."""
    kind_of(path)
    require_folder(path)
    if path.exists() and not force:
        raise ConfigurationError(
            f"{path} is there already, perhaps with decisions. Nothing was written; --force replaces it."
        )
    wanted = items.checked(QueueFilter(schema, field, document, older_than, backfill, batch, reason))
    from infra.cli.database import open_store

    with open_store() as store, spinner(progress_console(), "writing the queue"):
        rows = [
            _cells(item, items.pages_around(store, item.item_id))
            for item in items.queued(store, wanted, limit)
        ]
        if not rows:
            items.require_known(store, wanted)
            print_plain(progress_console(), items.EMPTY, "No file was written.")
            raise typer.Exit(EXIT_FAILED)
        _write(path, rows, COLUMNS)
    print_plain(
        result_console(),
        f"{counted(len(rows), 'question')} written to {path}. In `decision` write {', '.join(DECISIONS)}; of `corrected`, "
        "copy the words from the page into `right words`.",
        f"Then: countersign review import {path} --dry-run",
    )


def _cells(item: ReviewItem, pages: Sequence[PassagePage]) -> dict[str, str]:
    return {
        "item": str(item.item_id),
        "seen": str(item.seen),
        "document": item.document,
        "page": ", ".join(map(str, item.pages)),
        "schema": item.schema_name,
        "field": item.field,
        "question": question_of(item),
        "value": value_cell(item),
        "quote": item.quote,
        "context": _context(item, pages),
        "probability": "" if item.score is None else f"{item.score:.2f}",
    }


def value_cell(item: ReviewItem) -> str:
    return shown_value(item.value, item.quote) if item.value else ""


def _context(item: ReviewItem, pages: Sequence[PassagePage]) -> str:
    """The text around the question's words, which stand in brackets."""
    for page in pages:
        for start, end in item.spans[:1]:
            first, last = start - page.start, end - page.start
            if 0 <= first < len(page.text):
                before = page.text[max(0, first - _AROUND_CHARS) : first]
                return f"…{one_line(before)} [{one_line(page.text[first:last])}] {one_line(page.text[last : last + _AROUND_CHARS])}…"
    return ""


def _write(path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> None:
    """
    Raises:
        OutputError: it cannot be written.
    """
    content = (
        as_csv(rows, columns) if kind_of(path) == ".csv" else as_workbook(rows, tuple(DECISIONS), columns)
    )
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written ({error.strerror}). Is it open in a spreadsheet?"
        ) from error


# ---------------------------------------------------------------- import


def import_sheet(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH.xlsx|.csv", exists=True, dir_okay=False, help="The sheet with decisions."
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be stored, and store nothing.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Write the refused rows with their reasons to this file, to be mended."
        ),
    ] = None,
    reviewer: Reviewer = None,
    as_json: AsJson = False,
) -> None:
    """Store the decisions of a sheet. A row that cannot be stored is refused with its reason, and the others are stored.

    Importing a sheet again changes nothing. Exits 1 if a row was refused.
    """
    who = decider_called(reviewer)
    if out is not None:
        kind_of(out)
        require_folder(out)
    rows = read_sheet(path)
    from infra.cli.database import open_store

    with open_store() as store, spinner(progress_console(), "deciding"):
        results = [decided(store, row, who, dry_run) for row in rows]
    refused = [result for result in results if result.state is RowState.REFUSED]
    not_written = None
    if out is not None and refused:
        not_written = _write_refused(out, refused)
    if as_json:
        print(json.dumps(_totals(results), ensure_ascii=False))
    else:
        _show(results, path, out if refused and not_written is None else None, result_console())
    if not_written is not None:
        raise OutputError(
            f"{not_written} The decisions are stored. Import the sheet again with another --out: nothing is stored twice."
        ) from not_written
    raise typer.Exit(EXIT_FAILED if refused else 0)


def _write_refused(out: Path, refused: Sequence[RowResult]) -> OutputError | None:
    """Write the refused rows; gives the error if they cannot be written, to be raised after the results are shown."""
    rows = [{**result.row.cells, REFUSED_BECAUSE: result.reason} for result in refused]
    try:
        _write(out, rows, (REFUSED_BECAUSE, *COLUMNS))
    except OutputError as error:
        return error
    return None


def decided(store: Store, row: SheetRow, who: Decider, dry_run: bool) -> RowResult:
    """What becomes of one row; it is stored as a whole or not at all."""
    try:
        return _decided(store, row, who, dry_run)
    except NotUnderstood as error:
        return RowResult(row, RowState.REFUSED, str(error))
    except DecisionRefused as error:
        return RowResult(row, RowState.REFUSED, str(error))


def _decided(store: Store, row: SheetRow, who: Decider, dry_run: bool) -> RowResult:
    if not row.is_decided:
        if row.faults or not (row.cells["right words"].strip() or row.cells["reason"].strip()):
            return RowResult(row, RowState.UNDECIDED)
        raise NotUnderstood("there are words or a reason, and no decision")
    if row.faults or row.items is None:
        raise NotUnderstood("; ".join(row.faults))
    number, seen = row.items
    item = store.review_queue.item(number, who.scope)
    if seen > item.seen:
        raise NotUnderstood("the column `seen` was changed: no decision about this question has that number")
    answer = GivenAnswer(row.cells["decision"], row.cells["right words"], reason=row.cells["reason"])
    new = understood(answer, item, seen, items.pages_around(store, number))
    check_unchanged(store, row, item, new.decision)
    if item.decision is not None and _is_same(store, new, item):
        return RowResult(row, RowState.SAME, f"by {item.decided_by}")
    if dry_run:
        _check(item, new, who.name)
        return RowResult(row, RowState.CHECKED, WORDS_OF[new.decision])
    review_id = store.decisions.decide(new, who.scope, who.name, Via.SHEET, who.by_user)
    warning = warning_of(store.decisions.type_without_form(review_id))
    return RowResult(row, RowState.STORED, f"{WORDS_OF[new.decision]}, decision {review_id}", warning)


def check_unchanged(store: Store, row: SheetRow, item: ReviewItem, decision: ReviewDecision) -> None:
    """
    Raises:
        NotUnderstood: the row shows something else than what is stored of the question.
    """
    if row.cells["field"].strip() != item.field:
        raise NotUnderstood(
            f"item {item.item_id} is about the field `{item.field}`: the number or the field was changed"
        )
    for column, stored in (("schema", item.schema_name), ("document", item.document), ("quote", item.quote)):
        shown = row.cells.get(column)  # None: a person took the column away
        if shown is None or _plain(shown) == _plain(cut(stored)):
            continue
        if column == "document" and store.review_queue.is_called(item.document_id, shown):
            continue  # it was seen under another key since
        raise NotUnderstood(
            f"the row's {column} is not that of question {item.item_id}: perhaps columns were sorted apart"
        )
    stored = cut(value_cell(item))
    # Of a correction the value is what is wrong, and a person may have written over it.
    if decision is not ReviewDecision.CORRECTED and _plain(row.cells["value"]) != _plain(stored):
        raise NotUnderstood(
            f"`value` is not the stored value “{one_line(stored, 80)}”; to correct it, write `corrected` and the words of the page "
            "into `right words`"
        )


def _plain(text: str) -> str:
    """A text as it comes back from a spreadsheet, which may change line ends and lose what it cannot hold."""
    return " ".join(fold(without_controls(text)).text.split())


def _is_same(store: Store, new: NewDecision, item: ReviewItem) -> bool:
    """Whether the standing decision says the same."""
    if (item.decision, new.decision) == (ReviewDecision.NOT_IN_DOCUMENT, ReviewDecision.REJECTED):
        return True  # another row of the sheet may have said it of the field
    if item.decision is not new.decision:
        return False
    if new.decision is not ReviewDecision.CORRECTED:
        return True
    history = store.review_queue.history(item.item_id, EVERYTHING)
    return any(one.review_id == item.seen and one.spans == new.spans for one in history)


def _check(item: ReviewItem, new: NewDecision, who: str) -> None:
    """What the store would refuse.

    Raises:
        DecisionRefused: it would.
    """
    if item.seen != new.seen:
        raise DecisionRefused(RefusalCode.DECIDED_MEANWHILE, item.decided_by)
    if not item.is_open and item.decision is None:
        raise DecisionRefused(RefusalCode.SUPERSEDED)
    if item.claimed_by not in (None, who):
        raise DecisionRefused(RefusalCode.CLAIMED, item.claimed_by)
    if new.decision is ReviewDecision.GOLD_WRONG and not item.has_gold:
        raise DecisionRefused(RefusalCode.NO_GOLD)


# ---------------------------------------------------------------- what became of the rows


def _totals(results: Sequence[RowResult]) -> dict[str, object]:
    counts = Counter(result.state for result in results)
    rows = [
        {
            "row": r.row.number,
            "item": r.row.items and r.row.items[0],
            "state": r.state.value,
            "reason": r.reason,
        }
        | ({"warning": r.warning} if r.warning else {})
        for r in results
        if r.state is not RowState.UNDECIDED
    ]
    return {**{state.value.replace(" ", "_"): counts[state] for state in RowState}, "rows": rows}


def _show(results: Sequence[RowResult], path: Path, out: Path | None, console: Console) -> None:
    counts = Counter(result.state for result in results)
    told = ", ".join(f"{counts[state]} {state.value}" for state in RowState if counts[state])
    print_plain(console, f"{path.name}: {told or 'no rows'}")
    for result in results:
        if result.warning:
            print_plain(console, f"Warning: row {result.row.number}: {result.warning}.")
    refused = [result for result in results if result.state is RowState.REFUSED]
    if refused:
        console.print(
            text_table(("row", "item", "field", "why it was refused"), _lines(refused[:_SHOWN_REFUSED]))
        )
    if len(refused) > _SHOWN_REFUSED and out is None:
        print_plain(console, f"and {len(refused) - _SHOWN_REFUSED} more; --out PATH writes them all.")
    if out is not None:
        print_plain(console, f"The refused rows are in {out}. Mend them and import that file.")
    if not counts[RowState.STORED] and not counts[RowState.CHECKED] and not refused:
        print_plain(console, "Nothing is new: nothing was stored.")


def _lines(refused: Iterable[RowResult]) -> Iterator[tuple[str, ...]]:
    for result in refused:
        item = (
            str(result.row.items[0]) if result.row.items else one_line(result.row.cells.get("item", ""), 20)
        )
        yield str(result.row.number), item, one_line(result.row.cells.get("field", ""), 40), result.reason
