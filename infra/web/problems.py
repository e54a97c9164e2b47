"""Problem details: what the HTTP interface answers in place of pages, made where nothing of it is known, as at the door.

Source: RFC 9457, "Problem Details for HTTP APIs".
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from infra.web.words import words_of

PROBLEM = "application/problem+json"


def problem(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **further: Any
) -> JSONResponse:
    """The answer to a request that fails."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **further,
    }
    return JSONResponse(content, status, dict(headers or {}), media_type=PROBLEM)


def refusal(status: int, name: str) -> JSONResponse:
    """What a page says of an error, by its name in the words, as a problem."""
    words = words_of("en")
    return problem(status, name, f"{words(f'error.{name}')}. {words(f'todo.{name}')}")


def no_access(reason: str) -> JSONResponse:
    """The answer to somebody who is not signed in.

    Source: RFC 6750, section 3: a request without a token is told no error code.
    """
    is_wrong = reason == "invalid_token"
    challenge = 'Bearer realm="countersign"' + (', error="invalid_token"' if is_wrong else "")
    what = "This token is not known here, or its last day is over" if is_wrong else "Nobody is signed in"
    advice = (
        "Send `Authorization: Bearer TOKEN`; `countersign review users machine NAME` makes one. "
        "In a browser, sign in to the pages first."
    )
    code = "invalid_token" if is_wrong else "sign_in"
    return problem(401, code, f"{what}. {advice}", {"WWW-Authenticate": challenge})
