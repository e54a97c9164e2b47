"""The web application on a socket: it answers while slow pages are made, and ends when it is told."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from infra.web.app import MAX_EVIDENCE, RETRY_S
from infra.web.serve import address_of, application, open_socket, server_of
from tasks.core.errors import ConfigurationError
from tests.unit.infra.web.standin import RUN, StandIn

PATIENCE_S = 60


@dataclass
class SlowData(StandIn):
    """Evidence pages wait until they may go on."""

    go_on: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def evidence(self, run_id: str) -> str:
        self.waiting.release()
        assert self.go_on.wait(PATIENCE_S)
        return super().evidence(run_id)


@pytest.fixture
def data() -> SlowData:
    return SlowData("investment")


@pytest.fixture
def port(data: SlowData) -> Iterator[int]:
    with open_socket("127.0.0.1", 0, anyone_may_read=False) as listening:
        server = server_of(application(data, "127.0.0.1", ""))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        data.go_on.set()
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def get(port: int, path: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return (
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read().decode(),
        )
    finally:
        connection.close()


def test_a_page_comes_over_the_socket_and_names_no_server(port: int):
    status, headers, html = get(port, "/boards/night")
    assert (status, html.count('role="img"')) == (200, 5)
    assert "server" not in headers and headers["x-content-type-options"] == "nosniff"


def test_slow_evidence_pages_are_few_and_hold_up_no_board(port: int, data: SlowData):
    with ThreadPoolExecutor(MAX_EVIDENCE) as pool:
        making = [pool.submit(get, port, f"/runs/{RUN}") for _ in range(MAX_EVIDENCE)]
        assert all(data.waiting.acquire(timeout=PATIENCE_S) for _ in making)
        status, headers, html = get(port, f"/runs/{RUN}")
        assert (status, headers["retry-after"]) == (503, str(RETRY_S))
        assert f'http-equiv="refresh" content="{RETRY_S}"' in html
        assert get(port, "/health")[::2] == (200, "ok\n")
        data.go_on.set()
        assert [job.result()[0] for job in making] == [200] * MAX_EVIDENCE


def test_a_taken_port_raises_configuration_error(port: int):
    with pytest.raises(ConfigurationError, match="--port"):
        open_socket("127.0.0.1", port, anyone_may_read=False)


def test_the_address_is_one_for_a_browser():
    with open_socket("0.0.0.0", 0, anyone_may_read=True) as everywhere:
        assert address_of(everywhere, "/tool") == f"http://127.0.0.1:{everywhere.getsockname()[1]}/tool/"
