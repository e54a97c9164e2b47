"""Evidence pages in a real object store: written whole, found again, and honest about a file that is not what it was.

Pages are neither drawn nor laid out here: `show_pages` and `write_page` are stand-ins.
"""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from tasks import s3
from tasks.core import reading as reader
from tasks.core.errors import ConfigurationError, DocumentError
from tasks.core.evidence.page import DocumentForm, EvidencePage, NoticeCode
from tasks.core.evidence.stored import DocumentSource, StoredEvidence
from tasks.core.reading.pictures.records import BoxedPlace, PagePicture, PagesSeen, PlaceKind
from tasks.core.records import DocumentId, RoundRecord
from tasks.documents import Outcome, OutcomeStatus
from tasks.evidence import HTML, evidence_page, write_evidence
from tasks.s3 import list_objects, put_bytes
from tasks.settings import settings
from tests.unit.core.evidence.test_chunk_trail import draft, judged
from tests.unit.core.evidence.trails import stored

DATA, OTHER = b"%PDF the contract", b"%PDF another contract"
KEY = "deals/Müller & Co #1.pdf"


@dataclass
class World:
    """The store, the reader and the bucket of a test."""

    client: Any
    url: str
    kept: StoredEvidence
    asked: list[Any] = field(default_factory=list[Any])
    """Requests, passwords and kinds with which pages were drawn."""
    seen: PagesSeen = field(default_factory=PagesSeen)

    def put(self, key: str, data: bytes, bucket: str = "contracts") -> None:
        self.client.put_object(Bucket=bucket, Key=key, Body=data)

    def sources(self, *sources: DocumentSource) -> None:
        self.kept = replace(self.kept, sources=sources)

    def page(self) -> EvidencePage:
        return evidence_page(self.kept.run.run_id)

    def notices(self) -> list[NoticeCode]:
        return [notice.code for notice in self.page().notices]

    def write(self, status: OutcomeStatus = OutcomeStatus.DONE) -> str:
        run_id = self.kept.run.run_id
        return write_evidence.fn(Outcome(key=KEY, schema_name="small", status=status, run_id=run_id))

    def pages(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket="pages").get("Contents", [])
        return [row["Key"] for row in found]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    started = ThreadedMotoServer(port=0)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def world(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    environment = {
        "S3_ENDPOINT_URL": server, "DATABASE_URL": "postgresql://", "TRITON_URL": "t:1",
        "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1",
        "COUNTERSIGN_EVIDENCE": "s3://pages/night/",
    }  # fmt: skip
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    s3._new_client.cache_clear()
    settings.cache_clear()
    record = RoundRecord(1, (draft(1, "Python"), judged(1, 0.9)), ())
    kept = replace(
        stored(record), document_id=DocumentId(hashlib.sha256(DATA).hexdigest()),
        sources=(DocumentSource("contracts", KEY, "e", "e"),),
    )  # fmt: skip
    made = World(s3._client(), server, kept)
    spans = {e.citation.spans[0]: BoxedPlace(PlaceKind.GLYPHS) for e in kept.run.extractions if e.citation}
    made.seen = PagesSeen((PagePicture(1, "image/webp", 1, 1, b"x"),), spans)

    def show_pages(data: bytes, request: Any, limits: Any, password: str = "", *, kind: Any) -> PagesSeen:
        made.asked.append((data, request, password, kind))
        return made.seen

    html = ModuleType("tasks.core.evidence.html")
    html.write_page = lambda page: f"<p>{page.run.run_id} with {len(page.values)} value"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, html.__name__, html)
    monkeypatch.setattr(reader, "show_pages", show_pages, raising=False)
    monkeypatch.setattr(
        "tasks.evidence.store", lambda: SimpleNamespace(evidence=SimpleNamespace(load=lambda _: made.kept))
    )
    for bucket in ("contracts", "pages"):
        made.client.create_bucket(Bucket=bucket)
    yield made
    for bucket in ("contracts", "pages"):
        versions = made.client.list_object_versions(Bucket=bucket)
        for row in (*versions.get("Versions", ()), *versions.get("DeleteMarkers", ())):
            made.client.delete_object(Bucket=bucket, Key=row["Key"], VersionId=row["VersionId"])
        made.client.delete_bucket(Bucket=bucket)
    made.client.close()
    s3._new_client.cache_clear()
    settings.cache_clear()


# ---------------------------------------------------------------- writing


def test_page_is_written_beside_the_name_of_its_document_and_linked(world: World) -> None:
    world.put(KEY, DATA)
    link = world.write()
    run_id = world.kept.run.run_id
    assert world.pages() == [f"night/{KEY}.{run_id}.html"]
    assert link == f"{world.url}/pages/night/deals/M%C3%BCller%20%26%20Co%20%231.pdf.{run_id}.html"
    written = world.client.get_object(Bucket="pages", Key=world.pages()[0])
    assert written["ContentType"] == HTML
    assert written["Body"].read().decode() == f"<p>{run_id} with 1 value"


def test_link_leads_to_the_web_application_if_there_is_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_WEB_URL", "https://contracts.example/")
    settings.cache_clear()
    assert world.write() == f"https://contracts.example/runs/{world.kept.run.run_id}"
    assert len(world.pages()) == 1


