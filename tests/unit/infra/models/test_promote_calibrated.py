"""A calibrated critic at the gate: what is refused before anything is compared, and what `countersign models` says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli.main import command
from infra.cli.models import _calibration
from infra.models.promote import PromotionOptions
from infra.models.promote_calibrated import promote_calibrated
from infra.models.service import Service
from infra.stack.model_repository import Repository
from tasks.core.answers.calibration import FILE
from tasks.core.errors import ConfigurationError
from tasks.core.schema import load_schema
from tasks.learning.labelled import LabelledFiles

READ = {
    "model": "qwen/1-abcdef123456+prompts-2-1",
    "slope": 0.5,
    "intercept": -0.8,
    "doubt": 0.4,
    "lacking": 0.5,
    "bars": {"80": 0.8, "90": 0.92, "95": None},
    "learned_from": ["one"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(json.dumps(READ))
    (tmp_path / "gold.jsonl").write_text(json.dumps({"doc_id": "one", "split": "test", "spans": []}))
    return tmp_path


def test_without_a_server_it_says_how_to_start_one(folder: Path):
    files = LabelledFiles(folder / "gold.jsonl", folder, None, None)
    options = PromotionOptions(files, load_schema("cuad"), 1, "")
    with pytest.raises(ConfigurationError, match="countersign up triton"):
        promote_calibrated(Service(Repository(folder), None), folder, options, lambda _: None)
    assert not (folder / "promotion.json").exists()


def test_a_calibration_is_no_generator(folder: Path):
    gold = ["--gold", str(folder / "gold.jsonl"), "--documents", str(folder)]
    done = CliRunner().invoke(command("promote"), [str(folder), "--as", "generator", *gold])
    assert isinstance(done.exception, ConfigurationError)
    assert "the calibration of a critic" in str(done.exception)


def test_models_says_what_a_calibration_promises_and_what_the_gate_said(folder: Path):
    said = _calibration(folder)
    assert "qwen/1-abcdef123456" in said and "promises up to 90 %" in said and "no gate has seen it" in said
    (folder / "promotion.json").write_text(json.dumps({"gate_says": "publish", "at": "2026-11-30"}))
    assert "the gate said publish on 2026-11-30" in _calibration(folder / FILE)
    (folder / FILE).write_text(json.dumps(READ | {"bars": {"80": None}}))
    assert "promises nothing" in _calibration(folder)
