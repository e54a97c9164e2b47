"""Files of results are written whole or not at all."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.cli.console import open_output, require_folder, require_writable_folder
from infra.cli.schema.bar import _write as write_bar
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


@contextmanager
def room_for(n_bytes: int) -> Iterator[None]:
    """A disk on which no file may be longer: writing ends in EFBIG, as it does in ENOSPC on a full one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_disk_that_fills_while_a_file_is_written_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    told = pytest.raises(
        ConfigurationError, match=r"out\.jsonl cannot be written \(File too large\)\. No half file"
    )
    with told, room_for(10_000), open_output(out) as file:
        file.write("x" * 100_000)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.touch(mode=0o600)
    with open_output(out) as file:
        file.write("new")
    assert out.stat().st_mode & 0o777 == 0o600


def test_schema_of_a_user_survives_a_full_disk(tmp_path: Path) -> None:
    file = tmp_path / "berth.yaml"
    text = "\ufeffname: berth\r\ntitle: Berth\r\nfields:\r\n  - {name: boat, title: Boat, description: what floats}\r\n"
    file.write_bytes(text.encode())
    with pytest.raises(ConfigurationError, match="cannot be written"), room_for(20):
        write_bar(file, 0.9, 0.5)
    assert file.read_bytes() == text.encode()
    write_bar(file, 0.9, 0.5)
    assert file.read_bytes().startswith("\ufeffname: berth\r\n".encode())
    assert b"bar: 0.5" in file.read_bytes()


@pytest.mark.parametrize("require", [require_folder, require_writable_folder])
def test_a_place_that_takes_nothing_is_told_before_the_work(require: object, tmp_path: Path) -> None:
    assert callable(require)
    out = tmp_path / "out"
    require(out, None)
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(ConfigurationError, match=r"out cannot be written \(.*\)\. Nothing was started"),
        room_for(0),
    ):
        require(out)
    with pytest.raises(ConfigurationError, match=r"cannot be written \(.*\)\. Nothing was started"):
        require(Path("/proc/out"))  # where even root creates nothing


def test_a_folder_that_is_a_file_is_told_before_the_work(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigurationError, match="file is a file"):
        require_writable_folder(file / "new")
    require_writable_folder(tmp_path / "a" / "b")


@pytest.mark.parametrize("name", ["missing/out.jsonl", "."])
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"), open_output(tmp_path / name):
        pass
