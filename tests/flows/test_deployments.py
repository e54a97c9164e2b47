"""`prefect.yaml`, the flows and the README's table say the same."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DEPLOYMENTS: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text())["deployments"]


def entrypoint(deployment: dict[str, Any]) -> Any:
    path, _, name = deployment["entrypoint"].partition(":")
    return getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)


def test_extract_and_nightly_are_deployed():
    assert {d["name"] for d in DEPLOYMENTS} == {"extract", "nightly"}


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_entrypoint_is_a_flow_and_its_parameters_validate(deployment: dict[str, Any]):
    flow = entrypoint(deployment)
    known = set(flow.parameters.properties)
    parameters = deployment.get("parameters") or {}
    assert set(parameters) <= known
    if set(flow.parameters.required or ()) <= set(parameters):
        flow.validate_parameters(parameters)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_deployment_stands_in_the_readme_table(deployment: dict[str, Any]):
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert any(line.startswith(f"| `{deployment['name']}`") for line in rows)


def test_nightly_has_a_cron_schedule_with_a_time_zone():
    nightly = next(d for d in DEPLOYMENTS if d["name"] == "nightly")
    schedule = nightly["schedules"][0]
    assert schedule["cron"] and schedule["timezone"]
