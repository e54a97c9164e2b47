"""What a deployment's schedules become: the operator's switch stays, the file's removal removes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from ruamel.yaml import YAML

from infra.deploy.registration import in_file_form, plan, slug_of, timing
from infra.stack.prefect import NOTE

NIGHT = {"cron": "0 2 * * *", "timezone": "Europe/Berlin", "slug": "night"}


def on_server(
    cron: str, slug: str | None, active: bool, timezone: str = "Europe/Berlin"
) -> DeploymentSchedule:
    # Not validated: Prefect starts a process for the first cron that it validates.
    schedule = CronSchedule.model_construct(cron=cron, timezone=timezone, day_or=True)
    return DeploymentSchedule.model_construct(schedule=schedule, active=active, slug=slug, parameters={})


def switches(planned: Any) -> list[tuple[str | None, bool]]:
    return [(schedule.get("slug"), schedule["active"]) for schedule in planned.schedules]


def test_new_schedule_is_as_the_file_says() -> None:
    planned = plan([NIGHT, {**NIGHT, "slug": "late", "active": False}], [])
    assert switches(planned) == [("night", True), ("late", False)]
    assert planned.notes == []


def test_operators_switch_wins_and_is_told() -> None:
    weekly = {"cron": "0 20 * * 0", "timezone": "UTC", "slug": "weekly", "active": False}
    existing = [on_server("0 1 * * *", "night", False), on_server("0 20 * * 0", "weekly", True, "UTC")]
    planned = plan([NIGHT, weekly], existing)
    assert switches(planned) == [("night", False), ("weekly", True)]
    assert planned.schedules[0]["cron"] == "0 2 * * *", "the time is the file's"
    assert planned.notes == [
        "the schedule night (0 2 * * *, Europe/Berlin) stays off, as on the server; prefect.yaml says on",
        "the schedule weekly (0 20 * * 0, UTC) stays on, as on the server; prefect.yaml says off",
    ]


def test_schedule_that_had_no_slug_keeps_its_switch_and_gets_one() -> None:
    assert switches(plan([NIGHT], [on_server("0 2 * * *", None, False)])) == [("night", False)]


def test_schedule_of_a_person_stays_and_is_told() -> None:
    planned = plan([NIGHT], [on_server("0 5 * * *", None, True), on_server("0 2 * * *", "night", True)])
    assert switches(planned) == [("night", True), (None, True)]
    assert (
        len(planned.notes) == 1 and "0 5 * * *" in planned.notes[0] and "delete it there" in planned.notes[0]
    )


def test_schedule_of_the_file_without_a_slug_gets_one_by_its_time() -> None:
    written = {"cron": "*/5 * * * *", "timezone": "UTC"}
    assert slug_of(written) == "x-5-x-x-x-x-utc"
    existing = [on_server("*/5 * * * *", slug_of(written), False, "UTC")]
    assert switches(plan([written], existing)) == [(slug_of(written), False)]


def test_interval_of_the_server_is_known_again() -> None:
    schedule = DeploymentSchedule(
        schedule=IntervalSchedule(interval=timedelta(minutes=10), timezone="UTC"), active=True
    )
    form = in_file_form(schedule)
    assert form["interval"] == 600.0 and timing(form) == timing({"interval": 600, "timezone": "UTC"})


def test_every_schedule_of_the_file_has_a_slug() -> None:
    """By which a change of its time, or its removal, is known as such."""
    root = Path(__file__).parents[3]
    deployments = YAML(typ="safe").load((root / "prefect.yaml").read_text())["deployments"]
    assert all(schedule["slug"] for deployment in deployments for schedule in deployment.get("schedules", ()))


def test_stack_reads_the_notes_by_the_words_that_begin_them() -> None:
    from infra.deploy import registration

    assert registration.NOTE == NOTE
