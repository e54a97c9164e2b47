"""The parent lives on whatever becomes of the worker."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from tasks.core.reading import Limits, close_workers, read_document
from tasks.core.reading.worker import pool as workers_module
from tasks.core.records import ReadStatus
from tests.reading.pages import contract


def children() -> list[psutil.Process]:
    living = [p for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]
    return [p for p in living if "tasks.core.reading.worker.process" in p.cmdline()]


def test_a_warm_worker_serves_the_next_read() -> None:
    close_workers()
    read_document(contract())
    before = {p.pid for p in children()}
    read_document(contract())
    assert {p.pid for p in children()} == before


def test_closing_leaves_no_process_behind() -> None:
    read_document(contract())
    close_workers()
    assert children() == []


def test_a_killed_idle_worker_is_replaced() -> None:
    read_document(contract())
    for process in children():
        process.kill()
        process.wait()
    assert read_document(contract()).status is ReadStatus.OK


def test_a_worker_that_dies_while_reading_is_a_reason() -> None:
    close_workers()
    stop = threading.Event()

    def kill_every_worker() -> None:
        while not stop.wait(0.01):
            for process in children():
                process.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_every_worker)
    killer.start()
    try:
        reading = read_document(contract(200))
    finally:
        stop.set()
        killer.join()
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, "reader_died")


def test_a_worker_that_is_killed_from_outside_is_no_fault_of_the_file() -> None:
    close_workers()
    killed: list[int] = []

    def kill_the_first_two() -> None:
        while len(killed) < 2:
            for process in children():
                if process.pid not in killed and process.status() == psutil.STATUS_RUNNING:
                    process.send_signal(signal.SIGKILL)
                    killed.append(process.pid)

    killer = threading.Thread(target=kill_the_first_two)
    killer.start()
    reading = read_document(contract(30))
    killer.join()
    assert (reading.status, len(killed)) == (ReadStatus.OK, 2)


def test_wall_time_is_held() -> None:
    reading = read_document(contract(300), Limits(wall_s=0.05))
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, "timeout")


def test_address_space_is_held() -> None:
    close_workers()
    reading = read_document(contract(600), Limits(memory_bytes=60_000_000))
    assert reading.status is ReadStatus.ERROR
    assert reading.reason in ("memory_limit", "reader_died", "reader_failed")
    close_workers()


def test_threads_read_at_once() -> None:
    document = contract(5)
    with ThreadPoolExecutor(4) as pool:
        readings = list(pool.map(read_document, [document] * 8))
    assert len({reading.text for reading in readings}) == 1
    close_workers()


def test_too_many_bytes_are_refused_without_a_worker() -> None:
    close_workers()
    reading = read_document(contract(), Limits(max_bytes=100))
    assert (reading.reason, children()) == ("too_large", [])


def test_a_missing_path_raises_oserror(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        read_document(tmp_path / "nothing.pdf")


def test_worker_sees_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-tell")
    assert "do-not-tell" not in workers_module._environment().values()
    assert set(workers_module._environment()) <= {
        *os.environ,
        "PYTHONPATH",
        "PYTHONDONTWRITEBYTECODE",
        "OMP_THREAD_LIMIT",
        "OPENBLAS_NUM_THREADS",
    }
