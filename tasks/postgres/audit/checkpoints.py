"""Checkpoints: signed heads, what each of them saw, and what of it still stands.

A head proves something by its copy outside of the database (`tasks.audit.heads` writes it); the rows here
lead from one head to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from tasks.core.audit.head import Abandoned, SignedHead, Statement
from tasks.core.errors import ConfigurationError
from tasks.postgres.audit.trail import proving
from tasks.postgres.connection import Pool
from tasks.postgres.queries import query

Signer = Callable[[Statement], SignedHead]


@dataclass(frozen=True, slots=True)
class HeadProof:
    """What comparing the database with a head gave."""

    faults: tuple[str, ...]
    is_older: bool = False
    """The database has not come as far as the head: a backup was restored, or checkpoints were removed."""
    abandoned: str = ""
    """Why a later checkpoint gave the head up; empty: none did."""


class Checkpoints:
    """Signed checkpoints. Every method is one transaction, but `entry_lines`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def make(
        self,
        sign: Signer,
        outside: Sequence[SignedHead] = (),
        abandons: Sequence[SignedHead] = (),
        reason: str = "",
    ) -> SignedHead:
        """Note what is new or has grown since the last checkpoint, sign it and store it.

        Args:
            outside: Heads that were written outside of the database: the new number is above theirs.
            abandons: Those of them that this database does not lead to, to be given up.
            reason: Why.
        """
        with proving(self._pool) as connection:
            connection.execute(query("audit", "one_digest_at_a_time"))
            newest = self._newest(connection)
            numbers = [head.statement.number for head in (*outside, *([newest] if newest else []))]
            number = 1 + max(numbers, default=0)
            end = connection.execute(query("audit", "chain_end")).fetchone()
            assert end is not None
            n_entries = connection.execute(query("audit", "add_entries"), {"number": number}).rowcount
            head = sign(
                Statement(
                    number,
                    newest.digest if newest else "",
                    datetime.now(UTC),
                    end[0],
                    end[1],
                    end[2].hex() if end[2] else "",
                    n_entries,
                    _entries_digest(connection, number),
                    tuple(Abandoned(head.statement.number, head.digest) for head in abandons),
                    reason,
                )
            )
            values = {
                "number": number,
                "statement": head.text,
                "signature": head.signature,
                "public_key": head.public_key,
            }
            connection.execute(query("audit", "add_checkpoint"), values)
            return head

    def heads(self) -> list[SignedHead]:
        """All heads, oldest first."""
        with proving(self._pool) as connection:
            return [head for _, head in _heads(connection)]

    def entry_lines(self, number: int) -> Iterator[str]:
        """The entries of a checkpoint as lines with their line ends, streamed."""
        with proving(self._pool) as connection:
            yield from _entry_lines(connection, number)

    def verify(self, head: SignedHead | None, trusted: bytes | None = None) -> HeadProof:
        """Whether the checkpoints lead to a head without a gap, and the chain of runs was then as it says.

        Args:
            head: From outside of the database, its signature checked; None: only the database's own.
            trusted: The public key that may give the head up, beside the head's own.
        """
        with proving(self._pool) as connection:
            return verify_heads(connection, head, trusted)

    @staticmethod
    def _newest(connection: psycopg.Connection) -> SignedHead | None:
        row = connection.execute(query("audit", "newest_checkpoint")).fetchone()
        return None if row is None else SignedHead(*row[1:])


def gives_up(known: SignedHead, head: SignedHead, trusted: bytes | None) -> bool:
    """Whether a checkpoint gives a head up: it says so, and whoever signs for this database says it.

    A checkpoint with a key of its own is what anybody can write who may write to the database.

    Args:
        trusted: The public key that heads must be signed with; None: the head's own.
    """
    return (
        head.digest in {left.digest for left in known.statement.abandons}
        and known.public_key in (head.public_key, trusted)
        and known.is_signed()
    )


def verify_heads(
    connection: psycopg.Connection, head: SignedHead | None, trusted: bytes | None = None
) -> HeadProof:
    """As `Checkpoints.verify`.

    Args:
        connection: With the settings of `tasks.postgres.audit.trail.prove_with`.
    """
    faults: list[str] = []
    previous = ""
    stored: list[SignedHead] = []
    for number, known in _heads(connection):
        try:
            faults += _checkpoint_faults(connection, number, known, previous)
            stored.append(known)
        except ConfigurationError:  # it is no statement any more
            faults.append(f"checkpoint {number}: its statement was changed")
        previous = known.digest
    if head is None:
        return HeadProof(tuple(faults))
    if any(known.digest == head.digest for known in stored):
        return HeadProof(tuple(faults))
    for known in stored:
        if gives_up(known, head, trusted):
            return HeadProof(tuple(faults), abandoned=known.statement.reason)
    number = head.statement.number
    if not stored or stored[-1].statement.number < number:
        return HeadProof(tuple(faults), is_older=True)
    faults.append(f"head {number} is not one of this database's checkpoints: they were made anew")
    return HeadProof(tuple(faults))


def _checkpoint_faults(
    connection: psycopg.Connection, number: int, head: SignedHead, previous: str
) -> Iterator[str]:
    said = head.statement
    if said.number != number or not head.is_signed():
        yield f"checkpoint {number}: its signature does not hold"
    if said.previous != previous:
        yield f"checkpoint {number} does not follow the one before it: one is missing or was changed"
    if _entries_digest(connection, number) != said.entries_sha256:
        yield f"checkpoint {number}: what it saw was changed"
    row = connection.execute(query("audit", "run_hash_at"), {"run_number": said.n_runs}).fetchone()
    if said.n_runs and (row is None or row[0].hex() != said.run_hash):
        yield f"checkpoint {number}: run number {said.n_runs} is gone or is not the one that it saw"


def _heads(connection: psycopg.Connection) -> list[tuple[int, SignedHead]]:
    rows = connection.execute(query("audit", "checkpoints")).fetchall()
    return [(row[0], SignedHead(*row[1:])) for row in rows]


def _entry_lines(connection: psycopg.Connection, number: int) -> Iterator[str]:
    with connection.cursor("entries") as cursor:
        for (line,) in cursor.execute(query("audit", "entries"), {"number": number}):
            yield line


def _entries_digest(connection: psycopg.Connection, number: int) -> str:
    digest = hashlib.sha256()
    for line in _entry_lines(connection, number):
        digest.update(line.encode())
    return digest.hexdigest()
