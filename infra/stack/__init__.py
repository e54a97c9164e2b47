"""The embedded stack: whatever the environment does not give is started here, on 127.0.0.1.

    ensure_up()     starts what is missing and returns the environment by which the parts are reached
    environment()   the same mapping for parts that run already; starts nothing
    export()        puts it into `os.environ`; call it before Prefect is imported
    down()          stops everything of ours
    status()        one line for each part

Importing this costs nothing: a part's own libraries are loaded when the part is used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from infra.stack import external as given
from infra.stack import start, state
from infra.stack.embedded import QUIET, Embedded
from infra.stack.postgres import Postgres
from infra.stack.prefect import Prefect
from infra.stack.s3 import S3
from infra.stack.service import StackPart, given_parts
from infra.stack.start import Progress
from infra.stack.state import StackState
from infra.stack.triton import Triton
from infra.stack.worker import Worker

__all__ = [
    "PartStatus",
    "StackEnvironment",
    "StackPart",
    "down",
    "ensure_up",
    "environment",
    "export",
    "log_of",
    "status",
]

StackEnvironment = dict[str, str]
"""Environment variables by name: what a process needs to reach every part."""


EMBEDDED: dict[StackPart, Embedded] = {
    part.part: part
    for part in (Postgres(), S3(), Triton(), Prefect(), Worker(lambda current: _environment(current)))
}


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part as it is now.

    Attributes:
        state: `running`, `not answering`, `stopped` or `given`.
        address: Where it is reached, without a password; empty if unknown.
    """

    part: StackPart
    state: str
    pid: int | None
    address: str
    log: Path | None


def ensure_up(
    parts: Collection[StackPart] | None = None, progress: Progress | None = None
) -> StackEnvironment:
    """Starts what is missing, waits until all of it answers, and migrates the database.

    Args:
        parts: Which parts; None for all. A part that the environment names is not started but must answer.
        progress: Told of every step.

    Raises:
        StackError: a part did not start; the message says which, what it means and where its log is.
        ConfigurationError, StoreUnavailable, SourceError, ModelUnavailable: a given part cannot be used.
    """
    wanted = set(StackPart if parts is None else parts)
    wanted |= {need for part in wanted for need in EMBEDDED[part].needs}
    tell = progress or (lambda _part, _what: None)
    with state.locked() as current:
        theirs = given_parts(os.environ, _own(current))
        given.check(wanted & theirs, tell)
        writing = threading.Lock()

        def save() -> None:
            with writing:
                state.save(current)

        ours = [EMBEDDED[part] for part in StackPart if part in wanted - theirs]
        try:
            start.start_all(ours, current, save, tell)
        finally:
            save()
        return _environment(current)


def environment() -> StackEnvironment:
    """What a process needs to reach the parts: ours, and nothing of what the environment names already."""
    return _environment(state.load())


def export(env: MutableMapping[str, str] = os.environ) -> None:
    """Fills in what is not set. Prefect reads its settings at import: call this before."""
    for name, value in environment().items():
        env.setdefault(name, value)


def down(progress: Progress | None = None) -> list[str]:
    """Stops everything of ours, orphans of killed parts included; returns the names of the parts that ran."""
    if not (state.home() / "stack.json").exists():
        return []
    with state.locked() as current:
        worker, others = (
            EMBEDDED[StackPart.WORKER],
            [part for part in EMBEDDED.values() if part.part is not StackPart.WORKER],
        )
        stopped = start.stop_all([worker], current)  # first, for it still reports what it ends
        stopped += start.stop_all(others, current)
        state.save(current)
    for name in stopped:
        if progress:
            progress(name, "stopped")
    return stopped


def status() -> list[PartStatus]:
    """Every part as it is now; changes nothing."""
    current = state.load()
    theirs = given_parts(os.environ, _own(current))
    return [_status_of(part, current, part in theirs) for part in StackPart if part in EMBEDDED]


def log_of(part: StackPart) -> Path:
    """Where the part's log is; it may not exist yet."""
    return state.load().log(part)


def _status_of(part: StackPart, current: StackState, is_given: bool) -> PartStatus:
    if is_given:
        return PartStatus(part, "given", None, given.address(part, os.environ), None)
    embedded = EMBEDDED[part]
    process = start.running(embedded, current)
    names = embedded.port_names
    ports = [f"{current.ports[n]} {n.partition('_')[2]}".strip() for n in names if n in current.ports]
    word = "stopped" if process is None else "running" if embedded.is_ready(current) else "not answering"
    address = f"127.0.0.1:{', '.join(ports)}" if ports and process else ""
    return PartStatus(part, word, process.pid if process else None, address, current.log(part))


def _own(current: StackState) -> Mapping[str, str]:
    """What our parts export, for all of them that ever had a port."""
    known = [part for part in EMBEDDED.values() if set(part.port_names) <= current.ports.keys()]
    return {name: value for part in known for name, value in part.environment(current).items()}


def _environment(current: StackState) -> StackEnvironment:
    theirs = given_parts(os.environ, _own(current))
    known = [part for part in EMBEDDED.values() if set(part.port_names) <= current.ports.keys()]
    ours = [part for part in known if part.part not in theirs]
    return QUIET | {name: value for part in ours for name, value in part.environment(current).items()}
