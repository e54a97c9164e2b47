"""Edits that a superuser can make to what is stored: each is a piece of SQL, drawn by a seed.

They are run inside a transaction that is rolled back, after a signed head. What an edit touched is given
back, so that one that touched nothing is no miss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import psycopg
from psycopg import sql

OFF = "SET LOCAL session_replication_role = replica"
"""Ordinary triggers and foreign keys do not fire."""
GUARDED = (
    "generation", "finding", "review", "seal", "extraction", "coverage", "run", "checkpoint", "checkpoint_entry", "erasure", "comparison",
    "error_entry",
)  # fmt: skip
TEXTS = {
    "generation": ("raw", "model", "error"),
    "finding": ("quote", "reason", "field"),
    "review": ("value", "quote", "reason", "reviewer", "field", "normal"),
    "extraction": ("value", "quote", "reason", "field", "normal"),
    "coverage": ("reason",),
    "run": ("schema_name", "reader_version", "run_key"),
    "reading": ("text", "reader_version", "reason"),
    "footnote": ("marker",),
    "chunk": ("lead_in", "context_after"),
    "source": ("key", "bucket", "object_version"),
    "model_version": ("version", "name"),
    "checkpoint": ("statement",),
}
NUMBERS = {
    "generation": ("latency_ms", "tokens_in", "round_number"),
    "finding": ("score", "round_number"),
    "extraction": ("score", "round_number"),
    "run": ("max_rounds", "promise", "attempt"),
    "reading": ("n_pages",),
    "page": ("start_char", "end_char"),
    "chunk": ("position",),
    "checkpoint_entry": ("trail_length",),
}
STATES = {
    "extraction.status": ("verified", "unsettled", "rejected"),
    "coverage.state": ("found", "absent", "unsettled", "failed"),
    "review.decision": ("accepted", "rejected", "gold_wrong"),
    "finding.kind": ("redundant", "missing", "boundary"),
    "run.state": ("done", "superseded", "failed", "running"),
}
JSON_LISTS = {
    "extraction": ("spans", "places"), "finding": ("spans",), "chunk": ("passages",), "page": ("lines",), "reading": ("marks", "cells"),
    "review": ("shown",), "seal": ("facts",),
}  # fmt: skip
SWAPS = {"extraction": ("value", "quote"), "generation": ("raw", "model"), "review": ("reviewer", "reason")}
ROWS = (
    "generation",
    "finding",
    "review",
    "seal",
    "extraction",
    "coverage",
    "run",
    "checkpoint",
    "checkpoint_entry",
    "source",
    "footnote",
    "page",
)
KEYS = {
    "generation": "generation_id", "finding": "finding_id", "review": "review_id", "seal": "seal_id", "extraction": "extraction_id",
    "coverage": "ctid", "run": "run_id", "reading": "reading_id", "page": "ctid", "footnote": "footnote_id", "chunk": "chunk_id",
    "source": "source_id", "checkpoint": "checkpoint_number", "checkpoint_entry": "ctid", "model_version": "model_version_id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """A way to change what is stored."""

    name: str
    run: Callable[[psycopg.Connection, Random], int]
    """Makes it; returns how many rows are other than before."""


def draw(rng: Random) -> Edit:
    return rng.choice(EDITS)


def _execute(connection: psycopg.Connection, statement: str) -> int:
    return connection.execute(statement.encode()).rowcount


def _one(table: str, rng: Random, where: str = "true") -> str:
    """A condition that holds for one row of a table, drawn."""
    key = KEYS[table]
    return f"{key} = (SELECT {key} FROM {table} WHERE {where} ORDER BY md5({key}::text || '{rng.random()}') LIMIT 1)"


def _text(connection: psycopg.Connection, rng: Random) -> int:
    table = rng.choice(tuple(TEXTS))
    column = rng.choice(TEXTS[table])
    change = rng.choice(
        (f"{column} || '.'", f"overlay({column} placing 'X' from 1 for 1)", f"replace({column}, ' ', '  ')")
    )
    if table == "run" and column == "run_key":
        change = f"{column} || '0'"
    if column == "raw":  # with the digest of the words, or the check of the table finds it
        change += f", raw_digest = sha256(convert_to({change}, 'UTF8'))"
    if table == "finding" and column == "quote":
        change += f", quote_digest = sha256(convert_to({change}, 'UTF8'))"
    where = f"{column} IS NOT NULL AND {column} IS DISTINCT FROM ({change.partition(', raw_digest')[0].partition(', quote_digest')[0]})"
    return _execute(connection, f"UPDATE {table} SET {column} = {change} WHERE {_one(table, rng, where)}")


def _number(connection: psycopg.Connection, rng: Random) -> int:
    table = rng.choice(tuple(NUMBERS))
    column = rng.choice(NUMBERS[table])
    return _execute(
        connection,
        f"UPDATE {table} SET {column} = {column} + 1 WHERE {_one(table, rng, f'{column} IS NOT NULL')}",
    )


def _state(connection: psycopg.Connection, rng: Random) -> int:
    where, states = rng.choice(tuple(STATES.items()))
    table, column = where.split(".")
    new = rng.choice(states)
    more = ", error_code = 'x'" if new == "failed" and table == "run" else ""
    if table == "extraction":
        more = ", reason = ''"
    condition = f"{column}::text <> '{new}'" + (" AND spans IS NOT NULL" if table == "extraction" else "")
    if table == "review":
        condition += " AND decision NOT IN ('corrected', 'withdrawn')"
    # A run that was given up before it was done may be called so in two ways; neither holds a value.
    if table == "run":
        condition += " AND EXISTS (SELECT FROM coverage WHERE coverage.run_id = run.run_id)"
        _execute(connection, "DROP INDEX run_one_done_per_key")
    return _execute(
        connection, f"UPDATE {table} SET {column} = '{new}'{more} WHERE {_one(table, rng, condition)}"
    )


def _moment(connection: psycopg.Connection, rng: Random) -> int:
    table = rng.choice(("generation", "finding", "review", "seal", "extraction", "run"))
    column = "finished_at" if table == "run" and rng.random() < 0.5 else "created_at"
    where = (
        f"{column} IS NOT NULL AND EXISTS (SELECT FROM seal WHERE seal.run_id = run.run_id)"
        if table == "run"
        else "true"
    )
    return _execute(
        connection,
        f"UPDATE {table} SET {column} = {column} - interval '1 microsecond' WHERE {_one(table, rng, where)}",
    )


def _json(connection: psycopg.Connection, rng: Random) -> int:
    table = rng.choice(tuple(JSON_LISTS))
    column = rng.choice(JSON_LISTS[table])
    new = f"CASE jsonb_typeof({column}) WHEN 'array' THEN {column} || '[[0, 1]]' ELSE {column} || '{{\"x\": 1}}' END"
    return _execute(
        connection,
        f"UPDATE {table} SET {column} = {new} WHERE {_one(table, rng, f'{column} IS NOT NULL')}",
    )


def _swap(connection: psycopg.Connection, rng: Random) -> int:
    """Two columns of a table change their names: no row is written."""
    table, (one, other) = rng.choice(tuple(SWAPS.items()))
    differing = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {one} IS DISTINCT FROM {other}".encode()
    ).fetchone()
    for old, new in ((one, "between"), (other, one), ("between", other)):
        _execute(connection, f"ALTER TABLE {table} RENAME {old} TO {new}")
    return differing[0] if differing else 0


def _rows_swapped(connection: psycopg.Connection, rng: Random) -> int:
    """Two rows of a run change their places in the trail, or two values their words."""
    if rng.random() < 0.5:
        two = "(SELECT min(generation_id) AS a, max(generation_id) AS b FROM generation)"
        return _execute(
            connection,
            f"UPDATE generation SET raw = other.raw, raw_digest = other.raw_digest FROM generation other, {two} two "
            "WHERE (generation.generation_id, other.generation_id) IN ((two.a, two.b), (two.b, two.a)) AND generation.raw <> other.raw",
        )
    two = "(SELECT min(extraction_id) AS a, max(extraction_id) AS b FROM extraction)"
    return _execute(
        connection,
        f"UPDATE extraction SET value = other.value FROM extraction other, {two} two "
        "WHERE (extraction.extraction_id, other.extraction_id) IN ((two.a, two.b), (two.b, two.a)) AND extraction.value <> other.value",
    )


def _delete(connection: psycopg.Connection, rng: Random) -> int:
    table = rng.choice(ROWS)
    return _execute(connection, f"DELETE FROM {table} WHERE {_one(table, rng)}")


def _truncate(connection: psycopg.Connection, rng: Random) -> int:
    table = rng.choice(
        ("generation", "finding", "review", "extraction", "coverage", "seal", "run", "source", "checkpoint")
    )
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    _execute(connection, f"TRUNCATE {table} CASCADE")
    return row[0] if row else 0


def _insert(connection: psycopg.Connection, rng: Random) -> int:
    """A row that is like another one, past the triggers."""
    table = rng.choice(("generation", "finding", "review", "extraction", "coverage"))
    given = {
        "generation": ("round_number", "round_number + 7", "trail_position", "trail_position + 100"),
        "finding": ("trail_position", "trail_position + 100", "reason", "'put in'"),
        "review": ("trail_position", "trail_position + 100", "reason", "'put in'"),
        "extraction": ("value", "value || ' '", "reason", "reason"),
        "coverage": ("field", "field || '2'", "reason", "reason"),
    }[table]
    new = {given[0]: given[1], given[2]: given[3]}
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''",
            (table,),
        )
    ]
    names, values = ", ".join(columns), ", ".join(new.get(name, name) for name in columns)
    return _execute(
        connection, f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {_one(table, rng)}"
    )


def _inherited(connection: psycopg.Connection, rng: Random) -> int:
    """Rows of a child table are rows of the table: neither its triggers nor its constraints see them."""
    table = rng.choice(("extraction", "generation", "coverage", "finding"))
    where = _one(table, rng)
    _execute(connection, f"CREATE TABLE besides () INHERITS ({table})")
    return _execute(connection, f"INSERT INTO besides SELECT * FROM ONLY {table} WHERE {where}")


def _moved_away(connection: psycopg.Connection, rng: Random) -> int:
    """Rows that went into a child table, of which the child is taken off: what a detached partition is."""
    table = rng.choice(("extraction", "coverage", "finding"))
    where = _one(table, rng)
    _execute(connection, f"CREATE TABLE apart () INHERITS ({table})")
    moved = _execute(connection, f"INSERT INTO apart SELECT * FROM ONLY {table} WHERE {where}")
    _execute(connection, f"DELETE FROM ONLY {table} WHERE {where}")
    _execute(connection, f"ALTER TABLE apart NO INHERIT {table}")
    return moved


def _using(connection: psycopg.Connection, rng: Random) -> int:
    """A table is written anew by a change of type: no trigger fires."""
    table, column, new = rng.choice(
        (
            ("generation", "raw", "raw || ' '"),
            ("generation", "model", "'other'"),
            ("finding", "score", "score / 2"),
            ("extraction", "quote", "upper(quote)"),
            ("extraction", "normal", "'5 %'"),
            ("review", "reviewer", "'eve'"),
            ("coverage", "reason", "''"),
            ("reading", "text", "replace(text, 'e', 'a')"),
            ("chunk", "lead_in", "lead_in || '.'"),
        )
    )
    type_name = "double precision" if column == "score" else "text"
    touched = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {column} IS DISTINCT FROM ({new})".encode()
    ).fetchone()
    for name in ("generation_digest_is_of_raw",):
        _execute(connection, f"ALTER TABLE generation DROP CONSTRAINT {name}")
    for (view,) in connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'public'").fetchall():
        _execute(connection, f"DROP VIEW IF EXISTS {view} CASCADE")
    _execute(connection, f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {type_name} USING ({new})")
    return touched[0] if touched else 0


def _renamed_state(connection: psycopg.Connection, rng: Random) -> int:
    """A state gets another name: every row says something else, and none was written."""
    kind, table, column, old = rng.choice(
        (
            ("extraction_status", "extraction", "status", "rejected"),
            ("cell_state", "coverage", "state", "absent"),
            ("review_decision", "review", "decision", "accepted"),
            ("finding_kind", "finding", "kind", "missing"),
        )
    )
    touched = connection.execute(
        f"SELECT count(*) FROM {table} WHERE {column}::text = '{old}'".encode()
    ).fetchone()
    _execute(connection, f"ALTER TYPE {kind} RENAME VALUE '{old}' TO '{old}_2'")
    return touched[0] if touched else 0


def _chain_anew(connection: psycopg.Connection, rng: Random) -> int:
    """A row is changed, and every hash after it computed anew, up to the end that `run` notes."""
    table, column = rng.choice((("generation", "model"), ("finding", "reason"), ("review", "reviewer")))
    row = connection.execute(
        f"SELECT run_id::text FROM {table} ORDER BY md5(run_id::text || '{rng.random()}') LIMIT 1".encode()
    ).fetchone()
    if row is None:
        return 0
    run_id = row[0]
    touched = _execute(
        connection,
        f"UPDATE {table} SET {column} = {column} || '!' WHERE run_id = '{run_id}' AND {_one(table, rng, f'''run_id = '{run_id}' ''')}",
    )
    recompute(connection, run_id)
    return touched


def recompute(connection: psycopg.Connection, run_id: str) -> None:
    """Every hash of a run, as its triggers would make it."""
    entries = connection.execute(
        "SELECT 'generation', trail_position FROM generation WHERE run_id = %(r)s UNION ALL "
        "SELECT 'finding', trail_position FROM finding WHERE run_id = %(r)s UNION ALL "
        "SELECT 'seal', trail_position FROM seal WHERE run_id = %(r)s UNION ALL "
        "SELECT 'review', trail_position FROM review WHERE run_id = %(r)s ORDER BY 2",
        {"r": run_id},
    ).fetchall()
    previous: bytes | None = None
    for table, position in entries:
        where = {"r": run_id, "p": position, "previous": previous}
        name = sql.Identifier(table)
        connection.execute(
            sql.SQL(
                "UPDATE {} SET prev_hash = coalesce(%(previous)s, trail_genesis(run_id)) WHERE run_id = %(r)s AND trail_position = %(p)s"
            ).format(name),
            where,
        )
        row = connection.execute(
            sql.SQL(
                "UPDATE {0} SET row_hash = trail_digest({0}, prev_hash) WHERE run_id = %(r)s AND trail_position = %(p)s RETURNING row_hash"
            ).format(name),
            where,
        ).fetchone()
        assert row is not None
        previous = row[0]
    connection.execute(
        "UPDATE run SET trail_length = %s, trail_hash = %s WHERE run_id = %s",
        (len(entries), previous, run_id),
    )


def _sealed_anew(connection: psycopg.Connection, rng: Random) -> int:
    """A value is changed, the seal made to fit, and the chain computed anew: only a head from outside shows it."""
    touched = _execute(
        connection, f"UPDATE extraction SET value = value || '0' WHERE {_one('extraction', rng)}"
    )
    for (run_id,) in connection.execute("SELECT run_id::text FROM seal").fetchall():
        connection.execute("UPDATE seal SET facts = seal_facts(run_id) WHERE run_id = %s", (run_id,))
        recompute(connection, run_id)
    return touched


def _runs_anew(connection: psycopg.Connection, rng: Random) -> int:
    """A run is taken out whole with all that hangs on it, and the chain of runs computed anew."""
    row = connection.execute(
        f"SELECT run_id::text FROM run ORDER BY md5(run_id::text || '{rng.random()}') LIMIT 1".encode()
    ).fetchone()
    assert row is not None
    for table in ("review_item", "review", "extraction", "coverage", "seal", "finding", "generation", "run"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = %s".encode(), row)
    n, newest = 0, None
    for (run_id,) in connection.execute("SELECT run_id::text FROM run ORDER BY run_number").fetchall():
        n += 1
        connection.execute(
            "UPDATE run SET run_number = -%s, prev_run_hash = coalesce(%s, sha256('countersign runs')) WHERE run_id = %s",
            (n, newest, run_id),
        )
        connection.execute("UPDATE run SET run_number = %s WHERE run_id = %s", (n, run_id))
        found = connection.execute(
            "UPDATE run SET run_hash = run_digest(run) WHERE run_id = %s RETURNING run_hash", (run_id,)
        ).fetchone()
        newest = found[0] if found else None
    connection.execute("UPDATE run_chain SET n_runs = %s, run_hash = %s", (n, newest))
    return 1


def _checkpoints_anew(connection: psycopg.Connection, rng: Random) -> int:
    """The checkpoints go, too, so that nothing in the database speaks of what was."""
    _execute(connection, "DELETE FROM checkpoint_entry")
    touched = _execute(connection, "DELETE FROM checkpoint")
    return touched + _sealed_anew(connection, rng)


def _false_function(connection: psycopg.Connection, rng: Random) -> int:
    """The database's own function says what the row says of itself; then a row is changed."""
    connection.execute(
        "CREATE OR REPLACE FUNCTION trail_digest(entry anyelement, prev_hash bytea) RETURNS bytea LANGUAGE sql STABLE "
        "AS $$ SELECT decode(substr(to_jsonb(entry) ->> 'row_hash', 3), 'hex') $$"
    )
    connection.execute(
        "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$"
    )
    return _text(connection, rng)


