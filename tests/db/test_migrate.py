"""The migrations lead to `schema.sql`, once, however many processes migrate at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo

import sql.migrate
from sql.migrate import MIGRATIONS_DIR, revisions, upgrade
from tasks.core.errors import ConfigurationError, StoreUnavailable
from tasks.core.records import RunId
from tasks.postgres.connection import connect
from tasks.postgres.store import Store

SCHEMA = Path(sql.migrate.__file__).parent / "schema.sql"

CATALOG = {
    "columns": """
        SELECT c.relname, c.relkind, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               pg_get_expr(d.adbin, d.adrelid), co.collname, a.attacl::text
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation co ON co.oid = a.attcollation
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')""",
    "relations": """
        SELECT c.relname, c.relkind, c.relacl::text, pg_get_userbyid(c.relowner), obj_description(c.oid, 'pg_class')
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace""",
    "column comments": """
        SELECT c.relname, d.objsubid, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid
        WHERE d.classoid = 'pg_class'::regclass AND c.relnamespace = 'public'::regnamespace""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """
        SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid), proacl::text, pg_get_userbyid(proowner), obj_description(oid, 'pg_proc')
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "states": """
        SELECT t.typname, array_agg(e.enumlabel ORDER BY e.enumsortorder)::text, obj_description(t.oid, 'pg_type')
        FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.oid, t.typname""",
}


def catalog(url: str) -> dict[str, set[str]]:
    """Everything that the database knows of itself, but Alembic's own table."""
    with psycopg.connect(url) as connection:
        return {
            part: {
                str(row) for row in connection.execute(query).fetchall() if "alembic_version" not in str(row)
            }
            for part, query in CATALOG.items()
        }


def test_schema_file_equals_the_replayed_migrations(database_url: str, empty_url: str) -> None:
    with psycopg.connect(empty_url) as connection:
        connection.execute(SCHEMA.read_bytes())
    by_file, by_migrations = catalog(empty_url), catalog(database_url)
    assert all(by_file.values())
    for part in CATALOG:
        assert by_file[part] == by_migrations[part], part


def test_database_of_the_first_revision_is_brought_to_the_newest(database_url: str, empty_url: str) -> None:
    with old_database(empty_url, "0001_skeleton"):
        pass
    upgrade(empty_url)
    by_file, by_steps = catalog(database_url), catalog(empty_url)
    for part in CATALOG:
        assert by_steps[part] == by_file[part], part


@contextmanager
def old_database(url: str, revision: str) -> Iterator[psycopg.Connection]:
    """Makes an empty database one of an older revision."""
    versions = MIGRATIONS_DIR / "versions"
    with psycopg.connect(url) as connection:
        for name in revisions()[: revisions().index(revision) + 1]:
            connection.execute((versions / f"{name}.sql").read_bytes())
            connection.commit()
        connection.execute(
            "CREATE TABLE public.alembic_version "
            "(version_num varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        connection.execute("INSERT INTO public.alembic_version VALUES (%s)", (revision,))
        yield connection


def test_hidden_ranges_become_marks_and_no_other_reading_is_written_anew(empty_url: str) -> None:
    ranges = {"a" * 64: "[[5, 9], [2, 3]]", "b" * 64: "[]", "c" * 64: "[[0, 1]]"}
    rows = "SELECT document_id, xmin::text, ctid::text FROM reading ORDER BY document_id"
    with old_database(empty_url, "0011_growth") as connection:
        for document_id, hidden in ranges.items():
            connection.execute(
                "INSERT INTO document (document_id, size_bytes) VALUES (%s, 1)", (document_id,)
            )
            connection.execute(
                "INSERT INTO reading (document_id, reader_version, status, flags, n_pages, text, chunker, content_digest, hidden) "
                "VALUES (%s, 'reader-5', 'ok', '{}', 1, 'words', '{}', '', %s)",
                (document_id, hidden),
            )
        connection.commit()
        before = connection.execute(rows).fetchall()
    upgrade(empty_url)
    with psycopg.connect(empty_url) as connection:
        after = connection.execute(rows).fetchall()
        found = connection.execute("SELECT document_id, marks, agreements, cells FROM reading").fetchall()
    kept = [old == new for old, new in zip(before, after, strict=True)]
    assert kept == [False, True, False]
    assert {row[0]: row[1:] for row in found} == {
        "a" * 64: ([[5, 9, "hidden"], [2, 3, "hidden"]], [], []),
        "b" * 64: ([], [], []),
        "c" * 64: ([[0, 1, "hidden"]], [], []),
    }


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("ALTER TABLE run DROP CONSTRAINT run_not_done_twice", "constraints"),
        ("DROP INDEX run_current_idx", "indexes"),
        ("ALTER TABLE finding DISABLE TRIGGER finding_append_only", "triggers"),
        ("GRANT UPDATE ON finding TO countersign_writer", "relations"),
        ("COMMENT ON TYPE run_state IS ''", "states"),
        ("ALTER TABLE page ALTER lines DROP NOT NULL", "columns"),
    ],
)
def test_comparison_sees_a_difference(database_url: str, empty_url: str, change: str, part: str) -> None:
    upgrade(empty_url)
    with psycopg.connect(empty_url) as connection:
        connection.execute(change)
    assert catalog(empty_url)[part] != catalog(database_url)[part]


