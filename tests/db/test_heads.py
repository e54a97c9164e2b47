"""Signed heads outside of the database: who tampers, restores or forges is found, and a stranger's script agrees."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import psycopg
import pytest
import typer
from moto.server import ThreadedMotoServer

from infra.cli.audit.heads import digest, export
from infra.cli.audit.heads import key as make_key
from infra.cli.audit.verify import verify
from tasks import s3
from tasks.audit.heads import sign_trail
from tasks.core.audit.head import head_from_json, load_key, new_key, public_key_of, sign
from tasks.core.errors import ConfigurationError, HeadConflict
from tasks.postgres.store import Store
from tasks.settings import settings
from tests.db import samples
from tests.db.conftest import unguarded

SCRIPT = Path(__file__).parents[2] / "docs" / "check_head.py"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = ThreadedMotoServer(port=0)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def bucket(
    endpoint: str, store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Any]:
    """A bucket with object lock for the heads, a key, and the settings that name both; gives the S3 client."""
    (tmp_path / "key.pem").write_bytes(new_key())
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "a",
        "AWS_DEFAULT_REGION": "us-east-1",
        "S3_ENDPOINT_URL": endpoint,
        "DATABASE_URL": database_url,
        "TRITON_URL": "127.0.0.1:1",
        "COUNTERSIGN_AUDIT": "s3://heads/trail/",
        "COUNTERSIGN_AUDIT_KEY": str(tmp_path / "key.pem"),
        "COUNTERSIGN_AUDIT_LOCK_DAYS": "30",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("infra.cli.database.open_store", lambda *_: Store(database_url))
    monkeypatch.setattr("tasks.audit.heads.store", lambda: store)
    settings.cache_clear()
    s3._new_client.cache_clear()  # pyright: ignore[reportPrivateUsage]
    client = boto3.client("s3", endpoint_url=endpoint)
    client.create_bucket(Bucket="heads", ObjectLockEnabledForBucket=True)
    yield client
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=10).close()
    settings.cache_clear()
    s3._new_client.cache_clear()  # pyright: ignore[reportPrivateUsage]


def names(client: Any) -> list[str]:
    found = client.list_objects_v2(Bucket="heads").get("Contents", [])
    return [row["Key"].removeprefix("trail/") for row in found]


def verified(capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[int, str]:
    """Exit status and everything that `audit verify --all` prints."""
    capsys.readouterr()
    try:
        verify(all_runs=True, **options)
        status = 0
    except typer.Exit as ended:
        status = ended.exit_code
    printed = capsys.readouterr()
    return status, printed.out + printed.err


def test_head_is_written_locked_and_proves_what_was(
    store: Store, connection: psycopg.Connection, bucket: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    samples.put_document(store)
    samples.do_run(store)
    assert verified(capsys)[1].endswith(
        "No signed head to compare with: whoever recomputed every hash is not found. `countersign audit digest` signs one.\n"
    )
    assert sign_trail.fn() == "head 1 signed"
    assert sign_trail.fn() == "head 2 signed"
    assert [name[:13] for name in names(bucket)] == [
        "head-00000001",
        "head-00000001",
        "head-00000002",
        "head-00000002",
    ]
    kept = bucket.head_object(Bucket="heads", Key=f"trail/{names(bucket)[0]}")
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert kept["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=29)
    status, said = verified(capsys)
    assert status == 0
    assert "Everything up to head 2 of" in said
    with unguarded(connection, "extraction"):
        connection.execute("UPDATE extraction SET value = 'EUR 2' WHERE status = 'verified'")
    status, said = verified(capsys)
    assert (status, "was changed" in said) == (1, True)


def test_head_that_was_lost_on_the_way_is_written_with_the_next(store: Store, bucket: Any) -> None:
    samples.put_document(store)
    key = load_key(settings().audit_key.read_bytes())  # type: ignore[union-attr]
    store.checkpoints.make(lambda statement: sign(statement, key))  # the upload never came
    sign_trail.fn()
    assert len(names(bucket)) == 4


def test_restored_backup_is_found_named_and_gone_on_from(
    store: Store, database_url: str, make_database, dropped, bucket: Any, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    samples.put_document(store)
    samples.do_run(store)
    digest()
    store.close()
    backup = make_database(psycopg.conninfo.conninfo_to_dict(database_url)["dbname"])
    samples.put_document(store, "b", "deals/b.pdf")
    lost = samples.do_run(store, "b")
    digest()
    with Store(backup) as restored:
        monkeypatch.setattr("infra.cli.database.open_store", lambda *_: Store(backup))
        status, said = verified(capsys)
        assert status == 1
        assert "the database has not come as far as head 2" in said
        assert f"lost: 1 run {lost}." in said
        with pytest.raises(HeadConflict, match="1 signed head in s3://heads/trail/ not of this database"):
            digest()
        samples.put_document(restored, "c", "deals/c.pdf")
        samples.do_run(restored, "c")
        digest(after_restore="disk of 3 May")
        assert {name[:13] for name in names(bucket)} == {f"head-0000000{n}" for n in (1, 2, 3)}
        status, said = verified(capsys)
        assert (status, "Everything up to head 3" in said) == (0, True)
        old = next(
            name for name in names(bucket) if name.startswith("head-00000002") and name.endswith("json")
        )
        status, said = verified(capsys, head=f"s3://heads/trail/{old}")
        assert status == 0
        assert "was given up: disk of 3 May" in said
    dropped(backup)


def test_who_has_no_key_gives_no_head_up(
    store: Store, connection: psycopg.Connection, bucket: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:  # fmt: skip
    """A checkpoint that is signed with a key of the forger's own says that a backup was restored."""
    samples.put_document(store)
    samples.do_run(store)
    digest(out=tmp_path)
    path = next(tmp_path.glob("head-*.json"))
    head, forger = head_from_json(path.read_text()), load_key(new_key())
    with unguarded(connection, "checkpoint", "checkpoint_entry"):
        connection.execute("DELETE FROM checkpoint_entry; DELETE FROM checkpoint")
    store.checkpoints.make(lambda said: sign(said, forger), [head], [head], "disk of 3 May")
    for given in (None, str(path)):
        status, said = verified(capsys, head=given)
        assert (status, "they were made anew" in said) == (1, True)
    assert sign_trail.fn().startswith("no head was signed")


