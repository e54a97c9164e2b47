"""Registers the deployments of `prefect.yaml`: operators' switches stay, and what the file dropped goes.

`prefect deploy --all` alone sets the switch of a schedule back to the file's, or to on, and never
removes a schedule. So it gets a copy of the file with the switches that the server has, and what
the file no longer names is removed afterwards.

A schedule with a slug belongs to the file. One without was added by a person: it stays.

Requires:
    A Prefect server (`PREFECT_API_URL`) with the work pool. Call it as a program, in the folder of
    the checkout: `python -m infra.deploy.registration`.
"""

from __future__ import annotations

import os
import re
import runpy
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from ruamel.yaml import YAML

from tasks.maintenance import DEPLOYMENTS_FILE, deployment_names

NOTE = "note: "
"""How a line begins that a user should read; the others are Prefect's."""
OUR_TAG = "countersign"
_SHAPES = {"cron": "", "interval": "every ", "rrule": ""}


@dataclass(frozen=True, slots=True)
class PlannedSchedules:
    """What one deployment gets."""

    schedules: list[dict[str, Any]]
    """In the form of `prefect.yaml`, each with its switch."""
    notes: list[str] = field(default_factory=list)
    """What differs from the file, without the deployment's name."""


def main() -> None:
    with get_client(sync_client=True) as client:
        entries = YAML(typ="safe").load(DEPLOYMENTS_FILE.read_text(encoding="utf-8"))
        names = deployment_names()
        notes: list[str] = []
        for name, entry in zip(names, entries["deployments"], strict=True):
            notes += _plan_entry(entry, name, _deployment(client, name))
        _prefect_deploy(entries)
        slugs = {n: _slugs(e) for n, e in zip(names, entries["deployments"], strict=True)}
        notes += remove_dropped(client, slugs)
    for note in notes:
        print(f"{NOTE}{note}")


def plan(written: Iterable[Mapping[str, Any]], existing: Sequence[DeploymentSchedule]) -> PlannedSchedules:
    """The file's schedules with the server's switches, and those that a person added.

    Args:
        written: Of `prefect.yaml`.
        existing: Of the server.
    """
    planned, by_slug = PlannedSchedules([]), {s.slug: s for s in existing if s.slug}
    added = {timing(in_file_form(s)): s for s in existing if not s.slug}
    for schedule in written:
        slug = schedule.get("slug") or slug_of(schedule)
        same_time = added.pop(timing(schedule), None)  # registered before it had a slug
        before = by_slug.get(slug) or same_time
        is_on = bool(schedule.get("active", True)) if before is None else before.active
        if is_on != schedule.get("active", True):
            planned.notes.append(
                f"the schedule {slug} ({told(schedule)}) stays {_switch(is_on)}, as on the server; "
                f"prefect.yaml says {_switch(not is_on)}"
            )
        planned.schedules.append({**schedule, "slug": slug, "active": is_on})
    for left in added.values():
        form = in_file_form(left)
        planned.schedules.append({**form, "active": left.active})
        planned.notes.append(
            f"the schedule {told(form)} stays {_switch(left.active)}: it has no slug, so somebody added it on Prefect's "
            "page. If it is not wanted, delete it there"
        )
    return planned


def in_file_form(schedule: DeploymentSchedule) -> dict[str, Any]:
    """A schedule of the server as `prefect.yaml` would write it."""
    when = schedule.schedule.model_dump(exclude_none=True)
    form = {
        name: value.total_seconds() if isinstance(value, timedelta) else value.isoformat()
        for name, value in when.items()
        if isinstance(value, timedelta | datetime)
    }
    given = {"parameters": schedule.parameters} if schedule.parameters else {}
    return {**when, **form, **given}


def timing(schedule: Mapping[str, Any]) -> tuple[str, str]:
    """What it is known by as long as it has no slug: when, and in which time zone."""
    value = next((schedule[shape] for shape in _SHAPES if schedule.get(shape)), "")
    when = str(float(value)) if isinstance(value, int | float) else str(value)
    return when, str(schedule.get("timezone") or "UTC")


def slug_of(schedule: Mapping[str, Any]) -> str:
    """A name for a schedule that the file gives none: with another time it is another schedule."""
    words = " ".join(timing(schedule)).replace("*", "x").lower()
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")


def told(schedule: Mapping[str, Any]) -> str:
    when, zone = timing(schedule)
    shape = next((shape for shape in _SHAPES if schedule.get(shape)), "cron")
    return f"{_SHAPES[shape]}{when}{' s' if shape == 'interval' else ''}, {zone}"


def remove_dropped(client: SyncPrefectClient, slugs: Mapping[str, frozenset[str]]) -> list[str]:
    """Delete schedules with a slug that the file no longer has, also of deployments that it no longer has.

    Args:
        slugs: FLOW/DEPLOYMENT of the file, and the slugs of its schedules.
    """
    notes: list[str] = []
    for name, deployment in _registered(client, slugs).items():
        for schedule in deployment.schedules:
            if schedule.slug and schedule.slug not in slugs.get(name, ()):
                client.delete_deployment_schedule(deployment.id, schedule.id)
                notes.append(
                    f"{name}: the schedule {schedule.slug} ({told(in_file_form(schedule))}) was removed; "
                    "prefect.yaml no longer has it"
                )
    return notes


def _registered(client: SyncPrefectClient, names: Iterable[str]) -> dict[str, DeploymentResponse]:
    """The file's deployments, and those with our tag that the file does not name."""
    found = {name: deployment for name in names if (deployment := _deployment(client, name))}
    with_tag = DeploymentFilter.model_validate({"tags": {"all_": [OUR_TAG]}})
    known = {deployment.id for deployment in found.values()}
    for deployment in client.read_deployments(deployment_filter=with_tag, limit=200):
        if deployment.id not in known:
            flow = client.read_flow(deployment.flow_id).name
            found[f"{flow}/{deployment.name}"] = deployment
    return found


def _plan_entry(entry: dict[str, Any], name: str, existing: DeploymentResponse | None) -> list[str]:
    """Put the switches into the entry; the notes carry the deployment's name."""
    planned = plan(entry.get("schedules") or (), existing.schedules if existing else ())
    entry.pop("schedules", None)
    if planned.schedules:  # Prefect takes an empty list for "leave them as they are"
        entry["schedules"] = planned.schedules
    notes = [f"{name}: {note}" for note in planned.notes]
    if existing and existing.paused:
        entry["paused"] = True
        notes.append(f"{name} stays paused, as on the server")
    return notes


def _slugs(entry: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(s["slug"] for s in entry.get("schedules") or () if "slug" in s)


def _deployment(client: SyncPrefectClient, name: str) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(name)
    except ObjectNotFound:
        return None


def _switch(is_on: bool) -> str:
    return "on" if is_on else "off"


def _prefect_deploy(entries: Mapping[str, Any]) -> None:
    """`prefect deploy --all` with these entries, in this process: another one would import Prefect again.

    Raises:
        SystemExit: it failed, and said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prefect.yaml"
        YAML(typ="safe").dump(dict(entries), file)
        before, sys.argv = (
            sys.argv,
            ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)],
        )
        try:
            runpy.run_module("prefect", run_name="__main__")
        except SystemExit as ended:
            if ended.code:
                raise
        finally:
            sys.argv = before


if __name__ == "__main__":
    os.chdir(DEPLOYMENTS_FILE.parent)  # deployments name this folder as that of their flows
    main()