def test_every_constraint_and_index_was_named_by_hand(connection: psycopg.Connection) -> None:
    generated = connection.execute(
        "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'x') "
        "AND conname ~ '(_check[0-9]*|_key[0-9]*|_id_fkey[0-9]*)$'"
    ).fetchall()
    assert generated == []


def test_every_state_has_its_comment(connection: psycopg.Connection) -> None:
    states = connection.execute(
        "SELECT t.typname, e.enumlabel, coalesce(obj_description(t.oid, 'pg_type'), '') "
        "FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid"
    ).fetchall()
    assert len(states) > 30
    assert [(name, label) for name, label, comment in states if f"{label}: " not in comment] == []


def test_upgrade_again_changes_nothing(database_url: str) -> None:
    before = catalog(database_url)
    upgrade(database_url)
    assert catalog(database_url) == before


def test_several_upgrades_at_once_are_one(empty_url: str, database_url: str) -> None:
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            upgrade(empty_url)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert catalog(empty_url) == catalog(database_url)


def test_newest_revision_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    assert ScriptDirectory.from_config(config).get_heads() == revisions()[-1:]


def test_writer_may_see_that_nothing_is_to_be_migrated(
    database_url: str, connection: psycopg.Connection
) -> None:
    with login(connection, database_url, "countersign_writer") as url:
        upgrade(url)


def test_user_without_rights_is_told_which_role_it_needs(
    empty_url: str, connection: psycopg.Connection
) -> None:
    with (
        login(connection, empty_url, "pg_monitor") as url,
        pytest.raises(ConfigurationError, match="countersign_owner"),
    ):
        upgrade(url)


def test_migration_without_the_right_to_make_roles_goes_through(
    connection: psycopg.Connection, empty_url: str
) -> None:
    with psycopg.connect(empty_url, autocommit=True) as owner:
        owner.execute("GRANT CREATE ON SCHEMA public TO pg_monitor")
    with login(connection, empty_url, "pg_monitor") as url:
        upgrade(url)
        with psycopg.connect(url) as user:
            assert user.execute("SELECT count(*) FROM run").fetchone() == (0,)
        with psycopg.connect(empty_url, autocommit=True) as owner:
            owner.execute(f"REASSIGN OWNED BY {conninfo_to_dict(url)['user']} TO CURRENT_USER")
            owner.execute(f"DROP OWNED BY {conninfo_to_dict(url)['user']}")


def test_database_of_a_newer_version_is_left_alone(database_url: str, connection: psycopg.Connection) -> None:
    connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    with pytest.raises(ConfigurationError, match="newer version"):
        upgrade(database_url)


def test_revision_names_fit_alembics_column() -> None:
    assert all(len(name) <= 32 for name in revisions())


def test_store_on_an_empty_database_says_to_migrate(empty_url: str) -> None:
    with Store(empty_url) as store, pytest.raises(ConfigurationError, match=r"sql\.migrate"):
        list(store.trail.run_ids())