EDITS = (
    Edit("a text", _text),
    Edit("a number", _number),
    Edit("a state", _state),
    Edit("a moment", _moment),
    Edit("a list", _json),
    Edit("two columns swapped", _swap),
    Edit("two rows swapped", _rows_swapped),
    Edit("a row deleted", _delete),
    Edit("a table truncated", _truncate),
    Edit("a row put in", _insert),
    Edit("a row of a child table", _inherited),
    Edit("a child table taken off", _moved_away),
    Edit("ALTER COLUMN ... USING", _using),
    Edit("a state renamed", _renamed_state),
    Edit("a trail computed anew", _chain_anew),
    Edit("a run sealed anew", _sealed_anew),
    Edit("runs chained anew", _runs_anew),
    Edit("checkpoints removed", _checkpoints_anew),
    Edit("a false function", _false_function),
)


def make(connection: psycopg.Connection, edit: Edit, rng: Random) -> int:
    """Make an edit as a superuser who knows the triggers; returns how many rows are other than before."""
    way = rng.randrange(3)
    connection.execute(OFF)
    for table in GUARDED:
        if way == 1:
            _execute(connection, f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        else:
            _execute(connection, f"ALTER TABLE {table} DISABLE TRIGGER USER")
        if way == 2:
            _execute(connection, f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
    return edit.run(connection, rng)
