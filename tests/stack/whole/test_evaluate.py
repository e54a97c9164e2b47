"""Texts take the whole way, and what `evaluate` reports is what the store holds."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tasks.learning.evaluation.matching import tally
from tasks.learning.evaluation.scores import scores, total
from tests.stack.whole.conftest import ROOT, SAMPLES, Product

pytestmark = pytest.mark.timeout(600)
CONTRACT = re.sub(
    r"\*\*|^[=#] ",
    "",
    (ROOT / "tests" / "samples" / "texts" / "services-agreement.txt").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)
GOLD: Mapping[str, list[dict[str, Any]]] = {
    name: [
        {"category": "Document Name", "text": "MASTER SERVICES AGREEMENT", "pages": [1]},
        {"category": "Parties", "text": "Calder Ridge Health Systems, LLC", "pages": [1]},
        {"category": "Agreement Date", "text": "March 14, 2022", "pages": [1]},
        {"category": "Insurance", "text": "Nobody ever wrote this", "pages": [1]},
    ]
    for name in ("paper", "plain")
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "paper.pdf").write_bytes((SAMPLES / "services-agreement.pdf").read_bytes())
    rows = ({"doc_id": name, "split": "test", "spans": spans} for name, spans in GOLD.items())
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    text = json.dumps({"doc_id": "plain", "text": CONTRACT}) + "\n"
    (tmp_path / "texts.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_text_is_extracted_like_a_pdf(product: Product, tmp_path: Path):
    path, out = tmp_path / "services.txt", tmp_path / "out.jsonl"
    path.write_text(CONTRACT + "\fExhibit A\n\nHosting.\n", encoding="utf-8")
    done = product.run("extract", str(path), "--schema", "cuad", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    verified = [e for e in lines if e["status"] == "verified"]
    assert {"governing_law", "document_name", "parties"} <= {e["field"] for e in verified}
    assert all(CONTRACT[start:end] for e in verified for start, end in e["spans"])
    assert all(e["quote"] == "".join(CONTRACT[a:b] for a, b in e["spans"]) for e in verified)


def test_a_text_that_is_none_is_quarantined_with_its_reason(product: Product, tmp_path: Path):
    path = tmp_path / "latin.txt"
    path.write_bytes("Café agreement".encode("latin-1"))
    refused = product.run("extract", str(path), "--schema", "cuad")
    assert refused.returncode == 3 and "not_utf8" in refused.stdout


def test_the_report_is_of_what_the_store_holds(product: Product, corpus: Path):
    out, page, lines = corpus / "report.json", corpus / "report.html", corpus / "lines.jsonl"
    done = product.run(
        "evaluate", *_asked(corpus), "--out", str(out), "--page", str(page), "--predictions", str(lines)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["n_contracts"] == 2 and report["subject"]["read_from_text"] == ["plain"]
    assert report["subject"]["reader_versions"][1].startswith("text-")
    told = report["systems"]["generator and critic, verified"]["scores"]
    counted = scores(total([tally(_quotes(name), found) for name, found in _verified(lines).items()]))
    assert (told["f1_off"], told["n_gold"], told["n_predicted"]) == (counted.f1_off, 8, counted.n_predicted)
    assert told["recall_off"] == pytest.approx(0.75)
    assert report["systems"]["generator alone at its best threshold (control)"]
    assert "<svg" in page.read_text(encoding="utf-8")
    assert "Calder Ridge" not in out.read_text(encoding="utf-8") + page.read_text(encoding="utf-8")


def test_a_generator_that_is_not_served_is_told_before_anything_is_done(product: Product, corpus: Path):
    refused = product.run("evaluate", *_asked(corpus), "--generator", "nobody")
    assert refused.returncode == 1 and "does not serve the model nobody" in refused.stderr


def _asked(corpus: Path) -> list[str]:
    paths = {"--gold": "gold.jsonl", "--documents": "documents", "--texts": "texts.jsonl"}
    return [word for option, name in paths.items() for word in (option, str(corpus / name))]


def _quotes(name: str) -> dict[str, list[str]]:
    return {span["category"].lower().replace(" ", "_"): [span["text"]] for span in GOLD[name]}


def _verified(lines: Path) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {name: defaultdict(list) for name in GOLD}
    for row in map(json.loads, lines.read_text(encoding="utf-8").splitlines()):
        if row["status"] == "verified":
            found[row["document"]][row["field"]].append(row["quote"])
    return found
