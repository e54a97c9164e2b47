"""Forms that a browser sends: read within bounds, and kept through a sign-in when the session has ended."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from infra.web.parameters import BadParameter

MAX_BODY_BYTES = 64_000
"""Of a form: the longest has a person's reason and two numbers."""
_MAX_FIELDS = 40


class SentForm(dict[str, str]):
    """The fields of a form, each once: the last one counts."""

    def text(self, name: str, most: int) -> str:
        """A text, without blanks at its ends.

        Raises:
            BadParameter: it is too long.
        """
        text = self.get(name, "").replace("\r\n", "\n").replace("\x00", "").strip()
        if len(text) > most:
            raise BadParameter(name, "too_long", most=most)
        return text

    def number(self, name: str) -> int | None:
        """A whole number that is not negative; None: it is none."""
        text = self.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


async def read_form(request: Request) -> SentForm:
    """The form in the body of a request.

    Raises:
        BadParameter: the body is too large or is no form.
    """
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise BadParameter("form", "too_long", most=MAX_BODY_BYTES)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise BadParameter("form", "no_form")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
        )
    except (UnicodeDecodeError, ValueError):
        raise BadParameter("form", "no_form") from None
    return SentForm(pairs)


def without(form: Mapping[str, str], *names: str) -> dict[str, str]:
    """The fields but for these."""
    return {name: value for name, value in form.items() if name not in names}
