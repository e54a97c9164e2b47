"""Loads a version folder as the class that the key `model` of its card.json names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from tasks.core.errors import ConfigurationError
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.fewshot import Fewshot
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.answer import NativeModel
from tasks.core.native.weights import read_json

KINDS: Mapping[str, Callable[[Path], NativeModel]] = {
    "generator": Generator.load,
    "critic": Critic.load,
    "fewshot": Fewshot.load,
}


def kind_of(folder: Path) -> str:
    """Raises: ConfigurationError when card.json is missing, broken, or names an unknown kind."""
    kind = read_json(folder / "card.json").get("model")
    if kind not in KINDS:
        raise ConfigurationError(f"`model` in card.json must be one of {', '.join(KINDS)}; it is {kind!r}")
    return str(kind)


def load_native(folder: Path) -> NativeModel:
    """Raises: ConfigurationError when a file of the version folder is missing or broken."""
    return KINDS[kind_of(folder)](folder)
