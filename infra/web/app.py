"""The web application: an index, boards, evidence pages of runs, metrics and health; the HTTP interface; with a
review, its pages behind a sign-in.

Routes are plain functions, which Starlette runs in threads: a query never holds up another reader.
"""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

import anyio.to_thread
from fastapi import FastAPI, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from infra.web.api.data import ApiData
from infra.web.api.routes import PATH, api_app
from infra.web.data import BoardData
from infra.web.failures import add_failures, store_failure
from infra.web.metrics import exposed
from infra.web.pages import PageContext, context_of, error_page, page
from infra.web.panels import RUN_ID, PanelView, panel_view
from infra.web.parameters import form_of, plain_text
from infra.web.problems import refusal
from infra.web.review.data import DataInScope, ReviewData
from infra.web.review.routes import Review, add_review
from infra.web.security import BelowPath, KnownHosts, SecurityHeaders, allowed_hosts
from infra.web.sign_in.door import Door, is_for_machines, visitor_of
from infra.web.sign_in.routes import SignIn, add_sign_in
from tasks.core.errors import CountersignError, StoreError, StoreMissing
from tasks.postgres.panels import Panel

MAX_THREADS = 16
"""Requests at once, each with one connection to PostgreSQL at most."""
MAX_EVIDENCE = 2
"""Evidence pages made at once: each draws pages in a process of its own."""
RETRY_S = 5
STATIC = Path(__file__).parent / "static"
ASSETS = {"boards.css": "text/css", "review.css": "text/css", "review.js": "text/javascript"}
METHODS = ["GET", "HEAD"]
NEWEST_RUNS, RUNS_OF_DOCUMENT = "newest_runs", "runs_of_document"
"""Queries that other pages than boards show, too."""

_POLICY_IN_FILE = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"<>]*)"')
_HEAD_CHARS = 4096
"""The policy of an evidence page stands before anything of a contract."""
_WITHOUT_POLICY = "default-src 'none'; sandbox"


def create_app(
    data: BoardData,
    bind: str = "127.0.0.1",
    hosts: Sequence[str] = (),
    root_path: str = "",
    review: tuple[ReviewData, SignIn] | None = None,
    api: ApiData | None = None,
) -> FastAPI:
    """The application.

    Args:
        data: What it shows.
        bind: The address that it listens on, which is a name of it, too.
        hosts: Further names under which readers reach it, as a proxy passes them on; `*`: any.
        root_path: The path below which a proxy shows it, e.g. `/boards`; the proxy may strip it or not.
        review: The pages of the review, and the sign-in, which is then asked for before every page.
        api: What the HTTP interface answers with; None: there is none.
    """
    app = FastAPI(
        title="Countersign",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_bounded_threads,
    )
    app.state.data, app.state.has_sign_in = data, review is not None
    _add_boards(app, data)
    _add_documents(app, data, review[0] if review else None)
    _add_services(app, data)
    if api is not None:
        app.mount(PATH, api_app(api, has_sign_in=review is not None))
    # A path with a line end is below no mount (Starlette 1.10: its pattern is `.*`): the refusal looks at the path.
    add_failures(app, _refused)
    if review is not None:
        _add_review(app, data, *review)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request({**scope, "app": app})
        await _refused(request, 400, "unknown_host")(scope, receive, send)

    app.add_middleware(KnownHosts, hosts=allowed_hosts(bind, hosts), refusal=refuse)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(BelowPath, root_path=root_path.rstrip("/"))
    return app


def _add_review(app: FastAPI, data: BoardData, review: ReviewData, sign_in: SignIn) -> None:
    add_sign_in(app, sign_in)
    add_review(app, Review(review, data, sign_in.sessions))
    app.add_middleware(
        Door,
        sessions=sign_in.sessions,
        cookies=sign_in.cookies,
        sign_in=sign_in.with_form_kept,
        refuse=_refused,
        outer=app,
    )


def _refused(request: Request, status: int, name: str) -> Response:
    """A refusal before any route: a page for people, a problem for programs."""
    return refusal(status, name) if is_for_machines(request.scope) else error_page(request, status, name)


