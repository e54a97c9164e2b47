"""Text as the store can hold it, everywhere the same: what is decided from an answer must be decided again from its stored form."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """U+0000 becomes its picture U+2400, a lone surrogate the replacement character U+FFFD: one for one, so that every offset holds.

    Source: PostgreSQL 18 documentation, 8.3 (text has no character zero) and 23.3 (UTF-8 has no surrogates).
    """
    return _SURROGATE.sub("\ufffd", text.replace("\0", "\u2400"))
