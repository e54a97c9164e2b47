"""`countersign errors build`: a generator drafts labelled contracts, and the comparison with gold goes into the error book."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rich.console import Console
from rich.table import Table

from infra.cli import options
from infra.cli.console import ProgressBar, print_plain, progress_console, result_console, text_table
from tasks.core.errors import ConfigurationError, ModelMissing
from tasks.core.schema import Schema, load_schema
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from infra.models.fold_models import Folds
    from tasks.core.error_book.entries import EntryKind
    from tasks.core.records import FieldName, ModelIdentity
    from tasks.learning.error_book import ContractResult, Drafter
    from tasks.learning.labelled import LabelledContract

_KINDS = ("correct", "boundary", "redundant", "missing")


def build(
    gold: options.GoldFile,
    documents: options.DocumentFolder,
    texts: options.TextFile = None,
    generator: options.Generator = None,
    folds: Annotated[
        Path | None,
        options.input_folder(
            "Folder of `countersign train --folds`, to draft training contracts out of fold."
        ),
    ] = None,
    split: options.AnySplit = None,
    schema: options.GoldSchema = "cuad",
) -> None:
    """Draft labelled contracts once, compare the drafts with the gold, and store what is right and wrong. Safe to repeat."""
    loaded, console = load_schema(schema), progress_console()
    from infra.cli.database import start_parts
    from infra.stack import StackPart

    start_parts(StackPart.POSTGRES, StackPart.S3, StackPart.TRITON)
    from tasks.learning.labelled import LabelledFiles, compared_fields, labelled_contracts
    from tasks.settings import settings

    base, learned = _served(generator or settings().generator)
    fields = compared_fields(gold, loaded, console.print)
    with tempfile.TemporaryDirectory(prefix="countersign-texts-") as folder:
        files = LabelledFiles(gold, documents, texts, split, with_train=True)
        contracts = labelled_contracts(files, Path(folder), console.print)
        groups, known_folds = _group_by_fold(contracts, learned, base, folds)
        entered = _build_all(loaded, fields, groups, known_folds, base, console)
    _report(entered, console)
    _show_counts(loaded, base, {c.gold.doc_id for c in contracts}, result_console())


def _served(name: str) -> tuple[ModelIdentity, frozenset[str]]:
    """The served generator, and the contracts that it learned from (none for a language model, whose training is unknown).

    Raises:
        ModelMissing: the server does not serve it.
    """
    from tasks.settings import settings
    from tasks.triton.model_control import ask_model, ready_models
    from tasks.verify.model_calls import serving_models

    url = settings().triton_url
    if name not in (ready := ready_models(url)):
        raise ModelMissing(f"the server at {url} serves no model `{name}`; it serves: {', '.join(ready)}")
    served = serving_models(use_critic=False, generator=name).generator
    learned = ask_model(url, name, "card").get("learned_from") if served.is_native else ()
    return served.identity, frozenset(learned or ())


def _group_by_fold(
    contracts: Sequence[LabelledContract], learned: frozenset[str], base: ModelIdentity, folder: Path | None
) -> tuple[dict[int | None, list[LabelledContract]], Folds | None]:
    """The contracts by what drafts them: the weights of a fold, by its number, or the generator itself (None).

    Raises:
        ConfigurationError: the generator learned from a contract, and so did the weights of every fold.
    """
    from infra.models.fold_models import load_folds

    seen = [c for c in contracts if c.gold.doc_id in learned]
    if seen and folder is None:
        raise ConfigurationError(
            f"{base.name}/{base.version} learned from {len(seen)} of {counted(len(contracts), 'contract')}; drafts of contracts that it knows "
            "are no evidence. Write fold weights with `countersign train generator --folds DIR` and pass --folds DIR, or choose other contracts with --split."
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

        def on_result(draft: ContractResult) -> None:
            entered.append(draft)
            n_entries = counted(draft.n_entries, "entry", "entries")
            bar.advance(f"{draft.gold_name}: {draft.status.value}, {n_entries}")

        for fold in sorted(groups, key=lambda k: -1 if k is None else k):
            with _drafter(fold, folds, base) as drafter:
                build_error_book(BuildOptions(schema, fields, drafter, upload), groups[fold], on_result)
    return entered


def _drafter(fold: int | None, folds: Folds | None, base: ModelIdentity) -> AbstractContextManager[Drafter]:
    from infra.models.fold_models import served_fold
    from tasks.learning.error_book import Drafter

    if fold is None or folds is None:
        return nullcontext(Drafter(base.name, base))
    return served_fold(folds, fold, base)


def _report(entered: Sequence[ContractResult], console: Console) -> None:
    counts = Counter(e.status.value for e in entered)
    totals = ", ".join(f"{n} {status}" for status, n in counts.items())
    print_plain(console, f"{counted(len(entered), 'contract')}: {totals}")
    if n_unplaced := sum(e.n_unplaced for e in entered):
        spans = counted(n_unplaced, "gold span was", "gold spans were")
        print_plain(console, f"{spans} not found in the extracted text and cannot count as missing")
    print_plain(console, *(f"refused: {e.gold_name}: {e.reason}" for e in entered if e.reason))


def _show_counts(schema: Schema, base: ModelIdentity, names: set[str], console: Console) -> None:
    """Everything that the error book holds about these contracts, also from earlier builds."""
    from tasks.store import store

    parts = [
        p for p in store().error_book.parts(base.name, schema.name) if p.comparison_id and p.document in names
    ]
    counts = store().error_book.count_entries(parts)
    title = f"{base.name}: {counted(len(parts), 'contract')} in the error book"
    console.print(counts_table(counts, title))


def counts_table(counts: Mapping[tuple[FieldName, EntryKind], int], title: str) -> Table:
    """Counts by field, those with the most mistakes first, and their sum."""
    by_field: dict[str, Counter[str]] = defaultdict(Counter)
    for (name, kind), n in counts.items():
        by_field[name][kind.value] += n
    order = sorted(by_field.items(), key=lambda item: (item[1]["correct"] - item[1].total(), item[0]))
    all_fields = sum(by_field.values(), Counter[str]())
    rows = [(name, *(str(row[kind]) for kind in _KINDS)) for name, row in [*order, ("all", all_fields)]]
    table = text_table(("field", *_KINDS), rows, title)
    table.rows[-2 if order else -1].end_section = True
    return table
