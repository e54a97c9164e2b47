"""The text of a mail: what its reader sees below the headers.

Plain text is preferred to HTML, unless only the HTML strikes words out or the plain text is empty.
Quoted replies stay. Attachments give no text here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tasks.core.reading.mail.envelope import Part, children, disposition, file_name, text_of
from tasks.core.reading.mail.html_text import html_text
from tasks.core.records import Span

_SIGNATURE = "-- "
_QUOTES = re.compile(">*")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){3,}")


@dataclass(slots=True)
class MailText:
    """Grows piece by piece."""

    text: str = ""
    struck: list[Span] = field(default_factory=list[Span])
    flags: set[str] = field(default_factory=set[str])

    def add(self, text: str, struck: Sequence[Span] = ()) -> None:
        """Add a piece, below a blank line."""
        if not text.strip():
            return
        before = "\n\n" if self.text else ""
        start = len(self.text) + len(before)
        self.text += before + text.rstrip()
        self.struck += [Span(span.start + start, span.end + start) for span in struck]


def body_of(message: Part) -> MailText:
    """The text of all parts that are shown as the mail's own text."""
    body = MailText()
    for part in _shown(message):
        _add(body, part)
    return body


def is_body(part: Part) -> bool:
    """Whether a leaf is text of the mail itself and no attachment."""
    is_text = part.get_content_type() in ("text/plain", "text/html")
    return is_text and disposition(part) != "attachment" and not file_name(part)


def _shown(part: Part) -> Iterator[Part]:
    """The leaves that a mail program shows, with one of several alternatives."""
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        if is_body(part):
            yield part
    elif part.get_content_subtype() == "alternative":
        yield from _best([list(_shown(child)) for child in children(part)])
    else:
        for child in children(part):
            yield from _shown(child)


def _best(alternatives: Sequence[list[Part]]) -> list[Part]:
    """The alternative that is read: the first with plain text, else the first with any."""
    with_text = [parts for parts in alternatives if any(_has_text(part) for part in parts)]
    plain = [parts for parts in with_text if all(p.get_content_type() == "text/plain" for p in parts)]
    # Struck words are plain words in the plain alternative: there both the old sum and the new one stand.
    redline = [parts for parts in with_text if any(_strikes(part) for part in parts)]
    best = redline or plain or with_text
    return best[0] if best else []


def _has_text(part: Part) -> bool:
    text = text_of(part)[0]
    return bool(text.strip() if part.get_content_subtype() == "plain" else html_text(text).text.strip())


def _strikes(part: Part) -> bool:
    return part.get_content_subtype() == "html" and bool(html_text(text_of(part)[0]).struck)


def _add(body: MailText, part: Part) -> None:
    text, was_right = text_of(part)
    if not was_right:
        body.flags.add("wrong_charset")
    if part.get_content_subtype() == "html":
        page = html_text(text)
        body.add(page.text, page.struck)
        body.flags |= {
            name for name, is_so in (("hidden_text", page.has_hidden), ("redline", page.struck)) if is_so
        }
        return
    if _parameter(part, "format") == "flowed":
        text = unwrapped(text, is_deleting=_parameter(part, "delsp") == "yes")
    body.add(_BLANK_LINES.sub("\n\n\n", text))


def _parameter(part: Part, name: str) -> str:
    value = part.get_param(name)
    return value.lower() if isinstance(value, str) else ""


def unwrapped(text: str, is_deleting: bool) -> str:
    """`format=flowed` text with its paragraphs joined (RFC 3676).

    Args:
        is_deleting: `DelSp=yes`: the blank at the end of a line is no blank of the text.
    """
    joined: list[str] = []
    depth_before = -1  # of the quotation that goes on in the next line; -1: none does
    for line in text.split("\n"):
        quotes = _QUOTES.match(line)
        depth = quotes.end() if quotes else 0
        words = line[depth:].removeprefix(" ")
        is_open = words.endswith(" ") and words != _SIGNATURE
        shown = words[:-1] if is_open and is_deleting else words
        if depth == depth_before and words != _SIGNATURE:
            joined[-1] += shown
        else:
            joined.append(">" * depth + (" " if depth else "") + shown)
        depth_before = depth if is_open else -1
    return "\n".join(line.rstrip() if line.strip() != "--" else line for line in joined)
