#!/usr/bin/env bash
# Guess: a worker of a process pool and the flow runs that it started are one process group, as a shell's job is: SIGKILL to the group
#   (a test's clean-up, a supervisor that gives up, `timeout -k`) ends the runs with the worker.
# What happens: the run leads a session of its own. It begins as `prefect.runner._workspace_supervisor`, which imports Prefect
#   and prepares the folder, and then becomes `prefect.engine` by exec: the same process id, with Prefect imported a second time. After
#   SIGKILL to the worker's group the engine goes on to its end, with another parent, though no worker renews or cancels it any more.
# Versions: Prefect 3.9.1, CPython 3.11, Linux; 3.8.8 has the same start-up code.
# Why here: what must end a run has to look for it by its environment (as `countersign down` does with COUNTERSIGN_STACK), not by group
#   or parent; and each batch pays for two imports of Prefect before its first document.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet prefect==3.9.1 sqlalchemy==2.1.9 psutil==7.2.2
cat >"$folder/flow.py" <<'PY'
import time

from prefect import flow


@flow
def sleeper() -> None:
    time.sleep(60)
PY
cd "$folder"
DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false PREFECT_LOGGING_LEVEL=ERROR PREFECT_HOME="$folder/prefect" "$folder/venv/bin/python" - <<'PY'
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import psutil

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
os.environ["PREFECT_API_URL"] = api = f"http://127.0.0.1:{port}/api"
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
prefect = [sys.executable, "-m", "prefect"]
server = subprocess.Popen([*prefect, "server", "start", "--host", "127.0.0.1", "--port", str(port)], **quiet)
started = [server]


def of_the_run(word: str) -> list[psutil.Process]:
    """Processes with the word in their command that belong to the one flow run."""
    found = []
    for process in psutil.process_iter():
        try:
            if word in " ".join(process.cmdline()) and process.environ().get("PREFECT_API_URL") == api:
                found.append(process)
        except psutil.Error:
            pass
    return found


def wait_for(what, seconds: float):
    until = time.monotonic() + seconds
    while not (result := what()):
        assert time.monotonic() < until, "took too long"
        time.sleep(0.3)
    return result


def healthy() -> bool:
    try:
        return urllib.request.urlopen(f"{api}/health", timeout=2).status == 200
    except OSError:
        return False


try:
    wait_for(healthy, 120)
    import prefect as package
    from prefect import flow
    from prefect.deployments import run_deployment

    subprocess.run([*prefect, "work-pool", "create", "p", "--type", "process"], check=True, **quiet)
    source = flow.from_source(source=os.getcwd(), entrypoint="flow.py:sleeper")
    source.deploy(name="d", work_pool_name="p", build=False, print_next_steps=False)
    worker = subprocess.Popen([*prefect, "worker", "start", "--pool", "p"], start_new_session=True, **quiet)
    started.append(worker)
    run_deployment("sleeper/d", timeout=0)
    (supervisor,) = wait_for(lambda: of_the_run("_workspace_supervisor"), 120)
    (engine,) = wait_for(lambda: of_the_run("prefect.engine"), 120)
    same = engine.pid == supervisor.pid
    print("Prefect", package.__version__)
    print("supervisor and engine are one process, one after the other:", same)
    print("its session is the worker's:", os.getsid(engine.pid) == os.getsid(worker.pid))
    time.sleep(5)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(10)
    time.sleep(3)
    lives = engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE
    print("after SIGKILL to the worker's group the run goes on:", lives)
    assert same and lives and os.getsid(engine.pid) == engine.pid
finally:
    for process in (*of_the_run("prefect.engine"), *of_the_run("_workspace_supervisor")):
        process.kill()
    for process in reversed(started):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(30)
PY
