"""A Prefect server that is busy is waited for, one that refuses is not."""

from __future__ import annotations

import json
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from infra.stack import prefect_api


@contextmanager
def server(*statuses: int | None) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn (None: too late), its address, and the requested paths."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = statuses[min(len(paths), len(statuses) - 1)]
            paths.append(self.path)
            if status is None:
                time.sleep(0.6)
            with suppress(OSError):
                self.send_response(status or 200)
                self.end_headers()
                self.wfile.write(json.dumps({"n": len(paths)}).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", paths
        listening.shutdown()


@pytest.mark.parametrize("busy", [503, None])
def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch, busy: int | None):
    monkeypatch.setattr(prefect_api, "TIMEOUT_S", 0.3)
    with server(busy, 200) as (url, paths):
        assert prefect_api.ask(url, "POST", "/flows/") == {"n": 2}
    assert len(paths) == 2


def test_a_server_that_stays_busy_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(prefect_api, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(prefect_api, "BUSY_S", 0.0)
    with server(None) as (url, _), pytest.raises(TimeoutError):
        prefect_api.ask(url, "POST", "/flows/")


def test_a_refusal_is_not_repeated():
    with server(422) as (url, paths), pytest.raises(urllib.error.HTTPError) as refused:
        prefect_api.ask(url, "POST", "/flows/")
    refused.value.close()
    assert len(paths) == 1
