"""The harness itself: a proxy that did nothing, or a check that finds nothing, would make every trial hold."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.batches import DOCUMENTS, MOMENTS, BatchEnd
from tests.faults.checks import said_nothing
from tests.faults.faults import FAULTS
from tests.faults.tcp_proxy import Rules, TcpProxy
from tests.faults.trials import Result, planned, table


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that gives back what it is sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(one: socket.socket) -> None:
            with one, contextlib.suppress(OSError):
                while sent := one.recv(65536):
                    one.sendall(sent)

        def accept() -> None:
            while True:
                try:
                    one, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(one,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def through(proxy: TcpProxy, *messages: bytes) -> bytes:
    """What comes back until the connection ends."""
    came = b""
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as one,
    ):
        for message in messages:
            one.sendall(message)
            wanted = len(came) + len(message)
            while len(came) < wanted:
                if not (part := one.recv(65536)):
                    return came
                came += part
    return came


@pytest.mark.parametrize(
    ("rules", "comes_back"),
    [
        (Rules(), b"COPY onetwo"),
        (Rules(refuses=True), b""),
        (Rules(cut_after=3), b"COP"),
        (Rules(cut_on=b"COPY "), b"COPY one"),
        (Rules(answer=b"no"), b"no"),
    ],
)
def test_the_proxy_does_what_it_is_told(echo: int, rules: Rules, comes_back: bytes):
    with TcpProxy(echo, rules) as proxy:
        came = through(proxy, b"COPY one", b"two")
        assert came.startswith(comes_back)
        assert (len(came) == len(b"COPY onetwo")) is (rules == Rules())
        assert (proxy.n_hit > 0) is (rules != Rules())


def test_the_proxy_is_as_slow_as_it_is_told_and_resets_what_is_open(echo: int):
    with TcpProxy(echo, Rules(bytes_per_second=40)) as proxy:
        began = time.monotonic()
        assert through(proxy, b"12345678") == b"12345678"
        assert time.monotonic() - began > 0.15
        proxy.rules = Rules()
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as one:
            one.sendall(b"x")
            assert one.recv(1) == b"x"
            proxy.cut()
            with pytest.raises(ConnectionError):
                while one.recv(1):
                    pass
                raise ConnectionError


def test_every_part_is_hit_at_every_moment_and_never_twice_with_one_seed():
    cells = [(part, moment) for part in FAULTS for moment in MOMENTS]
    trials = list(planned(2 * len(cells), seed=3))
    assert sorted((t.part, t.moment) for t in trials) == sorted(2 * cells)
    assert len({t.seed for t in trials}) == len(trials)
    assert list(planned(5, 3)) == trials[:5]


def test_the_table_counts_what_holds_of_what_was_hit():
    part = next(iter(FAULTS))
    how = {"number": 0, "part": part, "moment": "asks", "seed": 1, "ends": (), "n_done": 6, "seconds": 1.0}
    results = [
        Result(**how, is_hit=True),
        Result(**how, is_hit=True, faults=("x",)),
        Result(**how, is_hit=False),
    ]
    told = table(results)
    assert "1 of 2 hold" in told
    assert told.endswith("3 trials, 2 hit, 1 with something lost, double or left over")


@pytest.mark.parametrize(
    ("type", "message", "n_done", "is_silent"),
    [
        ("COMPLETED", "6 documents: 5 done", 5, True),
        ("COMPLETED", "6 documents: 5 done, 1 postponed", 5, False),
        ("FAILED", "6 documents: 5 done, 1 failed", 5, False),
        ("COMPLETED", "6 documents: 6 done", len(DOCUMENTS), False),
    ],
)
def test_a_batch_must_say_what_it_did_not_do(type: str, message: str, n_done: int, is_silent: bool):
    assert said_nothing(BatchEnd("run", type, message), n_done) is is_silent
