"""The HTTP interface over a real database: what it lists, how pages follow each other, and who sees what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator

from infra.reviewers import Reviewer, ReviewerRole, Reviewers, new_token, token_hash
from infra.web.api.data import StoreApiData
from infra.web.api.routes import api_app
from infra.web.app import create_app
from infra.web.data import StoreData
from infra.web.review.data import StoreReviewData
from tasks.core.records import RunId
from tasks.core.review.records import EVERYTHING, ItemKind, QueueFilter, ReviewDecision, Scope
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_decisions import RISK, VALUES, YIELD, ask, decide
from tests.unit.infra.web.review_standin import ReviewBrowser, reviewers_in, sign_in_of
from tests.unit.infra.web.standin import Client

TODAY = datetime.now(UTC).date()
TOKENS = {name: new_token() for name in ("all", "matter", "lease", "old")}
MACHINES = {
    "all": Reviewer("all", ReviewerRole.READER),
    "matter": Reviewer("matter", ReviewerRole.READER, Scope(("deals/",), None), token_until=TODAY),
    "lease": Reviewer("lease", ReviewerRole.READER, Scope(None, ("lease",))),
    "old": Reviewer("old", ReviewerRole.READER, token_until=TODAY - timedelta(days=1)),
}


@pytest.fixture
def people(tmp_path: Path) -> Reviewers:
    known = Reviewers(tmp_path / "reviewers.toml")
    for name, machine in MACHINES.items():
        known.add(replace(machine, token_hash=token_hash(TOKENS[name])))
    return known


class Api(Client):
    """Asks with a token."""

    def ask(self, path: str, token: str = "all", method: str = "GET", **headers: str) -> httpx.Response:
        sent = {"authorization": f"Bearer {TOKENS[token]}"} | {
            n.replace("_", "-"): v for n, v in headers.items()
        }
        return self.get(f"/api/v1{path}", method, **sent)

    def json(self, path: str, token: str = "all") -> Any:
        answer = self.ask(path, token)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def runs(store: Store) -> tuple[str, str]:
    """A run of a matter, and one of another; the first has a correction, and words that a person added."""
    mine, other = ask(store, "a", "deals/a.pdf"), ask(store, "b", "other/b.pdf")
    store.sources.record("contracts", "other/copy.pdf", None, "etag-a", 1000, samples.document_id("a"))
    item = next(
        one for one in store.review_queue.page(QueueFilter(field=YIELD), EVERYTHING) if one.run_id == mine
    )
    decide(store, item, ReviewDecision.CORRECTED, ((4, 9),))
    return mine, other


@pytest.fixture
def api(store: Store, runs: tuple[str, str], people: Reviewers) -> Api:
    review = (StoreReviewData(store), sign_in_of(people))
    return Api(create_app(StoreData(store), review=review, api=StoreApiData(store)))


def follow(api: Api, path: str, token: str = "all") -> list[Any]:
    """All items of a list, in pages of one."""
    items, after = [], ""
    while True:
        page = api.json(f"{path}{'&' if '?' in path else '?'}limit=1{after}", token)
        items += page["items"]
        if page["next"] is None:
            return items
        after = f"&after={page['next']}"


def test_the_document_is_valid_openapi_and_names_only_reads(api: Api):
    document = api.json("/openapi.json")
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert {method for path in document["paths"].values() for method in path} == {"get"}
    assert document["servers"] == [{"url": "/api/v1"}]
    assert set(document["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyCookie"}


def test_runs_come_in_the_order_of_their_ends_and_next_leads_to_later_ones(
    api: Api, store: Store, runs: tuple[str, str]
):
    listed = api.json("/runs")
    assert [run["run"] for run in listed["items"]] == list(runs)
    assert follow(api, "/runs") == listed["items"]
    first = listed["items"][0]
    assert first == api.json(f"/runs/{runs[0]}")
    assert (first["state"], first["is_current"], first["schema"]) == ("done", True, "small")
    assert first["documents"] == [
        {"bucket": "contracts", "key": "deals/a.pdf"},
        {"bucket": "contracts", "key": "other/copy.pdf"},
    ]
    assert first["evidence"] == f"/runs/{runs[0]}"
    assert first["finished_at"].endswith("Z")
    since = listed["items"][1]["finished_at"]
    assert [run["run"] for run in api.json(f"/runs?finished_since={since}")["items"]] == [runs[1]]
    assert api.json(f"/runs?schema=none&sha256={'0' * 64}")["items"] == []
    again = samples.do_run(store, "a", force=True, values=VALUES)
    old = api.json(f"/runs/{runs[0]}")
    assert (old["state"], old["is_current"], old["newest"]) == ("superseded", False, again)
    assert [run["run"] for run in api.json("/runs?state=superseded")["items"]] == [runs[0]]
    assert {value["state"] for value in api.json(f"/runs/{runs[0]}/values")["items"]} == {"superseded"}


def test_values_are_the_lines_of_the_export_and_each_has_its_citations(
    api: Api, store: Store, runs: tuple[str, str]
):
    values = api.json(f"/runs/{runs[0]}/values")["items"]
    own = {"id", "citations"}
    lines = [{k: v for k, v in value.items() if k not in own} for value in values]
    assert sorted(lines, key=str) == sorted(store.reports.export("deals/a.pdf", RunId(runs[0])), key=str)
    assert follow(api, f"/runs/{runs[0]}/values") == values
    assert [v["status"] for v in values] == ["verified", "rejected", "accepted"]
    assert [v["field"] for v in api.json(f"/runs/{runs[0]}/values?field={RISK}")["items"]] == [RISK]
    assert len(api.json(f"/runs/{runs[0]}/values?status=accepted")["items"]) == 1
    for value in values:
        cited = api.json(value["citations"].removeprefix("/api/v1"))
        assert cited["evidence"] == f"/runs/{runs[0]}"
        (citation,) = cited["citations"]
        assert (citation["spans"], citation["quote"]) == (value["spans"], value["quote"])
        assert citation["footnote"] == value["footnote"]
    assert api.ask(f"/runs/{runs[0]}/values/0/citations").status_code == 404


def test_documents_are_keys_in_order_with_what_they_hold(api: Api, store: Store, runs: tuple[str, str]):
    listed = api.json("/documents")["items"]
    assert [one["key"] for one in listed] == ["deals/a.pdf", "other/b.pdf", "other/copy.pdf"]
    assert follow(api, "/documents") == listed
    assert [[run["run"] for run in one["runs"]] for one in listed] == [[runs[0]], [runs[1]], [runs[0]]]
    first = listed[0]
    assert first == api.json(f"/documents/{first['document']}")
    assert (first["state"], first["sha256"]) == ("current", samples.document_id("a"))
    names = [one["key"] for one in api.json("/documents?prefix=other/&schema=small")["items"]]
    assert names == ["other/b.pdf", "other/copy.pdf"]
    ended = listed[1]["runs"][0]["finished_at"]
    assert [one["key"] for one in api.json(f"/documents?finished_since={ended}")["items"]] == ["other/b.pdf"]
    assert api.json("/documents?schema=other")["items"] == []
    # Each key has the values under its own name.
    values = listed[2]["values"].removeprefix("/api/v1")
    assert {value["document"] for value in api.json(f"{values}?schema=small")["items"]} == {"other/copy.pdf"}
    assert api.ask(values).status_code == 422
    assert api.ask(f"{values}?schema=other").status_code == 404
    store.objects.missing("contracts", "other/copy.pdf")
    assert api.json(f"/documents/{listed[2]['document']}")["state"] == "deleted"
    assert [one["key"] for one in api.json("/documents?state=deleted")["items"]] == ["other/copy.pdf"]
    gone = api.ask(f"{values}?schema=small")
    assert gone.status_code == 404 and "deleted" in gone.json()["detail"]


def test_coverage_counts_the_cells_and_lists_them(api: Api, runs: tuple[str, str]):
    counted = api.json(f"/runs/{runs[0]}/coverage")
    assert counted["totals"] == {"found": 1, "absent": 2, "unsettled": 1, "failed": 0}
    assert [field["field"] for field in counted["fields"]] == [YIELD, RISK]
    cells = follow(api, counted["cells"].removeprefix("/api/v1"))
    assert [(c["chunk"], c["field"], c["state"], c["pages"]) for c in cells] == [
        (0, RISK, "unsettled", [1]), (0, YIELD, "absent", [1]), (1, RISK, "found", [1]), (1, YIELD, "absent", [1]),
    ]  # fmt: skip
    found = api.json(f"/runs/{runs[0]}/coverage/cells?state=found&field={RISK}")["items"]
    assert [cell["chunk"] for cell in found] == [1]


def test_nobody_sees_more_than_in_the_review(api: Api, runs: tuple[str, str]):
    (seen,) = api.json("/runs", "matter")["items"]
    assert seen["run"] == runs[0]
    assert seen["documents"] == [{"bucket": "contracts", "key": "deals/a.pdf"}], (
        "not the name in another matter"
    )
    assert api.json(f"/runs/{runs[0]}/values", "matter")["items"][0]["document"] == "deals/a.pdf"
    assert api.json("/runs", "lease")["items"] == api.json("/documents", "lease")["items"] == []
    (document,) = api.json("/documents", "matter")["items"]
    assert document["key"] == "deals/a.pdf"
    foreign = api.json("/documents?prefix=other/")["items"][0]["document"]
    for path in (f"/documents/{foreign}", f"/documents/{foreign}/values?schema=small"):
        assert api.ask(path, "matter").status_code == 404
    for path in (f"/documents/{document['document']}", "/documents/zz", "/documents/%00", "/documents/YQ=="):
        assert api.ask(path, "lease").status_code == 404
    for path in ("", "/values", "/values/1/citations", "/coverage", "/coverage/cells"):
        answer = api.ask(f"/runs/{runs[1]}{path}", "matter")
        assert answer.status_code == 404 and answer.json()["code"] == "not_found", path
        assert api.ask(f"/runs/{runs[0]}{path}", "lease").status_code == 404, path


def test_without_a_sign_in_nothing_is_read(api: Api, runs: tuple[str, str], people: Reviewers):
    paths = ["/openapi.json", "/runs", f"/runs/{runs[0]}/values", "/nothing", ""]
    for path in paths:
        for headers in (
            {},
            {"authorization": "Bearer csn_wrong"},
            {"authorization": f"Bearer {TOKENS['old']}"},
        ):
            answer = api.get(f"/api/v1{path}", **headers)
            assert answer.status_code == 401, path
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert api.get("/api/v1/runs", "POST").status_code == 401
    # A token counts for this interface alone: a page with forms takes no header.
    assert api.get("/review", authorization=f"Bearer {TOKENS['all']}").status_code == 303
    people.remove("all")
    assert api.ask("/runs").status_code == 401, "a token that was withdrawn is gone at once"
    people.path.write_text("[[reviewer]]\nname = 1\n")
    assert api.ask("/runs", "matter").json()["code"] == "reviewers"


def test_the_interface_asks_for_a_sign_in_itself_if_nothing_stands_before_it(
    store: Store, runs: tuple[str, str]
):
    app = FastAPI()
    app.mount("/api/v1", api_app(StoreApiData(store), has_sign_in=True))
    for path in ("/runs", "/documents", f"/runs/{runs[0]}/values", f"/runs/{runs[0]}/coverage/cells"):
        assert Api(app).get(f"/api/v1{path}").json()["code"] == "sign_in"


def test_boards_without_a_sign_in_show_everything_here_too(store: Store, runs: tuple[str, str]):
    api = Api(create_app(StoreData(store), api=StoreApiData(store)))
    assert [run["run"] for run in api.get("/api/v1/runs").json()["items"]] == list(runs)
    assert "securitySchemes" not in api.get("/api/v1/openapi.json").json()["components"]
    assert api.get("/api/v1/runs", host="evil.example").status_code == 400


def test_who_is_signed_in_to_the_pages_reads_with_the_session(
    store: Store, runs: tuple[str, str], tmp_path: Path
):
    sign_in = sign_in_of(reviewers_in(tmp_path))
    app = create_app(StoreData(store), review=(StoreReviewData(store), sign_in), api=StoreApiData(store))
    browser = ReviewBrowser(app)
    browser.sign_in("maya")
    assert [run["run"] for run in browser.get("/api/v1/runs").json()["items"]] == [runs[0]]
    assert browser.post("/api/v1/runs").status_code == 405


def test_an_answer_is_not_kept_and_is_told_when_it_is_as_it_was(
    api: Api, store: Store, runs: tuple[str, str]
):
    path = f"/runs/{runs[0]}/values"
    answer = api.ask(path)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Authorization, Cookie"
    tag = answer.headers["etag"]
    same = api.ask(path, if_none_match=f'"x", W/{tag}')
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    head = api.ask(path, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    item = next(
        one
        for one in store.review_queue.page(QueueFilter(field=RISK, kind=ItemKind.VALUE), EVERYTHING)
        if one.run_id == runs[0]
    )
    decide(store, item, ReviewDecision.REJECTED)
    assert api.ask(path, if_none_match=tag).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(api: Api, method: str):
    answer = api.ask("/runs", method=method)
    assert (answer.status_code, answer.json()["code"]) == (405, "not_allowed")
    assert answer.headers["allow"] == "GET, HEAD"


def test_what_is_no_parameter_is_a_problem_that_names_it_and_not_its_value(api: Api, runs: tuple[str, str]):
    wrong = {
        "limit": ("0", "501", "x"),
        "after": ("x", "e30", "WzEsMl0", "WyJcdTAwMDAiLCAiIl0", "é"),
        "finished_since": ("yesterday", "2026-01-01", "2026-01-01T00:00:00"),
        "state": ("open",),
        "sha256": ("A" * 64,),
        "schema": ("a%00b", "x" * 101),
    }
    for name, values in wrong.items():
        for value in values:
            answer = api.ask(f"/runs?{name}={value}")
            assert answer.status_code == 422, (name, value)
            content = answer.json()
            assert (content["code"], content["status"]) == ("wrong_parameter", 422)
            assert [one["parameter"] for one in content["errors"]] == [name]
            assert answer.headers["content-type"] == "application/problem+json"
    assert api.ask("/runs/1").status_code == 422
    assert api.ask("/nothing").json()["code"] == "no_resource"
    assert api.ask("/runs/").status_code == 404
    for path in ("/a%0Ab", f"/runs/{runs[0]}/values/a%0Ab/citations"):
        answer = api.ask(path)
        assert answer.status_code == 404 and answer.headers["content-type"] == "application/problem+json"


def test_a_database_that_is_gone_is_told_without_its_password(people: Reviewers):
    gone = Store("postgresql://who:secret@127.0.0.1:1/none")
    app = create_app(
        StoreData(gone), review=(StoreReviewData(gone), sign_in_of(people)), api=StoreApiData(gone)
    )
    answer = Api(app).ask("/runs")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_database")
    assert answer.headers["retry-after"] == "5" and "secret" not in answer.text