def test_server_that_does_not_answer_is_unavailable() -> None:
    url = "postgresql://ada:hidden@127.0.0.1:9/countersign"
    with pytest.raises(StoreUnavailable, match="does not answer") as caught:
        connect(url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(("part", "wrong"), [("user", "nobody_of_that_name"), ("dbname", "no_such_database")])
def test_wrong_user_or_database_is_a_setting(database_url: str, part: str, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="refused the connection"):
        connect(make_conninfo(database_url, **{part: wrong}))


@pytest.mark.parametrize("said", ['password authentication failed for user "ada"', "no password supplied"])
def test_wrong_password_is_a_setting_and_is_not_told(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """The words are the server's; an embedded one trusts everybody, so they are put into libpq's mouth."""

    def refuse(*_: object, **__: object) -> None:
        raise psycopg.OperationalError(f'connection to server at "h", port 5432 failed: FATAL:  {said}')

    monkeypatch.setattr(psycopg, "connect", refuse)
    with pytest.raises(ConfigurationError, match="password") as caught:
        connect("postgresql://ada:hidden@h/countersign")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://ada:hidden@[::1/x", "what is this", "mysql://x"])
def test_url_that_is_none_is_a_setting(url: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        connect(url)
    assert "hidden" not in str(caught.value)


@contextmanager
def login(owner: psycopg.Connection, url: str, role: str) -> Iterator[str]:
    """Connection string of a fresh user with one role."""
    name = f"user_of_{role}_{owner.info.backend_pid}"
    owner.execute(f"CREATE USER {name} IN ROLE {role}")
    try:
        yield make_conninfo(url, user=name)
    finally:
        owner.execute(f"DROP USER {name}")


def test_the_command_needs_nothing_but_the_databases_name(empty_url: str) -> None:
    command = [sys.executable, "-m", "sql.migrate"]
    surroundings = {"PATH": os.environ["PATH"], "DATABASE_URL": empty_url}
    subprocess.run(command, cwd=SCHEMA.parents[1], env=surroundings, check=True)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revisions()[-1],)
    unnamed = subprocess.run(
        command, cwd=SCHEMA.parents[1], env={"PATH": ""}, check=False, capture_output=True
    )
    assert (unnamed.returncode, b"DATABASE_URL is not set" in unnamed.stderr) == (1, True)


def test_decisions_of_before_the_queue_keep_their_hashes_and_count_as_they_did(empty_url: str) -> None:
    with old_database(empty_url, "0015_boards") as connection:
        connection.execute(
            "INSERT INTO document (document_id, size_bytes) VALUES (repeat('a', 64), 1);"
            "INSERT INTO source (bucket, key, object_version, document_id) VALUES ('b', 'k', 'v', repeat('a', 64));"
            "INSERT INTO reading (document_id, reader_version, status, flags, n_pages, text, chunker, content_digest)"
            " VALUES (repeat('a', 64), 'r', 'ok', '{}', 1, 'words', '{}', '');"
            "INSERT INTO chunk (reading_id, chunk_index, kind, passages, lead_in, context_before, context_after, headings, position)"
            " SELECT reading_id, 0, 'body', '[]', '', '', '', '{}', 0 FROM reading;"
            "INSERT INTO schema_version (schema_version_id, name, field_names, definition) VALUES (repeat('0', 64), 's', '{f}', '{}');"
            "INSERT INTO model_version (kind, name, version) VALUES ('generator', 'g', '1');"
            "INSERT INTO run (run_key, attempt, document_id, reading_id, schema_version_id, schema_name, generator_id, reader_version, max_rounds)"
            " SELECT 'k', 1, document_id, reading_id, repeat('0', 64), 's', 1, 'r', 1 FROM reading;"
            "INSERT INTO coverage SELECT run_id, chunk_id, 'f', 'unsettled', '' FROM run JOIN chunk USING (reading_id);"
            "UPDATE run SET state = 'done', finished_at = now();"
            "INSERT INTO review (run_id, chunk_id, field, decision, value, quote, reviewer, reason)"
            " SELECT run_id, chunk_id, field, 'corrected', 'words', 'words', 'ada', '' FROM coverage;"
        )
        connection.commit()
        before = connection.execute("SELECT row_hash FROM review").fetchall()
    upgrade(empty_url)
    with psycopg.connect(empty_url) as connection:
        assert connection.execute("SELECT row_hash FROM review").fetchall() == before
        assert connection.execute("SELECT decision FROM standing_review").fetchall() == [("corrected",)]
        assert connection.execute("SELECT kind, is_overruled FROM error_book").fetchall() == [
            ("missing", False)
        ]
        days = connection.execute("SELECT n_corrected, n_cells, n_withdrawn FROM review_day").fetchall()
        assert days == [(1, 1, 0)]
        run_id = RunId(str(connection.execute("SELECT run_id FROM run").fetchall()[0][0]))
    with Store(empty_url) as store:
        assert store.trail.verify(run_id).holds
        assert store.review_items.runs_without_items(9) == [run_id]
