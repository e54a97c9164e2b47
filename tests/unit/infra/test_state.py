from __future__ import annotations

from pathlib import Path

import pytest

from infra.stack import state
from infra.stack.service import StackPart
from infra.stack.state import RunningPart
from tasks.core.errors import StackError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_state_comes_back_as_it_was_saved():
    with state.locked() as current:
        current.ports["postgres"] = 20000
        current.running[StackPart.POSTGRES] = RunningPart(pid=1, started_at=2.5, fingerprint="f")
        state.save(current)
    assert state.load() == current


def test_reading_the_state_makes_no_folder(home: Path):
    assert state.load().running == {}
    assert not home.exists()


def test_password_is_readable_by_its_owner_only(home: Path):
    with state.locked() as current:
        state.save(current)
    assert (home / "stack.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stack_id": "x"}', '{"running": {"nobody": {}}}'])
def test_unreadable_state_says_which_file(home: Path, content: str):
    home.mkdir()
    (home / "stack.json").write_text(content)
    with pytest.raises(StackError, match=r"stack\.json"):
        state.load()


def test_second_writer_waits_and_then_says_who_holds_the_lock():
    with (
        state.locked(),
        pytest.raises(StackError, match="another `countersign up`"),
        state.locked(wait_s=0.1),
    ):
        pass


def test_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path / "file"))
    with pytest.raises(StackError, match="COUNTERSIGN_HOME"), state.locked():
        pass
