"""What operators do all year, by the deployments on a live stack: nights with `refresh`, maintenance, and nights that are refused a prefix."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.models.publishing import publish, roll_back
from infra.models.service import current_service
from infra.stack.prefect import prefect_environment
from infra.stack.prefect_api import SecuredServer, ask
from infra.stack.s3_signatures import S3User
from tasks.learning.promotion.contender import inspect
from tasks.maintenance import ORPHANED
from tasks.postgres.store import Store
from tests.db import samples
from tests.processes.folders import moved_bar
from tests.servers.object_server import Answer, Request, refusal, served
from tests.stack.whole.conftest import GIVEN, ROOT, Product
from tests.stack.whole.test_workers import put_documents, s3_client, wait_for_end

pytestmark = pytest.mark.timeout(600)
NIGHT = """
from flows.nightly import nightly
sources = [{"prefix": prefix, "schema_name": "cuad"} for prefix in ("shut/", "open/")]
state = nightly(sources, return_state=True)
print(state.name, state.message)
"""


def run(api: SecuredServer, deployment: str, **parameters: Any) -> dict[str, Any]:
    """One run of a deployment, and the state it ended in."""
    found = ask(api, "GET", f"/deployments/name/{deployment}/{deployment}")
    body = {"parameters": {**found["parameters"], **parameters}}
    return wait_for_end(api, ask(api, "POST", f"/deployments/{found['id']}/create_flow_run", body)["id"])


@pytest.fixture
def automations(product: Product) -> Iterator[None]:
    """On the server while the test lasts."""
    deployed = product.run("automations", "deploy")
    assert deployed.returncode == 0, deployed.stderr
    yield
    product.run("automations", "remove")


@pytest.mark.usefixtures("automations")
def test_night_that_fails_is_noticed_by_the_server_itself(product: Product):
    api = SecuredServer.of(product.environment())
    named = {"automations": {"name": {"any_": ["countersign nightly failed"]}}}
    (watching,) = ask(api, "POST", "/automations/filter", named)
    acted = {"event": {"name": ["prefect.automation.action.executed"]}}
    acted |= {"resource": {"id": [f"prefect.automation.{watching['id']}"]}}

    def n_acted() -> int:
        return ask(api, "POST", "/events/filter", {"filter": acted})["total"]

    before = n_acted()
    night = run(api, "nightly", bucket="no-such-bucket")
    assert (night["type"], "NoSuchBucket" in night["message"]) == ("FAILED", True)
    until = time.monotonic() + 60
    while n_acted() == before:
        assert time.monotonic() < until, "the automation acts"
        time.sleep(0.5)


@contextmanager
def another_critic(product: Product, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COUNTERSIGN_HOME", str(product.home))
    service = current_service()
    new = inspect(moved_bar(folder, "critic", redundant_bar=0.6), "critic")
    publish(service, "critic", new, 1, {"model": "critic", "reasons": ["it is a test"]})
    try:
        yield
    finally:
        roll_back(service, "critic", None, "it was a test")


def test_refresh_takes_up_what_another_model_did_once(
    product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    env = product.environment()
    api = SecuredServer.of(env)
    put_documents(env, "refreshed/", 2)
    night: dict[str, Any] = {"sources": [{"prefix": "refreshed/", "schema_name": "cuad"}]}
    first = run(api, "nightly", **night)
    assert (first["type"], first["message"][:20]) == ("COMPLETED", "2 documents: 2 done,")
    with another_critic(product, tmp_path / "critic", monkeypatch):
        assert run(api, "nightly", **night)["message"] == "nothing new"
        again = run(api, "nightly", **night, refresh=True)
        assert (again["type"], again["message"][:20]) == ("COMPLETED", "2 documents: 2 done,")
        assert run(api, "nightly", **night, refresh=True)["message"] == "nothing new"
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        runs = connection.execute(
            "SELECT source.key, count(DISTINCT run.critic_id), count(*) FROM source JOIN run USING (document_id) "
            "WHERE starts_with(source.key, 'refreshed/') GROUP BY source.key"
        ).fetchall()
    assert [row[1:] for row in runs] == [(2, 2), (2, 2)]


def begun_two_days_ago(url: str, *run_ids: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE run DISABLE TRIGGER USER")  # the guard keeps a run's beginning
        old = "UPDATE run SET created_at = now() - interval '2 days' WHERE run_id = ANY (%s::uuid[])"
        connection.execute(old, (list(run_ids),))
        connection.execute("ALTER TABLE run ENABLE TRIGGER USER")


def states(url: str, *run_ids: str) -> list[tuple[str, str | None]]:
    one = "SELECT state::text, error_code FROM run WHERE run_id = %s"
    with psycopg.connect(url) as connection:
        return [connection.execute(one, (run_id,)).fetchone() or ("", "") for run_id in run_ids]


def test_maintenance_gives_up_the_run_of_a_dead_worker_and_leaves_a_held_one(product: Product):
    env = product.environment()
    api, url = SecuredServer.of(env), env["DATABASE_URL"]
    with Store(url) as store:
        for content in ("orphan", "held"):
            samples.put_document(store, content, f"kept/{content}.pdf")
        with store.runs.claim(samples.identity("orphan")) as left:
            store.runs.save_round(left.run_id, samples.round_record(1))
        with store.runs.claim(samples.identity("held")) as held:
            begun_two_days_ago(product.owner_url(), left.run_id, held.run_id)
            dry = run(api, "maintenance")
            assert dry["message"].startswith("dry run, would be: 1 orphaned run set failed")
            assert states(url, left.run_id, held.run_id) == [("running", None)] * 2
            done = run(api, "maintenance", dry_run=False)
            assert done["message"].startswith("done: 1 orphaned run set failed")
            assert states(url, left.run_id, held.run_id) == [("failed", ORPHANED), ("running", None)]
            for number in (1, 2):
                store.runs.save_round(held.run_id, samples.round_record(number))
            store.runs.finish(held.run_id, samples.extractions(), samples.coverage(), {"seconds": 1.0})


@contextmanager
def refusing(env: Mapping[str, str], prefix: str) -> Iterator[str]:
    """The embedded store behind a door that refuses one prefix: in moto every user may do everything."""
    user = S3User(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])

    def answer(asked: Request) -> Answer:
        if asked.query.get("prefix") == prefix:
            return refusal(403, "AccessDenied")
        url = f"{env['S3_ENDPOINT_URL']}{asked.target}"
        signed = urllib.request.Request(url, headers=user.sign("GET", url, env["AWS_REGION"]))
        with urllib.request.urlopen(signed) as real:
            return Answer(body=real.read(), etag=(real.headers.get("ETag") or "").strip('"'))

    with served(answer) as server:
        yield server.url


def test_night_that_is_refused_a_prefix_does_the_others_and_ends_failed(product: Product):
    env = product.environment()
    put_documents(env, "open/", 1)
    with refusing(env, "shut/") as url:
        surroundings = prefect_environment(**{**env, "S3_ENDPOINT_URL": url}, PYTHONPATH=str(ROOT))
        night = subprocess.run(
            [sys.executable, "-c", NIGHT],
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=200,
            check=True,
        )
    told = night.stdout.splitlines()[-1]
    assert told.startswith("Failed 1 document: 1 done,"), night.stdout + night.stderr
    assert "listing s3://contracts/shut/: refused (AccessDenied)" in told
    assert told.endswith("1 batch, 0 not completed")


@pytest.mark.parametrize("bucket", ["contracts", "still-empty"])
def test_night_over_prefixes_that_are_empty_yet_completes_with_a_row_for_each(product: Product, bucket: str):
    env = product.environment()
    if bucket != "contracts":
        with s3_client(env) as client:
            client.create_bucket(Bucket=bucket)
    sources = [{"prefix": f"not-yet/{name}/", "schema_name": name} for name in ("cv", "cuad")]
    night = run(SecuredServer.of(env), "nightly", sources=sources, bucket=bucket)
    places = ", ".join(f"s3://{bucket}/not-yet/{name}/" for name in ("cv", "cuad"))
    assert (night["type"], night["message"]) == ("COMPLETED", f"nothing new; no documents under {places} yet")
    table = json.loads(ask(SecuredServer.of(env), "GET", "/artifacts/nightly/latest")["data"])
    assert [(row["prefix"], row["documents"], row["empty"]) for row in table] == [
        ("not-yet/cv/", 0, "yes"),
        ("not-yet/cuad/", 0, "yes"),
        ("all", 0, ""),
    ]
