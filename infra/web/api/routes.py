"""The resources of the HTTP interface, and its OpenAPI document, which FastAPI makes of them.

An application of its own, mounted below `PATH`: its errors are problems, its document names nothing of the pages.
Every answer is made within the scope of who asks, and is never kept by a cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, FastAPI, Path, Query, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import AwareDatetime
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from infra.web.api.answers import Readable
from infra.web.api.cursors import (
    MAX_CHARS,
    PATTERN,
    after_named,
    after_numbered,
    after_run,
    cursor_of,
    document_id,
    place_of,
)
from infra.web.api.data import ApiData, Row, in_order
from infra.web.api.models import (
    CellResource,
    CellStateName,
    CitationsResource,
    CitedPlace,
    CoverageResource,
    DocumentResource,
    DocumentStateName,
    FieldCoverage,
    ListPage,
    RunResource,
    ValueResource,
    ValueStatusName,
    document_resource,
    run_resource,
)
from infra.web.api.problems import Problem, add_problems
from infra.web.problems import PROBLEM
from infra.web.sign_in.door import visitor_of
from infra.web.sign_in.sessions import SESSION_COOKIE
from tasks.core.errors import StoreMissing
from tasks.core.records import RunId
from tasks.core.review.records import EVERYTHING, Scope
from tasks.postgres.delivery.catalogue import CellFilter, DocumentFilter, RunFilter

PATH = "/api/v1"
VERSION = "1"
MAX_LIMIT, USUAL_LIMIT = 500, 100
_ABOUT = """Read what Countersign stored: documents, runs, values with their citations, and coverage.

