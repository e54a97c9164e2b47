"""`countersign errors build`: a generator drafts labelled contracts, and the comparison with gold goes into the error book."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.cli.console import ProgressBar, progress_console, quiet_prefect, result_console
from infra.cli.options import DocumentFolder, GoldFile, GoldSchema, TextFile
from tasks.core.errors import ConfigurationError, ModelMissing
from tasks.core.schema import Schema, load_schema

if TYPE_CHECKING:
    from infra.models.fold_models import Folds
    from tasks.core.error_book.entries import EntryKind
    from tasks.core.records import FieldName, ModelIdentity
    from tasks.learning.error_book import ContractResult, Drafter
    from tasks.learning.labelled import LabelledContract

_KINDS = ("correct", "boundary", "redundant", "missing")


def build(
    gold: GoldFile,
    documents: DocumentFolder,
    texts: TextFile = None,
    generator: Annotated[
        str | None, typer.Option(help="Name of the generator's Triton model; default: COUNTERSIGN_GENERATOR.")
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(
            help="Folder written by `countersign train generator --folds`; its weights draft the contracts that the generator learned from.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only this split; default: all contracts.")] = None,
    schema: GoldSchema = "cuad",
) -> None:
    """Draft labelled contracts once, compare with gold, and store every mistake and every success. Safe to repeat."""
    asked, console = load_schema(schema), progress_console()
    from infra import stack
    from infra.stack import StackPart

    stack.ensure_up({StackPart.POSTGRES, StackPart.S3, StackPart.TRITON})
    stack.export()
    quiet_prefect()
    from tasks.learning.labelled import LabelledFiles, compared_fields, labelled_contracts
    from tasks.settings import settings

    base, learned = _served(generator or settings().countersign_generator)
    fields = compared_fields(gold, asked, console.print)
    with tempfile.TemporaryDirectory(prefix="countersign-texts-") as folder:
        files = LabelledFiles(gold, documents, texts, split, with_train=True)
        contracts = labelled_contracts(files, Path(folder), console.print)
        groups, known_folds = _dealt(contracts, learned, base, folds)
        entered = _build_all(asked, fields, groups, known_folds, base, console)
    _tell(entered, console)
    _show_counts(asked, base, {c.gold.doc_id for c in contracts}, result_console())


def _served(name: str) -> tuple[ModelIdentity, frozenset[str]]:
    """The generator as it is served, and the contracts it learned from: none for a language model, which does not say.

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.settings import settings
    from tasks.triton.model_control import ask_model, ready_models
    from tasks.verify.model_calls import serving_models

    url = settings().triton_url
    if name not in (there := ready_models(url)):
        raise ModelMissing(f"the server at {url} serves no model `{name}`; it serves: {', '.join(there)}")
    served = serving_models(use_critic=False, generator=name).generator
    learned = ask_model(url, name, "card").get("learned_from") if served.is_native else ()
    return served.identity, frozenset(learned or ())


def _dealt(
    contracts: Sequence[LabelledContract], learned: frozenset[str], base: ModelIdentity, folder: Path | None
) -> tuple[dict[int | None, list[LabelledContract]], Folds | None]:
    """The contracts by who drafts them: None is the generator itself, a number the weights of that fold.

    Raises:
        ConfigurationError: the generator learned from a contract, and every fold's weights have seen it, too.
    """
    from infra.models.fold_models import load_folds

    seen = [c for c in contracts if c.gold.doc_id in learned]
    if seen and folder is None:
        raise ConfigurationError(
            f"{base.name}/{base.version} learned from {len(seen)} of these {len(contracts)} contracts, so its drafts of them prove nothing. "
            "Write fold weights with `countersign train generator --folds DIR` and pass --folds DIR, or choose other contracts with --split."
        )
    folds = None if folder is None else load_folds(folder)
    groups: dict[int | None, list[LabelledContract]] = defaultdict(list)
    for contract in contracts:
        name = contract.gold.doc_id
        fold = folds.fold_of.get(name) if folds is not None and name in learned else None
        if name in learned and fold is None:
            raise ConfigurationError(
                f"{base.name}/{base.version} learned from {name}, and no fold of {folder} was trained without it: train the folds again"
            )
        groups[fold].append(contract)
    return groups, folds


def _build_all(
    schema: Schema,
    fields: frozenset[str],
    groups: Mapping[int | None, list[LabelledContract]],
    folds: Folds | None,
    base: ModelIdentity,
    console: Console,
) -> list[ContractResult]:
    from infra.cli.batches import upload
    from tasks.learning.error_book import BuildOptions, build_error_book

    entered: list[ContractResult] = []
    with ProgressBar(console, "drafting", sum(map(len, groups.values()))) as bar:

        def on_entered(one: ContractResult) -> None:
            entered.append(one)
            bar.advance(f"{one.gold_name}: {one.status.value}, {one.n_entries} entries")

        for fold in sorted(groups, key=lambda k: -1 if k is None else k):
            with _drafter(fold, folds, base) as drafter:
                build_error_book(BuildOptions(schema, fields, drafter, upload), groups[fold], on_entered)
    return entered


def _drafter(fold: int | None, folds: Folds | None, base: ModelIdentity) -> AbstractContextManager[Drafter]:
    from infra.models.fold_models import served_fold
    from tasks.learning.error_book import Drafter

    if fold is None or folds is None:
        return nullcontext(Drafter(base.name, base))
    return served_fold(folds, fold, base)


def _tell(entered: Iterable[ContractResult], console: Console) -> None:
    rows = list(entered)
    counts = Counter(e.status.value for e in rows)
    console.print(f"{len(rows)} contracts: " + ", ".join(f"{n} {status}" for status, n in counts.items()))
    if unplaced := sum(e.n_unplaced for e in rows):
        console.print(
            f"{unplaced} gold spans were not found in the extracted text and are not counted as missing"
        )
    for row in rows:
        if row.reason:
            console.print(f"refused: {row.gold_name}: {row.reason}", markup=False)


def _show_counts(schema: Schema, base: ModelIdentity, names: set[str], console: Console) -> None:
    """Everything the error book holds of these contracts, not only what this build entered."""
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
