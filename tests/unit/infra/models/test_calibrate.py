"""`countersign calibrate` at the command line, with a model in this process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import infra.cli.database
import tasks.triton
from infra.cli.main import command
from tasks.core.answers.calibration import FILE, read_calibration
from tasks.core.errors import ConfigurationError
from tests.unit.learning.judging_model import JudgingModel, write_book


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> JudgingModel:
    judging = JudgingModel()
    monkeypatch.setattr(infra.cli.database, "start_parts", lambda *parts: None)
    monkeypatch.setattr(tasks.triton, "open_client", lambda settings: judging)
    monkeypatch.setenv("TRITON_URL", "127.0.0.1:1")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return judging


def calibrate(book: Path, out: Path, *more: str) -> Result:
    told = [str(book), "--out", str(out), "--critic", "qwen", *more]
    return CliRunner().invoke(command("calibrate"), told, catch_exceptions=True)


def test_a_calibration_is_written_for_the_model_that_was_asked(model: JudgingModel, tmp_path: Path):
    out = tmp_path / "new" / "qwen"
    done = calibrate(write_book(tmp_path / "book.jsonl", 40), out)
    assert done.exit_code == 0, done.output
    written = json.loads((out / FILE).read_text())
    assert written["model"].startswith("qwen/1-abcdef123456+prompts-")
    assert len(written["learned_from"]) == 40 and len(written["book_sha256"]) == 64
    assert 0 < written["figures"]["auroc"] < 1 and written["figures"]["n_judged"] == 400
    assert read_calibration(out).promises
    assert "bar for 95 % right" in done.output and "countersign promote" in done.output
    assert "judged 400 of 400 items" in done.output


def test_a_limit_asks_less(model: JudgingModel, tmp_path: Path):
    done = calibrate(write_book(tmp_path / "book.jsonl", 40), tmp_path / "out", "--limit", "150")
    assert done.exit_code == 0 and len(model.prompts) == 150


def test_nothing_is_written_if_nothing_can_be_learned(model: JudgingModel, tmp_path: Path):
    done = calibrate(write_book(tmp_path / "book.jsonl", 3), tmp_path / "out")
    assert isinstance(done.exception, ConfigurationError) and "too little" in str(done.exception)
    assert not (tmp_path / "out").exists()
