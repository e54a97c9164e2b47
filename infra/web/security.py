"""What stands around every route: headers against hostile pages and text, a check of the host, the proxy's path.

A page holds text of contracts, so it may run no script, load nothing from elsewhere and be framed by none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
"""An answer that sets one of them itself keeps its own. `no-store`: a shared machine keeps no contract."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = ("0.0.0.0", "::", "")


def allowed_hosts(bind: str, named: Sequence[str]) -> tuple[str, ...]:
    """The names under which the application answers: this machine's own, its address, and those of the settings."""
    own = () if bind in ANY_ADDRESS else (bind,)
    return tuple(dict.fromkeys(_in_header(host) for host in (*LOOPBACK, *own, *named)))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    return host in LOOPBACK or host.startswith("127.")


def _in_header(host: str) -> str:
    """IPv6 addresses stand in brackets in the header `Host`."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


class BelowPath:
    """Says below which path a proxy shows the application.

    FastAPI deprecates its parameter for it (0.150), and uvicorn's setting is for proxies that strip the path only.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app, self._root_path = app, root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["root_path"] = self._root_path  # in place: the page of an unforeseen error has links, too
        await self._app(scope, receive, send)


class SecurityHeaders:
    """Adds `HEADERS` to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class KnownHosts:
    """Refuses requests for another host: a page of a stranger whose name leads to 127.0.0.1 (DNS rebinding)
    reads nothing.

    Starlette's check decides; its refusal is two words without advice, so ours is sent instead.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], refusal: ASGIApp) -> None:
        self._app, self._hosts, self._refusal = app, hosts, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known: list[Scope] = []

        async def accept(scope: Scope, _receive: Receive, _send: Send) -> None:
            known.append(scope)

        check: Callable[[Scope, Receive, Send], Awaitable[None]] = TrustedHostMiddleware(
            accept, self._hosts, www_redirect=False
        )
        await check(scope, receive, _unsent)
        await (self._app if known else self._refusal)(scope, receive, send)


async def _unsent(_message: Message) -> None:
    """Where Starlette's own refusal goes."""
