"""Parts that the environment names: used, not started; refused in words that tell a wrong key from a dead server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest

from infra import stack
from infra.stack import StackPart
from infra.stack.ports import choose
from tasks.core.errors import (
    ConfigurationError,
    ModelUnavailable,
    SourceForbidden,
    SourceMissing,
    SourceUnavailable,
    StackError,
    StoreUnavailable,
)
from tests.stack.conftest import empty_stack


@pytest.fixture
def dead() -> str:
    """An address where nobody listens."""
    return f"127.0.0.1:{choose(['nobody'], {})['nobody']}"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch, empty_stack(tmp_path_factory.mktemp("running"), patch):
        yield stack.ensure_up({StackPart.POSTGRES, StackPart.S3})


@pytest.fixture
def elsewhere(exported: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What a running stack exports; the test itself is in another, empty one."""
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path / "other"))
    return exported


def test_given_database_is_used_and_none_is_started(
    elsewhere: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", elsewhere["DATABASE_URL"])
    assert "DATABASE_URL" not in stack.ensure_up({StackPart.POSTGRES})
    assert json.loads((tmp_path / "other" / "stack.json").read_text())["running"] == {}
    shown = next(part for part in stack.status() if part.part is StackPart.POSTGRES)
    assert shown.state == "given"
    assert shown.address in elsewhere["DATABASE_URL"] and "@" not in shown.address


def test_exported_variables_name_nobody_else(home: Path, monkeypatch: pytest.MonkeyPatch):
    for name, value in stack.ensure_up({StackPart.POSTGRES}).items():
        monkeypatch.setenv(name, value)
    assert stack.ensure_up({StackPart.POSTGRES})["DATABASE_URL"]
    assert stack.status()[0].state == "running"


def test_export_fills_in_only_what_is_not_set(home: Path):
    stack.ensure_up({StackPart.S3})
    env = {"AWS_REGION": "eu-central-1"}
    stack.export(env)
    assert env["AWS_REGION"] == "eu-central-1"
    assert env["S3_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert env["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_wrong_database_password_is_told_from_a_dead_server(
    elsewhere: dict[str, str], dead: str, monkeypatch: pytest.MonkeyPatch
):
    host = elsewhere["DATABASE_URL"].partition("@")[2]
    monkeypatch.setenv("DATABASE_URL", f"postgresql://countersign:wrong-secret@{host}")
    with pytest.raises(ConfigurationError, match="password") as refused:
        stack.ensure_up({StackPart.POSTGRES})
    assert "wrong-secret" not in str(refused.value)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://countersign:secret@{dead}/countersign")
    with pytest.raises(StoreUnavailable, match="does not answer"):
        stack.ensure_up({StackPart.POSTGRES})


def test_missing_bucket_missing_key_and_dead_store_are_told_apart(
    elsewhere: dict[str, str], dead: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("S3_ENDPOINT_URL", elsewhere["S3_ENDPOINT_URL"])
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(SourceForbidden, match="no complete credentials"):
        stack.ensure_up({StackPart.S3})
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", elsewhere["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret-canary")
    with pytest.raises(SourceForbidden, match="Check the AWS credentials") as refused:
        stack.ensure_up({StackPart.S3})
    assert "s3cret-canary" not in str(refused.value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", elsewhere["AWS_SECRET_ACCESS_KEY"])
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that it found first
    assert stack.ensure_up({StackPart.S3})
    monkeypatch.setenv("COUNTERSIGN_BUCKET", "not-there")
    with pytest.raises(SourceMissing, match="not-there"):
        stack.ensure_up({StackPart.S3})
    monkeypatch.setenv("S3_ENDPOINT_URL", f"http://{dead}")
    with pytest.raises(SourceUnavailable, match="does not answer"):
        stack.ensure_up({StackPart.S3})


def test_dead_triton_and_dead_prefect_say_which_setting_to_check(
    home: Path, dead: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TRITON_URL", dead)
    with pytest.raises(ModelUnavailable, match="TRITON_URL"):
        stack.ensure_up({StackPart.TRITON})
    monkeypatch.setenv("PREFECT_API_URL", f"http://{dead}/api")
    with pytest.raises(StackError, match="PREFECT_API_URL"):
        stack.ensure_up({StackPart.PREFECT, StackPart.WORKER})
    with pytest.raises(StackError, match=r"(?s)TRITON_URL.*PREFECT_API_URL"):
        stack.ensure_up({StackPart.TRITON, StackPart.PREFECT})


def test_server_that_is_no_prefect_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), SilentHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{other.server_port}/api")
        with pytest.raises(StackError, match="no Prefect API"):
            stack.ensure_up({StackPart.PREFECT})
        other.shutdown()


class SilentHandler(BaseHTTPRequestHandler):
    """Knows no method, and logs nothing."""

    def log_message(self, *_: object) -> None:
        """Nothing."""
