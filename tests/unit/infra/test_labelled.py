"""Which contracts and fields of a gold file are compared, and what is said of the rest."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from infra.cli.labelled import compared_fields, labelled_contracts
from tasks.core.errors import ConfigurationError
from tests.unit.core.builders import small_schema

SAID = {"a": ["Term", "Governing Law"], "b": ["Term"]}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    rows = [
        {"doc_id": n, "split": "dev", "spans": [{"category": c, "text": "x"} for c in categories]}
        for n, categories in SAID.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=500)


def told(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_field_that_gold_never_speaks_of_is_left_out_and_said(gold: Path, console: Console) -> None:
    assert compared_fields(gold, small_schema("term", "insurance"), console) == {"term"}
    assert "the gold says nothing of them and nobody knows what is right: `insurance`" in told(console)
    assert "has no such field: gold spans of `governing_law`" in told(console)


def test_gold_of_another_schema_is_refused(gold: Path, console: Console) -> None:
    with pytest.raises(ConfigurationError, match="no field is the same"):
        compared_fields(gold, small_schema("skills"), console)


def test_contract_without_pdf_is_taken_from_its_text(gold: Path, console: Console, tmp_path: Path) -> None:
    documents, folder = tmp_path / "pdf", tmp_path / "texts"
    documents.mkdir()
    folder.mkdir()
    (documents / "a.pdf").write_bytes(b"%PDF")
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"doc_id": "b", "text": "One.\r\nTwo."}) + "\n", encoding="utf-8")
    found = labelled_contracts(gold, "dev", documents, texts, folder, console)
    assert [c.path for c in found] == [documents / "a.pdf", folder / "b.txt"]
    assert (folder / "b.txt").read_bytes() == b"One.\r\nTwo."
    assert len({c.document_id for c in found}) == 2


def test_contract_without_any_file_is_left_out_and_said(gold: Path, console: Console, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert [c.gold.doc_id for c in labelled_contracts(gold, None, tmp_path, None, tmp_path, console)] == ["a"]
    assert "1 of 2 contracts have no PDF there and are left out" in told(console)
