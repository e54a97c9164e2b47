"""PostgreSQL and S3: started, found again, killed, mended, stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest

from infra import stack
from infra.stack import StackPart
from tasks.core.errors import StackError
from tests.stack.processes import alive, kill, pids

ROOT = Path(__file__).parents[2]
STORES = (StackPart.POSTGRES, StackPart.S3)


@contextmanager
def s3(environment: dict[str, str]) -> Iterator[Any]:
    client = boto3.client(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    try:
        yield client
    finally:
        client.close()


def put(environment: dict[str, str], key: str, **metadata: str) -> None:
    with s3(environment) as client:
        client.put_object(Bucket="contracts", Key=key, Body=b"bytes", Metadata=metadata)


def get(environment: dict[str, str], key: str) -> tuple[bytes, dict[str, str]]:
    with s3(environment) as client:
        answer = client.get_object(Bucket="contracts", Key=key)
        return answer["Body"].read(), answer["Metadata"]


def test_up_twice_finds_itself(home: Path):
    first = stack.ensure_up(STORES)
    before = pids(home)
    assert stack.ensure_up(STORES) == first
    assert pids(home) == before


def test_two_ups_at_once_start_each_part_once(home: Path):
    command = [sys.executable, "-m", "infra.cli.main", "up", "postgres", "s3"]
    both = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        for _ in "12"
    ]
    assert [one.wait(timeout=60) for one in both] == [0, 0]
    listening = [
        process
        for process in alive(home)
        if process.ppid() in (1, os.getpid()) or process.pid in pids(home).values()
    ]
    assert {process.pid for process in listening} == set(pids(home).values())


def test_down_leaves_no_process_and_keeps_what_was_stored(home: Path):
    environment = stack.ensure_up(STORES)
    with psycopg.connect(str(stack.owner_url())) as connection:
        connection.execute("CREATE TABLE kept (it int); INSERT INTO kept VALUES (7)")
    put(environment, "a b/ü?é+%2f.pdf", origin="x")
    stack.down()
    assert alive(home) == []
    again = stack.ensure_up(STORES)
    with psycopg.connect(str(stack.owner_url())) as connection:
        assert connection.execute("SELECT it FROM kept").fetchall() == [(7,)]
    assert get(again, "a b/ü?é+%2f.pdf") == (b"bytes", {"origin": "x"})


def test_killed_parts_come_back_with_what_was_stored(home: Path):
    environment = stack.ensure_up(STORES)
    with psycopg.connect(str(stack.owner_url()), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (it int); INSERT INTO kept VALUES (7)")
        put(environment, "kept")
        before = pids(home)
        for pid in before.values():
            kill(pid)
        again = stack.ensure_up(STORES)
    assert again == environment, "ports are remembered"
    assert not set(pids(home).values()) & set(before.values())
    with psycopg.connect(str(stack.owner_url())) as connection:
        assert connection.execute("SELECT it FROM kept").fetchall() == [(7,)]
    assert get(again, "kept") == (b"bytes", {})


def test_half_made_database_cluster_is_made_again(home: Path):
    folder = home / "postgres" / "data"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("18\n")
    assert "DATABASE_URL" in stack.ensure_up({StackPart.POSTGRES})


def test_taken_port_is_left_to_its_holder(home: Path):
    first = stack.ensure_up({StackPart.S3})["S3_ENDPOINT_URL"]
    stack.down()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(first.rpartition(":")[2])))
        other.listen()
        assert stack.ensure_up({StackPart.S3})["S3_ENDPOINT_URL"] != first


def test_secrets_are_readable_by_their_owner_only(home: Path):
    environment = stack.ensure_up({StackPart.POSTGRES})
    assert (home / "stack.json").stat().st_mode & 0o077 == 0
    password = environment["DATABASE_URL"].split(":")[2].split("@")[0]
    logs = "".join(path.read_text() for path in (home / "logs").iterdir())
    assert password not in logs
    assert not (home / "postgres" / "password").exists()


def test_database_refuses_another_password(home: Path):
    environment = stack.ensure_up({StackPart.POSTGRES})
    user, host = environment["DATABASE_URL"].split("@")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(user[:-1] + ("0" if user[-1] != "0" else "1") + "@" + host)


def test_database_log_names_no_row(home: Path):
    stack.ensure_up({StackPart.POSTGRES})
    with psycopg.connect(str(stack.owner_url()), autocommit=True) as connection:
        connection.execute("CREATE TABLE once (clause text PRIMARY KEY)")
        clause = "INSERT INTO once VALUES ('principal may be lost')"
        connection.execute(clause)
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(clause)
    log = stack.log_of(StackPart.POSTGRES).read_text()
    assert "duplicate key" in log and "principal" not in log


def test_one_part_alone_imports_nothing_of_the_others(home: Path):
    code = (
        "import sys; from infra import stack; stack.ensure_up({stack.StackPart.POSTGRES}); "
        "print(sorted({'prefect', 'moto', 'boto3', 'tritonclient', 'numpy'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(pids(home)) == {StackPart.POSTGRES}


def test_part_that_cannot_start_names_itself_its_log_and_its_last_words(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules["infra.stack.postgres"].SERVER_SETTINGS, "max_connections", "many")
    with pytest.raises(
        StackError, match=r"(?s)postgres ended before it was ready.*postgres\.log.*max_connections"
    ):
        stack.ensure_up(STORES)
    assert pids(home).keys() >= {StackPart.S3}, "the others stay up"


def test_part_that_hangs_is_given_up_at_its_deadline(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys.modules["infra.stack.s3"].S3, "deadline_s", 1)
    monkeypatch.setattr(sys.modules["infra.stack.s3"].S3, "is_ready", lambda *_: False)
    began = time.monotonic()
    with pytest.raises(StackError, match=r"s3 was not ready within 1 s.*s3\.log"):
        stack.ensure_up({StackPart.S3})
    assert time.monotonic() - began < 10
    assert alive(home) == []
