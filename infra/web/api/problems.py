"""Errors of the HTTP interface as problem details: what happened and what to do, never a traceback, never SQL.

Source: RFC 9457, "Problem Details for HTTP APIs".
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from infra.web.failures import status_of
from infra.web.problems import no_access, problem
from infra.web.security import HEADERS
from infra.web.words import words_of
from tasks.core.errors import CountersignError

RETRY_S = 5


class WrongParameter(BaseModel):
    """A parameter that was not taken."""

    parameter: str
    problem: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(json_schema_extra={"description": "What went wrong (RFC 9457)."})

    type: str = Field("about:blank", description="always `about:blank`: `code` says what it is")
    title: str = Field(description="the phrase of the status")
    status: int
    code: str = Field(description="a name for programs, which stays")
    detail: str = Field(description="what happened, and what to do")
    errors: list[WrongParameter] | None = Field(None, description="of code `wrong_parameter`")


class WrongCursor(Exception):
    """A cursor that no page of ours gave."""


def add_problems(app: FastAPI) -> None:
    """Answer every error with a problem."""

    @app.exception_handler(RequestValidationError)
    def wrong_parameters(_request: Request, error: RequestValidationError) -> JSONResponse:
        # Never what was sent: it may be a name of a contract, and is known to who sent it.
        wrong = [
            WrongParameter(parameter=str(one["loc"][-1]), problem=str(one["msg"])).model_dump()
            for one in error.errors()
        ]
        names = ", ".join(sorted({f"`{one['parameter']}`" for one in wrong}))
        advice = "`errors` says what is wrong with each; openapi.json says what they may be."
        return problem(422, "wrong_parameter", f"Parameters were not taken: {names}. {advice}", errors=wrong)

    @app.exception_handler(WrongCursor)
    def wrong_cursor(_request: Request, _error: WrongCursor) -> JSONResponse:
        wrong = [{"parameter": "after", "problem": "it is no cursor of this list"}]
        advice = "Follow `next` of the page before, or leave `after` out to begin again."
        return problem(422, "wrong_parameter", f"`after` is no cursor of this list. {advice}", errors=wrong)

    @app.exception_handler(CountersignError)
    def ours(_request: Request, error: CountersignError) -> JSONResponse:
        status, name = status_of(error)
        code = "not_found" if status == HTTPStatus.NOT_FOUND else name
        headers = {"Retry-After": str(RETRY_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
        return problem(status, code, str(error), headers)

    @app.exception_handler(HTTPException)
    def of_the_web(_request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = "This interface can only be read. Send GET or HEAD."
            return problem(error.status_code, "not_allowed", detail, {"Allow": "GET, HEAD"})
        if error.status_code == HTTPStatus.NOT_FOUND:
            return problem(404, "no_resource", "There is no such resource. openapi.json lists them.")
        if error.status_code == HTTPStatus.UNAUTHORIZED:
            return no_access("sign_in")
        return problem(error.status_code, "failed", "The request cannot be answered.", error.headers)

    @app.exception_handler(Exception)
    def unforeseen(_request: Request, _error: Exception) -> JSONResponse:
        # Starlette answers these errors outside every middleware.
        return problem(500, "failed", words_of("en")("todo.failed"), HEADERS)
