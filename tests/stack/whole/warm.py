"""`countersign` without its imports: a process that has done them, and forks for each command.

A command of its own needs two seconds of a processor until it begins, nearly all of them for Prefect, and these tests call a
hundred. Each still has a process, an environment, a working folder and an end of its own. Prefect reads its settings when it
is imported, so one such process serves one stack.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

PRELOADED = (
    "infra.cli.batches",
    "infra.cli.evaluate.runs",
    "infra.cli.errors.build",
    "infra.cli.backfill",
    "prefect.flow_engine",
    "prefect.task_engine",
    "fastapi.encoders",
)
"""What the slow commands import in the end; Prefect imports the last three when a flow begins."""


class WarmCommands:
    """Runs commands; one at a time."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        """`env`: what the imports see; a command sees what it is given."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.stack.whole.warm"],
            cwd=root,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def run(
        self, arguments: Sequence[str], env: Mapping[str, str], folder: Path, timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` would give; the output lies in `folder`, too."""
        assert self._process.stdin and self._process.stdout
        out, err = folder / "stdout", folder / "stderr"
        order = {"arguments": arguments, "env": dict(env), "out": str(out), "err": str(err), "s": timeout_s}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        if code == -signal.SIGKILL:
            raise subprocess.TimeoutExpired(list(arguments), timeout_s, out.read_bytes(), err.read_bytes())
        return subprocess.CompletedProcess(arguments, code, out.read_text("utf-8"), err.read_text("utf-8"))


def serve() -> None:
    """Until nothing more is ordered. Only the child returns from within the loop."""
    for name in PRELOADED:
        __import__(name)
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            become(order)
            return
        deadline = threading.Timer(order["s"], os.kill, (child, signal.SIGKILL))
        deadline.start()
        _, status = os.waitpid(child, 0)
        deadline.cancel()
        deadline.join()  # a fork takes no thread along
        print(os.waitstatus_to_exitcode(status), flush=True)


def become(order: Mapping[str, Any]) -> None:
    """The command that is ordered."""
    for number, path in enumerate((os.devnull, order["out"], order["err"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv[1:] = order["arguments"]
    from infra.cli.main import main

    main()


if __name__ == "__main__":
    serve()
