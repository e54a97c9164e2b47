"""Several workers on one pool share overlapping batches: every document is done, and none of them twice."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg
import pytest

from infra.stack.prefect import prefect_environment
from infra.stack.prefect_api import SecuredServer, ask, last_heartbeat
from infra.stack.process import stop
from tests.stack.whole.conftest import ROOT, Product

pytestmark = pytest.mark.timeout(600)
N_WORKERS = 3
"""One of them is neither the first nor the last of a batch that several want."""
BATCH_SIZE = 6
STEP = 2
"""A batch begins two documents after the one before it, so that most documents are in two or three batches."""
DEADLINE_S = 180
TEXT = """SERVICES AGREEMENT No. {number}

This Services Agreement is made on March {day}, 2021 between Alder Works Ltd. and Birch Trading GmbH.

1. Term. This Agreement shall remain in force for {number} months after the Effective Date.

2. Governing law. This Agreement shall be governed by the laws of the State of Delaware.

3. Assignment. Neither party may assign this Agreement without the prior written consent of the other party.
"""
RUNS_OF_EACH_DOCUMENT = """
    SELECT source.key, count(run.run_id), count(*) FILTER (WHERE run.state = 'done'), max(run.attempt)
    FROM source LEFT JOIN run USING (document_id) WHERE source.key LIKE %s GROUP BY source.key
"""
COUNTS = re.compile(r"(\d+) (done|unchanged|postponed)\b")


def test_workers_share_batches_and_no_document_is_done_twice(product: Product, tmp_path: Path):
    env = product.environment()
    api, pool = SecuredServer.of(env), "shared"
    keys = put_documents(env, "workers/", (N_WORKERS - 1) * STEP + BATCH_SIZE)
    deployment = deploy_to_pool(api, pool)
    batches = [keys[at * STEP : at * STEP + BATCH_SIZE] for at in range(N_WORKERS)]
    with workers(env, pool, N_WORKERS, tmp_path) as logs:
        wait_for_workers(api, pool, logs)
        runs = [submit(api, deployment, batch) for batch in batches]
        ends = [wait_for_end(api, run) for run in runs]
    assert [end["type"] for end in ends] == ["COMPLETED"] * N_WORKERS, [end["message"] for end in ends]
    counts = sum((counts_of(end["message"]) for end in ends), Counter[str]())
    assert counts["done"] == len(keys)
    assert counts["unchanged"] + counts["postponed"] == N_WORKERS * BATCH_SIZE - len(keys)
    took_part = [name for name, log in logs.items() if any(run in log.read_text() for run in runs)]
    assert took_part == list(logs), "every worker took a batch"
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        rows = connection.execute(RUNS_OF_EACH_DOCUMENT, ["workers/%"]).fetchall()
    assert sorted(rows) == [(key, 1, 1, 1) for key in keys]


def s3_client(env: dict[str, str]) -> contextlib.closing[Any]:
    """A client of the embedded store."""
    return contextlib.closing(
        boto3.client(
            "s3",
            endpoint_url=env["S3_ENDPOINT_URL"],
            region_name=env["AWS_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )
    )


def put_documents(env: dict[str, str], prefix: str, n_documents: int) -> list[str]:
    """Different documents, as keys."""
    keys = [f"{prefix}{number:02}.txt" for number in range(1, n_documents + 1)]
    with s3_client(env) as client:
        for number, key in enumerate(keys, 1):
            body = TEXT.format(number=f"{prefix}{number}", day=number).encode()
            client.put_object(Bucket="contracts", Key=key, Body=body)
    return keys


def deploy_to_pool(api: SecuredServer, pool: str) -> str:
    """The `extract` deployment once more, on a pool where only this test's workers listen."""
    ask(api, "POST", "/work_pools/", {"name": pool, "type": "process", "base_job_template": {}})
    extract = ask(api, "GET", "/deployments/name/extract/extract")
    same = (
        "flow_id",
        "entrypoint",
        "path",
        "pull_steps",
        "parameter_openapi_schema",
        "enforce_parameter_schema",
    )
    body = {name: extract[name] for name in same} | {"name": pool, "work_pool_name": pool}
    return ask(api, "POST", "/deployments/", body)["id"]


@contextlib.contextmanager
def workers(env: dict[str, str], pool: str, n_workers: int, folder: Path) -> Iterator[dict[str, Path]]:
    """Workers that take one batch at a time; their logs by name."""
    surroundings = prefect_environment(
        **env, PYTHONPATH=str(ROOT), PREFECT_WORKER_QUERY_SECONDS="1", TMPDIR=str(folder)
    )
    logs = {f"worker-{number}": folder / f"worker-{number}.log" for number in range(n_workers)}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, log in logs.items():
            start = [sys.executable, "-m", "prefect", "worker", "start", "--pool", pool, "--type", "process"]
            how = ["--name", name, "--limit", "1", "--install-policy", "never"]
            with log.open("wb") as output:
                worker = subprocess.Popen(
                    [*start, *how], env=surroundings, cwd=folder, stdout=output, stderr=subprocess.STDOUT
                )
            started.append(worker)
        yield logs
    finally:
        stop([psutil.Process(worker.pid) for worker in started])
        for worker in started:
            worker.wait(timeout=10)


def wait_for_workers(api: SecuredServer, pool: str, names: Iterable[str]) -> None:
    until = time.monotonic() + DEADLINE_S
    while not all(last_heartbeat(api, pool, name) for name in names):
        assert time.monotonic() < until, "every worker reports"
        time.sleep(0.5)


def submit(api: SecuredServer, deployment: str, keys: list[str]) -> str:
    documents = [{"key": key, "schema_name": "cuad"} for key in keys]
    body = {"parameters": {"documents": documents, "options": {}}}
    return ask(api, "POST", f"/deployments/{deployment}/create_flow_run", body)["id"]


def counts_of(message: str) -> Counter[str]:
    """Documents of a batch that were done in it, found done, or left to another worker."""
    return Counter({word: int(number) for number, word in COUNTS.findall(message)})


def wait_for_end(api: SecuredServer, run: str) -> dict[str, Any]:
    until = time.monotonic() + DEADLINE_S
    while time.monotonic() < until:
        state = ask(api, "GET", f"/flow_runs/{run}")["state"]
        if state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
            return state
        time.sleep(0.5)
    pytest.fail(f"the run {run} did not end within {DEADLINE_S} s")
