"""What a reader sees when something went wrong: what happened and what to do; never a traceback, never SQL."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from infra.web.pages import error_page
from infra.web.parameters import BadParameter
from infra.web.security import HEADERS
from tasks.core.errors import (
    ConfigurationError,
    CountersignError,
    StoreMissing,
    StoreUnavailable,
)

_STATUS: dict[type[CountersignError], tuple[int, str]] = {
    StoreMissing: (404, "no_run"),
    StoreUnavailable: (503, "no_database"),
    ConfigurationError: (503, "refused"),
    CountersignError: (500, "failed"),
}
"""The status of an answer, and its name in the words. The nearest class counts."""


def add_failures(app: FastAPI, refuse: Callable[[Request, int, str], Response] = error_page) -> None:
    """Answer every error with a page.

    Args:
        refuse: Answers what no route takes, by status and name in the words.
    """

    @app.exception_handler(BadParameter)
    def bad_parameter(request: Request, error: BadParameter) -> HTMLResponse:
        return error_page(request, 400, error.reason, **error.values)

    @app.exception_handler(CountersignError)
    def ours(request: Request, error: CountersignError) -> HTMLResponse:
        status, name = status_of(error)
        return error_page(request, status, name, detail=str(error))

    @app.exception_handler(HTTPException)
    def of_the_web(request: Request, error: HTTPException) -> Response:
        name = {404: "no_page", 405: "not_allowed"}.get(error.status_code, "failed")
        answer = refuse(request, error.status_code, name)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    def unforeseen(request: Request, _error: Exception) -> HTMLResponse:
        answer = error_page(request, 500, "failed")
        answer.headers.update(HEADERS)  # Starlette answers these errors outside every middleware
        return answer


def status_of(error: CountersignError) -> tuple[int, str]:
    """The status of the answer to an error, and its name in the words."""
    return next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)


def store_failure(error: CountersignError) -> str:
    """An error of the store in one line for a machine that asks; our messages name no row and no password."""
    return " ".join(str(error).split())
