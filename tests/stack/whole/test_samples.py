"""The sample contracts, the whole way on real parts: what must be found, and what must not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.core.folding import fold
from tests.stack.whole.conftest import SAMPLES, Product

pytestmark = pytest.mark.timeout(600)


def verified(lines: list[dict[str, Any]], field: str | None = None) -> list[dict[str, Any]]:
    return [e for e in lines if e["status"] == "verified" and field in (None, e["field"])]


@pytest.mark.parametrize(
    ("name", "words"),
    [("investment-agreement-en.pdf", "principal"), ("investment-agreement-zh.pdf", "本金可能无法全额兑付")],
)
def test_page_48_note_that_takes_the_promise_back_is_verified(product: Product, name: str, words: str):
    lines = product.extracted(name, "investment")
    at_risk = [e for e in verified(lines, "principal_at_risk") if e["footnote"]]
    assert [(e["pages"], words in fold(e["quote"]).text) for e in at_risk] == [([48], True)]
    listed = list(known_extractions(product, name))
    number = next(e["extraction"] for e in listed if e["status"] == "verified" and e["footnote"])
    explained = product.run("explain", str(number))
    assert explained.returncode == 0, explained.stderr
    assert at_risk[0]["footnote"] in explained.stdout


def known_extractions(product: Product, name: str) -> list[dict[str, Any]]:
    exported = product.run("export", "--document", name, "--format", "jsonl")
    assert exported.returncode == 0, exported.stderr
    return [json.loads(line) for line in exported.stdout.splitlines()]


def test_services_agreement_yields_its_usual_clauses_with_pages(product: Product):
    lines = verified(product.extracted("services-agreement.pdf", "cuad"))
    found = {e["field"] for e in lines}
    assert {
        "governing_law",
        "cap_on_liability",
        "expiration_date",
        "anti_assignment",
        "document_name",
        "parties",
    } <= found
    assert all(e["pages"] for e in lines)


def test_cv_yields_what_it_says_and_nothing_usual(product: Product):
    lines = product.extracted("cv.pdf", "cv")
    skills = {e["value"] for e in verified(lines, "skills")}
    assert {"Python", "Flask"} <= skills
    assert not {"Django", "SQL"} & {e["value"] for e in lines}


def test_broken_file_is_refused_with_a_reason(product: Product):
    refused = product.run("extract", str(SAMPLES / "broken.pdf"), "--schema", "cuad")
    assert refused.returncode == 3
    assert "quarantined" in refused.stdout


def test_broken_file_does_not_stop_the_others(product: Product, tmp_path: Path):
    for name in ("broken.pdf", "cv.pdf"):
        shutil.copy(SAMPLES / name, tmp_path)
    done = product.run("extract", str(tmp_path), "--schema", "cv", "--force")
    assert done.returncode == 0, done.stdout + done.stderr
    states = {line.split()[1]: line.split()[3] for line in done.stdout.splitlines() if ".pdf" in line}
    assert states == {"broken.pdf": "quarantined", "cv.pdf": "done"}


def test_every_quote_is_the_document_text_of_its_spans(product: Product):
    for name, schema in (("services-agreement.pdf", "cuad"), ("cv.pdf", "cv")):
        read = json.loads(product.run("read", str(SAMPLES / name), "--json").stdout)
        for line in verified(product.extracted(name, schema)):
            assert line["quote"] == "".join(read["text"][a:b] for a, b in line["spans"])


def test_second_run_does_nothing_twice(product: Product):
    first = product.extract("cv.pdf", "cv")
    again = product.run(
        "extract", str(SAMPLES / "cv.pdf"), "--schema", "cv", "--out", str(product.home / "again.jsonl")
    )
    assert "unchanged" in again.stdout
    lines = [json.loads(line) for line in (product.home / "again.jsonl").read_text().splitlines()]
    assert lines == first


def test_without_critic_nothing_is_verified(product: Product):
    lines = product.extract("cv.pdf", "cv", "--no-critic")
    assert lines and not verified(lines)


def test_trail_of_every_run_holds(product: Product):
    product.extracted("cv.pdf", "cv")
    proven = product.run("audit", "verify", "--all")
    assert proven.returncode == 0, proven.stdout + proven.stderr
