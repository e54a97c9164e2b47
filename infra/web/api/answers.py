"""What stands around every answer of the HTTP interface: HEAD, ETag and 304. It keeps no answer.

Source: RFC 9110, sections 8.8.3 (ETag), 9.3.2 (HEAD) and 13.1.2 (If-None-Match).
"""

from __future__ import annotations

import hashlib

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Readable:
    """Answers HEAD as GET without its content, and gives every answer an ETag of its content.

    FastAPI would list a HEAD of its own for every route.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if scope["type"] != "http" or method not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        begun: list[Message] = []
        content = bytearray()

        async def gather(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
            elif message["type"] == "http.response.body":
                content.extend(message.get("body", b""))

        try:
            await self._app({**scope, "method": "GET"}, receive, gather)
        finally:
            if begun:
                await self._answer(scope, begun[0], bytes(content))(scope, receive, send)

    def _answer(self, scope: Scope, begun: Message, content: bytes) -> Response:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in begun["headers"]}
        headers["Vary"] = "Authorization, Cookie"
        status: int = begun["status"]
        if status == 200:
            headers["ETag"] = tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            if _names(Request(scope).headers.get("if-none-match", ""), tag):
                kept = {
                    name: value for name, value in headers.items() if not name.lower().startswith("content-")
                }
                return Response(status_code=304, headers=kept)
        if scope["method"] == "HEAD":
            return Response(status_code=status, headers=headers | {"content-length": str(len(content))})
        return Response(content, status, headers)


def _names(sent: str, tag: str) -> bool:
    """Whether `If-None-Match` has this ETag. Source: RFC 9110, section 13.1.2: weak ones count, too."""
    return sent.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in sent.split(",")]
