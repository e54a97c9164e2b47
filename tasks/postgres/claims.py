"""Claims: who may write a run.

A claim is an advisory lock of one connection, and only that connection writes.

A worker that dies or is cut off loses the lock and its right to write at the same moment; the next
claim resumes the run. Not for a connection pooler in transaction mode, because the lock belongs to
a session.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from tasks.core.errors import ConfigurationError, RunHeld
from tasks.core.records import ModelIdentity, RoundRecord, RunId, RunIdentity, RunKey
from tasks.postgres.connection import database_errors
from tasks.postgres.queries import query
from tasks.postgres.rounds import load_rounds

_WAIT_MS = 1000
"""How long a claim waits for the lock: a server needs a moment to notice that a killed worker is
gone."""


class ClaimState(StrEnum):
    NEW = "new"
    RESUMED = "resumed"
    """An earlier worker left it unfinished; its rounds are in `RunClaim.rounds`."""
    DONE = "done"
    """The result is stored: there is nothing to do."""


@dataclass(slots=True)
class RunClaim:
    """The right to write one run until it is released; with state `done`, only the run's id."""

    run_id: RunId
    run_key: RunKey
    state: ClaimState
    rounds: tuple[RoundRecord, ...]
    connection: psycopg.Connection = field(repr=False)

    def release(self) -> None:
        """Give up the lock. The state of the run stays as it is: the next claim resumes an
        unfinished one.

        Afterwards the connection is fit for another claim, or closed: the lock does not outlive
        this call.
        """
        if self.connection.closed:
            return
        unlocked = None
        with suppress(psycopg.Error):  # it broke, or was left in the middle of a statement
            # Unlock even if the connection is closed next: a server notices a close only a moment later.
            unlocked = self.connection.execute(query("run", "unlock"), {"run_key": self.run_key}).fetchone()
        if unlocked != (True,):
            self.connection.close()


def claim_run(
    connection: psycopg.Connection,
    identity: RunIdentity,
    force: bool,
    flow_run_id: str | None,
    backfill_id: int | None,
) -> RunClaim:
    """Claim the run of an identity.

    Args:
        connection: Belongs to the claim alone until it is released; closed if the claim fails.
        force: Repeat a done run. An unfinished attempt is superseded, unless the same flow run
            began it.
        backfill_id: The backfill that the run is for. It processes a document once, even forced,
            however often its batches are killed.

    Raises:
        RunHeld: another worker holds it.
        ConfigurationError: the schema was not registered.
    """
    try:
        with database_errors():
            key = identity.key
            _lock(connection, key)
            with connection.transaction():
                run_id, state = _decide(connection, identity, key, force, flow_run_id, backfill_id)
                rounds = load_rounds(connection, run_id) if state is ClaimState.RESUMED else ()
            return RunClaim(run_id, key, state, rounds, connection)
    except BaseException:
        connection.close()
        raise


def _lock(connection: psycopg.Connection, key: RunKey) -> None:
    connection.execute("SELECT set_config('lock_timeout', %s, false)", (str(_WAIT_MS),))
    try:
        connection.execute(query("run", "lock"), {"run_key": key})
    except errors.LockNotAvailable:
        raise RunHeld(f"run {key[:12]} is held by another worker, which will finish it") from None
    connection.execute("RESET lock_timeout")


def _decide(
    connection: psycopg.Connection,
    identity: RunIdentity,
    key: RunKey,
    force: bool,
    flow_run_id: str | None,
    backfill_id: int | None,
) -> tuple[RunId, ClaimState]:
    with connection.cursor(row_factory=dict_row) as cursor:
        attempts = cursor.execute(query("run", "attempts"), {"run_key": key}).fetchall()
    of_backfill = [a for a in attempts if backfill_id is not None and a["backfill_id"] == backfill_id]
    force = force and not any(a["state"] == "done" for a in of_backfill)
    unfinished = next((a for a in attempts if a["state"] in ("running", "failed")), None)
    may_resume = unfinished in of_backfill or (
        flow_run_id and unfinished and unfinished["flow_run_id"] == flow_run_id
    )
    if unfinished and force and not may_resume:
        connection.execute(query("run", "supersede"), {"run_id": unfinished["run_id"]})
        unfinished = None
    if unfinished:
        resumed = {"run_id": unfinished["run_id"], "flow_run_id": flow_run_id}
        connection.execute(query("run", "resume"), resumed)
        return RunId(unfinished["run_id"]), ClaimState.RESUMED
    done = next((a for a in attempts if a["state"] == "done"), None)
    if done and not force:
        return RunId(done["run_id"]), ClaimState.DONE
    attempt = 1 + max((a["attempt"] for a in attempts), default=0)
    labels = {"attempt": attempt, "flow_run_id": flow_run_id, "backfill_id": backfill_id}
    return _start(connection, identity, key, labels), ClaimState.NEW


def _start(
    connection: psycopg.Connection, identity: RunIdentity, key: RunKey, labels: dict[str, Any]
) -> RunId:
    digest = {"schema_digest": identity.schema_digest}
    schema = connection.execute(query("run", "schema_name"), digest).fetchone()
    if schema is None:
        raise ConfigurationError(
            f"schema {identity.schema_digest[:12]} is not registered: register it before its first run"
        )
    critic = identity.critic
    values = {
        "run_key": key,
        "document_id": identity.document_id,
        "schema_name": schema[0],
        "generator_id": model_id(connection, identity.generator, "generator"),
        "critic_id": model_id(connection, critic, "critic") if critic else None,
        "reader_version": identity.reader_version,
        "max_rounds": identity.max_rounds,
        "promise": identity.promise,
    }
    row = connection.execute(query("run", "start"), {**values, **digest, **labels}).fetchone()
    assert row is not None
    return RunId(row[0])


def model_id(connection: psycopg.Connection, model: ModelIdentity, kind: str, details: str = "{}") -> int:
    """The model version's id. A new version is recorded; one without details gets these."""
    values = {"kind": kind, "name": model.name, "version": model.version, "details": details}
    connection.execute(query("run", "add_model"), values)
    if details != "{}":
        connection.execute(query("run", "describe_model"), values)
    row = connection.execute(query("run", "model_id"), values).fetchone()
    assert row is not None
    return row[0]
