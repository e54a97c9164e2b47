"""What keeps the house readable: one meaning a class name, short levels, no closets. The layers are import-linter's."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOPS = ("flows", "tasks", "infra")
MAX_ENTRIES = 24
MIN_LINES_WITH_ONE_IMPORTER = 50
STEPS_AND_SEAMS = {
    "infra.stack.drop_privileges",  # runs as a script of its own, before PostgreSQL
}
"""Short modules with one importer that stand apart for a reason."""


def modules() -> Iterator[tuple[str, Path]]:
    for top in TOPS:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "models" in path.parts and "triton" in path.parts:
                continue  # what Triton runs: a file for each model, by Triton's own layout
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield name.removesuffix(".__init__"), path


def importers(files: dict[str, Path]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in files.items():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    found[whole if whole in files else node.module].add(name)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.name].add(name)
    return found


def test_no_class_name_has_two_meanings() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in modules():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(name)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_no_level_has_more_entries_than_a_reader_takes_in() -> None:
    levels: dict[Path, set[str]] = defaultdict(set)
    for top in TOPS:
        for path in (ROOT / top).rglob("*"):
            if "__pycache__" not in path.parts and path.suffix != ".pyc":
                levels[path.parent].add(path.name)
    full = {str(level.relative_to(ROOT)): len(names) for level, names in levels.items()}
    assert {level: n for level, n in full.items() if n > MAX_ENTRIES} == {}


def test_a_short_module_has_two_importers_or_is_a_step_or_a_seam() -> None:
    files = dict(modules())
    users = importers(files)
    closets = {
        name
        for name, path in files.items()
        if path.name != "__init__.py"
        and len(path.read_text("utf-8").splitlines()) < MIN_LINES_WITH_ONE_IMPORTER
        and len(users[name]) == 1
    }
    assert closets - STEPS_AND_SEAMS == set()
