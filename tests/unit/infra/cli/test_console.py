"""Files of results are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infra.cli.console import open_output
from tasks.core.errors import ConfigurationError


def test_old_file_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    with open_output(out) as file:
        file.write("new")
        file.flush()
        assert out.read_text() == "old"
    assert out.read_text() == "new"
    assert list(tmp_path.iterdir()) == [out]


def test_after_an_error_the_old_file_stays(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    with pytest.raises(KeyboardInterrupt), open_output(out) as file:
        file.write("half")
        raise KeyboardInterrupt
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(real)
    with open_output(link) as file:
        file.write("new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_device_is_written_as_it_is() -> None:
    with open_output(Path(os.devnull)) as file:
        file.write("nothing")
    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_full_disk_is_said_with_the_name_of_the_file() -> None:
    full = pytest.raises(ConfigurationError, match="/dev/full cannot be written \\(No space left")
    with full, open_output(Path("/dev/full")) as file:
        file.write("x" * 100_000)


@pytest.mark.parametrize("name", ["missing/out.jsonl", "."])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"), open_output(tmp_path / name):
        pass
