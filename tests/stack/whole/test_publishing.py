"""A published model on the whole way: runs are told apart by the versions that made them, and another generator can be named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra import stack
from infra.models.publishing import publish, roll_back
from infra.models.service import current_service
from tasks.learning.promotion.contender import inspect
from tests.processes.folders import moved_bar
from tests.stack.whole.conftest import GIVEN, SAMPLES, Product

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def inside(product: Product, monkeypatch: pytest.MonkeyPatch) -> Product:
    """This process sees the product's stack."""
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COUNTERSIGN_HOME", str(product.home))
    return product


def models_of(lines: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(line["generator"], line["critic"]) for line in lines}


def test_a_run_after_a_publication_is_another_run(inside: Product, tmp_path: Path):
    first = inside.extract("cv.pdf", "cv")
    service = current_service()
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.5), "critic")
    number = publish(service, "critic", new, 1, {"model": "critic", "reasons": ["it is a test"]})
    try:
        again = inside.extract("cv.pdf", "cv")
    finally:
        roll_back(service, "critic", None, "it was a test")
    assert {line["run"] for line in first}.isdisjoint(line["run"] for line in again)
    assert {critic for _, critic in models_of(again)} == {f"critic/{number}-{new.short_digest}"}
    assert {generator for generator, _ in models_of(again)} == {g for g, _ in models_of(first)}
    back = inside.extract("cv.pdf", "cv")
    assert {line["run"] for line in back} == {line["run"] for line in first}, "what version 1 found is stored"


def test_another_generator_can_be_named(inside: Product):
    lines = inside.extract("cv.pdf", "cv", "--generator", "fewshot")
    assert {generator.partition("/")[0] for generator, _ in models_of(lines)} == {"fewshot"}
    refused = inside.run("extract", str(SAMPLES / "cv.pdf"), "--schema", "cv", "--generator", "wizard")
    assert refused.returncode == 1 and "critic, fewshot, generator" in refused.stderr


def test_models_are_listed_with_what_serves(inside: Product):
    told = inside.run("models", "--json")
    assert told.returncode == 0, told.stderr
    rows = json.loads(told.stdout)
    assert {row["name"] for row in rows} == {"critic", "fewshot", "generator"}
    assert all(len(row["weights_sha256"]) == 64 for row in rows)
    shown = inside.run("models")
    assert shown.returncode == 0 and "serves" in shown.stdout
    assert stack.status()[2].state == "running"


def test_a_second_way_back_is_refused_with_words(inside: Product):
    refused = inside.run("models", "rollback", "generator")
    assert refused.returncode == 1 and "none before" in refused.stderr
