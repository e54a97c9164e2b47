"""Publishing, refusing and rolling back: the files afterwards, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.models.listing import listing
from infra.models.publishing import publish, refuse, roll_back, same_weights
from infra.models.service import Service
from infra.stack.model_repository import Repository, assemble
from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import weights_sha256
from tasks.learning.promotion.contender import Contender, inspect
from tests.processes.folders import moved_bar

REPORT = {"model": "critic", "reasons": ["gain +1.0 [+0.5, +1.5]"]}


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    monkeypatch.setenv("COUNTERSIGN_USER", "ada")
    repository = Repository(tmp_path / "models")
    assemble(repository)
    return Service(repository, None)


def contender(tmp_path: Path, bar: float) -> Contender:
    return inspect(moved_bar(tmp_path / f"bar {bar}", "critic", redundant_bar=bar), "critic")


def test_a_published_version_serves_and_records_why(service: Service, tmp_path: Path):
    new = contender(tmp_path, 0.7)
    assert publish(service, "critic", new, 1, REPORT) == 2
    assert service.repository.serving("critic") == 2
    folder = service.repository.folder("critic", 2)
    assert weights_sha256(folder) == new.weights_sha256
    record = json.loads((folder / "promotion.json").read_text())
    assert record["by"] == "ada" and record["reasons"] == REPORT["reasons"]
    assert record["instead_of"]["version"] == 1 and record["at"].endswith("+00:00")


def test_the_same_weights_are_recognised(service: Service, tmp_path: Path):
    new = contender(tmp_path, 0.7)
    assert same_weights(service.repository, "critic", new) is None
    publish(service, "critic", new, 1, REPORT)
    assert same_weights(service.repository, "critic", new) == 2


def test_a_contender_compared_with_another_version_is_not_published(service: Service, tmp_path: Path):
    publish(service, "critic", contender(tmp_path, 0.7), 1, REPORT)
    with pytest.raises(ConfigurationError, match="meanwhile"):
        publish(service, "critic", contender(tmp_path, 0.8), 1, REPORT)
    assert service.repository.versions("critic") == [1, 2]


def test_rolling_back_goes_by_the_record_and_not_by_the_number(service: Service, tmp_path: Path):
    publish(service, "critic", contender(tmp_path, 0.7), 1, REPORT)
    assert roll_back(service, "critic", None, "too strict") == (2, 1)
    publish(service, "critic", contender(tmp_path, 0.8), 1, REPORT)
    assert service.repository.serving("critic") == 3
    assert roll_back(service, "critic", None, "") == (3, 1), "2 was taken back for a reason"
    assert roll_back(service, "critic", 2, "after all") == (1, 2)
    lines = (service.repository.root / "critic" / "history.jsonl").read_text().splitlines()
    changes = [(row["did"], row["from"], row["to"], row["by"]) for row in map(json.loads, lines)]
    assert changes == [
        ("published", 1, 2, "ada"),
        ("rolled back", 2, 1, "ada"),
        ("published", 1, 3, "ada"),
        ("rolled back", 3, 1, "ada"),
        ("rolled back", 1, 2, "ada"),
    ]


@pytest.mark.parametrize(
    ("name", "to", "message"),
    [
        ("critic", None, "none before"),
        ("critic", 1, "already"),
        ("critic", 9, "no version 9"),
        ("wizard", None, "no model"),
    ],
)
def test_rolling_back_to_a_missing_version_is_refused(
    service: Service, name: str, to: int | None, message: str
):
    with pytest.raises(ConfigurationError, match=message):
        roll_back(service, name, to, "")
    assert service.repository.serving("critic") == 1


def test_refused_weights_are_kept_with_their_report_and_never_served(service: Service, tmp_path: Path):
    new = contender(tmp_path, 0.7)
    folder = refuse(service.repository, "critic", new, REPORT)
    assert folder.name == f"critic-{new.short_digest}" and weights_sha256(folder) == new.weights_sha256
    assert json.loads((folder / "report.json").read_text())["by"] == "ada"
    assert service.repository.names() == ["critic", "fewshot", "generator"]
    again = inspect(folder, "critic")
    assert refuse(service.repository, "critic", again, REPORT) == folder
    assert publish(service, "critic", again, 1, REPORT) == 2


def test_the_list_shows_every_version_and_the_refused(service: Service, tmp_path: Path):
    publish(service, "critic", contender(tmp_path, 0.7), 1, REPORT)
    refuse(service.repository, "critic", contender(tmp_path, 0.8), REPORT)
    rows = [(row.name, row.version, row.state) for row in listing(service.repository)]
    assert rows == [
        ("critic", 1, "ready"),
        ("critic", 2, "serves"),
        ("fewshot", 1, "serves"),
        ("generator", 1, "serves"),
        ("critic", None, "refused"),
    ]
    published = next(row for row in listing(service.repository) if row.version == 2)
    assert published.record["by"] == "ada" and published.seed is not None and published.figures


def test_a_model_of_other_origin_is_listed_without_a_card(service: Service):
    folder = service.repository.root / "wizard" / "1"
    folder.mkdir(parents=True)
    row = next(row for row in listing(service.repository) if row.name == "wizard")
    assert (row.state, row.figures) == ("foreign", {})
