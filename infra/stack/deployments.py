"""Registers what `prefect.yaml` and `infra/automations` say with the embedded server, by the commands that a user would type.

They import Prefect and every flow, which takes seconds, so they are left out while neither the files nor the code behind them
has changed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from infra.stack.state import ROOT
from tasks.core.errors import StackError

TIMEOUT_S = 120
AUTOMATIONS = ROOT / "infra" / "automations"
COMMANDS = (("prefect", "--no-prompt", "deploy", "--all"), ("infra.cli.main", "automations", "deploy"))
"""Modules of Python, with their arguments."""


def deploy(env: Mapping[str, str], remembered: Path, log: Path) -> None:
    """Makes the server's deployments and automations equal to the files.

    Args:
        env: Where the server is.
        remembered: Holds the digest of what this server has; lies with its database and goes with it.
        log: Gets the commands' output.

    Raises:
        StackError: a command failed.
    """
    digest = _digest()
    if remembered.exists() and remembered.read_text() == digest:
        return
    with log.open("wb") as output:
        for command in COMMANDS:
            _call(command, env, output)
    remembered.write_text(digest)


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
            f"the Prefect server was not told of {ROOT / 'prefect.yaml'} and its automations: not every flow can be started from it. "
            f"Read {output.name}, and try `prefect deploy --all` and `countersign automations deploy` by hand."
        ) from error


def _digest() -> str:
    """Of the files, the flows and the tasks: parameters are described by their code. The core has none of them."""
    watched = [AUTOMATIONS / "set.yaml", AUTOMATIONS / "__init__.py"]
    tasks = [path for path in (ROOT / "tasks").rglob("*.py") if "core" not in path.parts]
    files = [ROOT / "prefect.yaml", *watched, *(ROOT / "flows").glob("*.py"), *tasks]
    digest = hashlib.sha256(f"{ROOT}\0{sys.version}\0{os.environ.get('COUNTERSIGN_NOTIFY')}\0".encode())
    for path in sorted(path for path in files if path.exists()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
