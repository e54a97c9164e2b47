"""A value read whole: every character is accounted for, or the value says more than is understood."""

from __future__ import annotations

import re

PUNCTUATION = r"[\s()\[\]\"';:]|[,.](?!\d)"


def scan(pattern: re.Pattern[str], text: str) -> list[re.Match[str]] | None:
    """The matches one after the other from end to end of the text; None where something lies between or behind them."""
    matches: list[re.Match[str]] = []
    at = 0
    while at < len(text):
        match = pattern.match(text, at)
        if match is None or match.end() == at:
            return None
        matches.append(match)
        at = match.end()
    return matches


def any_of(words: str) -> str:
    """A pattern for any of the words, which are parted by `|`: whole ones where a script parts words by spaces."""
    spelled = sorted(words.split("|"), key=len, reverse=True)
    return "|".join(_edge(w[0], "<!") + re.escape(w) + _edge(w[-1], "!") for w in spelled)


def _edge(character: str, look: str) -> str:
    return f"(?{look}[a-z])" if character.isascii() and character.isalpha() else ""