Everything is read-only. A list has at most `limit` items; follow `next` with `after` until it is null. Times are RFC 3339 in UTC.
Every answer has an `ETag`: send it as `If-None-Match` to be told 304 if nothing changed. Nobody sees more than in the review.
"""
_PROBLEM: dict[str, Any] = {
    "model": Problem,
    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as it was: `If-None-Match` had its ETag."},
    "4XX": {**_PROBLEM, "description": "The request was refused."},
    "5XX": {**_PROBLEM, "description": "It cannot be answered now."},
}

NAME = r"^[^\x00-\x1f]+$"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="most items of the page")]
After = Annotated[
    str | None, Query(max_length=MAX_CHARS, pattern=PATTERN, description="`next` of the page before")
]
SchemaName = Annotated[
    str | None, Query(alias="schema", max_length=100, pattern=NAME, description="only of this schema")
]
FieldName = Annotated[str | None, Query(max_length=100, pattern=NAME, description="only of this field")]
Since = Annotated[
    AwareDatetime | None,
    Query(
        description="only what was finished then or later, as 2026-11-30T06:00:00Z (a `+` in an address is %2B)"
    ),
]
Sha256 = Annotated[str | None, Query(pattern=r"^[0-9a-f]{64}$", description="only of these bytes")]
RunPath = Annotated[UUID, Path(description="a run's id")]
DocumentPath = Annotated[str, Path(max_length=MAX_CHARS, description="a document's id")]
ValuePath = Annotated[str, Path(max_length=100, description="a value's `id`")]


def api_app(data: ApiData, has_sign_in: bool) -> ASGIApp:
    """The interface, to be mounted at `PATH`.

    Args:
        has_sign_in: Say in the document how to sign in; the door before the application asks for it.
    """
    ways = [
        Security(
            HTTPBearer(auto_error=False, description="a token of `countersign review users machine NAME`")
        ),
        Security(
            APIKeyCookie(
                name=SESSION_COOKIE, auto_error=False, description="of who is signed in to the pages"
            )
        ),
    ]
    app = FastAPI(
        title="Countersign",
        version=VERSION,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        dependencies=ways if has_sign_in else [],
        responses=_RESPONSES,
        redirect_slashes=False,
    )
    app.state.has_sign_in = has_sign_in
    _add_documents(app, data)
    _add_runs(app, data)
    _add_values(app, data)
    _add_coverage(app, data)
    add_problems(app)
    return Readable(app)


def _scope(request: Request) -> Scope:
    """What the reader may see."""
    visitor = visitor_of(request)
    if visitor is None and request.app.state.has_sign_in:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)  # the door was left out: nobody is let in
    return EVERYTHING if visitor is None else visitor.reviewer.scope


Seen = Annotated[Scope, Depends(_scope)]


def _add_documents(app: FastAPI, data: ApiData) -> None:
    @app.get("/documents", tags=["documents"])
    def list_documents(
        request: Request,
        scope: Seen,
        prefix: Annotated[
            str | None, Query(max_length=1024, pattern=NAME, description="only keys that begin so")
        ] = None,
        schema: SchemaName = None,
        state: Annotated[DocumentStateName | None, Query()] = None,
        finished_since: Since = None,
        limit: Limit = USUAL_LIMIT,
        after: After = None,
    ) -> ListPage[DocumentResource]:
        """Documents in the order of buckets and keys. Two keys with the same bytes are two documents.

        With `schema` or `finished_since`, only documents that have such a run.
        """
        wanted = DocumentFilter(prefix, schema, state, finished_since)
        rows = data.documents(wanted, scope, limit + 1, after_named(after))
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else cursor_of(last["bucket"], last["key"])
        return ListPage(items=[_document(request, row) for row in rows[:limit]], next=following)

    @app.get("/documents/{document}", tags=["documents"])
    def read_document(request: Request, scope: Seen, document: DocumentPath) -> DocumentResource:
        """A document: what its key holds, or held last."""
        return _document(request, _held(data, document, scope))

    @app.get("/documents/{document}/values", tags=["documents", "values"])
    def list_current_values(
        request: Request,
        scope: Seen,
        document: DocumentPath,
        schema: Annotated[str, Query(max_length=100, pattern=NAME, description="of which schema")],
        field: FieldName = None,
        status: Annotated[ValueStatusName | None, Query()] = None,
        limit: Limit = USUAL_LIMIT,
        after: After = None,
    ) -> ListPage[ValueResource]:
        """The current values of a document, as `countersign export` writes them: of the newest done run of what its key holds."""
        row = _held(data, document, scope)
        if row["state"] != "current":
            raise StoreMissing(
                f"the document has no current values: it is {row['state']}. Its runs are under /runs?sha256=."
            )
        run_id = next((run["run"] for run in row["runs"] if run["schema"] == schema), None)
        if run_id is None:
            raise StoreMissing("the document has no done run of this schema")
        return _values_page(request, data, data.run(RunId(run_id), scope), row, (field, status), limit, after)


def _held(data: ApiData, document: str, scope: Scope) -> Row:
    place = place_of(document)
    if place is None:
        raise StoreMissing("there is no such document, or it is not among what you may see")
    bucket, key = place
    return data.document(bucket, key, scope)


def _document(request: Request, row: Row) -> DocumentResource:
    name = document_id(row["bucket"], row["key"])
    return document_resource(dict(row), name, _link(request, f"/documents/{name}/values"))


def _add_runs(app: FastAPI, data: ApiData) -> None:
    @app.get("/runs", tags=["runs"])
    def list_runs(
        request: Request,
        scope: Seen,
        state: Annotated[Literal["done", "failed", "superseded"] | None, Query()] = None,
        schema: SchemaName = None,
        sha256: Sha256 = None,
        finished_since: Since = None,
        limit: Limit = USUAL_LIMIT,
        after: After = None,
    ) -> ListPage[RunResource]:
        """Runs that have ended, the one that ended first first: so `next` of the last page leads to what ends later."""
        wanted = RunFilter(state, schema, sha256, finished_since)
        rows = data.runs(wanted, scope, limit + 1, after_run(after))
        last = rows[limit - 1] if len(rows) > limit else None
        following = None if last is None else cursor_of(last["finished_at"].isoformat(), last["run_id"])
        return ListPage(items=[_run(request, row) for row in rows[:limit]], next=following)

    @app.get("/runs/{run_id}", tags=["runs"])
    def read_run(request: Request, scope: Seen, run_id: RunPath) -> RunResource:
        """A run, whatever its state."""
        return _run(request, data.run(RunId(str(run_id)), scope))


def _add_values(app: FastAPI, data: ApiData) -> None:
    @app.get("/runs/{run_id}/values", tags=["values"])
    def list_values_of_run(
        request: Request,
        scope: Seen,
        run_id: RunPath,
        field: FieldName = None,
        status: Annotated[ValueStatusName | None, Query()] = None,
        limit: Limit = USUAL_LIMIT,
        after: After = None,
    ) -> ListPage[ValueResource]:
        """The values of a run, with what persons decided about them."""
        row = data.run(RunId(str(run_id)), scope)
        return _values_page(request, data, row, row["places"][0], (field, status), limit, after)

    @app.get("/runs/{run_id}/values/{value_id}/citations", tags=["values"])
    def read_citations(
        request: Request, scope: Seen, run_id: RunPath, value_id: ValuePath
    ) -> CitationsResource:
        """Where the document says a value, in its own words."""
        row = data.run(RunId(str(run_id)), scope)
        rows = in_order(data.values(RunId(row["run_id"]), **row["places"][0]))
        value = next((value for (_, name), value in rows if name == value_id), None)
        if value is None:
            raise StoreMissing(f"run {row['run_id']} has no value of this id")
        return CitationsResource(
            run=row["run_id"],
            value=value_id,
            field=value["field"],
            citations=_citations(data, row, value),
            evidence=_evidence(request, row["run_id"]),
        )


def _add_coverage(app: FastAPI, data: ApiData) -> None:
    @app.get("/runs/{run_id}/coverage", tags=["coverage"])
    def read_coverage(request: Request, scope: Seen, run_id: RunPath) -> CoverageResource:
        """What was looked for, and found, absent, unsettled or failed: a cell for each chunk and field."""
        row = data.run(RunId(str(run_id)), scope)
        fields = [FieldCoverage.model_validate(one) for one in data.coverage(RunId(row["run_id"]))]
        states: tuple[CellStateName, ...] = ("found", "absent", "unsettled", "failed")
        totals: dict[CellStateName, int] = {
            state: sum(getattr(one, state) for one in fields) for state in states
        }
        cells = _link(request, f"/runs/{row['run_id']}/coverage/cells")
        return CoverageResource(run=row["run_id"], totals=totals, fields=fields, cells=cells)

    @app.get("/runs/{run_id}/coverage/cells", tags=["coverage"])
    def list_cells(
        scope: Seen,
        run_id: RunPath,
        field: FieldName = None,
        state: Annotated[CellStateName | None, Query()] = None,
        limit: Limit = USUAL_LIMIT,
        after: After = None,
    ) -> ListPage[CellResource]:
        """The cells of a run, by chunk and field."""
        row = data.run(RunId(str(run_id)), scope)
        rows = data.cells(RunId(row["run_id"]), CellFilter(field, state), limit + 1, after_numbered(after))
        last = rows[limit - 1] if len(rows) > limit else None
        items = [CellResource.model_validate({**one, "chunk": one["chunk_index"]}) for one in rows[:limit]]
        return ListPage(
            items=items, next=None if last is None else cursor_of(last["chunk_index"], last["field"])
        )


def _values_page(
    request: Request,
    data: ApiData,
    run: Row,
    place: Mapping[str, str],
    wanted: tuple[str | None, str | None],
    limit: int,
    after: str | None,
) -> ListPage[ValueResource]:
    """A page of the values of a run, of a field and status if these are given, called by this place of its document."""
    field, status = wanted
    behind = after_numbered(after)
    placed = [
        (position, row)
        for position, row in in_order(data.values(RunId(run["run_id"]), place["bucket"], place["key"]))
        if field in (None, row["field"])
        and status in (None, row["status"])
        and (behind is None or position > behind)
    ]
    base = f"/runs/{run['run_id']}/values"
    items = [
        ValueResource.model_validate(
            {**row, "id": name, "citations": _link(request, f"{base}/{name}/citations")}
        )
        for (_, name), row in placed[:limit]
    ]
    return ListPage(items=items, next=cursor_of(*placed[limit - 1][0]) if len(placed) > limit else None)


def _citations(data: ApiData, run: Row, value: Row) -> list[CitedPlace]:
    places: Sequence[Mapping[str, Any]] = [value, *value["places"]]
    spans = [(start, end) for place in places for start, end in place["spans"]]
    words = iter(data.words(RunId(run["run_id"]), spans) if spans else ())
    return [
        CitedPlace(
            spans=place["spans"],
            pages=place["pages"],
            footnote=place["footnote"],
            quote="\n".join(next(words) for _ in place["spans"]),
        )
        for place in places
        if place["spans"]
    ]


def _run(request: Request, row: Row) -> RunResource:
    return run_resource(dict(row), _evidence(request, row["run_id"]))


def _evidence(request: Request, run_id: str) -> str:
    return f"{quote(str(request.scope.get('app_root_path', '')).rstrip('/'))}/runs/{run_id}"


def _link(request: Request, path: str) -> str:
    return f"{quote(str(request.scope.get('root_path', '')).rstrip('/'))}{path}"
