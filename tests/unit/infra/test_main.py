from __future__ import annotations

import errno
import inspect

import pytest

from infra.cli import main as root
from infra.cli.main import COMMANDS, MEANINGS, command, error_message
from tasks.core import errors
from tasks.core.errors import CountersignError, DocumentTooLarge, StackError, StoreConflict


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_in_the_module_that_the_table_names_and_explains_itself(name: str):
    loaded = command(name)
    assert loaded.name == name
    assert len(loaded.help or "") > 20


@pytest.mark.parametrize(
    ("error", "code"),
    [(StackError("triton is down"), 1), (DocumentTooLarge("too_large", "it is too large"), 3)],
)
def test_our_error_becomes_words_and_an_exit_code(
    error: CountersignError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fail() -> None:
        raise error

    monkeypatch.setattr(root, "app", fail)
    with pytest.raises(SystemExit) as ended:
        root.main()
    assert ended.value.code == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.partition(":")[0] for line in shown.err.splitlines()] == ["failed", "meaning", "to do"]
    assert str(error) in shown.err


def test_full_standard_output_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(root, "app", fail)
    monkeypatch.setattr(root, "_drop_output", lambda: None)  # it would close the test's own
    with pytest.raises(SystemExit) as ended:
        root.main()
    assert ended.value.code == 1
    assert "standard output cannot be written (No space left on device)" in capsys.readouterr().err


def test_every_error_has_a_meaning():
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CountersignError)
    ]
    without = [k.__name__ for k in kinds if not any(parent in MEANINGS for parent in k.__mro__)]
    assert without == ["CountersignError", "SourceError"], "these two are never raised themselves"


def test_the_nearest_meaning_counts():
    assert MEANINGS[StoreConflict][0] in error_message(StoreConflict("run 7 is held"))
