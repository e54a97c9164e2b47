"""An S3 endpoint that lists buckets it does not hold: bucket `nNNN` has NNN generated keys, a thousand a page, in S3's own XML.

Only ListObjectsV2 is answered. So a client does all of its real work, and a million objects take no memory anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE_KEYS = 1000
SIZE_BYTES = 100_000


def key(n: int) -> str:
    return f"deals/{n // 1000:04d}/contract-{n:07d}.pdf"


def etag(n: int) -> str:
    return f"{n:032x}"


@contextmanager
def endless_bucket() -> Iterator[str]:
    """URL of the endpoint, in a process of its own, so that its memory and time are not the client's."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listing)
    told.send(server.server_port)
    server.serve_forever()


class _Listing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        bucket, asked = url.path.strip("/"), parse_qs(url.query)
        body = _page(bucket, int(bucket[1:]), int(asked.get("continuation-token", ["0"])[0])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """A request a line would be a thousand lines."""


def _page(bucket: str, n_keys: int, start: int) -> str:
    end = min(start + PAGE_KEYS, n_keys)
    rows = "".join(
        f"<Contents><Key>{key(n)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
        f"<ETag>&quot;{etag(n)}&quot;</ETag><Size>{SIZE_BYTES}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for n in range(start, end)
    )
    more = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < n_keys else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>{bucket}</Name><Prefix>deals/</Prefix><KeyCount>{end - start}</KeyCount><MaxKeys>{PAGE_KEYS}</MaxKeys>"
        f"<IsTruncated>{str(end < n_keys).lower()}</IsTruncated>{more}{rows}</ListBucketResult>"
    )
