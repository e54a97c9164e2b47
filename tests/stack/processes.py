"""What runs, as the operating system sees it: the tests do not trust the stack's own word."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil

from infra.stack import StackPart
from infra.stack.process import MARK


def pids(home: Path) -> dict[StackPart, int]:
    """The processes that `stack.json` records."""
    return {StackPart(name): record["pid"] for name, record in _state(home)["running"].items()}


def ports(home: Path) -> dict[str, int]:
    """The ports that `stack.json` records, by their names."""
    return _state(home)["ports"]


def _state(home: Path) -> dict[str, Any]:
    return json.loads((home / "stack.json").read_text())


def alive(home: Path) -> list[psutil.Process]:
    """Every process that belongs to this stack: by mark, by command line or by working folder."""
    stack_id = _state(home)["stack_id"]
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            words = " ".join(process.cmdline())
            is_ours = (
                process.environ().get(MARK, "").startswith(stack_id)
                or str(home) in words
                or stack_id in words
            )
            if is_ours or process.cwd().startswith(str(home)):
                found.append(process)
    return found


def kill(pid: int) -> None:
    """Kill -9, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    for _ in range(100):
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.02)
                continue
        return
    raise AssertionError(f"{pid} does not die")
