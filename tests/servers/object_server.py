"""An object store over HTTP that answers as a test says: with errors, changing objects, or cut connections."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    etag: str = ""
    claims_bytes: int | None = None
    """The length that the header gives, if it is not that of the body."""
    more: tuple[tuple[str, str], ...] = ()
    """Further headers."""

    @property
    def headers(self) -> dict[str, str]:
        n_bytes = len(self.body) if self.claims_bytes is None else self.claims_bytes
        etag = {"ETag": f'"{self.etag}"'} if self.etag else {}
        return {"Content-Length": str(n_bytes), **etag, **dict(self.more)}


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    """Path and query as they came."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


@dataclass
class ObjectServer:
    """Answers by `answer`, and records the requests."""

    url: str
    answer: Callable[[Request], Answer]
    requests: list[Request] = field(default_factory=list[Request])

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.requests)


def whole(body: bytes) -> Answer:
    """An object as stores that do not split it answer: its ETag is its MD5."""
    return Answer(body=body, etag=md5(body))


def md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def refusal(status: int, code: str, message: str = "no") -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode())


def page(keys: list[str], more: str = "", classes: dict[str, str] | None = None) -> Answer:
    """A page of a listing; `more`: the token of the next one; `classes`: XML of the class of some keys."""
    rest = "<LastModified>2026-01-01T00:00:00Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size>"
    named = {key: (classes or {}).get(key, "") for key in keys}
    rows = "".join(f"<Contents><Key>{key}</Key>{rest}{words}</Contents>" for key, words in named.items())
    token = f"<NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    truncated = "true" if more else "false"
    text = f"<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{token}{rows}</ListBucketResult>"
    return Answer(body=text.encode())


@contextmanager
def served(answer: Callable[[Request], Answer]) -> Iterator[ObjectServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            request = Request(self.command, self.path)
            store.requests.append(request)
            response = store.answer(request)
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)
            self.close_connection = response.claims_bytes is not None

        do_HEAD = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    store = ObjectServer(f"http://127.0.0.1:{server.server_port}", answer)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
