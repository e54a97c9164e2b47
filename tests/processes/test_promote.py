"""A contender compared with the shipped weights on a small gate set, then published or refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.models.promote import Promotion, PromotionOptions, promote
from infra.models.service import Service
from infra.stack.model_repository import Repository, assemble
from tasks.core.errors import ConfigurationError
from tasks.core.schema import load_schema
from tasks.learning.labelled import LabelledFiles
from tasks.learning.promotion.contender import inspect
from tests.processes.folders import moved_bar

LAW = "This Agreement shall be governed by and construed in accordance with the laws of the State of {}."
TEXT = """DISTRIBUTION AGREEMENT

1. Appointment. The Company appoints the Distributor for the Territory. The Distributor accepts.

2. Governing Law. {law}

3. Notices. All notices shall be in writing and sent to the address of the other party.
"""
STATES = ("Delaware", "New York", "California", "Texas", "Ohio", "Nevada")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    repository = Repository(tmp_path / "models")
    assemble(repository)
    return Service(repository, None)


@pytest.fixture
def source(tmp_path: Path) -> LabelledFiles:
    """Six contracts with one clause each, a seventh to train on, an eighth without a file."""
    documents = tmp_path / "documents"
    documents.mkdir()
    rows: list[dict[str, object]] = []
    for state in STATES:
        law = LAW.format(state)
        (documents / f"{state}.txt").write_text(TEXT.format(law=law), encoding="utf-8")
        rows.append({"doc_id": state, "split": "test", "spans": [{"category": "Governing Law", "text": law}]})
    rows.append({"doc_id": "learned", "split": "train", "spans": []})
    rows.append({"doc_id": "lost", "split": "test", "spans": []})
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return LabelledFiles(gold, documents, None, None)


def promoted(
    service: Service, source: LabelledFiles, folder: Path, force: str = "", kind: str = "critic"
) -> Promotion:
    options = PromotionOptions(source, load_schema("cuad"), 1, force)
    return promote(service, inspect(folder, kind), options, lambda _: None)


def test_a_critic_that_doubts_everything_is_refused_with_its_report(
    service: Service, source: LabelledFiles, tmp_path: Path
):
    promotion = promoted(service, source, moved_bar(tmp_path / "new", "critic", redundant_bar=1.1))
    assert promotion.version is None and service.repository.versions("critic") == [1]
    assert promotion.figures.f1_off.before.value > 0.9 and promotion.figures.f1_off.after.value == 0
    report = json.loads((promotion.folder / "report.json").read_text())
    assert report["gate_says"] == "refuse" and report["figures"]["f1_off"]["gain"]["high"] < 0
    assert report["gate_set"]["n_contracts"] == 6 and report["gate_set"]["n_left_out_without_document"] == 1


def test_force_publishes_what_the_gate_refuses_and_says_so(
    service: Service, source: LabelledFiles, tmp_path: Path
):
    promotion = promoted(
        service, source, moved_bar(tmp_path / "new", "critic", redundant_bar=1.1), "an experiment"
    )
    assert (
        promotion.version == 2 and not promotion.verdict.publish and service.repository.serving("critic") == 2
    )
    record = json.loads((promotion.folder / "promotion.json").read_text())
    assert record["forced"] == "an experiment" and "despite the gate: an experiment" in record["reasons"][-1]


def test_a_better_critic_is_published_with_its_figures(
    service: Service, source: LabelledFiles, tmp_path: Path
):
    promoted(service, source, moved_bar(tmp_path / "strict", "critic", redundant_bar=1.1), "to be beaten")
    promotion = promoted(service, source, moved_bar(tmp_path / "better", "critic", redundant_bar=0.3))
    assert promotion.verdict.publish and (promotion.version, promotion.instead_of) == (3, 2)
    record = json.loads((promotion.folder / "promotion.json").read_text())
    assert record["figures"]["f1_off"]["gain"]["low"] > 0 and record["compared_with"] == {
        "generator": 1,
        "critic": 2,
    }


def test_contracts_that_a_model_has_learned_from_are_left_out(
    service: Service, source: LabelledFiles, tmp_path: Path
):
    folder = moved_bar(tmp_path / "new", "generator", add_bar=0.9)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(card | {"learned_from": ["Delaware", "Ohio"]}))
    promotion = promoted(service, source, folder, kind="generator")
    assert promotion.figures.n_contracts == 4
    report = json.loads((promotion.folder / "report.json").read_text())
    assert report["gate_set"]["n_left_out_learned"] == 2 and "learned_from" not in report["card"]


def test_a_gate_set_without_contracts_is_refused(service: Service, source: LabelledFiles, tmp_path: Path):
    nowhere = LabelledFiles(source.gold, tmp_path, None, "test")
    with pytest.raises(ConfigurationError, match="nothing to compare on"):
        promoted(service, nowhere, moved_bar(tmp_path / "new", "critic", redundant_bar=0.3))
