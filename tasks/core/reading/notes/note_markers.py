"""The grammar of note markers: what a note may open with, and what may cite it.

In a redline only letters that stand now make a marker; a marker of struck letters alone is a struck
marker.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.line_versions import LineVersion, is_plain, live_version, old_version


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
    is_struck: bool = False
    """Deleted by a redline."""

    @property
    def key(self) -> str:
        return marker_key(self.text)


_MAX_ALONE = 6  # letters of a line that is a note's marker alone
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
_OPENS_WORD = re.compile("[A-Z]|[a-hj-uwyz][a-z]")
"""How most lines begin: no marker does."""
_MAY_CITE = re.compile(rf"[{_SUPERSCRIPT}{_CIRCLED}注\[［〔【(（*†‡§¶‖#]")
"""What a line without superscripts has if it cites a note."""
_GLUED_DIGITS = re.compile(r"\d{1,3}(?=\S)")
_GLUED_LETTER = re.compile(r"(?:[ivx]{1,6}|[a-z])(?=[A-Z\u2e80-\uffee\"“(\[])")
_AFTER_DIGIT = re.compile(r"(?:[.)、．:]?\s+|[.、．])\D")
_AFTER_LETTER = re.compile(r"[.)]?\s+\S")
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
    """The markers that a line may open with, the likeliest first; struck ones if there is no other."""
    if is_plain(line):
        return _openings(line)
    return list(_live_markers(line, _openings)) or list(_struck_markers(line, _openings))


def citing_markers(line: PageLine) -> Iterable[Marker]:
    """The markers of a body line that may cite a note, by kind of evidence."""
    if is_plain(line):
        return _citations(line)
    return [*_live_markers(line, _citations), *_struck_markers(line, _citations)]


def _live_markers(line: PageLine, grammar: Callable[[PageLine], Iterable[Marker]]) -> Iterator[Marker]:
    version = live_version(line)
    shown = version.line
    alone = shown.text.rstrip()
    if grammar is _openings and 0 < len(alone) <= _MAX_ALONE:
        # The line's other words are struck: the note's new words begin the next line.
        was = "".join(line.text[i] for i in sorted(version.struck))
        shown = replace(shown, text=f"{alone} {was}")
    yield from (_in_whole(marker, version) for marker in grammar(shown) if marker.end <= len(alone))


def _struck_markers(line: PageLine, grammar: Callable[[PageLine], Iterable[Marker]]) -> Iterator[Marker]:
    version = old_version(line)
    for marker in grammar(version.line):
        if all(version.is_struck(i, i + 1) for i in range(marker.start, marker.end)):
            yield replace(_in_whole(marker, version), is_struck=True)


def _in_whole(marker: Marker, version: LineVersion) -> Marker:
    start, end = version.whole(marker.start, marker.end)
    return replace(marker, start=start, end=end)


def _openings(line: PageLine) -> list[Marker]:
    if line.raised and line.raised[0][0] == 0:
        return _raised_opening(line, line.raised[0][1])
    match = None if _OPENS_WORD.match(line.text) else _ANY.match(line.text)
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
    pattern = _GLUED_DIGITS if kind is MarkerKind.DIGIT else _GLUED_LETTER
    match = pattern.match(text)
    if match is None or not _reads_as_text(text[match.end() :]):
        return
    for end in range(match.end(), 0, -1):
        if kind is MarkerKind.DIGIT or end == match.end():
            yield Marker(text[:end], kind, 0, end, False, True)


def _may_follow(kind: MarkerKind, rest: str) -> bool:
    """Whether the text after it lets it be a marker: `§ 3` is a heading, `***` a redaction."""
    if kind is MarkerKind.DIGIT:
        is_apart = _AFTER_DIGIT.match(rest) is not None
    elif kind is MarkerKind.LETTER:
        is_apart = _AFTER_LETTER.match(rest) is not None
    elif kind is MarkerKind.SYMBOL:
        is_apart = not re.match(r"\s*(?:\d|[\])*=])", rest) and not re.search(r"[*\]]\s*$", rest)
    else:
        is_apart = True
    return is_apart and _reads_as_text(rest)


def _reads_as_text(rest: str) -> bool:
    """Whether the rest is words: rows of a table open with numbers, too."""
    n_letters = sum(map(str.isalpha, rest))
    return n_letters >= 2 and n_letters >= 0.5 * sum(map(len, rest.split()))


def may_cite(line: PageLine) -> bool:
    """A quick look: most lines have no marker that may cite a note."""
    return bool(line.raised) or bool(line.marks) or _MAY_CITE.search(line.text) is not None


def _citations(line: PageLine) -> Iterator[Marker]:
    for start, end in line.raised:
        yield from _raised_markers(line, start, end)
    for match in _SUPERSCRIPT_RUN.finditer(line.text):
        if not _in_raised(line, match.start()):
            yield from _raised_markers(line, match.start(), match.end())
    for match in _inline_markers(line.text):
        kind = MarkerKind(match.lastgroup or "")
        if not _in_raised(line, match.start()) and _may_cite(kind, line.text, match.start(), match.end()):
            yield Marker(match.group(), kind, match.start(), match.end(), False)


def _inline_markers(text: str) -> Iterator[re.Match[str]]:
    """As `_INLINE.finditer`, but looks only where a marker may begin: a sixteenth of its time."""
    at = 0
    while sign := _MAY_BE_INLINE.search(text, at):
        match = _INLINE.match(text, sign.start())
        at = match.end() if match else sign.end()
        if match:
            yield match


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


def glued_markers(line: PageLine, key: str) -> Iterator[tuple[int, int]]:
    """Where a note's digits stick to a word or number: `15.82` may be 15.8 with note 2."""
    if not key.isdigit():
        return
    version = None if is_plain(line) else live_version(line)
    text = version.line.text if version else line.text
    pattern = rf"(?<=[^\W\d_])(?:[.,;:”\")]?){key}(?!\d)|(?<=\d){key}(?!\d)|(?<=[.,;:”\")]){key}(?!\d)"
    for match in re.finditer(pattern, text):
        found = match.end() - len(key), match.end()
        yield version.whole(*found) if version else found
