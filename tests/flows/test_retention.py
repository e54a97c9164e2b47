"""What the Prefect server keeps of our deployments: old ends go with all that hangs on them, nothing else is touched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import ArtifactCreate, LogCreate
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Running, State
from ruamel.yaml import YAML

from tasks import maintenance as retention
from tasks.maintenance import DeletedRows, delete_ended_before, delete_old_flow_runs, deployment_names

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("prefect_server")]

LATER = timedelta(hours=1)
"""The server dates every end itself, so the tests look from the future."""


@flow
def mine() -> None: ...


@flow
def somebody_elses() -> None: ...


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as opened:
        yield opened


@pytest.fixture
def put_run(
    client: SyncPrefectClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, State], UUID]]:
    """Makes a flow run with an artifact and a log; deployments are the test's own."""
    ours = f"ours-{uuid4().hex[:8]}"
    file = tmp_path / "prefect.yaml"
    YAML().dump({"deployments": [{"name": ours, "entrypoint": "flows/mine.py:mine"}]}, file)
    monkeypatch.setattr(retention, "DEPLOYMENTS_FILE", file)
    by_name = {
        "ours": client.create_deployment(client.create_flow(mine), ours),
        "theirs": client.create_deployment(client.create_flow(somebody_elses), ours),
    }

    def put(deployment: str, state: State) -> UUID:
        run = client.create_flow_run_from_deployment(by_name[deployment])
        client.set_flow_run_state(run.id, state, force=True)
        client.create_artifact(ArtifactCreate(key="batch", type="table", data="[]", flow_run_id=run.id))
        client.create_logs(
            [LogCreate(name="n", level=20, message="m", timestamp=datetime.now(UTC), flow_run_id=run.id)]  # type: ignore[arg-type]
        )
        return run.id

    yield put
    for deployment_id in by_name.values():
        client.delete_deployment(deployment_id)


def left(client: SyncPrefectClient, run_id: UUID) -> tuple[bool, int, int]:
    """Whether the run is there, and its artifacts and logs."""
    try:
        is_there = client.read_flow_run(run_id) is not None
    except ObjectNotFound:
        is_there = False
    artifacts = client.read_artifacts(
        artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]))
    )
    logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run_id])))
    return is_there, len(artifacts), len(logs)


def look_until_gone(client: SyncPrefectClient, run_id: UUID) -> tuple[bool, int, int]:
    """The server deletes logs in the background."""
    until = time.monotonic() + 30
    while (seen := left(client, run_id)) != (False, 0, 0) and time.monotonic() < until:
        time.sleep(0.2)
    return seen


def test_old_ends_of_ours_go_whole_and_the_second_time_finds_nothing(
    client: SyncPrefectClient, put_run: Callable[[str, State], UUID]
) -> None:
    ended, running, theirs = (
        put_run("ours", Completed()),
        put_run("ours", Running()),
        put_run("theirs", Completed()),
    )
    before = datetime.now(UTC) + LATER
    assert delete_ended_before(client, before, dry_run=True) == DeletedRows(1, 1, 1)
    assert left(client, ended) == (True, 1, 1)
    assert delete_ended_before(client, before, dry_run=False) == DeletedRows(1, 1, 1)
    assert look_until_gone(client, ended) == (False, 0, 0)
    assert left(client, running) == left(client, theirs) == (True, 1, 1)
    assert delete_ended_before(client, before, dry_run=False) == DeletedRows()


def test_more_than_a_page_goes(
    client: SyncPrefectClient, put_run: Callable[[str, State], UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_RUNS_A_PAGE", 2)
    monkeypatch.setattr(retention, "_ROWS_A_PAGE", 1)
    for _ in range(5):
        put_run("ours", Completed())
    before = datetime.now(UTC) + LATER
    assert delete_ended_before(client, before, dry_run=True) == DeletedRows(5, 5, 5)
    assert delete_ended_before(client, before, dry_run=False) == DeletedRows(5, 5, 5)
    assert delete_ended_before(client, before, dry_run=True) == DeletedRows()


def test_what_ended_lately_stays(client: SyncPrefectClient, put_run: Callable[[str, State], UUID]) -> None:
    run_id = put_run("ours", Completed())
    assert delete_old_flow_runs.fn(1, dry_run=False) == DeletedRows()
    assert left(client, run_id) == (True, 1, 1)


def test_server_without_our_deployments_loses_nothing(
    client: SyncPrefectClient,
    put_run: Callable[[str, State], UUID],
    tmp_path: Path,
) -> None:
    run_id = put_run("ours", Completed())
    YAML().dump({"deployments": [{"name": "none", "entrypoint": "a.py:b_c"}]}, tmp_path / "prefect.yaml")
    assert deployment_names() == ["b-c/none"]
    assert delete_ended_before(client, datetime.now(UTC) + LATER, dry_run=False) == DeletedRows()
    assert left(client, run_id) == (True, 1, 1)
