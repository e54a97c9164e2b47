"""What a waiting command learns of the flow run that drives a backfill."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace

import httpx
import pytest
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Crashed, Failed, Paused, Running

from tasks.backfill import control, deployment
from tasks.core.errors import ConfigurationError, StackError


@pytest.mark.parametrize(
    ("states", "is_over", "failure"),
    [
        ([Failed(message="why")], False, "ended Failed: why"),
        ([Crashed(message="killed")], False, None),  # the keeper starts another one
        ([Crashed(message="killed")], True, "ended Crashed: killed"),
        ([Running()], False, None),
        ([Running(), Running(), Failed(message="why")], True, "ended Failed: why"),
        ([Running(), Completed()], True, None),
        ([Paused()], True, None),
        ([None], True, None),
    ],
)
def test_a_failed_flow_run_is_told_once_its_tables_are_due(
    states: list[State | None], is_over: bool, failure: str | None, monkeypatch: pytest.MonkeyPatch
):
    left = iter(states)
    monkeypatch.setattr(control, "_POLL_S", 0.0)
    monkeypatch.setattr(control, "prefect_client", nullcontext)
    monkeypatch.setattr(
        control, "newest_driver", lambda client, name: SimpleNamespace(id="r", state=next(left))
    )
    told = control.driver_failure("it", is_over)
    assert (told and told.removeprefix("the flow run r ")) == failure


def _raises(error: Exception) -> Callable[..., object]:
    def call(*arguments: object) -> object:
        raise error

    return call


_REQUEST = httpx.Request("GET", "http://127.0.0.1/")


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (httpx.ConnectError("refused", request=_REQUEST), StackError, "does not answer"),
        (httpx.ReadTimeout("late", request=_REQUEST), StackError, "does not answer"),
        (ObjectNotFound(http_exc=Exception()), ConfigurationError, "is not on the Prefect server"),
    ],
)
def test_a_server_that_cannot_be_used_is_told_before_a_state_changes(
    error: Exception, expected: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
):
    client = SimpleNamespace(read_deployment_by_name=_raises(error))
    monkeypatch.setattr(deployment, "get_client", lambda sync_client: nullcontext(client))
    monkeypatch.setattr(control, "set_running", _raises(AssertionError("the state was changed")))
    with pytest.raises(expected, match=words):
        control.start("it")
