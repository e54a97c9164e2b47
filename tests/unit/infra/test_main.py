from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import main as root
from infra.cli.main import COMMANDS, MEANINGS, command, told
from tasks.core import errors
from tasks.core.errors import CountersignError, DocumentTooLarge, StackError, StoreConflict

ROOT = Path(__file__).parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "infra.cli.main", *arguments]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_in_the_module_that_the_table_names_and_explains_itself(name: str):
    found = command(name)
    assert found.name == name
    assert len(found.help or "") > 20


def test_help_lists_every_command_and_imports_none():
    code = (
        "import sys; sys.argv = ['countersign', '--help']\n"
        "from infra.cli.main import main\n"
        "try: main()\n"
        "finally: print(sorted(m for m in sys.modules if m.startswith(('infra.', 'tasks.')) or m in ('prefect', 'numpy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert all(f" {name} " in done.stdout for name in COMMANDS)
    assert (
        done.stdout.splitlines()[-1] == "['infra.cli', 'infra.cli.main', 'tasks.core', 'tasks.core.errors']"
    )


def test_wrong_usage_exits_2():
    assert run("no-such-command").returncode == 2
    assert run("logs", "no-such-part").returncode == 2
    assert run("up", "--no-such-option").returncode == 2


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


def test_every_error_has_a_meaning():
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CountersignError)
    ]
    without = [k.__name__ for k in kinds if not any(parent in MEANINGS for parent in k.__mro__)]
    assert without == ["CountersignError", "SourceError"], "these two are never raised themselves"


def test_the_nearest_meaning_counts():
    assert MEANINGS[StoreConflict][0] in told(StoreConflict("run 7 is held"))
