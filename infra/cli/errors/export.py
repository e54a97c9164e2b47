"""`countersign errors export`: the error book for training, as instructions for a language model, or its blind spots."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.console import progress_console
from infra.cli.database import open_store
from tasks.core.errors import ConfigurationError, StoreEmpty

if TYPE_CHECKING:
    from tasks.core.schema import Schema
    from tasks.postgres.store import Store

EMPTY = "the error book holds nothing of this kind: fill it with `countersign errors build --gold GOLD --documents DIR`"


class Form(StrEnum):
    BOOK = "book"
    """One JSON object a line for each chunk: what `countersign train critic` reads."""
    MBSC = "mbsc"
    """Instruction, input, output: to fine-tune a language model as critic."""
    BLIND_SPOTS = "blind-spots"
    """The critic's confident disagreements with gold, one JSON object a line."""


def export(
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="book: a line a chunk, for `countersign train`; mbsc: instructions for a language model; "
            "blind-spots: the critic against gold.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="File for book and blind-spots, folder for mbsc.")],
    generator: Annotated[
        str | None, typer.Option(help="Only this generator: NAME, or NAME/VERSION for an older version.")
    ] = None,
    schema: Annotated[str | None, typer.Option(help="Only this schema, by name.")] = None,
    gold: Annotated[
        Path | None, typer.Option(help="For blind-spots: the gold spans.", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """Write the error book: the newest comparison of each document for each generator, as reviewers left it."""
    if form is Form.BLIND_SPOTS:
        from infra.cli.errors.blind_spots import export_blind_spots

        export_blind_spots(gold, out, schema or "cuad")
        return
    with open_store() as store:
        lines = _lines(store, generator, schema)
        summary = _write_book(lines, out) if form is Form.BOOK else _write_mbsc(lines, out)
    progress_console().print(summary, highlight=False, soft_wrap=True)


def _lines(
    store: Store, generator: str | None, schema_name: str | None
) -> Iterator[tuple[dict[str, Any], Schema]]:
    """Every line of the book with its schema.

    Raises:
        StoreEmpty: there is none.
    """
    from tasks.core.error_book.chunk_lines import book_lines

    parts = store.error_book.parts(generator, schema_name)
    if not parts:
        raise StoreEmpty(EMPTY)
    for part in parts:
        stored = store.readings.load(part.document_id, part.reader_version)
        assert stored is not None  # an entry has its reading
        is_whole = part.comparison_id is not None
        entries = store.error_book.entries_of(part)
        head = {"document": part.document, "schema": part.schema.name, "generator": part.generator}
        for line in book_lines(head, *stored, entries, is_whole):
            yield line, part.schema


def _write_book(lines: Iterator[tuple[dict[str, Any], Schema]], out: Path) -> str:
    n_lines, kinds, documents = 0, Counter[str](), set[tuple[str, str]]()
    first = next(lines)  # before the file is touched: an empty book leaves it alone
    with _opened(out) as file:
        for line, _ in _chained(first, lines):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            n_lines += 1
            documents.add((line["document"], line["generator"]))
            kinds.update(entry["kind"] for entry in line["entries"])
    counted = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    return f"{out}: {n_lines} chunks of {len(documents)} drafts; {counted or 'no entries'}"


def _write_mbsc(lines: Iterator[tuple[dict[str, Any], Schema]], folder: Path) -> str:
    from tasks.core.wire.critic_questions import LANGUAGES, TEMPLATES_VERSION, RecordKind, records

    first = next(lines)
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file: `--format mbsc` writes a folder of six files")
    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with ExitStack() as opened:
        files = {
            (kind, language): opened.enter_context(_opened(folder / f"{kind.value}.{language}.jsonl"))
            for kind in RecordKind
            for language in LANGUAGES
        }
        for line, schema in _chained(first, lines):
            for language in LANGUAGES:
                for kind, record in records(line, schema, language):
                    files[kind, language].write(json.dumps(record, ensure_ascii=False) + "\n")
                    counts[f"{kind.value}.{language}.jsonl"] += 1
    about = {"format": "mbsc", "instructions": TEMPLATES_VERSION, "records": dict(sorted(counts.items()))}
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return f"{folder}: " + ", ".join(f"{n} in {name}" for name, n in sorted(counts.items()))


def _opened(path: Path) -> Any:
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error


def _chained(
    first: tuple[dict[str, Any], Schema], rest: Iterator[tuple[dict[str, Any], Schema]]
) -> Iterator[tuple[dict[str, Any], Schema]]:
    yield first
    yield from rest
