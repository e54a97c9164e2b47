"""The command line as the shell starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "infra.cli.main", *arguments]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


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
        done.stdout.splitlines()[-1]
        == "['infra.cli', 'infra.cli.main', 'tasks.core', 'tasks.core.errors', 'tasks.core.review', 'tasks.core.review.records', "
        "'tasks.core.text', 'tasks.core.text.terminal']"
    )


def test_wrong_usage_exits_2():
    assert run("no-such-command").returncode == 2
    assert run("logs", "no-such-part").returncode == 2
    assert run("up", "--no-such-option").returncode == 2
