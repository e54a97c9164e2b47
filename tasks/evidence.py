"""Evidence: the page of a run that shows every value boxed on its words, made now or written to S3.

The document is fetched again, to draw its pages. If it is not to be had, or has other bytes now, the
page says so and shows the stored text.

Requires:
    PostgreSQL and the bucket. Pages are drawn in a subprocess with limits (`COUNTERSIGN_READ_*`).
    To write: `COUNTERSIGN_EVIDENCE`; links to the web application: `COUNTERSIGN_WEB_URL`.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core import reading as reader
from tasks.core.errors import (
    ConfigurationError,
    DocumentError,
    SourceError,
    SourceForbidden,
    SourceMissing,
)
from tasks.core.evidence.assemble import assembled
from tasks.core.evidence.page import EvidencePage, Notice, NoticeCode
from tasks.core.evidence.page_key import page_key
from tasks.core.evidence.request import is_drawn, picture_request
from tasks.core.evidence.stored import DocumentSource, StoredEvidence
from tasks.core.reading.mail.part_keys import split_key
from tasks.core.reading.pictures.records import PagesSeen, PlaceKind
from tasks.core.records import RunId
from tasks.documents import Outcome, OutcomeStatus
from tasks.runtime.run_names import named
from tasks.runtime.secrets import password_for
from tasks.s3 import SourceObject, fetch_object, head_object, object_url, put_bytes
from tasks.settings import settings
from tasks.store import store

logger = logging.getLogger("countersign.evidence")

HTML = "text/html; charset=utf-8"
_MAX_PLACES_TRIED = 5
"""Where the bytes may still lie: the document may have been moved."""


def evidence_page(run_id: RunId, *, is_text_only: bool = False) -> EvidencePage:
    """What the page of a run shows, whatever the run's state.

    Args:
        is_text_only: The file is not looked at; the page shows the stored text.

    Raises:
        StoreMissing: there is no such run, or nothing was read for it.
        StoreUnavailable: PostgreSQL does not answer.
    """
    stored = store().evidence.load(run_id)
    now = datetime.now(UTC)
    if is_text_only:
        return assembled(stored, None, made_at=now)
    found = file_of(stored)
    if isinstance(found, NoticeCode):
        return assembled(stored, None, [Notice(found)], now)
    seen = _look(stored, found) if is_drawn(stored) else None
    return assembled(stored, seen, made_at=now)


def evidence_html(run_id: RunId, *, is_text_only: bool = False) -> str:
    """The page of a run as one HTML file. Raises: as `evidence_page`."""
    # Its templates and Jinja2 are loaded where a page is written, not by every worker.
    from tasks.core.evidence.html import write_page

    return write_page(evidence_page(run_id, is_text_only=is_text_only))


# ---------------------------------------------------------------- writing


@task(task_run_name=named("write_evidence {outcome.key}"), cache_policy=NO_CACHE)
def write_evidence(outcome: Outcome) -> str:
    """Write the page of a finished run to S3, if the settings name a place for it.

    The page of an unchanged document is written only if it is missing.

    Returns:
        The link to it; empty: none was written. A page that fails never fails its document.
    """
    place = settings().evidence_place
    if place is None or outcome.run_id is None:
        return ""
    run_id = RunId(outcome.run_id)
    bucket, key = place[0], page_key(place[1], outcome.key, run_id)
    try:
        if outcome.status is not OutcomeStatus.UNCHANGED or not _exists(bucket, key):
            put_bytes(bucket, key, evidence_html(run_id).encode(), HTML)
        return page_link(bucket, key, run_id)
    except Exception as error:  # the document is done: its page must not undo that
        # The class only: an error of drawing or writing may quote the contract.
        logger.warning(
            "run %s: its evidence page was not written to s3://%s (%s); `countersign page %s` makes it by hand",
            run_id, bucket, type(error).__name__, run_id,
        )  # fmt: skip
        return ""


def page_link(bucket: str, key: str, run_id: RunId) -> str:
    """Where a user opens the page: in the web application, or in S3 without one."""
    web_url = settings().web_url.rstrip("/")
    return f"{web_url}/runs/{run_id}" if web_url else object_url(bucket, key)


def _exists(bucket: str, key: str) -> bool:
    try:
        head_object(bucket, key)
    except SourceMissing:
        return False
    return True


# ---------------------------------------------------------------- the file


@dataclass(frozen=True, slots=True)
class FoundFile:
    """The bytes of a document, as they were when it was read."""

    key: str
    data: bytes


def file_of(stored: StoredEvidence) -> FoundFile | NoticeCode:
    """The document's bytes, or why they are not to be had: by the place where it was seen last."""
    problems: list[NoticeCode] = []
    for source in stored.sources[:_MAX_PLACES_TRIED]:
        problem = NoticeCode.FILE_CHANGED
        # The object as it is now, and, where the bucket keeps versions, as it was.
        for version in dict.fromkeys((None, source.version_id)):
            data = _bytes_of(source, version)
            if isinstance(data, NoticeCode):
                problem = data if version is None else problem
            elif hashlib.sha256(data).hexdigest() == stored.document_id:
                return FoundFile(source.key, data)
        problems.append(problem)
    return problems[0] if problems else NoticeCode.FILE_MISSING


def _bytes_of(source: DocumentSource, version: str | None) -> bytes | NoticeCode:
    """What lies under the key; of an attachment, what its mail holds under its name."""
    root, names = split_key(source.key)
    try:
        fetched = fetch_object(source.bucket, root, settings().read_max_bytes, version)
        if isinstance(fetched, SourceObject):
            # It was read once, so it was smaller, or the limit was higher.
            return NoticeCode.FILE_CHANGED if fetched.etag != source.etag else NoticeCode.FILE_UNAVAILABLE
        return reader.mail_part(fetched.data, names, settings().read) if names else fetched.data
    except SourceMissing:
        return NoticeCode.FILE_MISSING
    except SourceForbidden:
        return NoticeCode.FILE_FORBIDDEN
    except SourceError:
        return NoticeCode.FILE_UNAVAILABLE
    except DocumentError as error:
        is_gone = error.code == "no_such_part"
        return NoticeCode.FILE_CHANGED if is_gone else NoticeCode.FILE_UNAVAILABLE


def _look(stored: StoredEvidence, found: FoundFile) -> PagesSeen:
    """Pictures of the pages, and boxes of the ranges: by letters, else by the stored lines."""
    request = picture_request(stored)
    limits, password = settings().read, password_of(found.key)
    seen = reader.show_pages(found.data, request, limits, password, kind=stored.kind)
    lacking = [s for s in request.spans if s not in seen.places or seen.places[s].kind is PlaceKind.NONE]
    if not lacking:
        return seen
    from tasks.core.reading.pictures.line_places import line_places

    by_lines = line_places(stored.run.run_input.reading, lacking, seen.sizes, seen.turns)
    return replace(seen, places={**seen.places, **by_lines})


def password_of(key: str) -> str:
    """Without its secret block, an encrypted file is not drawn, and the page says so."""
    try:
        return password_for(key)
    except ConfigurationError as error:
        logger.warning("%s", error)
        return ""
