"""The embedded Prefect server: API and page on 127.0.0.1, SQLite in the state folder, and the
deployments of `prefect.yaml`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from infra.stack import prefect_api
from infra.stack.embedded import Embedded, digest_of_settings, inherited
from infra.stack.prefect_api import SecuredServer
from infra.stack.process import Launch
from infra.stack.service import StackPart
from infra.stack.state import ROOT, StackState, show_secret
from tasks.core.errors import StackError
from tasks.runtime.work_queues import WorkQueue

TIMEOUT_S = 120
COMMAND = ("infra.deploy.registration",)
NOTE = "note: "
"""As in `infra/deploy/registration.py`, which needs Prefect."""


def deploy(env: Mapping[str, str], remembered: Path, log: Path) -> list[str]:
    """Register the deployments of `prefect.yaml` if they changed.

    Args:
        env: Names the server.
        remembered: Holds the digest of what this server has; kept beside its database.
        log: Gets the output of the command.

    Returns:
        What differs from the file, such as a schedule that an operator switched off.

    Raises:
        StackError: the command failed.
    """
    digest = _digest()
    if remembered.exists() and remembered.read_text() == digest:
        return []
    with log.open("wb") as output:
        _call(COMMAND, env, output)
    remembered.write_text(digest)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line.removeprefix(NOTE) for line in lines if line.startswith(NOTE)]


def _call(command: Sequence[str], env: Mapping[str, str], output: IO[bytes]) -> None:
    try:
        subprocess.run(
            [sys.executable, "-m", *command],
            env={**env, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=True,
        )
    except subprocess.SubprocessError as error:
        raise StackError(
            f"the deployments of {ROOT / 'prefect.yaml'} were not registered, so no flow can be started from them. "
            f"Read {output.name}, and try `python -m infra.deploy.registration` by hand."
        ) from error


def _digest() -> str:
    """Digest of the file, the flows and the tasks, whose code describes the parameters."""
    tasks = [path for path in (ROOT / "tasks").rglob("*.py") if "core" not in path.parts]
    files = [
        ROOT / "prefect.yaml",
        ROOT / "infra/deploy/registration.py",
        *(ROOT / "flows").glob("*.py"),
        *tasks,
    ]
    digest = hashlib.sha256(f"{ROOT}\0{sys.version}\0".encode())
    for path in sorted(path for path in files if path.exists()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


WORK_POOL = "countersign"
USER = "countersign"
_AUTH = "PREFECT_SERVER_API_AUTH_STRING"
SERVER = Path(__file__).with_name("prefect_server.py")
_MANY_AT_ONCE = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
}
"""Writes many events in one transaction. Prefect's default of one each is most of the server's work
while batches run."""
MAX_RUNS = 6
"""Flow runs at once: the nightly and a backfill, which only wait, with two batches each."""


class Prefect(Embedded):
    part = StackPart.PREFECT
    port_names = ("prefect",)
    deadline_s = 120
    meaning = "no flow can run"

    def prepare(self, state: StackState) -> None:
        home(state).mkdir(exist_ok=True)

    def launch(self, state: StackState) -> Launch:
        port = str(state.ports["prefect"])
        env = prefect_environment(
            **_MANY_AT_ONCE,
            **{_AUTH: server(state).auth_string},
            PREFECT_SERVER_API_HOST="127.0.0.1",
            PREFECT_SERVER_API_PORT=port,
            PREFECT_SERVER_UI_STATIC_DIRECTORY=str(state.folder(self.part) / "page"),
            **self.environment(state),
        )
        return Launch(
            argv=[sys.executable, "-I", str(SERVER), "--host", "127.0.0.1", "--port", port],
            env=env,
            cwd=state.folder(self.part),  # Prefect reads .env and pyproject.toml where it starts
            reads=digest_of_settings(env, (_AUTH,)),
        )

    def is_ready(self, state: StackState) -> bool:
        return prefect_api.is_healthy(server(state))

    def complete(self, state: StackState) -> Sequence[str]:
        show_secret("prefect", server(state).auth_string)
        prefect_api.ensure_work_pool(server(state), WORK_POOL, MAX_RUNS)
        prefect_api.ensure_work_queues(
            server(state), WORK_POOL, WorkQueue
        )  # `deploy` would add them after `default`
        return deploy(
            prefect_environment(**self.environment(state)),
            remembered=home(state) / "deployed",
            log=state.log(self.part).with_name("deployments.log"),
        )

    def environment(self, state: StackState) -> dict[str, str]:
        return {
            "PREFECT_API_URL": server(state).url,
            "PREFECT_API_AUTH_STRING": server(state).auth_string,
            "PREFECT_HOME": str(home(state)),
        }


def server(state: StackState) -> SecuredServer:
    """The API. Its page asks for the same string."""
    return SecuredServer(
        f"http://127.0.0.1:{state.ports['prefect']}/api", f"{USER}:{state.secret('prefect')}"
    )


def home(state: StackState) -> Path:
    return state.folder(StackPart.PREFECT) / "home"


def prefect_environment(**added: str) -> dict[str, str]:
    """This process's environment without Prefect settings, which may belong to another server."""
    kept = ("PREFECT_LOGGING_",)
    env = {n: v for n, v in inherited().items() if not n.startswith("PREFECT_") or n.startswith(kept)}
    return {
        **env,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_LOGGING_MARKUP": "false",  # a key in a log line is no markup
        "MALLOC_ARENA_MAX": "2",  # by default glibc keeps a heap, with freed memory, for each thread
        **added,
    }
