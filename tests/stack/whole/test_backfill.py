"""A backfill on the whole stack: planned, paused, killed, resumed, cancelled, compared; nothing is done twice, nothing is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from infra.stack import StackPart
from infra.stack.prefect import WORK_POOL
from infra.stack.prefect_api import SecuredServer, ask
from tests.stack.processes import pids
from tests.stack.whole.conftest import Product
from tests.stack.whole.test_workers import N_WORKERS, put_documents, wait_for_workers, workers

pytestmark = pytest.mark.timeout(900)
N_DOCUMENTS = 24
BATCH_SIZE = 6
"""Two batches are in flight and two wait when a backfill is first stopped: it can lose or repeat either."""
DEADLINE_S = 420
RUNS_OF_EACH_DOCUMENT = """
    SELECT source.key, count(run.run_id), count(*) FILTER (WHERE run.state = 'done') FROM source
    JOIN run USING (document_id) WHERE source.key LIKE %s GROUP BY source.key ORDER BY source.key
"""
SUSPENDED = {"type": "PAUSED", "name": "Suspended", "state_details": {"pause_reschedule": True}}
"""What Prefect's page sets when somebody presses Suspend, its time-out aside."""


class BackfillCommands:
    """The command, and what the database and the server say."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.env = product.environment()
        self.api = SecuredServer.of(self.env)

    def say(self, *words: str, env: dict[str, str] | None = None) -> tuple[int, str]:
        done = self.product.run("backfill", *words, env=env)
        return done.returncode, done.stdout + done.stderr

    def plan(self, name: str, *more: str) -> dict[str, Any]:
        how = ["--schema", "cuad", "--batch-size", str(BATCH_SIZE), "--json"]
        done = self.product.run("backfill", "plan", name, *how, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def standing(self, name: str) -> dict[str, Any]:
        """From the database: a command a look would be too slow."""
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            row = connection.execute(
                "SELECT to_jsonb(backfill_overview) FROM backfill_overview WHERE name = %s", [name]
            ).fetchone()
        assert row is not None
        return row[0]

    def count(self) -> int:
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            row = connection.execute("SELECT count(*) FROM backfill").fetchone()
        assert row is not None
        return row[0]

    def wait(self, name: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        end = time.monotonic() + DEADLINE_S
        while not until(found := self.standing(name)):
            assert time.monotonic() < end, found
            time.sleep(0.2)
        return found

    def drivers(self, name: str) -> list[dict[str, Any]]:
        """Its flow runs that drive it, newest first."""
        wanted = {"flows": {"name": {"any_": ["backfill"]}}, "sort": "START_TIME_DESC"}
        return [
            r for r in ask(self.api, "POST", "/flow_runs/filter", wanted) if r["parameters"]["name"] == name
        ]

    def batches(self, backfill_id: int) -> list[str]:
        """Flow runs of its batches."""
        wanted = {"flows": {"name": {"any_": ["extract"]}}, "sort": "START_TIME_DESC"}
        found = ask(self.api, "POST", "/flow_runs/filter", wanted)
        own = [r for r in found if (r["parameters"].get("backfill") or {}).get("backfill_id") == backfill_id]
        return [run["id"] for run in own]

    def runs_of_each(self, prefix: str) -> list[tuple[str, int, int]]:
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            return connection.execute(RUNS_OF_EACH_DOCUMENT, [f"{prefix}%"]).fetchall()


@pytest.fixture(scope="module")
def backfills(product: Product) -> BackfillCommands:
    return BackfillCommands(product)


@pytest.fixture(scope="module")
def keys(backfills: BackfillCommands) -> Iterator[list[str]]:
    yield put_documents(backfills.env, "backfill/", N_DOCUMENTS)


def half_done(found: dict[str, Any]) -> bool:
    return found["n_done"] >= 2


def is_over(found: dict[str, Any]) -> bool:
    return found["state"] in ("done", "cancelled")


def kill_flow_processes(database_url: str) -> int:
    """The processes of all flow runs on this stack, as a machine that runs out of memory would; gives how many."""
    n_killed = 0
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_flow = "prefect.engine" in process.cmdline()
            if is_flow and process.environ().get("DATABASE_URL") == database_url:
                process.kill()
                n_killed += 1
    return n_killed


@contextmanager
def embedded_worker_stopped(home: Path) -> Iterator[None]:
    """It may be quicker than every other worker, and leave them nothing."""
    worker = psutil.Process(pids(home)[StackPart.WORKER])
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


def test_what_cannot_be_planned_is_told_and_nothing_is_stored(backfills: BackfillCommands, keys: list[str]):
    schema = ("--schema", "cuad")
    told = {
        "no documents under": ("plan", "p", *schema, "--prefix", "nowhere/"),
        "matches no document": ("plan", "p", *schema, "--prefix", "backfill/", "--error-code", "no_such"),
        "must be earlier than": ("plan", "p", *schema, "--since", "2026-02-01", "--until", "2026-01-01"),
        "no run used the generator version": ("plan", "p", *schema, "--older-than", "generator=9-none"),
        "runs older than `weather` cannot be selected": ("plan", "p", *schema, "--older-than", "weather"),
        "cannot be a backfill's name": ("plan", "Not A Name", *schema),
        "there is no backfill `p`": ("run", "p"),
    }
    before = backfills.count()
    for words, command in told.items():
        code, said = backfills.say(*command)
        assert (code, words in said) == (1, True), said
    assert backfills.count() == before


def test_keys_that_are_not_there_are_named_and_nothing_is_stored(
    backfills: BackfillCommands, keys: list[str], tmp_path: Path
):
    listed = tmp_path / "keys.txt"
    listed.write_text(f"{keys[0]}\nbackfill/lost.txt\n")
    code, said = backfills.say("plan", "listed", "--schema", "cuad", "--keys", str(listed))
    assert code == 1
    assert "1 key is not in" in said
    assert "backfill/lost.txt" in said


@pytest.mark.long
def test_a_backfill_that_is_suspended_killed_and_resumed_does_every_document_once(
    backfills: BackfillCommands, keys: list[str]
):
    expected = backfills.plan("often-stopped", "--prefix", "backfill/")
    assert (expected["n_documents"], expected["n_new"]) == (N_DOCUMENTS, N_DOCUMENTS)
    code, said = backfills.say("run", "often-stopped", env={"COUNTERSIGN_BACKFILL_MAX_DOCUMENTS": "5"})
    assert code == 1
    assert f"{N_DOCUMENTS} documents, the budget is 5" in said
    code, said = backfills.say("run", "often-stopped")
    assert code == 0, said

    # Suspended as the page does it, and resumed there.
    backfills.wait("often-stopped", half_done)
    (driver,) = backfills.drivers("often-stopped")
    ask(backfills.api, "POST", f"/flow_runs/{driver['id']}/set_state", {"state": SUSPENDED})
    backfills.wait("often-stopped", lambda found: found["state"] == "paused" and not found["n_submitted"])
    n_done = backfills.standing("often-stopped")["n_done"]
    time.sleep(3)
    assert backfills.standing("often-stopped")["n_done"] == n_done
    ask(backfills.api, "POST", f"/flow_runs/{driver['id']}/resume", {})
    backfills.wait("often-stopped", lambda found: found["n_done"] > n_done)

    # Every process of it is killed; nobody is asked to resume it.
    driver_runs = len(backfills.drivers("often-stopped"))
    assert kill_flow_processes(backfills.env["DATABASE_URL"]) >= 1
    found = backfills.wait("often-stopped", is_over)
    assert len(backfills.drivers("often-stopped")) > driver_runs, "another flow run has taken it up"
    assert (found["state"], found["n_done"] + found["n_unchanged"]) == ("done", N_DOCUMENTS)
    assert backfills.runs_of_each("backfill/") == [(key, 1, 1) for key in keys]
    code, said = backfills.say("run", "often-stopped")
    assert (code, "nothing to do" in said) == (1, True)


def test_changes_are_told_by_their_cause(backfills: BackfillCommands, tmp_path: Path):
    keys = put_documents(backfills.env, "compared/", 4)
    listed = tmp_path / "keys.txt"
    listed.write_text("\n".join(keys))
    backfills.plan("first", "--keys", str(listed))
    code, said = backfills.say("run", "first", "--wait")
    assert code == 0, said
    again = backfills.plan("again", "--keys", str(listed))
    assert (again["n_documents"], again["n_current"]) == (4, 4)
    backfills.plan("shorter", "--keys", str(listed), "--no-critic")
    for name in ("again", "shorter"):
        code, said = backfills.say("run", name, "--wait")
        assert code == 0, said
    out = tmp_path / "changes.jsonl"
    diff = backfills.product.run("backfill", "diff", "shorter", "--json", "--out", str(out))
    (by_cause,) = json.loads(diff.stdout)["by_cause"]
    assert (by_cause["cause"], by_cause["documents"]) == ("critic", 4)
    assert by_cause["changed"] == 4, "without a critic nothing is verified"
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert {line["document"] for line in lines} == set(keys)
    assert {(line["before"], line["after"]) for line in lines} >= {("verified", "unsettled")}
    unchanged = backfills.product.run("backfill", "diff", "again", "--json")
    assert json.loads(unchanged.stdout)["documents"] == 0, "what was done before is not this backfill's"
    assert "again has processed no document" in backfills.say("diff", "again")[1]


def test_cancelling_the_flow_run_on_the_page_cancels_the_backfill(backfills: BackfillCommands):
    put_documents(backfills.env, "unwanted/", N_DOCUMENTS)
    backfills.plan("unwanted", "--prefix", "unwanted/", "--force")
    assert backfills.say("run", "unwanted")[0] == 0
    backfills.wait("unwanted", half_done)
    (driver,) = backfills.drivers("unwanted")
    cancelling = {"type": "CANCELLING", "name": "Cancelling"}
    ask(backfills.api, "POST", f"/flow_runs/{driver['id']}/set_state", {"state": cancelling})
    found = backfills.wait("unwanted", is_over)
    assert (found["state"], found["reason"]) == ("cancelled", "cancelled on Prefect's page")
    assert backfills.say("resume", "unwanted")[0] == 1
    assert all(n_runs == 1 for _, n_runs, _ in backfills.runs_of_each("unwanted/"))


def test_workers_share_a_backfill_and_no_document_is_done_twice(backfills: BackfillCommands, tmp_path: Path):
    prefix, name = "shared/", "shared"
    n_batches = N_WORKERS + 1  # one more than are in flight
    keys = put_documents(backfills.env, prefix, 2 * n_batches)
    backfills.plan(name, "--prefix", prefix, "--batch-size", "2", "--in-flight", str(N_WORKERS))
    with workers(backfills.env, WORK_POOL, N_WORKERS, tmp_path) as logs:
        wait_for_workers(backfills.api, WORK_POOL, logs)
        with embedded_worker_stopped(backfills.product.home):
            assert backfills.say("run", name)[0] == 0
            found = backfills.wait(name, is_over)
    assert (found["state"], found["n_done"]) == ("done", len(keys))
    assert backfills.runs_of_each(prefix) == [(key, 1, 1) for key in keys]
    batches = backfills.batches(found["backfill_id"])
    told = "".join(log.read_text() for log in logs.values())
    assert len(batches) == n_batches
    assert all(batch in told for batch in batches), "these workers took them"
