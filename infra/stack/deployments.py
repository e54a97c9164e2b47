"""Registers what `prefect.yaml` says with the embedded server, by the command that a user would type.

`prefect deploy --all` imports Prefect and every flow, which takes seconds, so it is left out while neither the file nor the
code behind it has changed.

Not the automations: who has to be told, and whether, is for `countersign automations deploy` to say.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from infra.stack.state import ROOT
from tasks.core.errors import StackError

TIMEOUT_S = 120
COMMAND = ("prefect", "--no-prompt", "deploy", "--all")


def deploy(env: Mapping[str, str], remembered: Path, log: Path) -> None:
    """Makes the server's deployments equal to the file.

    Args:
        env: Where the server is.
        remembered: Holds the digest of what this server has; lies with its database and goes with it.
        log: Gets the command's output.

    Raises:
        StackError: the command failed.
    """
    digest = _digest()
    if remembered.exists() and remembered.read_text() == digest:
        return
    with log.open("wb") as output:
        _call(COMMAND, env, output)
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
            f"the deployments of {ROOT / 'prefect.yaml'} were not registered: no flow can be started from them. "
            f"Read {output.name}, and try `prefect deploy --all` by hand."
        ) from error


def _digest() -> str:
    """Of the file, the flows and the tasks: parameters are described by their code. The core has none of them."""
    tasks = [path for path in (ROOT / "tasks").rglob("*.py") if "core" not in path.parts]
    files = [ROOT / "prefect.yaml", *(ROOT / "flows").glob("*.py"), *tasks]
    digest = hashlib.sha256(f"{ROOT}\0{sys.version}\0".encode())
    for path in sorted(path for path in files if path.exists()):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
