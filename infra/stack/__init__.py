"""The embedded stack: parts that the environment does not name run here, on 127.0.0.1.

    ensure_up()     starts missing parts and returns the variables by which parts are reached
    environment()   the same variables for parts that run already; starts nothing
    export()        puts them into `os.environ`; call it before Prefect is imported
    down()          stops every embedded part
    status()        the state of each part

Importing this package is cheap: the libraries of a part are imported when the part is used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from infra.stack import external, start, state
from infra.stack import language_model as small_language_model
from infra.stack.embedded import QUIET, Embedded
from infra.stack.postgres import Login, Postgres, url_of
from infra.stack.prefect import Prefect
from infra.stack.s3 import S3
from infra.stack.service import StackPart, given_parts
from infra.stack.start import Progress
from infra.stack.state import StackState
from infra.stack.triton import Triton
from infra.stack.web import Web
from infra.stack.worker import Worker
from tasks.core.errors import ConfigurationError

__all__ = [
    "PartStatus",
    "StackEnvironment",
    "StackPart",
    "down",
    "ensure_up",
    "environment",
    "export",
    "log_of",
    "owner_url",
    "status",
]

StackEnvironment = dict[str, str]
"""Environment variables by name, which a process needs to reach every part."""

EMBEDDED: dict[StackPart, Embedded] = {
    part.part: part
    for part in (
        *(Postgres(), S3(), Triton(), Prefect()),
        Worker(lambda current: _environment(current)),
        Web(lambda current: _environment(current)),
    )
}


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part. `state` is `running`, `not answering`, `stopped` or `given`."""

    part: StackPart
    state: str
    pid: int | None
    address: str
    """Without a password; empty if unknown."""
    log: Path | None


def ensure_up(
    parts: Collection[StackPart] | None = None,
    progress: Progress | None = None,
    language_model: bool | None = None,
) -> StackEnvironment:
    """Start missing parts, wait until all parts answer, and migrate the database.

    Args:
        parts: Which parts; None for all. A part that the environment names is only checked.
        progress: Called at every step.
        language_model: Whether Triton serves the small language model, too, from now on; None: as
            before.

    Raises:
        StackError: a part did not start; the message names the part and its log.
        ConfigurationError, StoreUnavailable, SourceError, ModelUnavailable: an external part cannot
            be used.
    """
    required = set(StackPart if parts is None else parts)
    required |= {need for part in required for need in EMBEDDED[part].needs}
    report = progress or (lambda _part, _what: None)
    with state.locked() as current:
        external_parts = given_parts(os.environ, _own(current))
        if language_model is not None:
            _choose_language_model(current, language_model, external_parts)
        external.check(required & external_parts, report)
        writing = threading.Lock()

        def save() -> None:
            with writing:
                state.save(current)

        ours = [EMBEDDED[part] for part in StackPart if part in required - external_parts]
        try:
            start.start_all(ours, current, save, report)
        finally:
            save()
        return _environment(current)


def _choose_language_model(
    current: StackState, is_wanted: bool, external_parts: Collection[StackPart]
) -> None:
    """Raises: ConfigurationError: it cannot be served."""
    if is_wanted and StackPart.TRITON in external_parts:
        raise ConfigurationError(
            "TRITON_URL names a server of your own; the small language model is served by the embedded one only. "
            "Unset TRITON_URL."
        )
    if is_wanted:
        small_language_model.require_packages()
    current.language_model = is_wanted


def environment() -> StackEnvironment:
    """The variables by which embedded parts are reached; not those that the environment sets."""
    return _environment(state.load())


def owner_url() -> str | None:
    """The address of the embedded database for its owner, who may erase and migrate; None: the environment names another.

    It is in no variable: flows and pages have users of their own, who may not.
    """
    current = state.load()
    is_ours = "postgres" in current.ports and "DATABASE_URL" in _environment(current)
    return url_of(current, Login.OWNER) if is_ours else None


def export(env: MutableMapping[str, str] = os.environ) -> None:
    """Set the variables that are not set yet. Prefect reads its settings when it is imported."""
    for name, value in environment().items():
        if name == "PREFECT_API_AUTH_STRING":  # that of another server does not fit ours
            env[name] = value
        env.setdefault(name, value)


def down(progress: Progress | None = None) -> list[str]:
    """Stop every embedded part and orphans of killed ones; returns the names of those that ran."""
    if not (state.home() / "stack.json").exists():
        return []
    with state.locked() as current:
        worker, others = (
            EMBEDDED[StackPart.WORKER],
            [part for part in EMBEDDED.values() if part.part is not StackPart.WORKER],
        )
        stopped = start.stop_all(
            [worker], current
        )  # first, because it still reports to Prefect which runs it ended
        stopped += start.stop_all(others, current)
        state.save(current)
    for name in stopped:
        if progress:
            progress(name, "stopped")
    return stopped


def status() -> list[PartStatus]:
    """The state of every part; changes nothing."""
    current = state.load()
    external_parts = given_parts(os.environ, _own(current))
    return [_status_of(part, current, part in external_parts) for part in StackPart if part in EMBEDDED]


def log_of(part: StackPart) -> Path:
    """The path of the part's log, which may not exist yet."""
    return state.load().log(part)


def _status_of(part: StackPart, current: StackState, is_given: bool) -> PartStatus:
    if is_given:
        return PartStatus(part, "given", None, external.address(part, os.environ), None)
    embedded = EMBEDDED[part]
    process = start.running(embedded, current)
    names = embedded.port_names
    ports = [f"{current.ports[n]} {n.partition('_')[2]}".strip() for n in names if n in current.ports]
    word = "stopped" if process is None else "running" if embedded.is_ready(current) else "not answering"
    address = f"127.0.0.1:{', '.join(ports)}" if ports and process else ""
    return PartStatus(part, word, process.pid if process else None, address, current.log(part))


def _own(current: StackState) -> Mapping[str, str]:
    """The variables of all embedded parts that ever had a port."""
    known = [part for part in EMBEDDED.values() if set(part.port_names) <= current.ports.keys()]
    return {name: value for part in known for name, value in part.environment(current).items()}


def _environment(current: StackState) -> StackEnvironment:
    external_parts = given_parts(os.environ, _own(current))
    known = [part for part in EMBEDDED.values() if set(part.port_names) <= current.ports.keys()]
    ours = [part for part in known if part.part not in external_parts]
    return QUIET | {name: value for part in ours for name, value in part.environment(current).items()}
