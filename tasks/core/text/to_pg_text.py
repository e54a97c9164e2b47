"""Text in the form that PostgreSQL can store (`storable`)."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def storable(text: str) -> str:
    """U+0000 becomes U+2400 and a lone surrogate U+FFFD, one for one: every offset stays valid.

    Apply it before anything is decided from a text: a replay decides from the stored form.

    Source: PostgreSQL 18 documentation, 8.3 (no character zero in text) and 23.3 (no surrogates in
    UTF-8).
    """
    return _SURROGATE.sub("\ufffd", text.replace("\0", "\u2400"))
