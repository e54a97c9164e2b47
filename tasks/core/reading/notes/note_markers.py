"""The markers of a line: what may open a note, and what may cite one.

In a redline only letters that stand now make a marker; a marker of struck letters alone is a struck
marker.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from tasks.core.reading.lines import PageLine
from tasks.core.reading.notes.line_versions import LineVersion, is_plain, live_version, old_version
from tasks.core.reading.notes.mark_places import CIRCLED, FORMS, SUPERSCRIPT, MarkForm, places_of


@dataclass(frozen=True, slots=True)
class Marker:
    text: str
    """As printed."""
    form: MarkForm
    start: int
    end: int
    is_raised: bool
    is_glued: bool = False
    """Sticks to a word or number: only the note that it would belong to tells it apart."""
    is_struck: bool = False
    """Deleted by a redline."""


_PREFIXES = ("注", "註", "脚注", "译注", "※", "*", "＊")
_MAX_ALONE = 6  # letters of a line that is a note's marker alone
_ANY = re.compile("|".join(f"(?P<{form}>{pattern})" for form, pattern in FORMS))
_INLINE_FORMS = (
    MarkForm.CIRCLED,
    MarkForm.NOTE_WORD,
    MarkForm.STAR_NUMBER,
    MarkForm.BRACKET,
    MarkForm.PAREN,
    MarkForm.SYMBOL,
)
_INLINE = re.compile("|".join(f"(?P<{form}>{pattern})" for form, pattern in FORMS if form in _INLINE_FORMS))
_BEGINS_INLINE = rf"[{CIRCLED}注註译脚\[［〔【(（*∗⁎＊✱※†‡§¶‖∥#⁑⁂"
_MAY_BE_INLINE = re.compile(f"{_BEGINS_INLINE}]")
"""What an inline marker begins with; most lines have none of these."""
_MAY_CITE = re.compile(f"{_BEGINS_INLINE}{SUPERSCRIPT}]")
"""What a line without superscripts has if it cites a note."""
_OPENS_WORD = re.compile("[A-Z][a-z]|[a-hj-uwyz][a-z]|[A-Z] [a-z]")
"""How most lines begin: no marker that is not raised does."""
_GLUED_DIGITS = re.compile(r"\d{1,3}(?=\S)")
_GLUED_LETTER = re.compile(
    r"(?:[ivx]{1,6}|[IVX]{1,5}(?=[A-Z][a-z])|[a-z]|[A-Z](?=[A-Z][a-z]))(?=[A-Z\u2e80-\uffee\"“(\[])"
)
_AFTER_DIGIT = re.compile(r"(?:[.)、．:：]?\s+|[.、．：])\D")
_AFTER_LETTER = re.compile(r"[.)]?\s+\S")
_SUPERSCRIPT_RUN = re.compile(rf"[{SUPERSCRIPT}]{{1,3}}[)）]?")
_GLUED_MARK = re.compile(r"(\d{1,3})[.)）:：]?")
_GLUED_HALF_PAREN = re.compile(r"(?<=[\u3005-\u9fff\uf900-\ufaff。，、」』）])\d{1,2}[)）]")
"""Behind an ideograph or its punctuation; in other scripts only a superscript or the note tells it."""
_UNIT_BEFORE = re.compile(r"(?:\b|(?<=\d))(?:[kcm]?m|ft|in|mi|yd|sq)$")
_POWER_BEFORE = re.compile(r"(?<![\d.,])10$")
_SYMBOL_AFTER = re.compile(r"[\w\])）”’\"'。，；：.,;:!?）」』%]")


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


# ---------------------------------------------------------------- openings


def _openings(line: PageLine) -> list[Marker]:
    text = line.text
    if line.raised and line.raised[0][0] == 0:
        return _raised_opening(line, line.raised[0][1])
    match = None if _OPENS_WORD.match(text) else _ANY.match(text)
    if match is None or match.lastgroup is None:
        return []
    form, end = MarkForm(match.lastgroup), match.end()
    is_raised = bool(_SUPERSCRIPT_RUN.match(text))
    if not text[end:].strip() or not places_of(match.group()):
        return []
    if is_raised or _may_follow(form, text[end:]):
        return [Marker(text[:end], form, 0, end, is_raised)]
    if form is MarkForm.BARE:
        return list(_glued_openings(text, text[0].isdigit()))
    return []


def _raised_opening(line: PageLine, raised_end: int) -> list[Marker]:
    printed = line.text[:raised_end].rstrip()
    if printed in _PREFIXES and len(line.raised) > 1:
        raised_end = line.raised[1][1]  # the blank in "注 1" parts the superscript
        printed = line.text[:raised_end].rstrip()
    match = _ANY.fullmatch(printed)
    if match is None or match.lastgroup is None or not places_of(printed):
        return []
    if not line.text[raised_end:].strip():
        return []
    return [Marker(printed, MarkForm(match.lastgroup), 0, len(printed), True)]


def _glued_openings(text: str, is_digit: bool) -> Iterator[Marker]:
    # LibreOffice sets a note's marker in the note's own type, directly before its first word.
    match = (_GLUED_DIGITS if is_digit else _GLUED_LETTER).match(text)
    if match is None or not _reads_as_text(text[match.end() :]):
        return
    for end in range(match.end(), 0, -1):
        if is_digit or end == match.end():
            yield Marker(text[:end], MarkForm.BARE, 0, end, False, True)


def _may_follow(form: MarkForm, rest: str) -> bool:
    """Whether the text after it lets it be a marker: `§ 3` is a heading, `***` a redaction."""
    is_apart = True
    if form is MarkForm.BARE:
        is_apart = bool(_AFTER_DIGIT.match(rest) or _AFTER_LETTER.match(rest)) and (
            not rest[:1].isdigit() and not re.match(r"[.．]\d", rest)
        )
    elif form is MarkForm.SYMBOL:
        is_apart = not re.match(r"\s*(?:\d|[\])*=])", rest) and not re.search(r"[*\]]\s*$", rest)
    return is_apart and _reads_as_text(rest)


def _reads_as_text(rest: str) -> bool:
    """Whether the rest is words: rows of a table open with numbers, too."""
    n_letters = sum(map(str.isalpha, rest))
    return n_letters >= 2 and n_letters >= 0.5 * sum(map(len, rest.split()))


# ---------------------------------------------------------------- citations


def may_cite(line: PageLine) -> bool:
    """A quick look: most lines have no marker that may cite a note."""
    return (
        bool(line.raised)
        or bool(line.marks)
        or _MAY_CITE.search(line.text) is not None
        or (not line.text.isascii() and _GLUED_HALF_PAREN.search(line.text) is not None)
    )


def _citations(line: PageLine) -> Iterator[Marker]:
    for start, end in _whole_superscripts(line):
        yield from _raised_markers(line, start, end)
    for match in _SUPERSCRIPT_RUN.finditer(line.text):
        if not _in_raised(line, match.start()):
            yield from _raised_markers(line, match.start(), match.end())
    for match in _inline_markers(line.text):
        form = MarkForm(match.lastgroup or "")
        if not _in_raised(line, match.start()) and _may_cite(form, line.text, match.start(), match.end()):
            yield Marker(match.group(), form, match.start(), match.end(), False)
    if not line.text.isascii():
        for match in _GLUED_HALF_PAREN.finditer(line.text):
            if not _in_raised(line, match.start()):
                yield Marker(match.group(), MarkForm.HALF_PAREN, match.start(), match.end(), False)


def _inline_markers(text: str) -> Iterator[re.Match[str]]:
    """As `_INLINE.finditer`, but looks only where a marker may begin: a sixteenth of its time."""
    at = 0
    while sign := _MAY_BE_INLINE.search(text, at):
        match = _INLINE.match(text, sign.start())
        at = match.end() if match else sign.end()
        if match:
            yield match


def _whole_superscripts(line: PageLine) -> Iterator[tuple[int, int]]:
    """The superscripts, joined where a blank parts a word such as 注 from its number."""
    ranges = list(line.raised)
    while ranges:
        start, end = ranges.pop(0)
        if line.text[start:end] in _PREFIXES and ranges and not line.text[end : ranges[0][0]].strip():
            end = ranges.pop(0)[1]
        yield start, end


def _raised_markers(line: PageLine, start: int, end: int) -> Iterator[Marker]:
    """The markers of one superscript: one, or several separated by commas."""
    if start == 0 and end < len(line.text) and line.text[end:].strip() and len(line.raised) == 1 and end > 3:
        return
    whole = _ANY.fullmatch(line.text[start:end])
    if whole is not None and whole.lastgroup == MarkForm.NOTE_WORD:
        yield Marker(whole.group(), MarkForm.NOTE_WORD, start, end, True)
        return
    at = start
    for piece in re.split(r"([,，、;\s]+)", line.text[start:end]):
        match = _ANY.fullmatch(piece)
        if match is not None and match.lastgroup and not _is_exponent(line.text, at, piece):
            yield Marker(piece, MarkForm(match.lastgroup), at, at + len(piece), True)
            if len(piece) > 1 and piece.isdigit():  # 12 may be notes 1 and 2
                for i, digit in enumerate(piece, at):
                    yield Marker(digit, MarkForm.BARE, i, i + 1, True, True)
        at += len(piece)


def _is_exponent(text: str, at: int, piece: str) -> bool:
    """Whether the superscript belongs to a unit (`m2`) or a power of 10."""
    digits, before = unicodedata.normalize("NFKC", piece), text[:at]
    is_unit = digits in ("2", "3") and bool(_UNIT_BEFORE.search(before))
    return is_unit or (digits.isdigit() and bool(_POWER_BEFORE.search(before)))


def _in_raised(line: PageLine, at: int) -> bool:
    return any(start <= at < end for start, end in line.raised)


def _may_cite(form: MarkForm, text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if form is MarkForm.CIRCLED:
        return start > 0
    if form in (MarkForm.NOTE_WORD, MarkForm.STAR_NUMBER):
        return (
            start > 0
            and not before.isspace()
            and not (form is MarkForm.STAR_NUMBER and after.isalnum() and after.isascii())
        )
    if form is MarkForm.PAREN:
        return bool(re.match(r"[^\W\d_]", before)) and not text[start + 1].isalpha()
    if form is MarkForm.BRACKET:
        return start > 0 and (bool(_SYMBOL_AFTER.match(before)) or before in (" ", "\u00a0"))
    return bool(_SYMBOL_AFTER.match(before)) and not re.match(r"[\w\]*†‡§¶]", after)


def glued_markers(line: PageLine, mark: str) -> Iterator[tuple[MarkForm, int, int]]:
    """Where a note's digits stick to a word or number: `15.82` may be 15.8 with note 2."""
    match = _GLUED_MARK.fullmatch(mark.strip())
    if match is None:
        return
    key, is_half = match[1], mark.strip()[-1] in ")）"
    version = None if is_plain(line) else live_version(line)
    text = version.line.text if version else line.text
    end = r"[)）]" if is_half else r"(?!\d)"
    pattern = rf"(?<=[^\W\d_])(?:[.,;:”\")]?)({key}{end})|(?<=\d)({key}{end})|(?<=[.,;:”\")])({key}{end})"
    for found in re.finditer(pattern, text):
        start, stop = found.span(found.lastindex or 0)
        whole = version.whole(start, stop) if version else (start, stop)
        yield (MarkForm.HALF_PAREN if is_half else MarkForm.BARE), *whole
