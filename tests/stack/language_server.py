"""A real tritonserver with the models of tests/triton_models, one for all tests of a module."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import stack
from infra.stack.service import NAMED_BY, StackPart
from tasks.triton.model_control import load_model
from tests.stack.conftest import write_models

SOURCE = Path(__file__).parents[1] / "triton_models"
MODELS = sorted(path.parent.name for path in SOURCE.glob("*/config.pbtxt"))


@contextmanager
def serving(folder: Path, models: list[str] = MODELS) -> Iterator[str]:
    """The address of a server that serves them, beside a generator and a critic that it cannot do without."""
    repository = folder / "models"
    write_models(repository)
    for name in models:
        shutil.copytree(SOURCE / name, repository / name)
        shutil.copy(SOURCE / "shell.py", repository / name / "1")
    with pytest.MonkeyPatch.context() as patch:
        for name in {name for names in NAMED_BY.values() for name in names}:
            patch.delenv(name, raising=False)
        patch.setenv("COUNTERSIGN_HOME", str(folder / "home"))
        patch.setenv("COUNTERSIGN_TRITON_MODELS", str(repository))
        try:
            url = stack.ensure_up({StackPart.TRITON})["TRITON_URL"]
            for name in models:
                load_model(url, name)
            yield url
        finally:
            stack.down()
