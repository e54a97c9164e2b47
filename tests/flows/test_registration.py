"""Deployments on a real Prefect server: what an operator switched stays, what the file dropped goes."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.settings import get_current_settings
from ruamel.yaml import YAML

from infra.deploy import registration
from infra.stack.prefect_api import ask, ensure_work_pool
from tasks import maintenance

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def client() -> Iterator[SyncPrefectClient]:
    with get_client(sync_client=True) as opened:
        yield opened
    with warnings.catch_warnings():  # what `prefect deploy` left
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def schedules(client: SyncPrefectClient, name: str) -> dict[str | None, tuple[str, bool]]:
    found = client.read_deployment_by_name(name).schedules
    return {s.slug: (str(getattr(s.schedule, "cron", "")), bool(s.active)) for s in found}


# `prefect deploy` leaves its connections to the garbage collector: it expects to be a process of its own.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_switches_of_an_operator_stay_and_what_the_file_dropped_goes(
    client: SyncPrefectClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    api, tag = get_current_settings().api.url or "", uuid4().hex[:8]
    ensure_work_pool(api, tag, max_runs=1)
    (tmp_path / f"flow_{tag}.py").write_text("from prefect import flow\n\n@flow\ndef mine(): ...\n")
    file = tmp_path / "prefect.yaml"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registration, "DEPLOYMENTS_FILE", file)
    monkeypatch.setattr(maintenance, "DEPLOYMENTS_FILE", file)
    monkeypatch.setattr(registration, "OUR_TAG", tag)
    first, second = f"mine/{tag}-a", f"mine/{tag}-b"

    def register(**by_deployment: list[dict[str, Any]]) -> list[str]:
        entries = [
            {
                "name": f"{tag}-{name}",
                "entrypoint": f"flow_{tag}.py:mine",
                "tags": [tag],
                "work_pool": {"name": tag},
                "schedules": given,
            }
            for name, given in by_deployment.items()
        ]
        YAML(typ="safe").dump({"name": "x", "deployments": entries}, file)
        capsys.readouterr()
        registration.main()
        gc.collect()  # here, where the warnings of it are expected
        lines = capsys.readouterr().out.splitlines()
        return [line.removeprefix(registration.NOTE) for line in lines if line.startswith(registration.NOTE)]

    night = {"cron": "0 2 * * *", "timezone": "UTC", "slug": "night"}
    weekly = {"cron": "0 20 * * 0", "timezone": "UTC", "slug": "weekly", "active": False}
    assert register(a=[night, weekly], b=[night]) == []
    assert schedules(client, first) == {"night": ("0 2 * * *", True), "weekly": ("0 20 * * 0", False)}

    deployment = client.read_deployment_by_name(first)
    for schedule in deployment.schedules:
        client.update_deployment_schedule(deployment.id, schedule.id, active=schedule.slug == "weekly")
    ask(api, "POST", f"/deployments/{client.read_deployment_by_name(second).id}/pause_deployment")
    notes = register(a=[{**night, "cron": "0 3 * * *"}, weekly], b=[night])
    assert schedules(client, first) == {"night": ("0 3 * * *", False), "weekly": ("0 20 * * 0", True)}
    assert client.read_deployment_by_name(second).paused
    assert len([note for note in notes if "as on the server" in note]) == len(notes) >= 3

    notes = register(a=[])
    assert (schedules(client, first), schedules(client, second)) == ({}, {})
    assert sum("was removed" in note for note in notes) == 3

    body = {"schedule": {"cron": "0 5 * * *", "timezone": "UTC"}, "active": True}
    ask(api, "POST", f"/deployments/{deployment.id}/schedules", [body])
    (note,) = register(a=[night])
    assert schedules(client, first) == {"night": ("0 2 * * *", True), None: ("0 5 * * *", True)}
    assert "somebody added it" in note
