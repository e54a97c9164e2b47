"""A schema goes to another process by its digest: what was registered is found on any worker, in the wording of that time."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from infra.cli.backfill import app as backfill_app
from infra.cli.schema import app as schema_app
from tasks import schemas
from tasks.backfill import plan as planner
from tasks.backfill.plan import Selection
from tasks.backfill.run import Driver
from tasks.core.backfill.progress import BackfillState
from tasks.core.errors import SchemaError
from tasks.core.schema import load_schema
from tasks.documents import DocumentRequest, Source
from tasks.nightly.discover import with_registered_schemas
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_backfill_plans import listed

TEXT = "name: small\ntitle: Small\nfields:\n  - {name: yield, title: Yield, description: what it pays}\n"


@pytest.fixture(autouse=True)
def opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.cli.database.start_parts", lambda *parts: None)
    for module in ("tasks.store", "tasks.schemas", "tasks.backfill.plan", "tasks.backfill.run"):
        monkeypatch.setattr(f"{module}.store", lambda: store)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`small.yaml` in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.yaml"
    path.write_text(TEXT)
    return path


def test_a_registered_schema_is_found_without_its_file(file: Path) -> None:
    schema = load_schema("small.yaml")
    said = CliRunner().invoke(schema_app, ["register", "small.yaml"])
    assert said.stdout.strip() == f"small@{schema.digest}"
    file.write_text(TEXT.replace("what it pays", "another wording"))
    os.chdir("/")
    assert schemas.open_schema(f"small@{schema.digest}") == schema
    assert schemas.open_schema(f"small@{schema.digest[:12]}") == schema
    sources = [Source(prefix="a/", schema_name=str(file)), Source(prefix="b/", schema_name="cv")]
    night, cv = (source.schema_name for source in with_registered_schemas(sources))
    assert schemas.open_schema(night).field("yield").description == "another wording"
    assert (schemas.label(night), cv) == ("small", "cv")
    assert schemas.portable(f"small@{schema.digest}") == f"small@{schema.digest}"


def test_what_is_not_registered_is_told_with_what_is(file: Path, connection: psycopg.Connection) -> None:
    reference = schemas.portable("small.yaml")
    with pytest.raises(SchemaError, match=rf"of this name: {reference[:18]}\).*countersign schema register"):
        schemas.open_schema(f"small@{'0' * 64}")
    with pytest.raises(SchemaError, match="of this name: none"):
        schemas.open_schema(reference.replace("small", "other"))
    connection.execute(
        """UPDATE schema_version SET definition = jsonb_set(definition, '{title}', '"Other"')"""
    )
    with pytest.raises(SchemaError, match="read differently"):
        schemas.open_schema(reference)


def planned(monkeypatch: pytest.MonkeyPatch, schema_name: str) -> None:
    models = SimpleNamespace(
        identities=(samples.identity("a").generator, samples.identity("a").critic),
        promise=lambda schema: None,
    )
    monkeypatch.setattr(planner, "serving_models", lambda use_critic: models)
    monkeypatch.setattr(planner, "_listed", lambda *_: listed("a"))
    config = SimpleNamespace(
        bucket="contracts", max_rounds=3, backfill_max_documents=0, backfill_max_tokens=0, backfill_max_money=0, backfill_max_hours=0
    )  # fmt: skip
    monkeypatch.setattr(planner, "settings", lambda: config)
    monkeypatch.setattr(planner, "price_table", lambda: None)
    planner.plan("it", Selection(schema_name=schema_name))


def submitted(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[DocumentRequest]:
    """What the driver sends to the workers."""
    backfill = store.backfills.by_name("it")
    store.backfills.set_state(backfill.backfill_id, BackfillState.RUNNING, [BackfillState.PLANNED])
    sent: list[DocumentRequest] = []

    def submit(name: str, batch: object, documents: list[DocumentRequest], options: object) -> None:
        sent.extend(documents)

    monkeypatch.setattr("tasks.backfill.run.create_progress_artifact", lambda **_: None)
    monkeypatch.setattr("tasks.backfill.run.submit_batch", submit)
    client: Any = None
    Driver(backfill, client)._begin_batch(1)
    return sent


def test_a_plan_keeps_the_wording_of_its_schema_for_any_worker(
    file: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = load_schema("small.yaml")
    planned(monkeypatch, "small.yaml")
    assert "another wording" not in CliRunner().invoke(backfill_app, ["show", "it"]).output
    file.write_text(TEXT.replace("what it pays", "what is paid"))
    os.chdir("/")
    (request,) = submitted(store, monkeypatch)
    assert request.schema_name == f"small@{schema.digest}"
    assert schemas.open_schema(request.schema_name) == schema
    told = CliRunner().invoke(backfill_app, ["show", "it"])
    assert "small.yaml has another wording now than in the plan" in told.output
    file.write_text("no schema")
    assert "another wording" in CliRunner().invoke(backfill_app, ["show", "it"]).output
    file.unlink()
    assert "another wording" not in CliRunner().invoke(backfill_app, ["show", "it"]).output


def test_a_plan_by_a_registered_version_or_a_built_in_name_is_stored_by_its_digest(
    file: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = schemas.portable("small.yaml")
    file.unlink()
    planned(monkeypatch, reference[:18])
    selection = store.backfills.by_name("it").selection
    assert (selection["schema_name"], selection["schema_digest"]) == ("small", reference[6:])