def test_page_of_an_unchanged_document_is_written_only_if_it_is_missing(world: World) -> None:
    first = world.write(OutcomeStatus.UNCHANGED)
    world.client.put_object(Bucket="pages", Key=world.pages()[0], Body=b"as it was")
    assert world.write(OutcomeStatus.UNCHANGED) == first
    assert world.client.get_object(Bucket="pages", Key=world.pages()[0])["Body"].read() == b"as it was"
    world.write()
    assert world.client.get_object(Bucket="pages", Key=world.pages()[0])["Body"].read() != b"as it was"


def test_without_the_setting_nothing_is_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COUNTERSIGN_EVIDENCE")
    settings.cache_clear()
    assert (world.write(), world.pages()) == ("", [])


@pytest.mark.parametrize("error", [RuntimeError("the tenant pays 500"), ConfigurationError("x")])
def test_page_that_fails_is_a_warning_without_the_contracts_words(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr("tasks.evidence.assembled", fail)
    assert (world.write(), world.pages()) == ("", [])
    (said,) = (r.getMessage() for r in caplog.records if r.name == "countersign.evidence")
    run_id = world.kept.run.run_id
    assert said == (
        f"run {run_id}: its evidence page was not written to s3://pages ({type(error).__name__}); "
        f"`countersign page {run_id}` makes it by hand"
    )


def test_bucket_that_is_missing_fails_no_document(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERSIGN_EVIDENCE", "s3://nowhere/")
    settings.cache_clear()
    assert world.write() == ""


@pytest.mark.parametrize("place", ["s3://contracts/deals/pages/", "s3://contracts/"])
def test_listing_of_documents_has_no_evidence_pages(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("COUNTERSIGN_EVIDENCE", place)
    settings.cache_clear()
    world.put(KEY, DATA)
    world.put("deals/pages/terms.html", b"a document that is left out and told")
    assert world.write()
    assert len(world.client.list_objects_v2(Bucket="contracts")["Contents"]) == 3
    assert [listed.key for listed in list_objects("contracts", "")] == sorted([KEY, "deals/pages/terms.html"])


@pytest.mark.parametrize("prefix", ["deals/out/", ""])
def test_listing_of_documents_has_no_delivered_values(
    world: World, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv("COUNTERSIGN_RESULTS", f"s3://contracts/{prefix}")
    settings.cache_clear()
    ours = ["log/000000000001.jsonl", f"current/small/{'0' * 64}.json"]
    documents = [KEY, "deals/out/log/1.jsonl", "deals/out/values.pdf", "else/log/000000000001.jsonl"]
    for key in [*documents, *(f"{prefix}{name}" for name in ours)]:
        world.put(key, DATA)
    assert [listed.key for listed in list_objects("contracts", "")] == sorted(documents)


def test_pages_of_another_bucket_hide_no_document(world: World) -> None:
    run_id = world.kept.run.run_id
    put_bytes("contracts", f"night/a.pdf.{run_id}.html", b"x", HTML)
    assert len(list(list_objects("contracts", ""))) == 1


@pytest.mark.parametrize(
    ("bucket", "host"),
    [
        ("pages", "https://pages.s3.eu-central-1.amazonaws.com/"),
        ("our.pages", "https://s3.eu-central-1.amazonaws.com/our.pages/"),
    ],
)
def test_address_at_aws_names_bucket_and_region(
    world: World, monkeypatch: pytest.MonkeyPatch, bucket: str, host: str
) -> None:
    monkeypatch.delenv("S3_ENDPOINT_URL")
    settings.cache_clear()
    client = SimpleNamespace(meta=SimpleNamespace(region_name="eu-central-1"))
    monkeypatch.setattr(s3, "_client", lambda: client)
    assert s3.object_url(bucket, "a/b c?.html") == f"{host}a/b%20c%3F.html"


# ---------------------------------------------------------------- the file


def test_unchanged_file_is_drawn_by_its_kind_and_its_boxes_are_shown(world: World) -> None:
    world.put(KEY, DATA)
    page = world.page()
    ((data, request, password, kind),) = world.asked
    assert (data, password, kind, request.pages) == (DATA, "", reader.FileKind.PDF, (1,))
    assert (page.document.form, page.notices) == (DocumentForm.PAGES, ())
    assert page.pages[0].picture is not None
    assert [r.place for v in page.values for r in v.ranges] == [PlaceKind.GLYPHS]


def test_changed_file_shows_the_stored_text_and_says_so(world: World) -> None:
    world.put(KEY, OTHER)
    assert world.notices() == [NoticeCode.FILE_CHANGED]
    page = world.page()
    assert (page.document.form, page.pages[0].lines != (), world.asked) == (DocumentForm.TEXT, True, [])


def test_missing_file_and_missing_bucket_say_so(world: World) -> None:
    assert world.notices() == [NoticeCode.FILE_MISSING]
    world.sources(DocumentSource("nowhere", KEY, "e", "e"))
    assert world.notices() == [NoticeCode.FILE_MISSING]
    world.sources()
    assert world.notices() == [NoticeCode.FILE_MISSING]


def test_store_that_does_not_answer_leaves_the_stored_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("S3_ENDPOINT_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    s3._new_client.cache_clear()
    assert world.notices() == [NoticeCode.FILE_UNAVAILABLE]


def test_file_above_the_limit_is_not_fetched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(KEY, OTHER)
    monkeypatch.setenv("COUNTERSIGN_READ_MAX_BYTES", "5")
    settings.cache_clear()
    assert world.notices() == [NoticeCode.FILE_CHANGED]
    etag = world.client.head_object(Bucket="contracts", Key=KEY)["ETag"].strip('"')
    world.sources(DocumentSource("contracts", KEY, etag, etag))
    assert world.notices() == [NoticeCode.FILE_UNAVAILABLE]


@pytest.mark.parametrize("change", ["replaced", "deleted"])
def test_earlier_version_of_a_changed_file_is_shown_where_the_bucket_keeps_it(
    world: World, change: str
) -> None:
    world.client.put_bucket_versioning(Bucket="contracts", VersioningConfiguration={"Status": "Enabled"})
    version = world.client.put_object(Bucket="contracts", Key=KEY, Body=DATA)["VersionId"]
    world.sources(DocumentSource("contracts", KEY, version, "e"))
    if change == "replaced":
        world.put(KEY, OTHER)
    else:
        world.client.delete_object(Bucket="contracts", Key=KEY)
    assert world.notices() == []
    assert world.asked[0][0] == DATA
    world.client.delete_object(Bucket="contracts", Key=KEY, VersionId=version)
    expected = NoticeCode.FILE_CHANGED if change == "replaced" else NoticeCode.FILE_MISSING
    assert world.notices() == [expected]


def test_file_that_was_moved_is_found_where_it_was_seen_before(world: World) -> None:
    world.put("archive/a.pdf", DATA)
    world.sources(
        DocumentSource("contracts", KEY, "e", "e"), DocumentSource("contracts", "archive/a.pdf", "e", "e")
    )
    assert world.notices() == []
    assert world.page().document.key == KEY


def test_attachment_is_taken_from_its_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put("in/offer.eml", b"a mail")
    world.sources(DocumentSource("contracts", "in/offer.eml!/deed.pdf", "e", "e"))
    parts = {("deed.pdf",): DATA}

    def part(mail: bytes, names: Any, limits: Any) -> bytes:
        if mail != b"a mail":
            raise DocumentError("no_such_part", "gone")
        return parts[tuple(names)]

    monkeypatch.setattr(reader, "mail_part", part)
    assert (world.notices(), world.asked[0][0]) == ([], DATA)
    world.put("in/offer.eml", b"another mail")
    assert world.notices() == [NoticeCode.FILE_CHANGED]


def test_word_document_is_fetched_to_know_whether_it_changed_and_not_drawn(world: World) -> None:
    world.sources(DocumentSource("contracts", "deals/a.docx", "e", "e"))
    world.put("deals/a.docx", OTHER)
    assert world.notices()[0] is NoticeCode.FILE_CHANGED
    world.put("deals/a.docx", DATA)
    assert NoticeCode.FILE_CHANGED not in world.notices()
    assert (world.page().document.form, world.asked) == (DocumentForm.TEXT, [])


def test_text_alone_is_shown_without_a_look_at_the_file(world: World) -> None:
    page = evidence_page(world.kept.run.run_id, is_text_only=True)
    assert (page.document.form, page.notices) == (DocumentForm.TEXT, ())


def test_password_of_the_keys_prefix_opens_the_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.put(KEY, DATA)
    monkeypatch.setattr("tasks.evidence.password_for", lambda key: "open sesame" if key == KEY else "")
    assert world.notices() == []
    assert world.asked[0][2] == "open sesame"


def test_secret_block_that_is_missing_leaves_the_page_without_pictures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(key: str) -> str:
        raise ConfigurationError("Prefect has no secret block")

    world.put(KEY, DATA)
    world.seen = PagesSeen(reason="password_required")
    monkeypatch.setattr("tasks.evidence.password_for", missing)
    lines = ModuleType("tasks.core.reading.pictures.line_places")
    lines.line_places = lambda *_: {}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, lines.__name__, lines)
    page = world.page()
    assert [(n.code, n.detail) for n in page.notices] == [(NoticeCode.NOT_DRAWN, "password_required")]


def test_ranges_that_letters_do_not_give_are_boxed_by_lines(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put(KEY, DATA)
    world.seen = replace(world.seen, places={}, sizes={1: (595.0, 842.0)})
    asked: list[Any] = []

    def line_places(reading: Any, spans: Any, sizes: Any, turns: Any) -> Any:
        asked.append(sizes)
        return {span: BoxedPlace(PlaceKind.LINES) for span in spans}

    lines = ModuleType("tasks.core.reading.pictures.line_places")
    lines.line_places = line_places  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, lines.__name__, lines)
    assert [r.place for v in world.page().values for r in v.ranges] == [PlaceKind.LINES]
    assert asked == [{1: (595.0, 842.0)}]
