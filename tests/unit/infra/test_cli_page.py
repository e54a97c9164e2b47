"""docs/cli.md has a section for every command, and names only options that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.cli.main import COMMANDS, command

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = {
    name: text.split("\n## ")[0]
    for name, text in re.findall(r"^### (.+?)\n(.*?)(?=^### |\Z)", PAGE, re.DOTALL | re.MULTILINE)
}


def leaves(name: str, entry: Any) -> Iterator[tuple[str, Any]]:
    """A command that can be called, or its sub-commands at any depth; `models` is both."""
    subcommands = getattr(entry, "commands", {})
    if not subcommands or entry.invoke_without_command:
        yield name, entry
    for sub, subcommand in subcommands.items():
        yield from leaves(f"{name} {sub}", subcommand)


CALLABLE = dict(leaf for name in COMMANDS for leaf in leaves(name, command(name)))


def test_every_command_has_a_section_and_no_other_has_one() -> None:
    headings = re.findall(r"^### (.+)$", PAGE, re.MULTILINE)
    assert sorted(headings) == sorted(CALLABLE)


def test_the_table_names_every_command() -> None:
    table = PAGE.partition("\n## ")[0]
    named = {word for cell in re.findall(r"`([^`]+)`", table) for word in re.findall(r"[a-z-]+", cell)}
    assert {word for name in CALLABLE for word in name.split()} <= named


@pytest.mark.parametrize("name", CALLABLE)
def test_a_section_shows_the_call_and_only_options_that_the_command_has(name: str) -> None:
    synopsis = re.findall(r"^ {4}.+$", SECTIONS[name], re.MULTILINE)
    assert synopsis[0].startswith(f"    countersign {name}")
    known = {opt for parameter in CALLABLE[name].params for opt in parameter.opts + parameter.secondary_opts}
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", "\n".join(synopsis))) <= known


def test_every_required_option_is_in_its_synopsis() -> None:
    missing = [
        (name, option.opts[0])
        for name, entry in CALLABLE.items()
        for option in entry.params
        if option.required and option.opts[0].startswith("--") and option.opts[0] not in SECTIONS[name]
    ]
    assert missing == []
