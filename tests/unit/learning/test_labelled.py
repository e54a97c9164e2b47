"""The contracts and fields of a gold file that a command uses, and the messages about the rest."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tasks.core.errors import ConfigurationError
from tasks.learning.labelled import (
    LabelledFiles,
    compared_fields,
    labelled_contracts,
    read_gold,
    read_split,
    read_texts,
)
from tests.unit.core.builders import small_schema

ANNOTATED = {"a": ["Term", "Governing Law"], "b": ["Term"]}


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    rows = [
        {"doc_id": n, "split": "dev", "spans": [{"category": c, "text": "x"} for c in categories]}
        for n, categories in ANNOTATED.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three contracts to evaluate, with a PDF, a text, and nothing; and one to train on."""
    span = {"category": "Governing Law", "text": "Texas", "start": 0, "end": 5, "pages": [2]}
    rows = [{"doc_id": n, "split": "test", "spans": [span]} for n in ("paper", "plain", "bare")]
    rows.append({"doc_id": "taught", "split": "train", "spans": []})
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "plain.txt").write_text("Texas", encoding="utf-8")
    with gzip.open(tmp_path / "texts.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps({"doc_id": n, "text": f"{n}\r\n"}) + "\n" for n in ("bare", "paper", "taught")
        )
    return tmp_path


def files_of(corpus: Path, texts: str | None = None, split: str | None = None) -> LabelledFiles:
    return LabelledFiles(corpus / "gold.jsonl", corpus, corpus / texts if texts else None, split)


def test_field_without_annotations_is_skipped_with_a_message(gold: Path) -> None:
    messages: list[str] = []
    assert compared_fields(gold, small_schema("term", "insurance"), messages.append) == {"term"}
    assert messages == [
        "Skipped: the schema `small` has no fields for the gold spans of `governing_law`",
        "Skipped: the gold file has no annotations for these fields: `insurance`",
    ]


def test_gold_of_another_schema_is_refused(gold: Path) -> None:
    with pytest.raises(ConfigurationError, match="no field is the same"):
        compared_fields(gold, small_schema("skills"), print)


def test_contract_without_pdf_is_taken_from_its_text(gold: Path, tmp_path: Path) -> None:
    documents, folder = tmp_path / "pdf", tmp_path / "texts"
    documents.mkdir()
    folder.mkdir()
    (documents / "a.pdf").write_bytes(b"%PDF")
    texts = tmp_path / "texts.jsonl"
    texts.write_text(json.dumps({"doc_id": "b", "text": "One.\r\nTwo."}) + "\n", encoding="utf-8")
    contracts = labelled_contracts(LabelledFiles(gold, documents, texts, "dev"), folder, print)
    assert [c.path for c in contracts] == [documents / "a.pdf", folder / "b.txt"]
    assert (folder / "b.txt").read_bytes() == b"One.\r\nTwo."
    assert len({c.document_id for c in contracts}) == 2


def test_contract_without_any_file_is_skipped_with_a_message(gold: Path, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    messages: list[str] = []
    contracts = labelled_contracts(LabelledFiles(gold, tmp_path, None, None), tmp_path, messages.append)
    assert [c.gold.doc_id for c in contracts] == ["a"]
    assert messages == ["Skipped: 1 of 2 contracts without a document; --texts can give their text"]


def test_a_contract_is_taken_as_pdf_or_text_and_else_skipped(corpus: Path) -> None:
    chosen = labelled_contracts(files_of(corpus), corpus, print)
    assert [(x.gold.doc_id, x.path.name) for x in chosen] == [("paper", "paper.pdf"), ("plain", "plain.txt")]


def test_a_text_stands_in_for_a_missing_file_only(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "written"
    folder.mkdir()
    chosen = labelled_contracts(files_of(corpus, "texts.jsonl.gz"), folder, print)
    assert [x.path.name for x in chosen] == ["paper.pdf", "plain.txt", "bare.txt"]
    assert [p.name for p in folder.iterdir()] == ["bare.txt"]
    assert chosen[2].path.read_bytes() == b"bare\r\n"


def test_pages_are_compared_for_pdfs_only(corpus: Path) -> None:
    paper, plain = labelled_contracts(files_of(corpus), corpus, print)
    assert paper.gold.pages == {"governing_law": [frozenset({2})]}
    assert plain.gold.pages == {"governing_law": [frozenset()]}


def test_a_split_without_files_is_refused(corpus: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no file for 1 contract in"):
        labelled_contracts(files_of(corpus, split="train"), corpus, print)


def test_a_split_that_is_not_there_is_refused_with_those_that_are(corpus: Path) -> None:
    path = files_of(corpus).gold
    with pytest.raises(ConfigurationError, match=r"no contract of the split `dev`; it has: test, train"):
        read_split(path, "dev")
    path.write_text('{"doc_id": "taught", "split": "train", "spans": []}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"no contract outside the split `train`; it has: train"):
        read_split(path, None, with_train=False)


def test_contracts_to_train_on_are_read_only_if_wanted(corpus: Path) -> None:
    path = files_of(corpus).gold
    assert [g.doc_id for g in read_split(path, None)] == ["paper", "plain", "bare", "taught"]
    assert [g.doc_id for g in read_split(path, None, with_train=False)] == ["paper", "plain", "bare"]


def test_a_broken_line_is_named_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(
        '{"doc_id": "a", "text": "Secret.", "spans": []}\n\n{"doc_id": "b", "text": 7}\n', encoding="utf-8"
    )
    for read in (read_gold, read_texts):
        with pytest.raises(ConfigurationError, match=r"line 3 of .*broken\.jsonl cannot be read") as refused:
            list(read(path))
        assert "Secret" not in str(refused.value)
    with pytest.raises(ConfigurationError, match=r"nowhere\.jsonl cannot be read"):
        list(read_gold(tmp_path / "nowhere.jsonl"))