@asynccontextmanager
async def _bounded_threads(_app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = MAX_THREADS
    yield


def _add_boards(app: FastAPI, data: BoardData) -> None:
    @app.api_route("/", methods=METHODS, name="index")
    def index(request: Request) -> Response:
        context, visitor = context_of(request), visitor_of(request)
        if visitor is not None and not visitor.sees_all:
            return RedirectResponse(context.link("review"), 303)
        runs = _view(_panel(data, NEWEST_RUNS), {}, data, context)
        return page(context, "index.html.j2", runs=runs)

    @app.api_route("/boards/{board_name}", methods=METHODS, name="board")
    def board(request: Request, board_name: str) -> HTMLResponse:
        context = context_of(request)
        shown = next((one for one in data.boards() if one.name == board_name), None)
        if shown is None:
            return error_page(request, 404, "no_board")
        form = form_of(shown, dict(request.query_params), data, context.words)
        views = [_view(panel, form.chosen, data, context) for panel in shown.panels]
        is_empty = not data.choices("schema_name", "")
        return page(context, "board.html.j2", board=shown, form=form, panels=views, is_empty=is_empty)


def _add_documents(app: FastAPI, everything: BoardData, review: ReviewData | None) -> None:
    making = threading.BoundedSemaphore(MAX_EVIDENCE)

    def data_for(request: Request) -> BoardData:
        """What of the documents this person may see."""
        visitor = visitor_of(request)
        if visitor is None or review is None or visitor.sees_all:
            return everything
        return DataInScope(everything, review, visitor.reviewer.scope)

    @app.api_route("/documents", methods=METHODS, name="documents")
    def documents(request: Request) -> HTMLResponse:
        context = context_of(request)
        data, name = data_for(request), plain_text("name", request.query_params.get("name", "").strip())
        keys = list(data.documents(name)) if name else []
        runs = [(key, _view(_panel(data, RUNS_OF_DOCUMENT), {"key": key}, data, context)) for key in keys[:1]]
        return page(
            context,
            "documents.html.j2",
            404 if name and not keys else 200,
            name=name,
            keys=keys,
            runs=runs if len(keys) == 1 else [],
        )

    @app.api_route("/runs/{run_id}", methods=METHODS, name="run")
    def run(request: Request, run_id: str) -> Response:
        if not RUN_ID.fullmatch(run_id):
            return error_page(request, 404, "no_run")
        if not making.acquire(blocking=False):
            return error_page(request, 503, "busy", retry_s=RETRY_S)
        try:
            return _evidence(data_for(request).evidence(run_id))
        except StoreMissing:
            return error_page(request, 404, "no_run")
        finally:
            making.release()


def _add_services(app: FastAPI, data: BoardData) -> None:
    @app.api_route("/metrics", methods=METHODS, name="metrics")
    def metrics(request: Request) -> Response:
        content, media_type = exposed(data, request.headers.get("accept", ""))
        return Response(content, headers={"Content-Type": media_type})

    @app.api_route("/health", methods=METHODS, name="health")
    def health() -> PlainTextResponse:
        try:
            data.check()
        except CountersignError as error:
            return PlainTextResponse(f"{store_failure(error)}\n", 503)
        return PlainTextResponse("ok\n")

    @app.api_route("/static/{name}", methods=METHODS, name="asset")
    def asset(request: Request, name: str) -> Response:
        if name not in ASSETS:
            return error_page(request, 404, "no_page")
        return FileResponse(STATIC / name, media_type=ASSETS[name], headers={"Cache-Control": "no-cache"})


def _panel(data: BoardData, query: str) -> Panel:
    """The first panel of a query, on whichever board it is."""
    return next(panel for board in data.boards() for panel in board.panels if panel.query == query)


def _view(panel: Panel, chosen: Mapping[str, int | str], data: BoardData, context: PageContext) -> PanelView:
    """A panel with its rows. One whose query fails does not take the others with it."""
    try:
        rows = data.rows(panel.query, chosen)
    except StoreError:  # among them a query that took too long
        data.check()  # the whole page fails if the database is gone
        rows = None
    return panel_view(panel, rows, chosen, context.words, context.link)


def _evidence(html: str) -> HTMLResponse:
    """The page with its own policy, which knows its script and style by their digests."""
    own = _POLICY_IN_FILE.search(html[:_HEAD_CHARS])
    # A policy in the page itself cannot forbid frames.
    policy = f"{unescape(own[1]).rstrip('; ')}; frame-ancestors 'none'" if own else _WITHOUT_POLICY
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})
