"""`countersign errors build`: labelled contracts through a generator's first draft, compared with gold, into the error book."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.cli.results import progress_console, quiet_prefect, result_console
from tasks.core.errors import ConfigurationError, ModelMissing
from tasks.core.schema import Schema, load_schema

if TYPE_CHECKING:
    from infra.fold_models import Folds
    from tasks.core.error_book import EntryKind
    from tasks.core.records import FieldName, ModelIdentity
    from tasks.error_book import Drafter, Entered, Labelled
    from tasks.triton import Served

_KINDS = ("correct", "boundary", "redundant", "missing")


def build(
    gold: Annotated[
        Path, typer.Option(help="Gold spans, JSON lines, gzipped or not.", exists=True, dir_okay=False)
    ],
    documents: Annotated[
        Path, typer.Option(help="Folder with DOC_ID.pdf files.", exists=True, file_okay=False)
    ],
    texts: Annotated[
        Path | None,
        typer.Option(
            help="Texts of contracts without PDF: JSON lines of doc_id and text.", exists=True, dir_okay=False
        ),
    ] = None,
    generator: Annotated[
        str | None, typer.Option(help="Triton's name of the generator; default: COUNTERSIGN_GENERATOR.")
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(
            help="Folder of `countersign train generator --folds`: who drafts what the generator learned from.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only this split; default: all contracts.")] = None,
    schema: Annotated[str, typer.Option(help="Schema whose field names are the gold's categories.")] = "cuad",
) -> None:
    """Draft labelled contracts once, compare with gold, and store every mistake and every success. Safe to repeat."""
    asked, console = load_schema(schema), progress_console()
    from infra import stack
    from infra.stack import Part

    stack.ensure_up({Part.POSTGRES, Part.S3, Part.TRITON})
    stack.export()
    quiet_prefect()
    from infra.cli.labelled import compared_fields, labelled_contracts
    from tasks.settings import settings

    base, learned = _served(generator or settings().countersign_generator)
    fields = compared_fields(gold, asked, console)
    with tempfile.TemporaryDirectory(prefix="countersign-texts-") as folder:
        contracts = labelled_contracts(gold, split, documents, texts, Path(folder), console)
        groups, known_folds = _dealt(contracts, learned, base, folds)
        entered = _build_all(asked, fields, groups, known_folds, base, console)
    _tell(entered, console)
    _show_counts(asked, base, {c.gold.doc_id for c in contracts}, result_console())


def _served(name: str) -> tuple[ModelIdentity, frozenset[str]]:
    """The generator as it is served, and the contracts it learned from. What a language model learned from nobody tells.

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.settings import settings
    from tasks.triton_control import ask_model, ready_models

    url = settings().triton_url
    if name not in (there := ready_models(url)):
        raise ModelMissing(f"the server at {url} serves no model `{name}`; it serves: {', '.join(there)}")
    served = asyncio.run(_identified(name))
    learned = ask_model(url, name, "card").get("learned_from") if served.is_native else ()
    return served.identity, frozenset(learned or ())


async def _identified(name: str) -> Served:
    from tasks.asking import identified
    from tasks.settings import settings
    from tasks.triton import open_client

    limits = settings()
    async with open_client(limits, max_in_flight=1) as client:
        return await identified(client, name, limits.ask_limits)


def _dealt(
    contracts: Sequence[Labelled], learned: frozenset[str], base: ModelIdentity, folder: Path | None
) -> tuple[dict[int | None, list[Labelled]], Folds | None]:
    """Who drafts what: None is the generator itself, a number the weights of that fold.

    Raises:
        ConfigurationError: a contract was learned from, and no fold's weights are there that have not seen it.
    """
    from infra.fold_models import load_folds

    seen = [c for c in contracts if c.gold.doc_id in learned]
    if seen and folder is None:
        raise ConfigurationError(
            f"{base.name}/{base.version} learned from {len(seen)} of these {len(contracts)} contracts: its draft of them is no evidence. "
            "Write fold weights with `countersign train generator --folds DIR` and give --folds DIR, or choose other contracts with --split."
        )
    folds = None if folder is None else load_folds(folder)
    groups: dict[int | None, list[Labelled]] = defaultdict(list)
    for contract in contracts:
        name = contract.gold.doc_id
        fold = folds.fold_of.get(name) if folds is not None and name in learned else None
        if name in learned and fold is None:
            raise ConfigurationError(
                f"{base.name}/{base.version} learned from {name}, which no fold of {folder} left out: train the folds again"
            )
        groups[fold].append(contract)
    return groups, folds


