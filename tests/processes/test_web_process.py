"""`python -m infra.web` as a process: what it imports, and how it ends without a database."""

from __future__ import annotations

import os
import subprocess
import sys

BARE = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], env=BARE, capture_output=True, text=True, timeout=240, check=False
    )


def test_its_start_imports_no_prefect():
    ended = run(
        "-c",
        "import sys, infra.web.__main__; print([m for m in ('prefect', 'boto3', 'lxml') if m in sys.modules])",
    )
    assert (ended.stdout, ended.stderr) == ("[]\n", "")


def test_without_a_database_it_says_what_to_do():
    ended = run("-m", "infra.web", "--port", "0")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "countersign boards" in ended.stderr and "Traceback" not in ended.stderr
