"""Prefect makes a form of each deployment's parameters: every field says what it is for, every
number its bounds."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prefect.exceptions import ParameterTypeError
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DEPLOYMENTS: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text())["deployments"]
BY_NAME = {deployment["name"]: deployment for deployment in DEPLOYMENTS}
BOUNDS = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}


def flow(name: str) -> Any:
    path, _, function = BY_NAME[name]["entrypoint"].partition(":")
    return getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), function)


def form_fields(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each field of a form with its path: the parameters, and the fields of their models."""
    schema = flow(name).parameters
    for parameter, field in schema.properties.items():
        yield parameter, field
    for model, definition in schema.definitions.items():
        for field_name, field in definition.get("properties", {}).items():
            yield f"{model}.{field_name}", field


def numbers(field: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in (field, *field.get("anyOf", ()), *([field["items"]] if "items" in field else ())):
        if kind.get("type") in {"integer", "number"}:
            yield kind


@pytest.mark.parametrize("name", BY_NAME)
def test_every_field_has_a_title_and_a_description(name: str):
    bare = [
        path for path, field in form_fields(name) if not (field.get("title") and field.get("description"))
    ]
    assert bare == []


@pytest.mark.parametrize("name", BY_NAME)
def test_every_number_has_its_bounds(name: str):
    free = [
        path
        for path, field in form_fields(name)
        for number in numbers(field)
        if not all(number.keys() & bound for bound in BOUNDS)
    ]
    assert free == []


CV = {"schema_name": "cv"}
BAD_VALUES = [
    ("extract", {"documents": [{"key": "", **CV}]}),
    ("extract", {"documents": [], "options": {"max_rounds": 11}}),
    ("extract", {"documents": [], "backfill": {"backfill_id": 0, "number": 1}}),
    ("nightly", {"sources": []}),
    ("nightly", {"sources": [{"prefix": "a/", **CV}], "batch_size": 0}),
    ("nightly", {"sources": [{"prefix": "a/", **CV}], "batch_size": 1001}),
    ("maintenance", {"keep_flow_runs_days": 0}),
    ("maintenance", {"orphan_after_hours": 0.5}),
    ("maintenance", {"drift_weeks": 53}),
    ("backfill-plan", {"name": "Spring", "selection": CV}),
    ("backfill-plan", {"name": "spring", "selection": {**CV, "batch_size": 501}}),
    ("backfill", {"name": "a b"}),
    ("backfill-steer", {"name": "spring", "action": "stop"}),
]


@pytest.mark.parametrize(("name", "parameters"), BAD_VALUES)
def test_bad_value_is_refused_before_the_flow_begins(name: str, parameters: dict[str, Any]):
    with pytest.raises(ParameterTypeError):
        flow(name).validate_parameters(parameters)
