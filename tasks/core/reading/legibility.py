"""Tells text that can be read from text whose letters are mapped to nonsense.

A shifted ToUnicode map gives plausible-looking words that no language has. Function words of the Latin-script languages contracts
come in are in every real text; without them a long text is not one.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]{2,}")
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]")
_ODD = re.compile(r"[^\W\d_][\d?@<>;:=]|[\d?@<>;:=][^\W\d_]|\d[?@<>;=]|[?@<>;=]\d")
"""Letters against figures and signs within one word: `y1881>`."""
_PUNCTUATION = ".,;:!?()[]\"'“”‘’"
_ODD_SHARE = 0.4
_BEHIND_LATIN = "\u2c00"
_MIN_WORDS = 30
_MIN_SHARE = 0.02
_FUNCTION_WORDS = frozenset(
    word
    for row in (
        "the of and to in or any by for with as be this that shall is on at from such not all an no agreement party date",
        "der die das und zu den von mit für auf ist im dem nicht ein eine",
        "le la les de des et du en un une pour dans par sur que est au",
        "el los las del con para por una su se al",
        "il di che della nel per non sono gli",
        "het een van voor met zijn op te",
        "os da do em não uma ao dos",
        "och att som det av för på",
    )
    for word in row.split()
)


def is_garbled(text: str) -> bool:
    """Whether most letters stand for something else than they say."""
    n_letters = sum(map(len, text.split()))
    if not n_letters:
        return False
    if len(_UNMAPPED.findall(text)) > 0.3 * n_letters:
        return True
    tokens = [t.strip(_PUNCTUATION) for t in text.split() if t.isascii() or max(t) < _BEHIND_LATIN]
    if sum(map(len, tokens)) < 0.5 * n_letters:
        return False
    known = sum(t.lower() in _FUNCTION_WORDS for t in tokens)
    if len(tokens) < _MIN_WORDS or known >= _MIN_SHARE * len(tokens):
        return False
    words = [w for w in _WORD.findall(text) if w[0] < "\u0250"]
    odd = sum(bool(_ODD.search(t)) for t in tokens)
    is_latin = sum(map(len, words)) >= 0.5 * n_letters
    return is_latin or odd > _ODD_SHARE * len(tokens)
