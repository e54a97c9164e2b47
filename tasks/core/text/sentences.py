"""Find the ends of sentences, in English and Chinese.

When in doubt there is no end: a cut inside a sentence can lose a clause, a missed end only makes a
piece longer.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

NOTE_MARK = "\x01"  # replaces every character of a note marker in masked text

_CLOSERS = r"[\"'”’»)\]）】》」』\x01]*"
_END = re.compile(rf"[.!?]{_CLOSERS}(?=\s+[\"'“‘(\[]?[A-Z0-9\u00c0-\u00de(]|\s*\Z)|[。！？；]{_CLOSERS}")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Inc|Corp|Co|Ltd|LLC|L\.L\.C|L\.P|No|Nos|Sec|Art|Mr|Mrs|Ms|Dr|Jr|Sr|St|vs?|cf|al|Esq|Bros|Dept|Ex|Exh"
    r"|e\.g|i\.e|U\.S|U\.K|a\.m|p\.m|approx|Fig|para|pp?)|\b[A-Z])\Z"
)
_ENUMERATOR = re.compile(r"(?:^|\n)\s*(?:\(?[a-z]{1,4}|\(?\d+(?:\.\d+)*|[A-Z]|[ivxIVX]+)\Z")


def mask_markers(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """The text with masked note markers: note 2 after `15.` must not read as 15.2."""
    letters = list(text)
    for start, end in ranges:
        letters[start:end] = NOTE_MARK * (end - start)
    return "".join(letters)


def sentence_ends(masked: str) -> list[int]:
    """Offsets after each sentence, its closing quotes and note markers; the text's end is last."""
    ends = [match.end() for match in _END.finditer(masked) if not _is_abbreviation(masked, match.start())]
    if masked and (not ends or ends[-1] != len(masked)):
        ends.append(len(masked))
    return ends


def _is_abbreviation(masked: str, at: int) -> bool:
    if masked[at] != ".":
        return False
    before = masked[max(0, at - 12) : at]
    return bool(_ABBREVIATION.search(before) or _ENUMERATOR.search(before))


def sentence_around(ends: list[int], start: int, end: int) -> tuple[int, int]:
    """Start and end of the sentence around a range; white space before the sentence is included."""
    first = bisect_right(ends, start)
    last = bisect_left(ends, end)
    return (ends[first - 1] if first else 0), (ends[last] if last < len(ends) else ends[-1] if ends else end)
