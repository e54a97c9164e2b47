"""A day compressed into minutes: nights, a backfill and reviewers at once, on a running stack.

Every night puts a few new contracts into the inbox and runs the deployment `nightly`; the backfill runs beside them; two reviewers sign in to
the web application, take the next question, look at its page, and decide. The first and the last lines say what the stack holds while it does
nothing: what is more at the end was forgotten.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg

from infra.reviewers import Reviewer, ReviewerRole, Reviewers, hashed
from infra.stack.prefect_api import SecuredServer, ask
from tests.bench.generated import contract_pdf
from tests.bench.load_samples import held, posted, processes
from tests.bench.own_stack import put_documents

N_NIGHTS, NIGHT_DOCUMENTS = 24, 8
REVIEWERS = ("ada", "grace")
PASSWORD = "of the bench, not of a person"
PAUSE_S = 2.0
"""Between two decisions of a reviewer."""
IDLE_S, DRAIN_S = 45.0, 420.0
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_SEEN = re.compile(r'name="seen" value="([^"]+)"')
_DECISIONS = ("accepted", "rejected", "not_in_document")


def add_reviewers() -> None:
    """Write them before the stack starts: with them the web application serves the review."""
    known = Reviewers()
    for name in REVIEWERS:
        if known.named(name) is None:
            known.add(Reviewer(name, ReviewerRole.REVIEWER, password_hash=hashed(PASSWORD)))


@dataclass(slots=True)
class Day:
    """What happens at once, until `ends_at`."""

    ends_at: float
    every_s: float
    counted: Counter[str] = field(default_factory=Counter)
    nights: list[str] = field(default_factory=list)
    """Flow runs of the nights."""

    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at

    def reviewer(self, name: str) -> None:
        """One person, who signs in again when the session was lost."""
        draw = random.Random(name)
        while not self.is_over():
            try:
                with httpx.Client(base_url=os.environ["COUNTERSIGN_WEB_URL"], timeout=60) as client:
                    sign_in(client, name)
                    while not self.is_over():
                        self.counted[decide(client, draw)] += 1
                        time.sleep(PAUSE_S)
            except httpx.HTTPError as error:
                self.counted[f"reviewer: {type(error).__name__}"] += 1
                time.sleep(PAUSE_S)

    def night(self, number: int) -> None:
        keys = [f"inbox/cuad/{number:03}-{n}.pdf" for n in range(NIGHT_DOCUMENTS)]
        put_documents(keys, lambda n: contract_pdf(1_000_000 + 100 * number + n, 1))
        self.nights.append(start_night())

    def play(self) -> None:
        persons = [threading.Thread(target=self.reviewer, args=[name]) for name in REVIEWERS]
        for person in persons:
            person.start()
        number = 0
        while not self.is_over():
            began = time.monotonic()
            self.night(number)
            number += 1
            print(f"night {number}; {dict(self.counted)}", flush=True)
            time.sleep(
                max(0.0, min(self.every_s - (time.monotonic() - began), self.ends_at - time.monotonic()))
            )
        for person in persons:
            person.join()


def sign_in(client: httpx.Client, name: str) -> None:
    form = _found(_TOKEN, client.get("/sign-in").text)
    answer = client.post(
        "/sign-in", data={"token": form, "next": "/review", "name": name, "password": PASSWORD}
    )
    if answer.status_code != 303:
        raise SystemExit(f"{name} cannot sign in: {answer.status_code}")


def decide(client: httpx.Client, draw: random.Random) -> str:
    """Take the next question, look at it and decide it; returns what became of it."""
    queue = client.get("/review")
    taken = client.post("/review", data={"token": _found(_TOKEN, queue.text)})
    if "/items/" not in (where := taken.headers.get("location", "")):
        return "no question"
    page = client.get(where)
    offered = [action for action in _DECISIONS if f'value="{action}"' in page.text]
    if not offered:
        return "question without a decision"
    sent = {
        "token": _found(_TOKEN, page.text),
        "seen": _found(_SEEN, page.text),
        "action": draw.choice(offered),
        "reason": "bench",
    }
    answer = client.post(where, data=sent)
    return "decided" if answer.status_code == 303 else f"not decided ({answer.status_code})"


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def start_night() -> str:
    deployment = ask(SecuredServer.of(os.environ), "GET", "/deployments/name/nightly/nightly")
    return posted(f"/deployments/{deployment['id']}/create_flow_run", {})["id"]


def ends_of(runs: list[str]) -> Counter[str]:
    """How many of the runs are in each state."""
    found: list[Mapping[str, Any]] = (
        posted("/flow_runs/filter", {"flow_runs": {"id": {"any_": runs}}}) if runs else []
    )
    return Counter(str(run["state_name"]) for run in found)


def drain(connection: psycopg.Connection) -> bool:
    """Wait until nothing runs any more; False: something still does."""
    until = time.monotonic() + DRAIN_S
    while time.monotonic() < until:
        running = posted(
            "/flow_runs/filter",
            {"flow_runs": {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}},
        )
        now = held(connection)
        if not running and not now["runs_in_state_running"] and not now["prefect_slots"]:
            return True
        time.sleep(3)
    return False


def at_rest(connection: psycopg.Connection) -> dict[str, Any]:
    """What the stack holds while it does nothing: the smallest of some looks, since the keeper comes each minute."""
    looks: list[dict[str, Any]] = []
    until = time.monotonic() + IDLE_S
    while time.monotonic() < until:
        with suppress(OSError):
            kinds = processes()
            looks.append(
                {
                    **held(connection),
                    "processes": sum(one["processes"] for one in kinds.values()),
                    "threads": sum(one["threads"] for one in kinds.values()),
                    "files": sum(one["files"] for one in kinds.values()),
                    "pss_mib": sum(one["pss_mib"] for one in kinds.values()),
                }
            )
        time.sleep(3)
    return {name: min(look[name] for look in looks) for name in looks[0]}


def play_day(minutes: float, start_backfill: Any, stop_backfill: Any) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        warm = Day(time.monotonic() + 1, 1)
        warm.night(900)  # so that every part has done everything once
        time.sleep(5)
        drain(connection)
        before = at_rest(connection)
        print(f"at rest before: {before}", flush=True)
        start_backfill()
        day = Day(time.monotonic() + 60 * minutes, 60 * minutes / N_NIGHTS)
        day.play()
        stop_backfill()
        is_drained = drain(connection)
        after = at_rest(connection)
    print(f"reviewers: {dict(day.counted)}; nights: {dict(ends_of(day.nights))}; all ended: {is_drained}")
    print(f"{'at rest':24}{'before':>9}{'after':>9}{'growth':>9}")
    for name, was in before.items():
        is_now = after[name]
        print(
            f"{name:24}{was:9.0f}{is_now:9.0f}{f'{is_now / was - 1:+.0%}' if was else f'{is_now - was:+.0f}':>9}"
        )
