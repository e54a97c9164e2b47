"""A model that works returns free memory, but not with every request."""

from __future__ import annotations

import pytest

from tasks.core.native.served import TRIM_S, FreeMemory


def test_free_memory_is_returned_at_most_once_in_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    trims: list[int] = []

    class Library:
        def __init__(self, _name: None) -> None:
            self.malloc_trim = trims.append

    monkeypatch.setattr("tasks.core.native.served.ctypes.CDLL", Library)
    memory = FreeMemory(now_s=0.0)
    assert [memory.give_back(now_s) for now_s in (1.0, TRIM_S, TRIM_S + 1, 2 * TRIM_S)] == [
        False,
        True,
        False,
        True,
    ]
    assert trims == [0, 0]


def test_a_c_library_without_malloc_trim_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.core.native.served.ctypes.CDLL", lambda _name: object())
    assert FreeMemory(now_s=0.0).give_back(TRIM_S)