def _build_all(
    schema: Schema,
    fields: frozenset[str],
    groups: Mapping[int | None, list[Labelled]],
    folds: Folds | None,
    base: ModelIdentity,
    console: Console,
) -> list[Entered]:
    from infra.cli.batches import upload
    from tasks.error_book import Build, build_error_book

    entered: list[Entered] = []
    with _Bar(console, sum(map(len, groups.values()))) as bar:

        def on_entered(one: Entered) -> None:
            entered.append(one)
            bar.advance(one)

        for fold in sorted(groups, key=lambda k: -1 if k is None else k):
            with _drafter(fold, folds, base) as drafter:
                build_error_book(Build(schema, fields, drafter, upload), groups[fold], on_entered)
    return entered


def _drafter(fold: int | None, folds: Folds | None, base: ModelIdentity) -> AbstractContextManager[Drafter]:
    from infra.fold_models import served_fold
    from tasks.error_book import Drafter

    if fold is None or folds is None:
        return nullcontext(Drafter(base.name, base))
    return served_fold(folds, fold, base)


def _tell(entered: Iterable[Entered], console: Console) -> None:
    rows = list(entered)
    counts = Counter(e.status.value for e in rows)
    console.print(f"{len(rows)} contracts: " + ", ".join(f"{n} {status}" for status, n in counts.items()))
    if unplaced := sum(e.n_unplaced for e in rows):
        console.print(
            f"{unplaced} gold spans do not stand in the text as it was read: where they are missing, no entry says"
        )
    for row in rows:
        if row.reason:
            console.print(f"refused: {row.gold_name}: {row.reason}", markup=False)


def _show_counts(schema: Schema, base: ModelIdentity, names: set[str], console: Console) -> None:
    """The book of these contracts as it stands, whoever entered it when."""
    from tasks.store import store

    parts = [
        p for p in store().error_book.parts(base.name, schema.name) if p.comparison_id and p.document in names
    ]
    counts = store().error_book.count_entries(parts)
    console.print(counts_table(counts, f"{base.name}: {len(parts)} contracts in the error book"))


def counts_table(counts: Mapping[tuple[FieldName, EntryKind], int], title: str) -> Table:
    """Counts by field, those with the most mistakes first, and their sum."""
    table = Table("field", *_KINDS, title=title, title_justify="left")
    by_field: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, kind), n in counts.items():
        by_field[name][kind.value] += n
    for name, row in sorted(
        by_field.items(), key=lambda item: (item[1]["correct"] - item[1].total(), item[0])
    ):
        table.add_row(name, *(str(row[kind]) for kind in _KINDS))
    total = sum(by_field.values(), Counter())
    table.add_section()
    table.add_row("all", *(str(total[kind]) for kind in _KINDS))
    return table


class _Bar:
    """A progress bar on a terminal, a plain line a contract elsewhere."""

    def __init__(self, console: Console, n_contracts: int) -> None:
        self._console, self._n_contracts, self._n_done = console, n_contracts, 0
        columns = (TextColumn("drafting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task("contracts", total=n_contracts)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, entered: Entered) -> None:
        self._n_done += 1
        self._progress.advance(self._task)
        if not self._console.is_terminal:
            line = f"{self._n_done}/{self._n_contracts} {entered.gold_name}: {entered.status.value}, {entered.n_entries} entries"
            self._console.print(line, highlight=False, soft_wrap=True)
