"""The pages of the review over a real database: what is decided there stands in the trail, by whom, and within the scope."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

import tasks.evidence
from infra.web.app import create_app
from infra.web.data import StoreData
from infra.web.review.data import StoreReviewData
from tasks.core.evidence.page import NoticeCode
from tasks.core.review.records import QueueFilter, ReviewDecision, Scope
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import RISK, VALUES, YIELD, ask, rows
from tests.unit.infra.web.review_standin import ReviewBrowser, reviewers_in, sign_in_of

ALL = QueueFilter()


@pytest.fixture
def runs(store: Store) -> tuple[str, str]:
    """A run of a matter, and one of another."""
    return ask(store, "a", "deals/a.pdf"), ask(store, "b", "other/b.pdf")


@pytest.fixture
def browser(
    store: Store, runs: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ReviewBrowser:
    monkeypatch.setattr(tasks.evidence, "file_of", lambda _: NoticeCode.FILE_MISSING)
    monkeypatch.setattr(tasks.evidence, "store", lambda: store)
    sign_in = sign_in_of(reviewers_in(tmp_path))
    return ReviewBrowser(create_app(StoreData(store), review=(StoreReviewData(store), sign_in)))


def other(browser: ReviewBrowser, name: str) -> ReviewBrowser:
    made = ReviewBrowser(browser.app)
    made.sign_in(name)
    return made


def shown(browser: ReviewBrowser, path: str = "/review") -> list[str]:
    return re.findall(r'href="/review/items/(\d+)', browser.get(path).text)


def test_the_most_worthy_comes_first_is_claimed_and_decided(
    browser: ReviewBrowser, store: Store, runs: tuple[str, str], connection: psycopg.Connection
):
    browser.sign_in("anna")
    order = shown(browser)
    assert len(order) == 6
    answer = browser.post("/review", token=browser.token("/review"))
    assert answer.headers["location"] == f"/review/items/{order[0]}"
    assert browser.follow(answer).status_code == 200
    item = store.review_queue.item(int(order[0]), Scope())
    assert item.claimed_by == "anna"
    assert (
        browser.act(item.item_id, "rejected", reason="no such thing").headers["location"]
        != answer.headers["location"]
    )
    assert ("rejected", "anna", "no such thing") in rows(
        connection, "decision, reviewer, reason", item.run_id
    )
    assert order[0] not in shown(browser)


def test_a_correction_has_the_words_of_the_stored_text(
    browser: ReviewBrowser, store: Store, runs: tuple[str, str], connection: psycopg.Connection
):
    browser.sign_in("anna")
    item = store.review_queue.page(QueueFilter(field=YIELD), Scope())[0]
    data = browser.get(f"/review/items/{item.item_id}/parts/1").json()
    words = {
        data["text"][start - data["start"] : end - data["start"]]: (start, end)
        for start, end in data["words"]
    }
    start = samples.NOTE_START
    assert words["Principal"] == (start, start + 9)
    assert "no longer in the bucket" in data["reason"]
    browser.act(item.item_id, "corrected", start=str(start + 2), end=str(start + 7))
    assert ("corrected", "Principal") in rows(connection, "decision, quote", item.run_id)


def test_undo_is_a_new_row_and_the_question_is_open_again(
    browser: ReviewBrowser, store: Store, runs: tuple[str, str], connection: psycopg.Connection
):
    browser.sign_in("anna")
    item = store.review_queue.page(QueueFilter(field=YIELD), Scope())[0]
    browser.act(item.item_id, "accepted")
    page = browser.follow(browser.act(item.item_id, "undo"))
    assert "Withdrawn. The question is open again" in page.text
    assert [row[0] for row in rows(connection, "decision", item.run_id)] == ["accepted", "withdrawn"]
    assert store.review_queue.item(item.item_id, Scope()).is_open


def test_of_two_reviewers_the_second_is_told(
    browser: ReviewBrowser, store: Store, connection: psycopg.Connection
):
    browser.sign_in("anna")
    ben = other(browser, "ben")
    item = store.review_queue.page(QueueFilter(field=YIELD), Scope())[0]
    path = f"/review/items/{item.item_id}"
    token = browser.token(path)
    assert "anna is looking at this question now" in ben.get(path).text
    refused = ben.post(path, token=ben.token(path), action="accepted", seen="0", reason="mine")
    assert refused.status_code == 409 and "anna is looking" in refused.text and "mine" in refused.text
    store.review_queue.release(item.item_id, "anna")
    assert ben.act(item.item_id, "accepted").status_code == 303
    late = browser.post(path, token=token, action="rejected", seen="0", reason="no")
    assert late.status_code == 409 and "ben has decided this meanwhile" in late.text
    assert [row[0] for row in rows(connection, "reviewer", item.run_id)] == ["ben"]


def test_reviewers_of_a_matter_see_that_matter_alone(
    browser: ReviewBrowser, store: Store, runs: tuple[str, str]
):
    maya = other(browser, "maya")
    own = [item for item in store.review_queue.page(ALL, Scope()) if item.run_id == runs[0]]
    foreign = next(item for item in store.review_queue.page(ALL, Scope()) if item.run_id == runs[1])
    assert sorted(shown(maya)) == sorted(str(item.item_id) for item in own)
    for path in ("", "/parts/1", "/parts/1/picture"):
        assert maya.get(f"/review/items/{foreign.item_id}{path}").status_code == 404
    token = maya.token("/review")
    answer = maya.post(f"/review/items/{foreign.item_id}", token=token, action="accepted", seen="0")
    assert answer.status_code == 404
    assert maya.get(f"/runs/{runs[1]}").status_code == 404
    assert maya.get(f"/runs/{runs[0]}").status_code == 200
    assert maya.get("/documents?name=b.pdf").status_code == 404
    assert maya.get("/documents?name=a.pdf").status_code == 200
    everything = other(browser, "anna")
    assert everything.get(f"/runs/{runs[1]}").status_code == 200


def test_a_question_of_a_superseded_run_leads_to_the_newer_one(
    browser: ReviewBrowser, store: Store, runs: tuple[str, str]
):
    browser.sign_in("anna")
    item = next(item for item in store.review_queue.page(ALL, Scope()) if item.run_id == runs[0])
    path = f"/review/items/{item.item_id}"
    token = browser.token(path)
    newer = samples.do_run(store, "a", version="2", values=VALUES)
    answer = browser.post(path, token=token, action="rejected", seen="0", reason="typed")
    assert answer.status_code == 409
    assert f'href="/runs/{newer}"' in answer.text and "typed" in answer.text


def test_a_decided_question_of_a_superseded_run_says_where_its_decision_went(
    browser: ReviewBrowser, store: Store, runs: tuple[str, str], connection: psycopg.Connection
):
    browser.sign_in("anna")
    items = store.review_queue.page(QueueFilter(field=YIELD), Scope())
    item = next(item for item in items if item.run_id == runs[0])
    browser.act(item.item_id, "accepted")
    path = f"/review/items/{item.item_id}"
    assert "withdraw-" in browser.get(path).text
    newer = samples.do_run(store, "a", version="2", values=VALUES)
    newest = samples.do_run(store, "a", version="3", values=VALUES)
    assert store.review_queue.newer_runs(runs[0]) == (newest, newer)
    assert store.review_queue.newer_runs(newest) == ()
    html = browser.get(path).text
    assert f'href="/runs/{newest}"' in html and "withdraw-" not in html
    assert "carried over to the newer run" in html and "on an earlier run" not in html


def test_the_schemas_of_a_scope_are_those_of_its_documents(store: Store, runs: tuple[str, str]):
    schemas = store.review_queue.schemas
    assert schemas(Scope(("deals/",), None)) == ("small",)
    assert schemas(Scope(("deals/",), ("lease",))) == () == schemas(Scope(("nowhere/",), None))
    assert schemas(Scope(None, ("lease",))) == ("lease",)


@pytest.mark.parametrize(
    "query",
    [
        "schema=small",
        f"field={RISK}",
        "document=a.pdf",
        "reason=overlooked",
        "kind=passage",
        "age=1",
        "backfill=x",
        "batch=x",
    ],
)
def test_every_filter_is_asked_of_the_store(browser: ReviewBrowser, query: str):
    browser.sign_in("anna")
    assert browser.get(f"/review?{query}").status_code == 200
    assert browser.get(f"/review?{query}&after=0.5,1").status_code == 200


def test_the_decision_of_not_in_document_closes_every_question_of_the_field(
    browser: ReviewBrowser, store: Store, connection: psycopg.Connection
):
    browser.sign_in("anna")
    items = store.review_queue.page(QueueFilter(field=RISK, document="a.pdf"), Scope())
    assert len(items) == 2
    browser.act(items[0].item_id, "not_in_document")
    assert store.review_queue.page(QueueFilter(field=RISK, document="a.pdf"), Scope()) == []
    found = store.review_queue.history(items[0].item_id, Scope())
    assert found[-1].decision is ReviewDecision.NOT_IN_DOCUMENT
