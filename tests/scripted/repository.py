"""Scripted models in a model repository of Triton, with the signature and the manners of vLLM's (`tests/triton_models`)."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from tests.scripted.critic import ScriptedCritic
from tests.scripted.generator import ScriptedGenerator
from tests.scripted.script import write_script

_TESTS = Path(__file__).parents[1]
_SHELLS = _TESTS / "triton_models"


def place_models(repository: Path, models: Mapping[str, ScriptedGenerator | ScriptedCritic]) -> None:
    """Write them; to be loaded by whoever runs the server.

    Triton's stub finds what lies beside model.py and the product's `tasks`, nothing else: so these modules are copied.
    """
    for name, model in models.items():
        version = repository / name / "1"
        (version / "tests").mkdir(parents=True)
        shutil.copy(_SHELLS / "vllm" / "config.pbtxt", version.parent)
        shutil.copy(_SHELLS / "shell.py", version)
        shutil.copy(_TESTS / "scripted" / "served" / "model.py", version)
        shutil.copy(_TESTS / "__init__.py", version / "tests")
        shutil.copytree(
            _TESTS / "scripted", version / "tests" / "scripted", ignore=shutil.ignore_patterns("__pycache__")
        )
        write_script(model, version)
