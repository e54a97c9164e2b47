"""Puts plain characters in place of look-alikes, one for one, so that offsets stay."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FOLD = {"\u037e": ";", **dict.fromkeys("\u00a0\u2002\u2003\u2007\u202f\r\f\v", " ")}
_ODD = re.compile(f"[{''.join(_FOLD)}]")
KEYBOARD: dict[str, str] = {
    **_FOLD,
    **dict.fromkeys("‘’‚‛′ʹʼ´｀‹›＇", "'"),
    **dict.fromkeys("“”„‟″«»＂〝〞", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
}
"""Look-alikes, and the key by which a keyboard types them."""
_CONTROL = re.compile("[\x0b-\x0d]")
_NOT_TYPED = re.compile(f"[{''.join(KEYBOARD)}]")
_PLAIN = {
    **dict.fromkeys("‘’‛′´`", "'"),
    **dict.fromkeys("\u2010\u2011", "-"),  # not the dashes: 2005–06 is two years
    **dict.fromkeys(map(chr, (0x0D, 0x0C, 0x0B, 0xA0, *range(0x2002, 0x200B), 0x202F, 0x3000)), " "),
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
_NOT_PLAIN = re.compile(f"[{re.escape(''.join(_PLAIN))}]")


def exchanged(text: str, table: Mapping[str, str]) -> str:
    """The text with other characters in place of the table's.

    The same as `str.translate`, which looks up every character; here a whole contract costs a tenth.

    Args:
        table: By character. A value may be another key only if that key comes before its own.
    """
    for odd in sorted(table.keys() & set(text)):
        text = text.replace(odd, table[odd])
    return text


def folded(text: str) -> str:
    """The text with plain spaces and semicolons in place of their look-alikes.

    What the trained models read: a change here changes their features.
    """
    return exchanged(text, _FOLD) if _ODD.search(text) else text


def as_typed(text: str) -> str:
    """As `folded`, and with the quotes, apostrophes and dashes of a keyboard."""
    if text.isascii() and not _CONTROL.search(text):  # the quick way for most texts
        return text
    return exchanged(text, KEYBOARD) if _NOT_TYPED.search(text) else text


def plain_lower(text: str) -> str:
    """Lower case with plain spaces, apostrophes, hyphens and wide signs; one for one, offsets stay."""
    text = exchanged(text, _PLAIN) if _NOT_PLAIN.search(text) else text
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
