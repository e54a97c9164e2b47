"""Names of runs carry keys, which Prefect's commands read as markup."""

from __future__ import annotations

from types import SimpleNamespace

from prefect._internal.engine import resolve_custom_task_run_name
from rich.text import Text

from tasks.fetch import fetch
from tasks.read import read
from tasks.runtime.run_names import run_name
from tasks.verify.task import verify

KEY = "in/[signed] lease [/b].pdf"


def test_name_of_a_run_has_no_markup() -> None:
    assert run_name(KEY) == "in/(signed) lease (/b).pdf"
    assert Text.from_markup(run_name(KEY)).plain == run_name(KEY)


def test_tasks_are_named_by_their_key() -> None:
    source = SimpleNamespace(key=KEY)
    request, fetched, document = source, SimpleNamespace(source=source), SimpleNamespace(source=source)
    names = [
        resolve_custom_task_run_name(fetch, {"request": request}),
        resolve_custom_task_run_name(read, {"fetched": fetched}),
        resolve_custom_task_run_name(verify, {"document": document}),
    ]
    assert names == [f"{step} in/(signed) lease (/b).pdf" for step in ("fetch", "read", "verify")]
