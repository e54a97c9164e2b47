"""`tests/unit` stays free of processes, servers, rendering and training: its conftest refuses them."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import conftest
from tests.unit.conftest import FOLDER_OF_LIBRARY, NotInUnitTests


@pytest.fixture(autouse=True)
def refusals() -> list[str]:
    """Those of these tests are wanted, so they are taken back."""
    return conftest._refusals


def run_python() -> None:
    subprocess.run([sys.executable, "--version"], check=True)


def spawn() -> None:
    multiprocessing.get_context("spawn").Process(target=print).start()


def listen() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


def connect() -> None:
    with socket.socket() as client:
        client.connect(("127.0.0.1", 9))


@pytest.mark.parametrize(
    ("tried", "message"),
    [
        (run_python, "must not start a process: move it to tests/processes"),
        (spawn, "must not start a process: move it to tests/processes"),
        (os.fork, "must not start a process: move it to tests/processes"),
        (listen, "must not open a socket: move it to tests/servers"),
        (connect, "must not open a socket: move it to tests/servers"),
    ],
)
def test_process_or_server_is_refused_with_the_folder_where_it_belongs(
    tried: Callable[[], object], message: str, refusals: list[str]
) -> None:
    if tried is os.fork:
        tried = lambda: os.fork()  # noqa: E731 - the name was bound before the guard
    with pytest.raises(NotInUnitTests, match=message):
        tried()
    refusals.clear()


@pytest.mark.parametrize("library", FOLDER_OF_LIBRARY)
def test_library_that_draws_or_trains_is_refused_even_if_it_was_imported_before(
    library: str, refusals: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, sys)
    with pytest.raises(
        NotInUnitTests, match=f"must not import {library}: move it to {FOLDER_OF_LIBRARY[library]}"
    ):
        exec(f"import {library}")
    refusals.clear()


def test_refusal_that_the_code_under_test_catches_still_fails_the_test(refusals: list[str]) -> None:
    with contextlib.suppress(AssertionError):
        listen()
    assert len(refusals) == 1
    call = conftest.pytest_runtest_call(None)  # type: ignore[arg-type]
    next(call)
    with pytest.raises(NotInUnitTests, match="open a socket"):
        call.send(None)
    refusals.clear()


def test_what_needs_none_of_these_is_left_alone() -> None:
    importlib.import_module("json")
    exec("import decimal")
    left, right = socket.socketpair()
    left.close()
    right.close()


def test_tests_of_other_folders_are_left_alone(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert conftest.is_here(request.node)
    monkeypatch.setattr(request.node, "path", tmp_path / "tests" / "stack" / "test_stack.py")
    assert not conftest.is_here(request.node)
