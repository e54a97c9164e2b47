"""The embedded Prefect server: API and page on 127.0.0.1, SQLite in the state folder, and our deployments in it."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.stack import prefect_api
from infra.stack.deployments import deploy
from infra.stack.embedded import Embedded, inherited
from infra.stack.part import StackPart
from infra.stack.process import Launch
from infra.stack.state import StackState
from tasks.queues import WorkQueue

WORK_POOL = "countersign"
SERVER = Path(__file__).with_name("prefect_server.py")
_MANY_AT_ONCE = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
}
"""Events of task runs are written many in a transaction. By default each has one of its own, which is most of what a server does while
batches run."""
MAX_RUNS = 6
"""Flow runs at once: the nightly one and a backfill's, which only wait, with two batches each."""


class Prefect(Embedded):
    part = StackPart.PREFECT
    port_names = ("prefect",)
    deadline_s = 120
    meaning = "no flow can run"

    def prepare(self, state: StackState) -> None:
        home(state).mkdir(exist_ok=True)

    def launch(self, state: StackState) -> Launch:
        port = str(state.ports["prefect"])
        server = ["-I", str(SERVER), "--host", "127.0.0.1", "--port", port]
        return Launch(
            argv=[sys.executable, *server],
            env=prefect_environment(
                **_MANY_AT_ONCE,
                PREFECT_SERVER_API_HOST="127.0.0.1",
                PREFECT_SERVER_API_PORT=port,
                PREFECT_SERVER_UI_STATIC_DIRECTORY=str(state.folder(self.part) / "page"),
                **self.environment(state),
            ),
            cwd=state.folder(self.part),  # Prefect reads .env and pyproject.toml where it starts
        )

    def is_ready(self, state: StackState) -> bool:
        return prefect_api.is_healthy(api_url(state))

    def complete(self, state: StackState) -> None:
        prefect_api.ensure_work_pool(api_url(state), WORK_POOL, MAX_RUNS)
        prefect_api.ensure_work_queues(
            api_url(state), WORK_POOL, WorkQueue
        )  # `deploy` would add them after `default`
        deploy(
            prefect_environment(**self.environment(state)),
            remembered=home(state) / "deployed",
            log=state.log(self.part).with_name("deployments.log"),
        )

    def environment(self, state: StackState) -> dict[str, str]:
        return {"PREFECT_API_URL": api_url(state), "PREFECT_HOME": str(home(state))}


def api_url(state: StackState) -> str:
    return f"http://127.0.0.1:{state.ports['prefect']}/api"


def home(state: StackState) -> Path:
    return state.folder(StackPart.PREFECT) / "home"


def prefect_environment(**added: str) -> dict[str, str]:
    """Our environment without somebody's Prefect settings: keys and profiles of another server do not fit ours."""
    kept = ("PREFECT_LOGGING_",)
    env = {n: v for n, v in inherited().items() if not n.startswith("PREFECT_") or n.startswith(kept)}
    return {
        **env,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "MALLOC_ARENA_MAX": "2",  # glibc's heaps: by default each thread has one, and keeps what was freed in it
        **added,
    }
