"""Documents with right answers for schemas of a user's own, from which the models learn to judge
fields that they never saw.

Each document was written for a schema by somebody who had not seen the schema's cues and examples.

    python -m tasks.learning.training.own_documents FOLDER [FOLDER ...] --schemas DIR --out FILE

reads such folders (PDFs and a truth.json) and writes the packaged file again.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.reading import close_workers, read_document
from tasks.core.schema import Schema, load_schema
from tasks.core.wire.native_format import chunk_payload

PACKAGED = Path(__file__).parents[1] / "own_documents" / "documents.jsonl.gz"


@dataclass(frozen=True, slots=True)
class RightValue:
    """A value that a document has, as its writer says."""

    field: str
    value: str
    """As printed."""
    accept: tuple[str, ...]
    """Other words for it that are right, too."""
    clause: str
    """The sentence or row that has it."""
    normal: str | None
    """Its normal form; `true` and `false` for booleans."""


@dataclass(frozen=True, slots=True)
class OwnDocument:
    """A document, its schema, and what is right."""

    name: str
    writer: str
    """Whose hand it is: schemas and writers are kept apart when bars are set."""
    is_hard: bool
    """Written to mislead, with a change or a near value for nearly every field: learned from, but no
    bar is set on it, since few contracts are like it."""
    schema: Schema
    chunks: tuple[dict[str, Any], ...]
    """In the wire format."""
    right: tuple[RightValue, ...]
    traps: tuple[tuple[str, str], ...]
    """(field, value): near values that are wrong."""

    def of(self, field: str) -> tuple[RightValue, ...]:
        return tuple(r for r in self.right if r.field == field)


def own_documents(path: Path = PACKAGED) -> Iterator[OwnDocument]:
    """The documents of a packaged file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield OwnDocument(
                row["name"],
                row["writer"],
                row["is_hard"],
                Schema.model_validate(row["schema"]),
                tuple(row["chunks"]),
                tuple(RightValue(**{**r, "accept": tuple(r["accept"])}) for r in row["right"]),
                tuple((f, v) for f, v in row["traps"]),
            )


def read_folder(folder: Path, schemas: Sequence[Path], is_hard: bool) -> Iterator[dict[str, Any]]:
    """Rows of the packaged file for the documents of a folder."""
    raw = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    truth: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in raw["truth"]:
        truth[row["file"]].append(row)
    for name, rows in sorted(truth.items()):
        schema = _schema(rows[0]["schema"], schemas)
        reading = read_document((folder / name).read_bytes())
        yield {
            "name": name,
            "writer": folder.name,
            "is_hard": is_hard,
            "schema": schema.model_dump(mode="json"),
            "chunks": [chunk_payload(c, reading.footnotes) for c in chunk_document(reading)],
            "right": [_right(row) for row in rows if not row.get("absent")],
            "traps": [[t["field"], t["value"]] for t in raw.get("traps", ()) if t["file"] == name],
        }


def _right(row: dict[str, Any]) -> dict[str, Any]:
    keys = ("field", "value", "clause")
    return {**{k: row.get(k) or "" for k in keys}, "accept": row.get("accept") or [], "normal": _form(row)}


def _form(row: dict[str, Any]) -> str | None:
    normal = row.get("normal")
    if normal is None:
        return None
    if isinstance(normal, bool):
        return str(normal).lower()
    return " ".join(map(str, normal)) if isinstance(normal, list) else str(normal)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _schema(kind: str, folders: Sequence[Path]) -> Schema:
    path = next(f / f"{kind}.yaml" for f in folders if (f / f"{kind}.yaml").exists())
    return load_schema(str(path))


def main() -> None:
    parser = argparse.ArgumentParser("python -m tasks.learning.training.own_documents", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--schemas", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, default=PACKAGED)
    parser.add_argument("--hard", action="append", default=[], help="name of a folder of hard documents")
    options = parser.parse_args()
    rows = [
        row
        for folder in options.folders
        for row in read_folder(folder, options.schemas, folder.name in options.hard)
    ]
    close_workers()
    text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with options.out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.encode())


if __name__ == "__main__":
    main()
