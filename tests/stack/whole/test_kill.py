"""A worker killed in the middle of a run: the next one takes it up where it stopped, and the rows are those of a quiet run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

import psycopg
import pytest

from tests.stack.whole.conftest import GIVEN, ROOT, SAMPLES, Product

pytestmark = pytest.mark.timeout(600)
SAMPLE = SAMPLES / "investment-agreement-en.pdf"
UNFINISHED = """
    SELECT run_id::text FROM run
    WHERE state = 'running' AND EXISTS (SELECT FROM generation WHERE generation.run_id = run.run_id)
"""


def start(product: Product, *more: str) -> subprocess.Popen[bytes]:
    surroundings = {k: v for k, v in os.environ.items() if k not in GIVEN} | {
        "COUNTERSIGN_HOME": str(product.home)
    }
    command = [
        sys.executable,
        "-m",
        "infra.cli.main",
        "extract",
        str(SAMPLE),
        "--schema",
        "investment",
        *more,
    ]
    return subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def kill_when_a_round_is_stored(product: Product) -> str:
    """Begin a forced run, kill its process as soon as a round of it is stored; returns the run."""
    with psycopg.connect(product.environment()["DATABASE_URL"], autocommit=True) as connection:
        working = start(product, "--force")
        try:
            while working.poll() is None:
                found = connection.execute(UNFINISHED).fetchone()
                if found is not None:
                    working.kill()
                    break
                time.sleep(0.005)
        finally:
            working.kill()
            working.wait()
        left = connection.execute(UNFINISHED).fetchone()
    if left is None:
        pytest.fail(
            "the run was over before it could be killed: the sample has become too small for this test"
        )
    return left[0]


def rows(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what names the run: the same values, places, rounds, scores and models."""
    return [{k: v for k, v in line.items() if k not in ("run", "extraction")} for line in lines]


@pytest.mark.long
def test_killed_run_is_resumed_and_ends_like_a_quiet_one(product: Product):
    quiet = product.extracted(SAMPLE.name, "investment")
    killed = kill_when_a_round_is_stored(product)
    resumed = product.extract(SAMPLE.name, "investment")
    assert rows(resumed) == rows(quiet)
    again = product.run("extract", str(SAMPLE), "--schema", "investment")
    assert "unchanged" in again.stdout
    with psycopg.connect(product.environment()["DATABASE_URL"]) as connection:
        states = dict(connection.execute("SELECT run_id::text, state FROM run").fetchall())
        cells = connection.execute(
            "SELECT count(*), count(DISTINCT (chunk_id, field)) FROM coverage WHERE run_id = %s", [killed]
        ).fetchone()
    assert "running" not in states.values()
    assert cells is not None and cells[0] == cells[1] > 0
    replayed = product.run("replay", killed)
    assert replayed.stdout.startswith(f"same: run {killed}"), replayed.stdout + replayed.stderr
    cost = json.loads(product.run("cost", "--run", killed, "--json").stdout)
    assert {row["stage"] for row in cost["rows"]} == {"generate", "critique"}
    assert cost["total"]["seconds"] > 0 and cost["total"]["tokens_in"] is None
    proven = product.run("audit", "verify", "--all")
    assert proven.returncode == 0, json.dumps(states) + proven.stdout
