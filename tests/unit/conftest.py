"""Holds what `tests/unit` promises: no process, no server, no rendering, no training.

A test here that starts a process, binds or connects a socket, or imports a library that draws PDFs or fits models,
fails with the name of the folder where it belongs. So does a module of tests that does it while it is imported.
"""

from __future__ import annotations

import builtins
import multiprocessing.util
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy.testing  # noqa: F401 - it runs `lscpu` where it is imported first
import pytest

FOLDER_OF_LIBRARY = {
    "reportlab": "tests/reading",
    "lightgbm": "tests/training",
    "sklearn": "tests/training",
}
STARTS_A_PROCESS = [(subprocess.Popen, "__init__"), (os, "fork"), (multiprocessing.util, "spawnv_passfds")]
OPENS_A_SOCKET = [(socket.socket, "bind"), (socket.socket, "connect"), (socket.socket, "connect_ex")]

_refusals: list[str] = []
"""What the running test tried, for a test that catches every error."""


class NotInUnitTests(AssertionError):
    """A unit test did what only tests of another folder may do."""


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    with guarded() if is_here(collector) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    _refusals.clear()
    with guarded() if is_here(item) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    result = yield
    if _refusals:
        raise NotInUnitTests(_refusals[0])
    return result


def is_here(node: pytest.Item | pytest.Collector) -> bool:
    """pytest calls some hooks of a conftest for the tests of other folders, too."""
    return Path(__file__).parent in node.path.parents


@contextmanager
def guarded() -> Iterator[None]:
    """Everything that a unit test may not do raises, in this thread and in those that begin from now on."""
    others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident()}

    def refuse(what: str, folder: str) -> None:
        if threading.get_ident() not in others:  # threads that earlier tests left do what they like
            _refusals.append(
                f"a test in tests/unit must not {what}: move it to {folder} (see tests/README.md)"
            )
            raise NotInUnitTests(_refusals[-1])

    def refusing(usual: Callable[..., Any], what: str, folder: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            refuse(what, folder)
            return usual(*given, **named)

        return call

    usual_import = builtins.__import__

    def import_(name: str, *given: Any, **named: Any) -> Any:
        if folder := FOLDER_OF_LIBRARY.get(name.partition(".")[0]):
            refuse(f"import {name}", folder)
        return usual_import(name, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STARTS_A_PROCESS:
            patch.setattr(owner, name, refusing(getattr(owner, name), "start a process", "tests/processes"))
        for owner, name in OPENS_A_SOCKET:
            patch.setattr(owner, name, refusing(getattr(owner, name), "open a socket", "tests/servers"))
        patch.setattr(builtins, "__import__", import_)
        yield
