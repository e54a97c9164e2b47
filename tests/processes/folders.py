"""Version folders for the tests: the shipped weights, and copies of them that differ in a bar."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from infra.stack.model_repository import SHIPPED


def shipped(name: str) -> Path:
    return SHIPPED / name / "1"


def moved_bar(target: Path, name: str, **bars: float) -> Path:
    """A copy of a shipped version with other bars in its meta.json."""
    target.mkdir(parents=True)
    for path in shipped(name).iterdir():
        if path.is_file():
            shutil.copyfile(path, target / path.name)
    meta = json.loads((target / "meta.json").read_text(encoding="utf-8"))
    assert bars.keys() <= meta.keys()
    (target / "meta.json").write_text(json.dumps(meta | bars), encoding="utf-8")
    return target
