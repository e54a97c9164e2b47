"""A database with runs of every kind and a signed head, and what a verification says of it."""

from __future__ import annotations

from random import Random

import psycopg

from tasks.core.audit.head import SignedHead, load_key, new_key, sign
from tasks.core.records import RunId
from tasks.postgres.audit.checkpoints import verify_heads
from tasks.postgres.audit.trail import prove_with, verify_chain, verify_runs
from tasks.postgres.store import Store
from tests.db import edits, samples

KEY = new_key()


def fill(store: Store, connection: psycopg.Connection) -> None:
    """Three documents: done, done twice, reviewed; one attempt given up, one unfinished."""
    for content in "abc":
        samples.put_document(store, content, f"deals/{content}.pdf")
    reviewed = samples.do_run(store, "a", values=(*samples.extractions(), samples.record()))
    samples.do_run(store, "a", version="2")
    samples.do_run(store, "b")
    samples.do_run(store, "b", force=True)
    with store.runs.claim(samples.identity("c")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
    connection.execute(
        "INSERT INTO review (run_id, chunk_id, field, extraction_id, decision, reviewer, reason) "
        "SELECT run_id, chunk_id, field, extraction_id, 'accepted', 'ada', 'read it' FROM extraction WHERE run_id = %s AND status = 'verified'",
        (reviewed,),
    )


def signed(store: Store) -> SignedHead:
    return store.checkpoints.make(lambda statement: sign(statement, load_key(KEY)))


def faults(connection: psycopg.Connection, head: SignedHead | None) -> list[str]:
    """Everything that `audit verify --all` would say is broken."""
    connection.execute("SET LOCAL session_replication_role = origin")
    prove_with(connection)
    try:
        rows = connection.execute("SELECT run_id::text FROM public.run").fetchall()
        run_ids = [RunId(row[0]) for row in rows]
        found = [str(proof.fault) for proof in verify_runs(connection, run_ids) if not proof.holds]
        found += verify_chain(connection).faults
        proof = verify_heads(connection, head)
        found += [*proof.faults, *(["the database is older than the head"] if proof.is_older else [])]
    except psycopg.Error as error:  # a column that is gone: nobody takes that for proof
        return [f"{type(error).__name__}"]
    return found


def trial(connection: psycopg.Connection, head: SignedHead, seed: int) -> tuple[str, int, list[str]]:
    """Make the edit of a seed, look for it, and take it back; its name, how many rows it changed, and the faults."""
    rng = Random(seed)
    edit = edits.draw(rng)
    with connection.transaction(force_rollback=True):
        try:
            with connection.transaction():
                n_rows = edits.make(connection, edit, rng)
        except psycopg.errors.IntegrityError:  # a constraint does not let it
            return edit.name, 0, []
        return edit.name, n_rows, faults(connection, head) if n_rows else []
