"""Which class a version folder's weights belong to: its card says so (`"model"`)."""

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
    """Raises: ConfigurationError when card.json is missing, broken, or names no kind of ours."""
    kind = read_json(folder / "card.json").get("model")
    if kind not in KINDS:
        raise ConfigurationError(f"card.json names no native model: `model` is one of {', '.join(KINDS)}")
    return str(kind)


def load_native(folder: Path) -> NativeModel:
    """The model of a version folder.

    Raises:
        ConfigurationError: a file is missing or broken.
    """
    return KINDS[kind_of(folder)](folder)
