"""A thousand ugly keys on the embedded S3: each is listed, fetched, recorded and merged again, or named as left out.

    python -m tests.fuzz.ugly_keys [--number 1000] [--seed 0]

Starts the embedded S3 in this process and a PostgreSQL of its own. Tells keys that were lost, keys that reach a file, a page or a
terminal as they are, and exceptions. Exits with 1 when there was any.
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import random
import re
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

from tests.bench.own_postgres import own_database

_PIECES = (
    " ", "  ", "\n", "\r\n", "\t", '"', "'", "%", "%2F", "%00", "..", "../..", "./", "/", "//", "\\", "#", "?", "+", "&", ";", "=", "~",
    "*", "*.eml!", "a.eml!/b", "\u202e", "\u200b", "\u2066", "\x01", "\x07", "\x1b[2J", "\x7f", "\x9b", "\u2028", "\ufeff", "租赁", "😀",
    "<script>", "<img src=x onerror=1>", "javascript:alert(1)", "{{7*7}}", "${x}", "[/b]", "|", "`", "$(id)", "=1+1", "@x", "-rf", "\u0000",
    "CON", "x" * 200, "é", "e\u0301", ":100:", ",", "\ud7ff", "\U0010ffff", "\ufffe",
)  # fmt: skip
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TAG = re.compile(r"(?<!\\)(?:\\\\)*<[a-z]")
_FENCE = re.compile("`+")
_SUFFIXES = (".pdf", ".docx", ".eml", ".txt", "", ".zip", ".PDF", ". pdf")


def ugly_keys(n: int, seed: int) -> list[str]:
    """Different keys of at most 1,024 bytes; the first hold each piece alone, so a find can be seen by itself."""
    dice = random.Random(seed)
    found = dict.fromkeys(f"in/{piece}{number}.txt" for number, piece in enumerate(_PIECES))
    while len(found) < n:
        body = "".join(dice.choice(_PIECES) for _ in range(dice.randint(1, 8)))
        key = f"in/{body}{dice.choice(_SUFFIXES)}"
        if dice.random() < 0.05:
            key = key[:40] + "長" * ((1024 - len(key[:40].encode()) - 4) // 3) + ".txt"
        if len(key.encode()) <= 1024 and not key.endswith("/"):
            found[key] = None
    return list(found)


@contextmanager
def _embedded_s3(folder: Path) -> Iterator[str]:
    from infra.stack.s3_server import Mirror, MirroredApplication

    mirror = Mirror(folder, s3_backends[DEFAULT_ACCOUNT_ID]["aws"])
    application = MirroredApplication(DomainDispatcherApplication(create_backend_app), mirror)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=MotoRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _try_keys(keys: list[str]) -> Iterator[str]:
    from tasks import s3

    s3.ensure_bucket("ugly")
    stored: set[str] = set()
    for key in keys:
        try:
            s3.put_bytes("ugly", key, key.encode())
            stored.add(key)
        except Exception as error:
            print(f"not taken by the store: {key!r}: {type(error).__name__}")
    listed = [found.key for found in s3.list_objects("ugly", "in/")]
    for key in stored - set(listed):
        yield f"stored and not listed: {key!r}"
    for key in set(listed) - stored:
        yield f"listed and not stored: {key!r}"
    if listed != sorted(listed):
        yield "not listed in the order of code points, by which the night merges"
    for key in listed:
        yield from _try_key(key)
    yield from _merge(listed)


def _try_key(key: str) -> Iterator[str]:
    """Fetch it, and name what is written and told of it."""
    from tasks import s3
    from tasks.core.delivery import document_digest
    from tasks.core.evidence.page_key import page_key
    from tasks.core.reading.mail.part_keys import split_key
    from tasks.core.records import RunId

    try:
        fetched = s3.fetch_object("ugly", key, 10_000)
    except Exception as error:
        yield f"not fetched: {key!r}: {type(error).__name__}"
        return
    if getattr(fetched, "data", b"") != key.encode():
        yield f"other bytes: {key!r}"
    root, names = split_key(key)
    if "!/".join((root, *names)) != key:
        yield f"split into other keys: {key!r}"
    page = page_key("pages/", key, RunId(uuid.UUID(int=7)))
    s3.put_bytes("ugly", page, b"page")
    if len(page.encode()) > 1024 or not page.startswith("pages/"):
        yield f"a page outside of its prefix: {page!r}"
    if len(document_digest("ugly", key)) != 64:
        yield f"no digest: {key!r}"
    yield from _tell(key, s3.object_url("ugly", key))


def _tell(key: str, url: str) -> Iterator[str]:
    """On a terminal and in a report on Prefect's page."""
    from infra.cli.console import plain_console, text_table
    from tasks.core.left_out import LeftOut
    from tasks.core.text.markdown import code, link, literal, table_cell

    left_out = LeftOut()
    left_out.takes(key, has_ocr=False, under="in/")
    console = plain_console(file=io.StringIO(), width=3000)
    console.print(text_table(("key",), [(key,), (left_out.in_words(),)]))
    told = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    if _CONTROLS.search(told):
        yield f"a control character reaches the terminal: {key!r}"
    for cell in (table_cell(key), literal(key), link("the page", url)):
        if "\n" in cell or _TAG.search(cell):
            yield f"markup of a key in a report: {cell!r}"
    fence = _FENCE.match(code(key))
    if fence is None or code(key).count(fence[0]) != 2 or "\n" in code(key):
        yield f"a key ends its code in a report: {code(key)!r}"


def _merge(keys: Sequence[str]) -> Iterator[str]:
    """The night's way: the listing is recorded as it passes, then merged with what is known."""
    from tasks.nightly.discover import recorded
    from tasks.s3 import list_objects
    from tasks.store import store

    for known in (0, len(keys)):
        listed = [found.key for found in recorded(list_objects("ugly", "in/"), "ugly", "in/")]
        if listed != list(keys):
            yield f"the night lists {len(listed)} keys after {known}"
        for key in (one for one in keys if "\0" not in one):
            store().sources.record("ugly", key, None, "0" * 32, 1, age_s=0.0)
        rows = [row.key for row in store().sources.known_objects("ugly", "in/")]
        if rows != [key for key in keys if "\0" not in key]:
            yield f"recorded {len(rows)} of {len(keys)} keys, or in another order"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    keys = ugly_keys(given.number, given.seed)
    with (
        tempfile.TemporaryDirectory() as folder,
        _embedded_s3(Path(folder) / "s3") as url,
        own_database() as database,
    ):
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        os.environ |= {
            "S3_ENDPOINT_URL": url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "DATABASE_URL": database,
            "TRITON_URL": "127.0.0.1:1",
        } | dict.fromkeys(names, "made-up")
        before = set(Path(folder).iterdir())
        wrong = list(_try_keys(keys))
        wrong += [
            f"a file outside of the store: {one}"
            for one in set(Path(folder).iterdir()) - before - {Path(folder) / "s3"}
        ]
    for line in wrong:
        print(line)
    print(f"{len(keys)} keys; wrong: {len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