def test_hidden_or_overwritten_head_is_still_the_newest(
    store: Store, connection: psycopg.Connection, bucket: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lock keeps a version; a delete marker, or a newer version, may lie over it."""
    samples.put_document(store)
    samples.do_run(store)
    digest()
    for name in names(bucket):
        bucket.delete_object(Bucket="heads", Key=f"trail/{name}")
        bucket.put_object(Bucket="heads", Key=f"trail/{name}", Body=b"{}")
        bucket.delete_object(Bucket="heads", Key=f"trail/{name}")
    assert names(bucket) == []
    with unguarded(connection, "checkpoint", "checkpoint_entry"):
        connection.execute("DELETE FROM checkpoint_entry; DELETE FROM checkpoint")
    status, said = verified(capsys)
    assert (status, "has not come as far as head 1" in said) == (1, True)


def test_forged_head_proves_nothing(
    store: Store, bucket: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    samples.put_document(store)
    digest(out=tmp_path)
    path = next(tmp_path.glob("head-*.json"))
    true = head_from_json(path.read_text())
    other = public_key_of(load_key(new_key())).hex()
    status, said = verified(capsys, head=str(path), public_key=other)
    assert (status, "signed with another key" in said) == (1, True)
    path.write_text(path.read_text().replace(r"\"n_runs\": 0", r"\"n_runs\": 7"))
    assert head_from_json(path.read_text()).text != true.text
    status, said = verified(capsys, head=str(path))
    assert (status, "its signature does not hold" in said) == (1, True)
    path.write_text("{}")
    with pytest.raises(ConfigurationError, match="no head"):
        verify(all_runs=True, head=str(path))


def test_script_of_a_third_party_checks_head_and_run(
    store: Store, connection: psycopg.Connection, bucket: Any, tmp_path: Path
) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    digest(out=tmp_path)
    digest(out=tmp_path)
    head = min(tmp_path.glob("head-*.json"))
    export(run_id, tmp_path / "run.jsonl")  # type: ignore[arg-type]
    public = head_from_json(head.read_text()).public_key.hex()

    def script(run: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(SCRIPT), public, str(tmp_path), str(run)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    said = script(tmp_path / "run.jsonl")
    assert said.returncode == 0, said.stderr
    assert "13 rows and 2 values are as they were signed" in said.stdout
    assert said.stdout.count("signature, link and") == 2
    whole = (tmp_path / "run.jsonl").read_text()
    for old, new in (
        ("Principal may be lost.", "Principal is safe."),
        ('"latency_ms\\": 3.25', '"latency_ms\\": 3.5'),
    ):
        (tmp_path / "edited.jsonl").write_text(whole.replace(old, new))
        assert old in whole
        assert script(tmp_path / "edited.jsonl").returncode != 0
    early = samples.identity("a", "2")
    with store.runs.claim(early) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        digest(out=tmp_path)
        store.runs.save_round(claim.run_id, samples.round_record(2))
        store.runs.finish(claim.run_id, samples.extractions(), samples.coverage(), {})
    export(claim.run_id, tmp_path / "early.jsonl")  # type: ignore[arg-type]
    assert "the values are not the sealed ones" in script(tmp_path / "early.jsonl").stderr
    head.rename(tmp_path / "kept.json")
    assert "the head before it is missing" in script(tmp_path / "run.jsonl").stderr
    code = SCRIPT.read_text().split('"""')[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 38


def test_every_version_of_a_copy_is_deleted_and_of_its_neighbour_none(bucket: Any) -> None:
    bucket.create_bucket(Bucket="pages")
    bucket.put_bucket_versioning(Bucket="pages", VersioningConfiguration={"Status": "Enabled"})
    for key in ("a.html", "a.html", "a.html.b", "c.html"):
        bucket.put_object(Bucket="pages", Key=key, Body=b"words")
    bucket.delete_object(Bucket="pages", Key="c.html")  # a marker over its words
    assert s3.delete_everywhere("pages", ["a.html", "c.html", "none.html"]) == 4
    left = bucket.list_object_versions(Bucket="pages")
    assert ([row["Key"] for row in left["Versions"]], left.get("DeleteMarkers", [])) == (["a.html.b"], [])


def test_key_is_made_once_and_for_its_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "key.pem"
    make_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_key_of(load_key(path.read_bytes())).hex() in capsys.readouterr().out
    assert "PRIVATE" not in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="already"):
        make_key(path)
    with pytest.raises(ConfigurationError, match="no Ed25519 private key"):
        load_key(b"-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\n")
