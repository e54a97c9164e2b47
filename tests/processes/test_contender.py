"""A folder that wants to be published is checked before any of its files is trusted."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import weights_sha256
from tasks.learning.promotion.contender import inspect
from tests.processes.folders import moved_bar, shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return moved_bar(tmp_path / "new", "generator", add_bar=0.3)


def halved(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.npy", bytes(450_000_000))


def pickled(path: Path) -> None:
    np.savez(path, allow_pickle=True, weights=np.array([{"a": 1}], dtype=object))


def test_a_trained_folder_is_taken(folder: Path):
    contender = inspect(folder, "generator")
    assert contender.kind == "generator" and contender.weights_sha256 == weights_sha256(folder)
    assert contender.weights_sha256 != weights_sha256(shipped("generator"))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: halved(f / "names.crfsuite"), "broken"),
        (lambda f: halved(f / "clauses.npz"), "broken"),
        (lambda f: pickled(f / "clauses.npz"), "cannot be read"),
        (lambda f: bomb(f / "more.npz"), "unpacks to 450 MB"),
        (lambda f: (f / "more.npz").write_bytes(bytes(25_000_000)), "at most 25 MB"),
        (lambda f: (f / "clauses.npz").unlink(), "clauses.npz"),
        (lambda f: (f / "names.crfsuite").unlink(), "names.crfsuite"),
        (lambda f: (f / "card.json").unlink(), "card.json"),
        (lambda f: (f / "card.json").write_text('{"model": "wizard"}'), "no native model"),
        (lambda f: (f / "meta.json").write_text("{}"), "broken"),
        (lambda f: (f / "weights.pkl").write_bytes(b""), "weights.pkl does not belong"),
        (lambda f: (f / "model.py").write_text("import os"), "model.py does not belong"),
        (lambda f: (f / "deeper").mkdir(), "deeper does not belong"),
        (lambda f: (f / "link.json").symlink_to(f / "card.json"), "link.json does not belong"),
    ],
)
def test_a_harmed_folder_is_refused_with_the_reason(
    folder: Path, harm: Callable[[Path], object], message: str
):
    harm(folder)
    with pytest.raises(ConfigurationError, match=message):
        inspect(folder, "generator")


def test_a_critic_is_not_published_as_a_generator(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="holds a critic"):
        inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.5), "generator")
