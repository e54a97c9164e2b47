"""The embedded worker: takes flow runs from the process pool, each in a process of its own."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from infra.stack import prefect_api
from infra.stack.embedded import Embedded, digest_of_settings
from infra.stack.prefect import MAX_RUNS, WORK_POOL, prefect_environment, server
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import ROOT, StackState

NAME = "embedded"
QUERY_S = 2
"""Seconds between two polls; Prefect's default of 10 would be most of a short run."""
KEEPER, KEEPER_SCHEDULE = "keep-backfills/backfill-keeper", "closely"
"""As in prefect.yaml."""
COMMAND = Path(__file__).with_name("prefect_memory.py")
SETTINGS = ("COUNTERSIGN_", "DATABASE_URL", "S3_", "AWS_", "TRITON_")


class Worker(Embedded):
    part = StackPart.WORKER
    needs = (StackPart.PREFECT,)
    deadline_s = 60
    meaning = "runs of deployments are scheduled but not started"

    def __init__(self, surroundings: Callable[[StackState], dict[str, str]]) -> None:
        """`surroundings`: the variables by which a flow reaches every part."""
        self._surroundings = surroundings

    def prepare(self, state: StackState) -> None:
        """Set the runs of an earlier, killed worker to Crashed, and restart backfills at once."""
        state.scratch(self.part).mkdir(mode=0o700, exist_ok=True)
        prefect_api.ensure_work_pool(server(state), WORK_POOL, MAX_RUNS)
        prefect_api.crash_unfinished_runs(server(state), WORK_POOL)
        prefect_api.start_if_watched(server(state), KEEPER, KEEPER_SCHEDULE)

    def launch(self, state: StackState) -> Launch:
        pool = ["--pool", WORK_POOL, "--type", "process", "--name", NAME]
        how = ["--limit", str(MAX_RUNS), "--install-policy", "never"]
        env = prefect_environment(
            PREFECT_WORKER_QUERY_SECONDS=str(QUERY_S),
            PYTHONPATH=str(ROOT),
            TMPDIR=str(
                state.scratch(self.part)
            ),  # Prefect shares /tmp/runner_storage between users, and fails
            **self._surroundings(state),
        )
        return Launch(
            argv=[sys.executable, "-P", str(COMMAND), "worker", "start", *pool, *how],
            env=env,
            cwd=state.folder(self.part),
            reads=digest_of_settings(env, SETTINGS),
        )

    def is_ready(self, state: StackState) -> bool:
        """Whether it has sent a heartbeat since it was started."""
        record = state.running.get(self.part)
        return (
            record is not None
            and prefect_api.last_heartbeat(server(state), WORK_POOL, NAME) > record.started_at
        )

    def sweep(self, state: StackState) -> None:
        shutil.rmtree(state.scratch(self.part), ignore_errors=True)
