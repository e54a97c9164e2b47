"""`countersign errors export`: the error book for training, as instructions for a language model, or its blind spots."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.console import (
    open_output,
    print_plain,
    progress_console,
    require_folder,
    require_writable_folder,
)
from infra.cli.database import open_store
from infra.cli.options import BookGenerator, input_file
from tasks.core.errors import StoreEmpty
from tasks.core.text.display import counted

if TYPE_CHECKING:
    from tasks.core.schema import Schema
    from tasks.postgres.store import Store

EMPTY = (
    "the error book has no such entries: add some with `countersign errors build --gold GOLD --documents DIR`"
)


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
            help="book: one line for each chunk, for `countersign train critic`; mbsc: instructions to fine-tune a language model as "
            "critic; blind-spots: where the critic disagrees with the gold.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="File to write (book, blind-spots) or folder (mbsc).")],
    generator: BookGenerator = None,
    schema: Annotated[str | None, typer.Option(help="Only entries of this schema, by its name.")] = None,
    gold: Annotated[Path | None, input_file("Gold spans; for blind-spots only.")] = None,
) -> None:
    """Write the error book to a file: for each document and generator its newest comparison, with the reviewers' corrections."""
    (require_writable_folder if form is Form.MBSC else require_folder)(out)
    if form is Form.BLIND_SPOTS:
        from infra.cli.errors.blind_spots import export_blind_spots

        export_blind_spots(gold, out, schema or "cuad")
        return
    with open_store() as store:
        lines = _lines(store, generator, schema)
        lines = chain([next(lines)], lines)  # an empty book raises here, before a file is overwritten
        summary = _write_book(lines, out) if form is Form.BOOK else _write_mbsc(lines, out)
    print_plain(progress_console(), summary)


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
    with open_output(out) as file:
        for line, _ in lines:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            n_lines += 1
            documents.add((line["document"], line["generator"]))
            kinds.update(entry["kind"] for entry in line["entries"])
    totals = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "no entries"
    return f"{out}: {counted(n_lines, 'chunk')} of {counted(len(documents), 'draft')}; {totals}"


def _write_mbsc(lines: Iterator[tuple[dict[str, Any], Schema]], folder: Path) -> str:
    from tasks.core.prompts.critic import instruction_records
    from tasks.core.prompts.texts import PROMPTS_VERSION
    from tasks.core.wire.critic_questions import LANGUAGES, RecordKind

    folder.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    with ExitStack() as stack:
        files = {
            (kind, language): stack.enter_context(open_output(folder / f"{kind.value}.{language}.jsonl"))
            for kind in RecordKind
            for language in LANGUAGES
        }
        for line, schema in lines:
            for language in LANGUAGES:
                for kind, record in instruction_records(line, schema, language):
                    files[kind, language].write(json.dumps(record, ensure_ascii=False) + "\n")
                    counts[f"{kind.value}.{language}.jsonl"] += 1
    about = {"format": "mbsc", "prompts": PROMPTS_VERSION, "records": dict(sorted(counts.items()))}
    with open_output(folder / "about.json") as file:
        file.write(json.dumps(about, indent=2) + "\n")
    return f"{folder}: " + ", ".join(f"{n} in {name}" for name, n in sorted(counts.items()))
