"""The error book on real parts: built, built again, refused where the generator has seen the contract, and taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.stack.model_repository import Repository
from tasks.triton.model_control import load_model, ready_models, unload_model
from tests.stack.whole.conftest import ROOT, SAMPLES, Product

pytestmark = pytest.mark.timeout(600)

NAME = "services-agreement"
LAW = (
    "This Agreement shall be governed by and construed in accordance with the laws of the State of New York, "
    "without regard to its conflict of laws principles."
)
NOTHING_LIKE_IT = "Payment is made within thirty days."
FORCE = "Neither Party shall be liable for a failure or delay in performance that is due to causes beyond its reasonable control"
GOLD = [("Governing Law", LAW), ("Non-Compete", FORCE), ("Insurance", NOTHING_LIKE_IT)]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    """One annotated sample: a clause that is found, one that no draft has, one that is not in the text."""
    path = tmp_path / "gold.jsonl"
    spans = [{"category": category, "text": text} for category, text in GOLD]
    path.write_text(json.dumps({"doc_id": NAME, "split": "dev", "spans": spans}) + "\n", encoding="utf-8")
    return path


def build(product: Product, gold: Path, *more: str) -> Any:
    return product.run("errors", "build", "--gold", str(gold), "--documents", str(SAMPLES), *more)


def listed(product: Product, *more: str) -> list[dict[str, Any]]:
    done = product.run("errors", "list", "--json", "--limit", "500", *more)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_build_enters_mistakes_and_successes_once(product: Product, gold: Path) -> None:
    first = build(product, gold)
    assert first.returncode == 0, first.stderr
    assert "1 gold span was not found in the extracted text" in " ".join(first.stderr.split())
    entries = listed(product, "--generator", "generator", "--document", NAME)
    kinds = {(e["kind"], e["field"]) for e in entries}
    assert ("correct", "governing_law") in kinds
    assert ("missing", "non_compete") in kinds
    assert {e["field"] for e in entries} <= {"governing_law", "non_compete", "insurance"}
    assert all(e["pages"] for e in entries)
    again = build(product, gold)
    assert "1 known" in again.stderr
    assert listed(product, "--generator", "generator", "--document", NAME) == entries


def test_book_and_instructions_are_written_and_name_what_is_listed(
    product: Product, gold: Path, tmp_path: Path
) -> None:
    assert build(product, gold, "--generator", "fewshot").returncode == 0
    book, folder = tmp_path / "book.jsonl", tmp_path / "mbsc"
    for form, out in (("book", book), ("mbsc", folder)):
        done = product.run("errors", "export", "--format", form, "--out", str(out), "--generator", "fewshot")
        assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in book.read_text(encoding="utf-8").splitlines()]
    told = [e for line in lines for e in line["entries"]]
    for line in lines:
        for entry in line["entries"]:
            passage = line["chunk"]["passages"][entry["passage"]]["text"]
            assert passage[entry["start"] : entry["end"]] == entry["quote"]
    assert len(told) == len(listed(product, "--generator", "fewshot", "--document", NAME))
    n_missing = sum(any(e["kind"] == "missing" for e in line["entries"]) for line in lines)
    for language in ("en", "zh"):
        rows = (folder / f"missing.{language}.jsonl").read_text(encoding="utf-8").splitlines()
        assert len(rows) == n_missing
        assert all({"instruction", "input", "output"} == set(json.loads(row)) for row in rows)


@pytest.fixture
def learned(product: Product, tmp_path: Path) -> Iterator[str]:
    """A generator that says it learned from the sample, served beside the others."""
    name, url = "learned", product.environment()["TRITON_URL"]
    repository = Repository(product.home / "triton" / "models")
    repository.place(name, 1, version_folder(tmp_path / "learned", [NAME]))
    repository.serve(name, 1)
    load_model(url, name)
    yield name
    unload_model(url, name)
    repository.remove(name)


def version_folder(folder: Path, learned_from: list[str]) -> Path:
    """The shipped generator with another card."""
    shipped = ROOT / "infra" / "deploy" / "triton" / "models" / "generator" / "1"
    folder.mkdir(parents=True)
    for path in shipped.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    card = json.loads((shipped / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps(card | {"learned_from": learned_from}), encoding="utf-8")
    return folder


def folds_folder(folder: Path, learned_from: list[str]) -> Path:
    version_folder(folder / "fold-3", learned_from)
    (folder / "folds.json").write_text(json.dumps({NAME: 3}), encoding="utf-8")
    return folder


def test_contract_that_the_generator_learned_from_is_refused_without_folds(
    product: Product, gold: Path, learned: str
) -> None:
    before = listed(product)
    done = build(product, gold, "--generator", learned)
    assert done.returncode == 1
    assert "learned from 1 of 1 contract;" in " ".join(done.stderr.split())
    assert "--folds DIR" in " ".join(done.stderr.split())
    assert listed(product) == before


def test_contract_that_was_learned_from_is_drafted_by_its_fold(
    product: Product, gold: Path, learned: str, tmp_path: Path
) -> None:
    folds = folds_folder(tmp_path / "folds", ["another contract"])
    done = build(product, gold, "--generator", learned, "--folds", str(folds))
    assert done.returncode == 0, done.stderr
    made_by = {e["generator"] for e in listed(product, "--generator", learned)}
    assert [m.startswith("learned/1-") and "+fold-3-" in m for m in made_by] == [True]
    assert [n for n in ready_models(product.environment()["TRITON_URL"]) if "fold" in n] == []
    assert [n for n in Repository(product.home / "triton" / "models").names() if "fold" in n] == []


def test_fold_that_has_seen_its_own_contract_is_refused(
    product: Product, gold: Path, learned: str, tmp_path: Path
) -> None:
    folds = folds_folder(tmp_path / "folds", [NAME])
    done = build(product, gold, "--generator", learned, "--folds", str(folds))
    assert done.returncode == 1
    assert "train the folds again" in done.stderr
    assert [n for n in ready_models(product.environment()["TRITON_URL"]) if "fold" in n] == []


def test_blind_spots_need_a_run_and_then_fill_a_page(product: Product, gold: Path, tmp_path: Path) -> None:
    unknown = tmp_path / "unknown.jsonl"
    unknown.write_text(gold.read_text(encoding="utf-8").replace(NAME, "never-run"), encoding="utf-8")
    refused = product.run("errors", "blind-spots", "--gold", str(unknown))
    assert refused.returncode == 1
    assert "countersign evaluate" in refused.stderr
    product.extracted(f"{NAME}.pdf", "cuad")
    out = tmp_path / "page.html"
    done = product.run("errors", "blind-spots", "--gold", str(gold), "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    spots = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(spot["quote"] in spot["clause"] for spot in spots)
    assert [s["confidence"] for s in spots] == sorted((s["confidence"] for s in spots), reverse=True)
    assert not any(s["field"] == "governing_law" and s["critic_says"] == "right" for s in spots)
    assert out.read_text(encoding="utf-8").count("<article") == len(spots)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--split", "test"], "no contract of the split `test`; it has: dev"),
        (["--schema", "cv"], "no field is the same"),
        (["--generator", "nobody"], "serves no model `nobody`; it serves: "),
        (["--documents", str(ROOT / "docs")], "there is no file for"),
        (["--folds", str(ROOT / "docs")], "countersign train generator --folds DIR"),
    ],
)
def test_what_cannot_be_built_is_told_with_its_remedy(
    product: Product, gold: Path, arguments: list[str], told: str
) -> None:
    done = build(product, gold, *arguments)
    assert done.returncode == 1
    assert told in done.stderr
