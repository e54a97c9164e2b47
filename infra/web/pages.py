"""Pages from templates: the words of the reader's language, links that work below any path, and error pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from infra.web.parameters import whole_number
from infra.web.words import LANGUAGES, WordList, language_of, words_of

REFRESH_S = (5, 3600)
"""The least and most seconds between two loads of a page that its reader wants fresh."""
_IN_PATH = {"board": ("board_name",), "run": ("run_id",), "asset": ("name",), "item": ("item_id",)}
"""The parameters that stand in the path of a route."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """What every template is given about its reader: language, refresh, and where links lead."""

    request: Request
    words: WordList
    refresh_s: int
    kept: Mapping[str, str]
    """Parameters that every link carries on, so that a choice needs no cookie."""

    def link(self, route: str, **values: object) -> str:
        """The address of a route, from the root of this server: parameters that its path does not take become its query."""
        in_path = {name: str(values.pop(name)) for name in _IN_PATH.get(route, ())}
        path = self.request.app.router.url_path_for(route, **in_path)
        query = {name: str(value) for name, value in values.items()} | dict(self.kept)
        root = self.request.scope.get("root_path", "").rstrip("/")
        return f"{root}{path}" + (f"?{urlencode(query)}" if query else "")

    def here(self, **changed: object) -> str:
        """The address of this page with parameters changed; None removes one."""
        given = dict(self.request.query_params) | changed
        query = urlencode({name: str(value) for name, value in given.items() if value is not None})
        root = self.request.scope.get("root_path", "").rstrip("/")
        path = self.request.scope["path"].removeprefix(root) if root else self.request.scope["path"]
        return f"{root}{path or '/'}" + (f"?{query}" if query else "")


def context_of(request: Request, is_lenient: bool = False) -> PageContext:
    """What the address and the headers say about the reader.

    Args:
        is_lenient: Leave out what is wrong in the address, for the page that says so.

    Raises:
        BadParameter: `refresh` is out of its bounds.
    """
    given = request.query_params
    language = language_of(given.get("lang"), request.headers.get("accept-language", ""))
    wish = "" if is_lenient else given.get("refresh", "")
    refresh = whole_number("refresh", wish, *REFRESH_S) if wish else 0
    chosen = {"lang": language} if given.get("lang") in LANGUAGES else {}
    kept = chosen | ({"refresh": str(refresh)} if refresh else {})
    return PageContext(request, words_of(language), refresh, kept)


def page(context: PageContext, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template of `templates`."""
    visitor = getattr(context.request.state, "visitor", None)
    sees_boards = visitor.sees_all if visitor else not context.request.app.state.has_sign_in
    text = (
        _environment()
        .get_template(template)
        .render(
            context=context,
            words=context.words,
            link=context.link,
            languages=LANGUAGES,
            boards=context.request.app.state.data.boards() if sees_boards else (),
            visitor=visitor,
            has_sign_in=context.request.app.state.has_sign_in,
            **values,
        )
    )
    return HTMLResponse(text, status, {"Content-Language": context.words.language, "Vary": "Accept-Language"})


def error_page(
    request: Request, status: int, name: str, detail: str = "", retry_s: int = 0, **values: object
) -> HTMLResponse:
    """A page that says what happened and what to do.

    Args:
        name: In the tables `error` and `todo` of the words.
        detail: A message of ours, which holds no text of a contract and no SQL.
        retry_s: The page loads again by itself after this time.
    """
    context = context_of(request, is_lenient=True)
    answer = page(
        context,
        "error.html.j2",
        status,
        what=context.words(f"error.{name}", **values),
        todo=context.words(f"todo.{name}", **values),
        detail=detail,
        retry_s=retry_s,
    )
    if retry_s:
        answer.headers["Retry-After"] = str(retry_s)
    return answer


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(__name__.rpartition(".")[0], "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
