"""Triton: with two small models, in a folder whose name needs quoting."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import psutil
import pytest

from infra import stack
from infra.stack import StackPart
from infra.stack.triton import Triton
from tasks.core.errors import ModelCrashed, ModelError, ModelUnavailable, StackError
from tasks.triton import TritonClient
from tasks.triton.model_control import reload_model
from tests.stack.conftest import write_models
from tests.stack.processes import alive, kill, pids


def stubs(home: Path) -> list[psutil.Process]:
    return [
        process
        for process in alive(home)
        if "stub" in process.name() or "stub" in " ".join(process.cmdline()[:1])
    ]


def test_models_answer_and_a_killed_stub_is_noticed(home: Path, models: Path):
    first = stack.ensure_up({StackPart.TRITON})
    server = pids(home)[StackPart.TRITON]
    assert len(stubs(home)) == 2
    assert stack.ensure_up({StackPart.TRITON}) == first and pids(home)[StackPart.TRITON] == server
    kill(stubs(home)[0].pid)
    assert next(part.state for part in stack.status() if part.part is StackPart.TRITON) == "not answering"
    stack.ensure_up({StackPart.TRITON})
    assert len(stubs(home)) == 2
    kill(pids(home)[StackPart.TRITON])
    stack.down()
    assert alive(home) == [], "the stubs of a killed server go too"
    stack_id = stack.state.load().stack_id
    outside = [*Path("/dev/shm").iterdir(), *Path(tempfile.gettempdir()).iterdir()]
    assert not [path for path in outside if stack_id in path.name]


def test_batch_sees_a_dead_process_its_reload_and_a_server_that_stops(
    home: Path, models: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.triton.throttle.ATTEMPTS", 1)
    url = stack.ensure_up({StackPart.TRITON})["TRITON_URL"]
    server = psutil.Process(pids(home)[StackPart.TRITON])

    async def run() -> set[type[ModelError]]:
        seen: set[type[ModelError]] = set()
        async with TritonClient(url, 5.0, 4) as client:
            await client.infer("generator", "{}")
            kill(next(stub.pid for stub in stubs(home) if "generator" in " ".join(stub.cmdline())))
            with pytest.raises(ModelCrashed):
                await client.infer("generator", "{}")
            reload_model(url, "generator")
            await client.infer("generator", "{}")
            server.terminate()
            while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
                try:
                    await client.infer("generator", "{}")
                except ModelError as error:
                    seen.add(type(error))
                await asyncio.sleep(0.02)
        return seen

    assert asyncio.run(run()) == {ModelUnavailable}


def test_changed_model_is_loaded_by_the_next_up(home: Path, models: Path):
    stack.ensure_up({StackPart.TRITON})
    before = pids(home)[StackPart.TRITON]
    write_models(models, initialize="self.changed = True")
    stack.ensure_up({StackPart.TRITON})
    assert pids(home)[StackPart.TRITON] != before


def test_model_that_does_not_load_is_named_with_the_log(home: Path, models: Path):
    write_models(models, initialize="raise ValueError('weights are missing')")
    with pytest.raises(StackError, match=r"(?s)triton ended before.*triton\.log.*weights are missing"):
        stack.ensure_up({StackPart.TRITON})


def test_server_that_hangs_is_given_up_at_its_deadline(
    home: Path, models: Path, monkeypatch: pytest.MonkeyPatch
):
    write_models(models, initialize="__import__('time').sleep(600)")
    monkeypatch.setattr(Triton, "deadline_s", 4)
    with pytest.raises(StackError, match=r"triton was not ready within 4 s.*triton\.log"):
        stack.ensure_up({StackPart.TRITON})
    assert alive(home) == []
