"""Language models that behave badly, the whole way on real parts: what they invent, forget and chat does not come through.

Generator and critic are scripted models on the stack's own tritonserver, with the signature of vLLM's backend.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.core.text.folding import fold
from tasks.triton.model_control import load_model, unload_model
from tests.scripted.repository import place_models
from tests.stack.whole.conftest import SAMPLES, Product
from tests.stack.whole.scenarios import (
    DENIED,
    DIAGNOSED,
    PAID,
    PAYING,
    PAYMENTS,
    USUAL_SKILLS,
    VOUCHED,
    models,
    write_book,
    write_gate_set,
    write_letters,
)

pytestmark = pytest.mark.timeout(300)
Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def scripted(product: Product) -> Iterator[Product]:
    """The stack, serving the scripted models beside its own; they are gone afterwards."""
    url, repository = product.environment()["TRITON_URL"], product.home / "triton" / "models"
    place_models(repository, models())
    try:
        for name in models():
            load_model(url, name)
        yield product
    finally:
        for name in models():
            unload_model(url, name)
            shutil.rmtree(repository / name)


def extracted(
    product: Product,
    source: Path,
    schema: str,
    generator: str = "scripted-eager",
    critic: str = "scripted-critic",
) -> Lines:
    out = product.home / f"{generator}-{critic}-{source.name}.jsonl"
    asked = ("extract", str(source), "--schema", schema, "--generator", generator, "--out", str(out))
    done = product.run(*asked, env={"COUNTERSIGN_CRITIC": critic})
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def verified(lines: Lines, field: str) -> set[str]:
    return {e["value"] for e in lines if e["status"] == "verified" and e["field"] == field}


@pytest.fixture(scope="module")
def cv(scripted: Product) -> Lines:
    return extracted(scripted, SAMPLES / "cv.pdf", "cv")


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("letters")
    write_letters(folder)
    return folder


def test_skills_that_the_cv_does_not_name_do_not_come_through(cv: Lines):
    assert verified(cv, "skills") == {"Python", "Flask"}
    assert {e["status"] for e in cv if e["value"] in USUAL_SKILLS} == {"rejected"}


def test_small_talk_around_json_costs_no_value(cv: Lines):
    found = {e["field"] for e in cv if e["status"] == "verified"}
    assert {"candidate_name", "employers", "education", "schools"} <= found


def test_forgotten_footnote_on_page_48_is_found_in_english_and_chinese(scripted: Product, tmp_path: Path):
    for name in ("investment-agreement-en.pdf", "investment-agreement-zh.pdf"):
        shutil.copy(SAMPLES / name, tmp_path)
    lines = extracted(scripted, tmp_path, "investment")
    at_risk = [e for e in lines if e["field"] == "principal_at_risk" and e["status"] == "verified"]
    assert {(e["footnote"], *e["pages"]) for e in at_risk} == {("8", 48), ("①", 48)}
    assert any("本金可能无法全额兑付" in fold(e["quote"]).text for e in at_risk)
    assert all(e["round"] > 1 for e in at_risk), "the first draft forgets what stands in notes"


def test_diagnosis_that_the_letter_denies_is_never_verified(scripted: Product, letters: Path):
    lines = extracted(scripted, letters, "medical")
    assert verified(lines, "diagnosis") == set(DIAGNOSED)
    assert {e["status"] for e in lines if e["value"] in DENIED} == {"rejected"}


def test_generator_that_insists_leaves_its_inventions_unsettled(scripted: Product, letters: Path):
    lines = extracted(scripted, letters, "medical", "scripted-stubborn")
    assert verified(lines, "diagnosis") == set(DIAGNOSED)
    assert {e["status"] for e in lines if e["value"] in DENIED} == {"unsettled"}


def test_record_is_verified_with_a_place_for_each_part_and_another_relation_is_not(
    scripted: Product, tmp_path: Path
):
    schema, document = tmp_path / "payments.yaml", tmp_path / "paying.txt"
    schema.write_text(PAYMENTS, encoding="utf-8")
    document.write_text(PAYING, encoding="utf-8")
    lines = extracted(scripted, document, str(schema))
    told = {e["status"]: {p["name"]: p["value"] for p in e["parts"]} for e in lines}
    assert told == {"verified": PAID, "rejected": VOUCHED}
    parts = next(e["parts"] for e in lines if e["status"] == "verified")
    assert ["".join(PAYING[a:b] for a, b in p["spans"]) for p in parts] == list(PAID.values())
    assert {p["name"]: p["normal"] for p in parts}["amount"] == "EUR 500000"


def test_native_critic_countersigns_a_language_model(scripted: Product):
    lines = extracted(scripted, SAMPLES / "services-agreement.pdf", "cuad", critic="critic")
    assert any("laws of the State of New York" in value for value in verified(lines, "governing_law"))
    assert {e["generator"].split("/")[0] for e in lines} == {"scripted-eager"}


def test_calibrated_critic_passes_the_gate_and_serves_by_two_settings(scripted: Product, tmp_path: Path):
    book, out = tmp_path / "book.jsonl", tmp_path / "calibrated"
    write_book(book)
    done = scripted.run("calibrate", str(book), "--out", str(out), "--critic", "scripted-critic")
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((out / "calibration.json").read_text())
    assert written["figures"]["auroc"] == 1.0 and written["figures"]["n_drafted_wrong"] == 60
    asked = ("promote", str(out), "--as", "critic", *write_gate_set(tmp_path))
    refused = scripted.run(*asked)
    assert refused.returncode == 1, refused.stdout + refused.stderr
    assert "Refused: scripted-critic is not put into service" in refused.stdout
    report = json.loads((out / "promotion.json").read_text())
    assert report["gate_says"] == "refuse" and report["gate_set"]["n_contracts"] == 2
    assert report["gate_set"]["n_left_out_learned"] == 1, "the book has one of the three"
    assert report["figures"]["f1_off"]["after"]["value"] > 0.9
    forced = scripted.run(*asked, "--force", "it is a test")
    assert forced.returncode == 0, forced.stdout + forced.stderr
    told = dict(line.split("=", 1) for line in forced.stdout.splitlines() if line.startswith("COUNTERSIGN_"))
    assert told["COUNTERSIGN_CRITIC"] == "scripted-critic"
    assert json.loads((out / "promotion.json").read_text())["forced"] == "it is a test"
    shown = scripted.run("models", env=told)
    assert "the gate said refuse" in shown.stdout
