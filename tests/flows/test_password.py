"""The password of encrypted files comes from Prefect's secret blocks, by prefix, and leaves no trace."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from prefect import flow
from prefect.blocks.system import Secret
from pypdf import PdfReader, PdfWriter

from tasks.core.errors import ConfigurationError
from tasks.core.reading import close_workers
from tasks.core.records import DocumentId, ReadStatus
from tasks.fetch import Fetched
from tasks.read import see
from tasks.runtime.secrets import block_name, password_for
from tasks.s3 import SourceObject
from tasks.settings import settings
from tests.reading.pages import contract

PASSWORD = "s3cret-w0rd-of-the-bank"
BLOCKS = {"inbox/": "general-pdf", "inbox/bank/": "bank-pdf", "inbox/gone/": "no-such-block"}

pytestmark = [pytest.mark.timeout(180), pytest.mark.usefixtures("prefect_server", "blocks")]


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere/none")
    monkeypatch.setenv("TRITON_URL", "127.0.0.1:9")
    monkeypatch.setenv("COUNTERSIGN_PASSWORD_BLOCKS", json.dumps(BLOCKS))
    settings.cache_clear()
    yield
    settings.cache_clear()
    close_workers()


@pytest.fixture
def bank_block(prefect_server: None) -> None:
    Secret(value=PASSWORD).save("bank-pdf", overwrite=True)


def fetched(key: str, password: str) -> Fetched:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(contract(1))))
    writer.encrypt(password, algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    data = buffer.getvalue()
    sha = hashlib.sha256(data).hexdigest()
    return Fetched(SourceObject("contracts", key, "etag", len(data)), DocumentId(sha), data)


@flow
def see_it(key: str) -> tuple[str, str | None, str]:
    """A flow of the test's own, for a block is loaded inside a run."""
    reading = see(fetched(key, PASSWORD))
    return reading.status.value, reading.reason, reading.text


def test_longest_prefix_decides() -> None:
    assert block_name("inbox/bank/a.pdf") == "bank-pdf"
    assert block_name("inbox/bank/offer.eml!/a.pdf") == "bank-pdf"
    assert block_name("inbox/a.pdf") == "general-pdf"
    assert block_name("outbox/a.pdf") is None
    assert password_for("outbox/a.pdf") == ""


@pytest.mark.usefixtures("bank_block")
def test_encrypted_file_under_the_prefix_is_read() -> None:
    status, reason, text = see_it("inbox/bank/deal.pdf")
    assert (status, reason) == (ReadStatus.OK.value, None)
    assert "purchase price" in text


def test_encrypted_file_elsewhere_asks_for_its_password() -> None:
    assert see_it("outbox/deal.pdf")[:2] == (ReadStatus.ERROR.value, "password_required")


def test_missing_block_is_a_setting() -> None:
    with pytest.raises(ConfigurationError, match="no-such-block"):
        password_for("inbox/gone/deal.pdf")


@pytest.mark.usefixtures("bank_block")
def test_password_stands_in_no_log_and_no_process(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert see_it("inbox/bank/deal.pdf")[0] == "ok"
    assert PASSWORD not in caplog.text
    children = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    workers = [
        child for child in children if "tasks.core.reading.worker.process" in " ".join(child.cmdline())
    ]
    assert workers
    for worker in workers:
        assert PASSWORD not in " ".join(worker.cmdline())
        assert PASSWORD.encode() not in Path(f"/proc/{worker.pid}/environ").read_bytes()
