"""Text from outside (keys, reasons, prefixes) in the Markdown and the tables of Prefect's page.

It is shown literally: nothing in it becomes a link, an image, a tag or a column. Both pages that
Prefect 3.9 ships were read for this: the default one (`server/ui-v2`: react-markdown, GFM, raw HTML
sanitised, links only to http, https, irc, mailto and xmpp, table cells as plain text) and the older
one (`server/ui`: marked, links to any scheme, **table cells as Markdown**).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil
from urllib.parse import quote

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
_BACKTICKS = re.compile(r"`+")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
# What a link keeps as it is. Parentheses, angle brackets and backslashes would end it.
_SAFE_IN_LINK = "/:?#@!$&'*+,;=%~-._"
_BAR_BLOCKS = "█"


def literal(text: str) -> str:
    """A text as prose: every punctuation mark that Markdown might read is escaped."""
    return _SPECIAL.sub(r"\\\1", _visible(text))


def code(text: str) -> str:
    """A text as a code span, for keys and paths. Not for cells of a Markdown table: `|` splits them."""
    visible = _visible(text)
    if not visible:
        return ""
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(visible)), default=0))
    pad = " " if "`" in (visible[0], visible[-1]) else ""
    return f"{fence}{pad}{visible}{pad}{fence}"


def is_web_link(address: str) -> bool:
    """Whether the page makes a link of it; it shows `s3:` and `file:` addresses as plain words."""
    return bool(_WEB.match(address))


def link(words: str, address: str) -> str:
    """A link with words of ours; an address that is no web link stands behind the words as code."""
    if not is_web_link(address):
        return f"{words}: {code(address)}"
    return f"[{words}]({link_address(address)})"


def link_address(address: str) -> str:
    """An address without the characters that would end a Markdown link."""
    return quote(address, safe=_SAFE_IN_LINK)


def table_cell(text: str) -> str:
    """A text for the cell of a table artifact.

    The default page shows it as it is, the older one reads it as Markdown. So only what would be a
    link, an image or a tag there gets a backslash, which the default page shows.
    """
    broken = _visible(text).replace("](", "]\\(")
    return re.sub(r"(\\*)<", r"\1\1\\<", broken)


def table_cells(rows: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """The rows with `table_cell` for each text."""
    return [{k: table_cell(v) if isinstance(v, str) else v for k, v in row.items()} for row in rows]


def bar_chart(title: str, counts: Mapping[str, int], width: int = 24) -> str:
    """Counts as a Markdown table with bars; without those that are zero.

    Args:
        title: Heading of the first column.
        counts: By names of ours. The longest bar is the largest count; none that is not zero is
            without a block.
        width: Blocks of the longest bar.
    """
    largest = max(counts.values(), default=0)
    lines = [f"| {title} | number | |", "| --- | ---: | --- |"]
    for name, count in counts.items():
        if count:
            lines.append(f"| {name} | {count:,} | {_BAR_BLOCKS * ceil(width * count / largest)} |")
    return "\n".join(lines) if largest else ""


def _visible(text: str) -> str:
    """On one line, without characters that cannot be seen or that turn the reading direction."""
    return _UNPRINTABLE.sub(" ", text).strip()
