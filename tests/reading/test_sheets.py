"""Sheets over a real file: every word of the stored text has its box, and only the wanted page is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tasks.evidence
from tasks.core import reading as reader
from tasks.core.evidence.page import NoticeCode
from tasks.core.evidence.questions import question_of
from tasks.core.evidence.stored import StoredEvidence
from tasks.core.records import RunId
from tasks.core.review.records import ItemKind
from tasks.settings import settings
from tasks.sheets import Sheets
from tests.unit.infra.web.review_standin import evidence, item_over, schema

SAMPLE = Path(__file__).parents[2] / "infra" / "samples" / "investment-agreement-en.pdf"
RISK = "may be lost in whole or in part"


@pytest.fixture(scope="module")
def stored() -> StoredEvidence:
    return evidence(
        reader.read_document(SAMPLE), "deals/agreement.pdf", schema("investment"), SAMPLE.read_bytes()
    )


@pytest.fixture
def fetched(stored: StoredEvidence, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """What was fetched; the file is there."""
    asked: list[Any] = []

    def file_of(wanted: StoredEvidence) -> Any:
        asked.append(wanted.document_id)
        return tasks.evidence.FoundFile(wanted.key, SAMPLE.read_bytes())

    for name, value in {
        "DATABASE_URL": "postgresql://",
        "TRITON_URL": "t:1",
        "S3_ENDPOINT_URL": "http://x",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    monkeypatch.setattr(tasks.evidence, "file_of", file_of)
    monkeypatch.setattr(tasks.evidence, "password_of", lambda key: "")
    yield asked
    settings.cache_clear()


def test_every_word_of_a_page_has_a_box_on_its_picture(stored: StoredEvidence, fetched: list[Any]):
    sheet = Sheets(lambda _: stored).sheet(stored.run.run_id, 48)
    assert sheet is not None and sheet.picture is not None
    assert sheet.picture.page_number == 48
    assert sheet.boxes.keys() == set(sheet.text.words) and len(sheet.boxes) > 100
    assert all(0 <= box.left < box.right <= 1 for boxes in sheet.boxes.values() for box in boxes)


def test_a_page_is_drawn_once_and_a_file_fetched_once(
    stored: StoredEvidence, fetched: list[Any], monkeypatch: pytest.MonkeyPatch
):
    drawn: list[tuple[int, ...]] = []
    real = reader.show_pages

    def show_pages(data: bytes, request: Any, *more: Any, **named: Any) -> Any:
        drawn.append(request.pages)
        return real(data, request, *more, **named)

    monkeypatch.setattr(reader, "show_pages", show_pages)
    sheets = Sheets(lambda _: stored)
    for number in (48, 3, 48, 3):
        sheets.sheet(stored.run.run_id, number)
    assert drawn == [(48,), (3,)] and len(fetched) == 1


@pytest.mark.parametrize("number", [0, -1, 51, 10**6])
def test_a_page_that_is_none_is_none(stored: StoredEvidence, fetched: list[Any], number: int):
    assert Sheets(lambda _: stored).sheet(stored.run.run_id, number) is None


def test_a_file_that_is_gone_leaves_the_text(
    stored: StoredEvidence, fetched: list[Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tasks.evidence, "file_of", lambda _: NoticeCode.FILE_CHANGED)
    sheet = Sheets(lambda _: stored).sheet(stored.run.run_id, 48)
    assert sheet is not None
    assert (sheet.picture, sheet.reason, bool(sheet.text.words)) == (None, "file_changed", True)


def test_a_file_that_cannot_be_drawn_says_why(
    stored: StoredEvidence, fetched: list[Any], monkeypatch: pytest.MonkeyPatch
):
    broken = tasks.evidence.FoundFile("a.pdf", b"%PDF-1.7 broken")
    monkeypatch.setattr(tasks.evidence, "file_of", lambda _: broken)
    sheet = Sheets(lambda _: stored).sheet(stored.run.run_id, 1)
    assert sheet is not None and sheet.picture is None and sheet.reason


def test_a_value_in_a_note_is_asked_with_the_note(stored: StoredEvidence):
    question = question_of(item_over(stored, 1, RISK), stored)
    assert (question.first_part, question.has_pages, question.title) == (48, True, "Monthly rent")
    assert question.note is not None
    assert (question.note.marker, question.note.page_number) == ("8", 48)
    assert RISK in question.note.text and question.note.cited


def test_a_lost_decision_is_asked_at_the_beginning(stored: StoredEvidence):
    question = question_of(item_over(stored, 1, "", ItemKind.LOST), stored)
    assert (question.first_part, question.note, len(question.parts)) == (1, None, 50)


def test_threads_share_what_is_made(stored: StoredEvidence, fetched: list[Any]):
    from concurrent.futures import ThreadPoolExecutor

    loads: list[RunId] = []

    def load(run_id: RunId) -> StoredEvidence:
        loads.append(run_id)
        return stored

    sheets = Sheets(load)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: sheets.sheet(stored.run.run_id, 2), range(16)))
    assert len({id(one) for one in found}) == 1 and len(loads) == 1 and len(fetched) == 1
