"""Puts plain characters in place of look-alikes, one for one, so that offsets stay."""

from __future__ import annotations

import re

_FOLD = {0x37E: ";", **dict.fromkeys((0xA0, 0x2002, 0x2003, 0x2007, 0x202F, 0x0D, 0x0C, 0x0B), " ")}
_ODD = re.compile(f"[{''.join(map(chr, _FOLD))}]")
KEYBOARD: dict[str, str] = {
    **{chr(code): plain for code, plain in _FOLD.items()},
    **dict.fromkeys("‘’‚‛′ʹʼ´｀‹›＇", "'"),
    **dict.fromkeys("“”„‟″«»＂〝〞", '"'),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
}
"""Look-alikes, and the key by which a keyboard types them."""
_TYPED = str.maketrans(KEYBOARD)
_CONTROL = re.compile("[\x0b-\x0d]")
_NOT_TYPED = re.compile(f"[{''.join(KEYBOARD)}]")
_PLAIN = {
    **dict.fromkeys(map(ord, "‘’‛′´`"), "'"),
    **dict.fromkeys((0x2010, 0x2011), "-"),  # not the dashes: 2005–06 is two years
    **dict.fromkeys((0x0D, 0x0C, 0x0B, 0xA0, *range(0x2002, 0x200B), 0x202F, 0x3000), " "),
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
}
_NOT_PLAIN = re.compile(f"[{re.escape(''.join(map(chr, _PLAIN)))}]")


def folded(text: str) -> str:
    """The text with plain spaces and semicolons in place of their look-alikes.

    What the trained models read: a change here changes their features.
    """
    return text.translate(_FOLD) if _ODD.search(text) else text


def as_typed(text: str) -> str:
    """As `folded`, and with the quotes, apostrophes and dashes of a keyboard."""
    if text.isascii() and not _CONTROL.search(text):  # the quick way for most texts
        return text
    return text.translate(_TYPED) if _NOT_TYPED.search(text) else text


def plain_lower(text: str) -> str:
    """Lower case with plain spaces, apostrophes, hyphens and wide signs; one for one, offsets stay."""
    text = text.translate(_PLAIN) if _NOT_PLAIN.search(text) else text
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
