"""The grammar of note markers: what a note may open with, and what may cite it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tasks.core.reading.lines import PageLine


class MarkerKind(StrEnum):
    DIGIT = "digit"
    LETTER = "letter"
    """A single letter or a roman number."""
    SYMBOL = "symbol"
    CIRCLED = "circled"
    BRACKET = "bracket"
    """[1], (a), 〔1〕"""
    NOTE_WORD = "note_word"
    """注1"""


@dataclass(frozen=True, slots=True)
class Marker:
    text: str
    """As printed."""
    kind: MarkerKind
    start: int
    end: int
    is_raised: bool
    is_glued: bool = False
    """Sticks to a word or number: only the note that it would belong to tells it apart."""

    @property
    def key(self) -> str:
        return marker_key(self.text)


_CIRCLED = "①-⑳㉑-㉟㊱-㊿❶-❿➀-➓⓵-⓾"
_SUPERSCRIPT = "⁰¹²³⁴-⁹"
_PATTERNS: tuple[tuple[MarkerKind, str], ...] = (
    (MarkerKind.CIRCLED, rf"[{_CIRCLED}]"),
    (MarkerKind.NOTE_WORD, r"注\s?\d{1,3}|\[注\s?\d{1,3}\]"),
    (
        MarkerKind.BRACKET,
        r"[\[［〔【](?:\d{1,3}|[a-z]|[ivx]{1,5})[\]］〕】]|[(（](?:\d{1,2}|[a-z]|[ivx]{1,5})[)）]",
    ),
    (MarkerKind.SYMBOL, r"\*{1,4}|†{1,4}|‡{1,4}|§{1,4}|¶{1,4}|‖{1,2}|#{1,2}"),
    (MarkerKind.DIGIT, rf"\d{{1,3}}|[{_SUPERSCRIPT}]{{1,3}}"),
    (MarkerKind.LETTER, r"[ivx]{1,6}|[a-z]"),
)
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS))
_INLINE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS[:4]))
_MAY_BE_INLINE = re.compile(rf"[{_CIRCLED}注\[［〔【(（*†‡§¶‖#]")
"""What an inline marker begins with; most lines have none of these."""
_SUPERSCRIPT_RUN = re.compile(rf"[{_SUPERSCRIPT}]{{1,3}}")
_UNIT_BEFORE = re.compile(r"(?:\b|(?<=\d))(?:[kcm]?m|ft|in|mi|yd|sq)$")
_POWER_BEFORE = re.compile(r"(?<![\d.,])10$")
_SYMBOL_AFTER = re.compile(r"[\w\])）”’\"'。，；：.,;:!?）」』%]")


@lru_cache(maxsize=4096)
def marker_key(text: str) -> str:
    """The key of a marker: `[1]`, `¹` and `1` have the same."""
    folded = unicodedata.normalize("NFKC", text).strip().lower()
    return re.sub(r"^[\[(〔【]\s*|\s*[\])〕】]$|\s", "", folded)


def opening_markers(line: PageLine) -> list[Marker]:
    """The markers that a line may open with, the likeliest first."""
    if line.raised and line.raised[0][0] == 0:
        return _raised_opening(line, line.raised[0][1])
    match = _ANY.match(line.text)
    if match is None or match.lastgroup is None:
        return []
    kind, end = MarkerKind(match.lastgroup), match.end()
    is_raised = bool(_SUPERSCRIPT_RUN.match(line.text))
    if not line.text[end:].strip():
        return []
    if is_raised or _may_follow(kind, line.text[end:]):
        return [Marker(line.text[:end], kind, 0, end, is_raised)]
    if kind in (MarkerKind.DIGIT, MarkerKind.LETTER):
        return list(_glued_openings(line.text, kind))
    return []


def _raised_opening(line: PageLine, raised_end: int) -> list[Marker]:
    match = _ANY.fullmatch(line.text[:raised_end])
    if match is None or match.lastgroup is None or not line.text[raised_end:].strip():
        return []
    return [Marker(line.text[:raised_end], MarkerKind(match.lastgroup), 0, raised_end, True)]


def _glued_openings(text: str, kind: MarkerKind) -> Iterator[Marker]:
    # LibreOffice sets a note's marker in the note's own type, directly before its first word.
    pattern = (
        r"\d{1,3}(?=\S)" if kind is MarkerKind.DIGIT else r"(?:[ivx]{1,6}|[a-z])(?=[A-Z\u2e80-\uffee\"“(\[])"
    )
    match = re.match(pattern, text)
    if match is None or not _reads_as_text(text[match.end() :]):
        return
    for end in range(match.end(), 0, -1):
        if kind is MarkerKind.DIGIT or end == match.end():
            yield Marker(text[:end], kind, 0, end, False, True)


def _may_follow(kind: MarkerKind, rest: str) -> bool:
    """Whether the text after it lets it be a marker: `§ 3` is a heading, `***` a redaction."""
    if kind is MarkerKind.DIGIT:
        is_apart = bool(re.match(r"(?:[.)、．:]?\s+|[.、．])\D", rest))
    elif kind is MarkerKind.LETTER:
        is_apart = bool(re.match(r"[.)]?\s+\S", rest))
    elif kind is MarkerKind.SYMBOL:
        is_apart = not re.match(r"\s*(?:\d|[\])*=])", rest) and not re.search(r"[*\]]\s*$", rest)
    else:
        is_apart = True
    return is_apart and _reads_as_text(rest)


def _reads_as_text(rest: str) -> bool:
    """Whether the rest is words: rows of a table open with numbers, too."""
    n_letters = sum(map(str.isalpha, rest))
    return n_letters >= 2 and n_letters >= 0.5 * sum(map(len, rest.split()))


def citing_markers(line: PageLine) -> Iterator[Marker]:
    """The markers of a body line that may cite a note, by kind of evidence."""
    for start, end in line.raised:
        yield from _raised_markers(line, start, end)
    for match in _SUPERSCRIPT_RUN.finditer(line.text):
        if not _in_raised(line, match.start()):
            yield from _raised_markers(line, match.start(), match.end())
    if not _MAY_BE_INLINE.search(line.text):
        return
    for match in _INLINE.finditer(line.text):
        kind = MarkerKind(match.lastgroup or "")
        if not _in_raised(line, match.start()) and _may_cite(kind, line.text, match.start(), match.end()):
            yield Marker(match.group(), kind, match.start(), match.end(), False)


def _raised_markers(line: PageLine, start: int, end: int) -> Iterator[Marker]:
    """The markers of one superscript: one, or several separated by commas."""
    if start == 0 and end < len(line.text) and line.text[end:].strip() and len(line.raised) == 1 and end > 3:
        return
    at = start
    for piece in re.split(r"([,，、;\s]+)", line.text[start:end]):
        match = _ANY.fullmatch(piece)
        if match is not None and match.lastgroup and not _is_exponent(line.text, at, piece):
            yield Marker(piece, MarkerKind(match.lastgroup), at, at + len(piece), True)
            if len(piece) > 1 and piece.isdigit():  # 12 may be notes 1 and 2
                for i, digit in enumerate(piece, at):
                    yield Marker(digit, MarkerKind.DIGIT, i, i + 1, True, True)
        at += len(piece)


def _is_exponent(text: str, at: int, piece: str) -> bool:
    """Whether the superscript belongs to a unit (`m2`) or a power of 10."""
    digits, before = unicodedata.normalize("NFKC", piece), text[:at]
    is_unit = digits in ("2", "3") and bool(_UNIT_BEFORE.search(before))
    return is_unit or (digits.isdigit() and bool(_POWER_BEFORE.search(before)))


def _in_raised(line: PageLine, at: int) -> bool:
    return any(start <= at < end for start, end in line.raised)


def _may_cite(kind: MarkerKind, text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if kind is MarkerKind.CIRCLED:
        return start > 0
    if kind is MarkerKind.NOTE_WORD:
        return start > 0 and not before.isspace()
    if kind is MarkerKind.BRACKET:
        if text[start] in "(（":
            return bool(re.match(r"[^\W\d_]", before)) and text[start + 1].isdigit()
        return start > 0 and (bool(_SYMBOL_AFTER.match(before)) or before in (" ", "\u00a0"))
    return bool(_SYMBOL_AFTER.match(before)) and not re.match(r"[\w\]*†‡§¶]", after)


def glued_markers(text: str, key: str) -> Iterator[tuple[int, int]]:
    """Where a note's digits stick to a word or number: `15.82` may be 15.8 with note 2."""
    if not key.isdigit():
        return
    pattern = rf"(?<=[^\W\d_])(?:[.,;:”\")]?){key}(?!\d)|(?<=\d){key}(?!\d)|(?<=[.,;:”\")]){key}(?!\d)"
    for match in re.finditer(pattern, text):
        yield match.end() - len(key), match.end()
