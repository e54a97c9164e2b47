"""How the shipped critic is made: which error books, which definitions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tasks.core.errors import SchemaError
from tasks.core.native.cues import FieldCues, compile_cues
from tasks.core.native.generator import PREFIX
from tasks.core.schema import Schema, SchemaField, load_schema
from tasks.training.books import book_fields, book_schema, book_windows
from tasks.training.critic import Book, Progress, TrainedCritic, train_critic
from tasks.training.generator import ADD_BAR, DRAFT_BAR, TrainedGenerator, fold_generators
from tasks.training.windows import fewshot_windows, native_windows

SCHEMA = "cuad"
FEWSHOT_DRAFT_BAR, FEWSHOT_ADD_BAR = 0.3, 0.25


def corpus_books(
    generator: TrainedGenerator, n_processes: int = 1
) -> tuple[list[Book], tuple[str, ...], list[FieldCues]]:
    """The error books of both native generators over the training contracts, the critic's fields, and their definitions."""
    fields = tuple(sorted({g.field for c in generator.corpus.contracts for g in c.gold}))
    cues = definitions(SCHEMA, fields)
    own = native_windows(generator.corpus, fold_generators(generator), asked(cues), fields, n_processes)
    unlearned = fewshot_windows(own, cues, FEWSHOT_DRAFT_BAR)
    books = [
        Book("generator", own, DRAFT_BAR, ADD_BAR),
        Book("fewshot", unlearned, FEWSHOT_DRAFT_BAR, FEWSHOT_ADD_BAR),
    ]
    return books, fields, cues


def critic_of_corpus(
    generator: TrainedGenerator, seed: int, progress: Progress, n_processes: int = 1
) -> TrainedCritic:
    progress("critic: error books")
    books, fields, cues = corpus_books(generator, n_processes)
    return train_critic(books, fields, cues, seed, progress, n_processes)


def asked(cues: Sequence[FieldCues]) -> Schema:
    """A schema of the critic's fields, each served by the head of its name."""
    fields = tuple(c.field.model_copy(update={"trained_as": PREFIX + c.field.name}) for c in cues)
    return Schema(name="definitions", title="Definitions", fields=fields)


def critic_of_books(
    paths: Sequence[Path], seed: int, progress: Progress, n_processes: int = 1
) -> TrainedCritic:
    """A critic from exported error books.

    Raises:
        ConfigurationError: a file is no error book.
    """
    fields = tuple(sorted({f for path in paths for f in book_fields(path)}))
    cues = definitions(book_schema(paths[0]), fields)
    books = [Book(path.stem, book_windows(path, fields), 0.0, 0.0) for path in paths]
    progress(f"critic: {sum(len(b.windows) for b in books)} chunks in {len(books)} books")
    return train_critic(books, fields, cues, seed, progress, n_processes)


def definitions(schema_name: str, fields: Sequence[str]) -> list[FieldCues]:
    """What the schema says of each field; one that it lacks is known by its name."""
    try:
        schema = load_schema(schema_name)
    except SchemaError:
        schema = None
    known = {f.name: f for f in schema.fields} if schema is not None else {}
    made = [
        known.get(n) or SchemaField(name=n, title=n.replace("_", " "), description=n.replace("_", " "))
        for n in fields
    ]
    compiled = compile_cues(
        Schema(name="definitions", title="Definitions", description="", fields=tuple(made))
    )
    return [compiled[n] for n in fields]
