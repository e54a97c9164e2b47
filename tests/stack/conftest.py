"""A state folder of its own for each test, and two models that answer at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import stack
from infra.stack.service import NAMED_BY

CONFIG = """
name: "{name}"
backend: "python"
max_batch_size: 8
input [ {{ name: "request" data_type: TYPE_STRING dims: [ 1 ] }} ]
output [ {{ name: "response" data_type: TYPE_STRING dims: [ 1 ] }} ]
instance_group [ {{ kind: KIND_CPU count: 1 }} ]
"""
MODEL = """
import numpy
import triton_python_backend_utils as backend
import tasks.core.records

class TritonPythonModel:
    def initialize(self, args):
        {initialize}

    def execute(self, requests):
        texts = [backend.get_input_tensor_by_name(request, "request").as_numpy() for request in requests]
        return [backend.InferenceResponse([backend.Tensor("response", text)]) for text in texts]
"""


@contextmanager
def empty_stack(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty stack in a folder with a name that shells do not like; nothing of it is left afterwards."""
    for name in {name for names in NAMED_BY.values() for name in names}:
        patch.delenv(name, raising=False)
    home = folder / "a stäck's home"
    patch.setenv("COUNTERSIGN_HOME", str(home))
    try:
        yield home
    finally:
        patch.setenv("COUNTERSIGN_HOME", str(home))
        stack.down()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A stack of the test's own."""
    with empty_stack(tmp_path, monkeypatch) as home:
        yield home


def write_models(folder: Path, initialize: str = "pass") -> None:
    """A generator and a critic that hand back what they are asked; `initialize` is one line of Python."""
    for name in ("generator", "critic"):
        (folder / name / "1").mkdir(parents=True, exist_ok=True)
        (folder / name / "config.pbtxt").write_text(CONFIG.format(name=name))
        (folder / name / "1" / "model.py").write_text(MODEL.format(initialize=initialize))


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "echo models"
    write_models(folder)
    monkeypatch.setenv("COUNTERSIGN_TRITON_MODELS", str(folder))
    return folder
