"""Batches and nights deliver what is due, and a delivery that fails fails neither."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

import flows.extract
import flows.nightly
import tasks.delivery
from tasks.core.errors import SourceForbidden
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus, Source
from tasks.settings import Settings

PLACE = "s3://out/results/"
DONE = Outcome(key="a.pdf", schema_name="cv", status=OutcomeStatus.DONE, document_id="0" * 64, run_id="r")
REFUSED = Outcome(key="b.pdf", schema_name="cv", status=OutcomeStatus.QUARANTINED, document_id="1" * 64)


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str] | None]:
    """The documents of each delivery; S3 refuses them all."""
    asked: list[Sequence[str] | None] = []

    def deliver(documents: Sequence[str] | None = None) -> None:
        asked.append(documents)
        raise SourceForbidden("writing: refused")

    monkeypatch.setattr(tasks.delivery, "deliver", deliver)
    monkeypatch.setattr(tasks.delivery, "settings", lambda: SimpleNamespace(results=PLACE))
    for flow in (flows.extract, flows.nightly):
        monkeypatch.setattr(flow, "deliver_results", tasks.delivery.deliver_results.fn)
    return asked


@pytest.mark.parametrize(("place", "asked"), [(PLACE, [["0" * 64]]), ("", [])])
def test_a_batch_delivers_its_documents_that_have_a_run(
    delivered: list[Any], monkeypatch: pytest.MonkeyPatch, place: str, asked: list[Any]
):
    reported: list[Outcome] = []
    config = Settings(database_url="postgresql://nowhere", triton_url="nowhere:1", results=place)  # type: ignore[arg-type]
    monkeypatch.setattr(flows.extract, "settings", lambda: config)
    monkeypatch.setattr(flows.extract, "Batch", lambda _: contextlib.nullcontext())
    monkeypatch.setattr(flows.extract, "process_document", lambda *_: [DONE, REFUSED])
    monkeypatch.setattr(flows.extract, "report", reported.extend)
    monkeypatch.setattr(flows.extract, "Progress", lambda _: SimpleNamespace(advance=bool, note=bool))
    state = flows.extract.extract.fn([DocumentRequest(key="a.pdf", schema_name="cv")])
    assert state.is_completed() and reported == [DONE, REFUSED]
    assert delivered == asked


@pytest.mark.parametrize(("place", "asked"), [(PLACE, [None]), ("", [])])
def test_a_night_without_new_documents_delivers_what_is_left(
    delivered: list[Any], monkeypatch: pytest.MonkeyPatch, place: str, asked: list[Any]
):
    nothing = SimpleNamespace(requests=[], not_listed={}, empty=[], archived={}, left_out={})
    monkeypatch.setattr(flows.nightly, "discover", lambda *_: nothing)
    monkeypatch.setattr(flows.nightly, "through_outages", lambda step: step())
    monkeypatch.setattr(
        flows.nightly, "settings", lambda: SimpleNamespace(results=place, audit="", audit_key=None)
    )
    state = flows.nightly.nightly.fn([Source(prefix="in/", schema_name="cv")])
    assert state.is_completed()
    waits = "; results wait for the next delivery: writing: refused" if place else ""
    assert state.message == f"nothing new{waits}"
    assert delivered == asked
