"""The door before every page and the HTTP interface: who asks, and whether they may see what they ask for.

It looks at the file of reviewers for each request, so a role that was taken away is gone at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.web.problems import no_access
from infra.web.sign_in.sessions import SESSION_COOKIE, SessionEnd, SessionMemory, Sessions, Visitor
from infra.web.sign_in.settings import SignInSettings
from tasks.core.errors import ConfigurationError

OPEN = ("/sign-in", "/static/", "/health")
"""What everybody sees: it shows nothing of a contract."""
OF_ALL = ("/boards/", "/metrics")
"""Totals over all documents: only for who sees them all."""
OF_MACHINES = "/api"
"""The HTTP interface, which also takes tokens, and answers with problems instead of pages."""
OF_PAGE = "/claim"
"""The end of what an open page asks by itself: it does not count as work, so a session ends beside it."""
_SAFE = ("GET", "HEAD")

Refusal = Callable[[Request, SessionEnd | None], Awaitable[Response]]
"""The answer to somebody who is not signed in and sends a form."""


@dataclass(frozen=True)
class Cookies:
    """How cookies are set: for this application's path only, never for a script."""

    path: str
    is_secure: bool

    def set(self, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
        answer.set_cookie(
            name, value, max_age=seconds, path=self.path, secure=self.is_secure, httponly=True, samesite="lax"
        )

    def remove(self, answer: Response, name: str) -> None:
        answer.delete_cookie(name, path=self.path, secure=self.is_secure, httponly=True, samesite="lax")


class Door:
    """Lets requests of a signed-in person through, with the person in their state."""

    def __init__(
        self,
        app: ASGIApp,
        sessions: Sessions,
        cookies: Cookies,
        sign_in: Refusal,
        refuse: Callable[[Request, int, str], Response],
        outer: object,
    ) -> None:
        """
        Args:
            sign_in: Answers a form of somebody who is not signed in: the page to sign in, with the form kept.
            refuse: The page of an error, by status and name.
            outer: The application, for links of such pages.
        """
        self._app, self._sessions, self._cookies = app, sessions, cookies
        self._sign_in, self._refuse, self._outer = sign_in, refuse, outer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        request = Request({**scope, "app": self._outer}, receive)
        path = path_of(scope)
        try:
            found = self._found(request)
        except ConfigurationError:  # a broken file of reviewers lets nobody in
            await self._refuse(request, 503, "reviewers")(scope, receive, send)
            return
        state["visitor"] = found if isinstance(found, Visitor) else None
        if path.startswith(OPEN):
            await self._app(scope, receive, send)
        elif is_for_machines(scope) and not isinstance(found, Visitor):
            is_wrong = _token_of(request) is not None
            await no_access("invalid_token" if is_wrong else "sign_in")(scope, receive, send)
        elif not isinstance(found, Visitor):
            answer = await self._answer(request, path, found)
            await answer(scope, receive, send)
        elif not found.sees_all and path.startswith(OF_ALL):
            await self._refuse(request, 403, "totals")(scope, receive, send)
        else:
            await self._app(scope, receive, send if path.endswith(OF_PAGE) else self._renewing(send, found))

    def _found(self, request: Request) -> Visitor | SessionEnd | None:
        """Who asks: by the token, where one counts and is sent, else by the session.

        Raises:
            ConfigurationError: the file of reviewers cannot be read.
        """
        token = _token_of(request)
        if token is None:
            return self._sessions.read(request.cookies.get(SESSION_COOKIE, ""))
        reviewer = self._sessions.reviewers.of_token(token)
        return None if reviewer is None else Visitor(reviewer, "", "", SessionMemory())

    async def _answer(self, request: Request, path: str, found: SessionEnd | None) -> Response:
        if request.method not in _SAFE:
            return await self._sign_in(request, found)
        if path == "/metrics":
            return self._refuse(request, 401, "sign_in")
        root = request.scope.get("root_path", "")
        query = request.scope.get("query_string", b"").decode("latin-1")
        wanted = path + (f"?{query}" if query else "")
        values = {"next": wanted} if wanted != "/" else {}
        if found is not None:
            values["why"] = found.reason
        return RedirectResponse(f"{root}/sign-in" + (f"?{urlencode(values)}" if values else ""), 303)

    def _renewing(self, send: Send, visitor: Visitor) -> Send:
        async def send_renewed(message: Message) -> None:
            if message["type"] == "http.response.start" and visitor.renewed:
                headers = MutableHeaders(scope=message)
                if not any(SESSION_COOKIE in cookie for cookie in headers.getlist("set-cookie")):
                    jar = Response()
                    self._cookies.set(jar, SESSION_COOKIE, visitor.renewed)
                    headers.append("set-cookie", jar.headers["set-cookie"])
            await send(message)

        return send_renewed if visitor.renewed else send


def path_of(scope: Scope) -> str:
    """The path as Starlette matches it with routes: the door must not take it for another one."""
    root, path = scope.get("root_path", ""), scope["path"]
    is_below = bool(root) and path.startswith(root) and path[len(root) :][:1] in ("", "/")
    return path[len(root) :] if is_below else path


def is_for_machines(scope: Scope) -> bool:
    """Whether a request is for the HTTP interface."""
    path = path_of(scope)
    return path == OF_MACHINES or path.startswith(f"{OF_MACHINES}/")


def _token_of(request: Request) -> str | None:
    """The token that was sent to the HTTP interface; None: none was. Source: RFC 6750, section 2.1."""
    sent = request.headers.get("authorization")
    if sent is None or not is_for_machines(request.scope):
        return None
    scheme, _, token = sent.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None  # a proxy's own `Basic` is not for us


def visitor_of(request: Request) -> Visitor | None:
    """Who asks; None: the pages have no sign-in, or this one needs none."""
    return getattr(request.state, "visitor", None)


def cookies_of(root_path: str, settings: SignInSettings) -> Cookies:
    return Cookies(f"{root_path.rstrip('/')}/", settings.is_https)


def safe_target(text: str) -> str:
    """A path of this application to go on to; anything else becomes its root, so that a link leads nobody astray."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\"))
    is_plain = all(32 < ord(char) < 127 for char in text) and "\\" not in text
    return text if is_path and is_plain and len(text) <= 2048 and not text.startswith("/sign-") else "/"
