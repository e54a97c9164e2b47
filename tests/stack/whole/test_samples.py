"""The sample contracts, the whole way on real parts: what must be found, and what must not."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tasks.core.text.folding import fold
from tests.stack.whole.conftest import SAMPLES, Product

pytestmark = pytest.mark.timeout(600)
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))


def verified(lines: list[dict[str, Any]], field: str | None = None) -> list[dict[str, Any]]:
    return [e for e in lines if e["status"] == "verified" and field in (None, e["field"])]


def says(line: dict[str, Any], quote: str) -> bool:
    """Whether the words are in its quote, wherever lines end."""
    return re.sub(r"\s+", "", quote) in re.sub(r"\s+", "", line["quote"])


@pytest.mark.parametrize(
    ("name", "words"),
    [("investment-agreement-en.pdf", "principal"), ("investment-agreement-zh.pdf", "本金可能无法全额兑付")],
)
def test_page_48_note_that_takes_the_promise_back_is_verified(product: Product, name: str, words: str):
    lines = product.extracted(name, "investment")
    wanted = next(f for f in TRUTH[name]["found"] if f["field"] == "principal_at_risk")
    drafted = [e for e in lines if e["field"] == "principal_at_risk" and says(e, wanted["quote"])]
    assert [(e["status"], e["pages"], e["footnote"]) for e in drafted] == [
        ("verified", [48], wanted["footnote"])
    ]
    assert [e["quote"] for e in verified(lines, "principal_at_risk") if e not in drafted] == []
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
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("│") and ".pdf" in line]
    states = {row[1]: row[3] for row in rows}
    assert states == {"broken.pdf": "quarantined", "cv.pdf": "done"}


def test_values_of_a_few_files_are_shown_with_the_commands_for_the_rest(product: Product, tmp_path: Path):
    other = shutil.copy(SAMPLES / "cv.pdf", tmp_path / "copy.pdf")
    named = [str(SAMPLES / "cv.pdf"), str(other), str(SAMPLES / "cv.pdf")]
    done = product.run("extract", *named, "--schema", "cv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2/2" in done.stderr and "3/3" not in done.stderr
    titles = [line for line in done.stdout.splitlines() if line.startswith(("cv.pdf: ", "copy.pdf: "))]
    assert len(titles) == 2 and all("verified, " in title for title in titles)
    assert {"skills", "Flask"} <= {
        cell.strip() for line in done.stdout.splitlines() for cell in line.split("│")
    }
    assert re.search(r"countersign export --document uploads/[0-9a-f]{12}/cv\.pdf", done.stdout)
    (number,) = re.findall(r"countersign explain (\d+)", done.stdout)
    assert product.run("explain", number).returncode == 0


def test_values_of_many_files_are_left_to_the_export(product: Product, tmp_path: Path):
    for number in range(6):
        (tmp_path / f"{number}.txt").write_text(f"CURRICULUM VITAE\n\nName: Ada {number}\n\nSkills: Flask.\n")
    done = product.run("extract", str(tmp_path), "--schema", "cv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "countersign export --run RUN" in done.stdout and "Flask" not in done.stdout


def test_chinese_is_shown_without_blanks_at_line_ends_and_kept_as_it_stands(product: Product):
    lines = product.extracted("investment-agreement-zh.pdf", "investment")
    broken = [e for e in verified(lines) if "\n" in e["quote"].strip() and not e["quote"].isascii()]
    assert broken and all("\n" not in e["display"] for e in broken)
    note = next(e for e in broken if e["footnote"])
    assert note["quote"] != note["display"] == note["quote"].replace("\n", "")
    explained = product.run("explain", str(note["extraction"]))
    assert "补足" in explained.stdout and "补 足" not in explained.stdout
    replayed = product.run("replay", note["run"])
    assert replayed.returncode == 0 and replayed.stdout.startswith("same:"), replayed.stdout


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
