"""Attachments are recorded with the version of their mail, once, and plans and nights know them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.attachments import Attached, attachments_of, recorded_parts
from tasks.backfill.batches import BackfillBatch, BackfillRecorder
from tasks.backfill.plan import Selection, _listed
from tasks.core.reading.limits import DEFAULT_LIMITS
from tasks.core.reading.mail.envelope import open_mail
from tasks.core.reading.mail.parts import list_parts
from tasks.core.records import DocumentId
from tasks.documents import DocumentRequest, Source
from tasks.fetch import Fetched
from tasks.nightly.discover import Discovery
from tasks.nightly.report import night_of
from tasks.postgres.store import Store
from tasks.s3 import SourceObject
from tests.db import samples
from tests.reading.mail.mails import PDF, mail

MAIL, DEED, SCAN = "deals/offer.eml", "deals/offer.eml!/deed.pdf", "deals/offer.eml!/scan.tif"
FILES = [("deed.pdf", PDF), ("scan.tif", b"II*\0"), ("x.zip", b"PK")]


@pytest.fixture(autouse=True)
def without_a_worker(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    config = SimpleNamespace(read=DEFAULT_LIMITS, ocr=False, bucket="contracts")
    for module in ("tasks.attachments", "tasks.backfill.batches"):
        monkeypatch.setattr(f"{module}.store", lambda: store)
    for module in ("tasks.attachments", "tasks.nightly.report"):
        monkeypatch.setattr(f"{module}.settings", lambda: config)
    monkeypatch.setattr(
        "tasks.attachments.mail_parts", lambda data, limits: list_parts(open_mail(data), limits)
    )


def fetched(etag: str = "e1", key: str = MAIL) -> Fetched:
    data = mail("Offer", files=FILES).as_bytes()
    return Fetched(
        SourceObject("contracts", key, etag, len(data)), DocumentId(hashlib.sha256(data).hexdigest()), data
    )


def rows(store: Store) -> list[tuple[str, str | None]]:
    return [(known.key, known.etag) for known in store.sources.known_objects("contracts")]


def test_attachments_are_recorded_once_and_those_that_are_not_read_are_named(store: Store) -> None:
    twice = [attachments_of(fetched()) for _ in range(2)]
    assert (
        twice[0]
        == twice[1]
        == Attached(
            (DEED,),
            "2 attachments left out: scan.tif (needs OCR: pip install 'countersign[ocr]'), x.zip (unpack it)",
        )
    )
    assert rows(store) == [(DEED, "e1"), (SCAN, "e1")]


def test_image_waits_for_ocr(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    attachments_of(fetched())
    assert [row.key for row in recorded_parts("contracts", MAIL)] == [DEED]
    monkeypatch.setattr("tasks.attachments.can_read_scans", lambda: True)
    assert [row.key for row in recorded_parts("contracts", MAIL)] == [DEED, SCAN]


def test_changed_mail_has_attachments_of_its_own(store: Store) -> None:
    attachments_of(fetched("e1"))
    attachments_of(fetched("e2"))
    assert rows(store) == [(DEED, "e1"), (DEED, "e2"), (SCAN, "e1"), (SCAN, "e2")]


def test_mail_nested_at_the_limit_names_its_attachments(store: Store) -> None:
    key = MAIL + "!/a.eml" * DEFAULT_LIMITS.max_mail_depth
    found = attachments_of(fetched(key=key))
    assert found.keys == () and "deed.pdf (nested too deep: send it by itself)" in found.left_out
    assert rows(store) == []


def test_other_kinds_of_files_have_none() -> None:
    assert attachments_of(fetched(key="deals/a.pdf")) == Attached()


def done(store: Store, content: str, key: str) -> None:
    samples.put_document(store, content, key)
    samples.do_run(store, content)


def test_plan_has_the_attachments_that_were_done_and_the_others_follow_their_mail(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = f"{MAIL}!/note.txt"
    done(store, "mail", MAIL)
    store.sources.record("contracts", DEED, None, "etag-mail", 9)
    store.sources.record("contracts", note, None, "etag-mail", 9, samples.document_id("note"))
    samples.put_document(store, "note", "elsewhere/note.txt")
    samples.do_run(store, "note")
    monkeypatch.setattr(
        "tasks.backfill.plan.list_objects", lambda *_: [SourceObject("contracts", MAIL, "etag-mail", 1)]
    )
    monkeypatch.setattr("tasks.backfill.plan.reader_version", lambda key: "r")
    planning: Any = None  # only a list of keys asks it
    listed = list(_listed(planning, "contracts", Selection(schema_name="small"), "small"))
    assert [(o.key, o.etag) for o in listed] == [(MAIL, "etag-mail"), (note, "etag-mail")]
    recorder = BackfillRecorder(BackfillBatch(backfill_id=1, number=1))
    source: Any = SourceObject("contracts", MAIL, "etag-mail", 1)
    assert list(recorder.not_planned((DEED, note), source, samples.SCHEMA)) == [DEED]
    assert BackfillRecorder(None).not_planned((DEED, note), source, samples.SCHEMA) == (DEED, note)


def test_night_counts_the_attachments_of_its_mails(store: Store) -> None:
    attachments_of(fetched("e1"))
    attachments_of(fetched("e2"))
    source = Source(prefix="deals/", schema_name="small")
    requests = [DocumentRequest(key=MAIL, schema_name="small")]
    left_out = {"deals/": "1 file left out: a.xlsx"}
    night = night_of([source], None, Discovery(requests, {}, (), left_out), datetime.now(UTC), [])
    assert (night.keys, night.left_out) == (((MAIL, DEED),), left_out)
