"""What a critic is trained on: error books of a corpus, or exported ones; with their fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError, SchemaError
from tasks.core.native.critic.features import NO_SCORE, ProposedText
from tasks.core.native.generator.generator import TRAINED_PREFIX, Generator
from tasks.core.native.text.cues import FieldCues, compile_cues
from tasks.core.native.text.lines import lay_out
from tasks.core.schema import Schema, SchemaField, load_schema
from tasks.core.text.display import counted
from tasks.learning.labelled import read_rows
from tasks.learning.training.corpus import Corpus, Progress
from tasks.learning.training.folds import alike, deal_folds
from tasks.learning.training.train_critic import Book, TrainedCritic, TrainingBooks, train_critic
from tasks.learning.training.train_generator import ADD_BAR, DRAFT_BAR, TrainedGenerator, fold_generators
from tasks.learning.training.training_examples import DocumentGold, Window, fewshot_windows, native_windows

_DRAFTED = ("redundant", "boundary", "correct")
_GOLD = ("boundary", "correct", "missing")
SCHEMA = "cuad"
FEWSHOT_DRAFT_BAR, FEWSHOT_ADD_BAR = 0.3, 0.25


def book_windows(path: Path, fields: Sequence[str], n_folds: int = 5) -> list[Window]:
    """The windows of a book; near-duplicates share a fold.

    Args:
        fields: The critic's fields; entries of other fields are skipped.

    Raises:
        ConfigurationError: the file is not an error book.
    """
    rows = list(_rows(path))
    documents = _documents(rows, n_folds)
    column = {n: i for i, n in enumerate(fields)}
    return [_window(row, documents[row["document"]], column) for row in rows]


def book_fields(path: Path) -> tuple[str, ...]:
    """Every field with gold in the book, in alphabetical order."""
    return tuple(sorted({e["field"] for row in _rows(path) for e in row["entries"] if e["kind"] in _GOLD}))


def book_schema(path: Path) -> str:
    """Name of the schema the book was drafted with."""
    return str(next(_rows(path))["schema"])


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    n_read = 0
    hint = "An error book is written by `countersign errors export --format book`."
    for row in read_rows(path, _checked, hint):
        n_read += 1
        yield row
    if not n_read:
        raise ConfigurationError(f"{path} is empty. Build the error book first (`countersign errors build`).")


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """The row itself.

    Raises:
        KeyError, TypeError: a part is missing.
    """
    for key in ("document", "schema", "entries"):
        row[key]
    row["chunk"]["passages"]
    return row


def _documents(rows: Sequence[dict[str, Any]], n_folds: int) -> dict[str, DocumentGold]:
    gold: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    texts: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        name = row["document"]
        for passage in row["chunk"]["passages"]:
            texts[name].append(passage["text"])
        for entry in row["entries"]:
            if entry["kind"] in _GOLD:
                gold[name][entry["field"], entry["gold"] or entry["quote"]] = None
    twins = alike({name: "\n".join(passages) for name, passages in texts.items()})
    folds = deal_folds(sorted(texts), twins, n_folds, seed=0)
    return {name: DocumentGold(name, folds[name], tuple(gold[name])) for name in sorted(texts)}


def _window(row: dict[str, Any], document: DocumentGold, column: dict[str, int]) -> Window:
    entries = [e for e in row["entries"] if e["field"] in column and e["start"] is not None]
    drafted = (e for e in entries if e["kind"] in _DRAFTED)
    scores = ((e, NO_SCORE if e["score"] is None else float(e["score"])) for e in drafted)
    return Window(
        document,
        lay_out(row["chunk"]),
        tuple(p["text"] for p in row["chunk"]["passages"]),
        tuple(ProposedText(column[e["field"]], e["passage"], e["start"], e["end"], s) for e, s in scores),
        tuple((e["passage"], e["start"], e["end"]) for e in entries if e["kind"] in _GOLD),
    )


def native_books(corpus: Corpus, generators: Sequence[Generator], n_processes: int = 1) -> TrainingBooks:
    """The error books of both native generators over the training contracts.

    Args:
        generators: For each fold a generator that has not seen it.
    """
    cues = field_cues(SCHEMA, corpus.fields)
    windows = native_windows(corpus, generators, _schema_of_heads(cues), corpus.fields, n_processes)
    fewshot = fewshot_windows(windows, cues, FEWSHOT_DRAFT_BAR)
    books = (
        Book("generator", windows, DRAFT_BAR, ADD_BAR),
        Book("fewshot", fewshot, FEWSHOT_DRAFT_BAR, FEWSHOT_ADD_BAR),
    )
    return TrainingBooks(books, corpus.fields, cues)


def _schema_of_heads(cues: Sequence[FieldCues]) -> Schema:
    """A schema whose fields are served by the clause heads of their names."""
    fields = tuple(c.field.model_copy(update={"trained_as": TRAINED_PREFIX + c.field.name}) for c in cues)
    return Schema(name="definitions", title="Definitions", fields=fields)


def critic_of_corpus(
    generator: TrainedGenerator, seed: int, progress: Progress, n_processes: int = 1
) -> TrainedCritic:
    progress("critic: error books")
    training = native_books(generator.corpus, fold_generators(generator), n_processes)
    return train_critic(training, seed, progress, n_processes)


def critic_of_books(
    paths: Sequence[Path], seed: int, progress: Progress, n_processes: int = 1
) -> TrainedCritic:
    """A critic from exported error books.

    Raises:
        ConfigurationError: a file is not an error book.
    """
    fields = tuple(sorted({f for path in paths for f in book_fields(path)}))
    books = [Book(path.stem, book_windows(path, fields), 0.0, 0.0) for path in paths]
    n_chunks = sum(len(b.windows) for b in books)
    progress(f"critic: {counted(n_chunks, 'chunk')} in {counted(len(books), 'book')}")
    training = TrainingBooks(books, fields, field_cues(book_schema(paths[0]), fields))
    return train_critic(training, seed, progress, n_processes)


def field_cues(schema_name: str, fields: Sequence[str]) -> list[FieldCues]:
    """The schema's definition of each field; a field that it lacks is defined by its name."""
    try:
        known = {f.name: f for f in load_schema(schema_name).fields}
    except SchemaError:
        known = {}
    named = {n: n.replace("_", " ") for n in fields}
    definitions = tuple(
        known.get(n) or SchemaField(name=n, title=title, description=title) for n, title in named.items()
    )
    cues = compile_cues(Schema(name="definitions", title="Definitions", description="", fields=definitions))
    return [cues[n] for n in fields]
