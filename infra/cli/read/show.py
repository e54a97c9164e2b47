"""One reading on the console: its pages with what a reader sees of each word, then what is beside them.

On a terminal marks are colours; elsewhere they are words in brackets, which a log keeps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tasks.core.chunking.chunks import citing_sentences
from tasks.core.chunking.live import LiveText
from tasks.core.reading.legend import MARK_WORDS
from tasks.core.reading.refusals import meaning
from tasks.core.records import (
    NOT_LIVE,
    ExtraKind,
    Footnote,
    Line,
    LineTag,
    Mark,
    MarkKind,
    Reading,
    ReadStatus,
)
from tasks.core.text.display import counted, one_line

_MARK_STYLES = {
    MarkKind.HIDDEN: "red strike",
    MarkKind.COVERED: "magenta strike",
    MarkKind.LAYER_OFF: "blue strike",
    MarkKind.STRUCK: "strike",
    MarkKind.BLANK: "dim",
    MarkKind.INSERTED: "green underline",
    MarkKind.FILLED_IN: "green",
    MarkKind.REDACTION: "white on red",
    MarkKind.REPLACED: "red",
    MarkKind.UNTICKED: "yellow strike",
}
_LINE_STYLES = {"body": "", "note": "cyan", "running": "dim"}
_MAX_CHARS = 300


def show(path: Path, reading: Reading, console: Console) -> None:
    """Print a reading."""
    is_refused = reading.status is ReadStatus.ERROR
    head = f"{path.name}: {reading.status.value}, {counted(reading.n_pages, 'page')}, {counted(len(reading.footnotes), 'note')}"
    console.print(Text(head, style="bold red" if is_refused else "bold"))
    if reading.reason:
        console.print(Text(f"{reading.reason}: {meaning(reading.reason)}", style="yellow"))
    if reading.flags:
        console.print(Text("flags: " + ", ".join(reading.flags), style="yellow"))
    if reading.marks:
        console.print(_legend(reading.marks))
    _show_pages(reading, console)
    _show_notes(reading, console)
    _show_not_shown(reading, console)
    _show_agreements(reading, console)
    _show_cells(reading, console)
    _show_extras(reading, console)


def _legend(marks: Sequence[Mark]) -> Text:
    """The kinds of marks that occur, each in its own style, with how many ranges have it."""
    counts = Counter(mark.kind for mark in marks)
    line = Text("marks: ")
    for kind, words in MARK_WORDS.items():
        if counts[kind]:
            line.append("" if line.plain == "marks: " else ", ")
            line.append(words, style=_MARK_STYLES[kind])
            line.append(f" ({counts[kind]})")
    return line


# ---------------------------------------------------------------- pages


def _show_pages(reading: Reading, console: Console) -> None:
    in_words = not console.is_terminal or console.no_color
    marks = _marks_by_line(reading)
    for page in reading.pages:
        state = "" if page.status == "ok" else f" ({page.status})"
        console.rule(Text(f"page {page.page_number}{state}"))
        for line in reading.lines:
            if line.page_number == page.page_number:
                console.print(_line(reading.text, line, marks.get(line.start, ()), in_words), soft_wrap=True)


def _marks_by_line(reading: Reading) -> dict[int, list[Mark]]:
    """The marks that touch each line, by the start of the line."""
    found: dict[int, list[Mark]] = {}
    ordered = sorted(reading.marks)
    at = 0
    open_marks: list[Mark] = []
    for line in reading.lines:
        while at < len(ordered) and ordered[at].start < line.end:
            open_marks.append(ordered[at])
            at += 1
        open_marks = [mark for mark in open_marks if mark.end > line.start]
        if open_marks:
            found[line.start] = open_marks
    return found


def _line(text: str, line: Line, marks: Sequence[Mark], in_words: bool) -> Text:
    shown = Text(style=_LINE_STYLES[line.tag.value])
    end = line.start + len(text[line.start : line.end].rstrip("\n"))
    for start, stop, kinds in _pieces(line.start, end, marks):
        words = text[start:stop]
        if in_words and kinds and words.strip():
            words = f"[{', '.join(MARK_WORDS[kind] for kind in kinds)}: {words}]"
        # The first kind decides the style: it is the one for which a word is left out.
        shown.append(words, style=_MARK_STYLES[kinds[0]] if kinds and not in_words else "")
    if in_words and line.tag is LineTag.RUNNING:
        return Text.assemble("[header or footer: ", shown, "]")
    return shown


def _pieces(start: int, end: int, marks: Sequence[Mark]) -> Iterator[tuple[int, int, list[MarkKind]]]:
    """The pieces of text[start:end] that differ in their marks, with their kinds."""
    inside = {at for mark in marks for at in (mark.start, mark.end) if start < at < end}
    cuts = [start, *sorted(inside), end]
    for first, last in pairwise(cuts):
        here = {mark.kind for mark in marks if mark.start <= first and last <= mark.end}
        yield first, last, [kind for kind in MARK_WORDS if kind in here]


# ---------------------------------------------------------------- beside the pages


def _show_notes(reading: Reading, console: Console) -> None:
    if not reading.footnotes:
        return
    console.rule(Text("notes"))
    live = LiveText(reading)
    for note, sentence in zip(reading.footnotes, citing_sentences(reading), strict=True):
        to = f"-{note.last_page_number}" if note.last_page_number != note.page_number else ""
        pages = f"page {note.page_number}{to}"
        text = _note_text(reading, note, live) or "(none of its words is shown)"
        console.print(Text.assemble((f"{note.marker}  ", "bold cyan"), (text, "cyan"), (f"  {pages}", "dim")))
        cited = f"cited by: {one_line(sentence)}" if sentence else "no citation was found"
        console.print(Text(f"    {cited} (confidence {note.confidence:.2f})"))


def _note_text(reading: Reading, note: Footnote, live: LiveText) -> str:
    texts = (
        "".join(reading.text[p.start : p.end] for p in live.pieces(span.start, span.end))
        for span in note.spans
    )
    return one_line("\n".join(texts))


def _show_not_shown(reading: Reading, console: Console) -> None:
    """Print the words that are in the file and that the pages do not say to their reader."""
    marks = _joined(reading.text, (mark for mark in reading.marks if mark.kind in NOT_LIVE))
    if marks:
        console.rule(Text("not shown"))
    for mark in marks:
        words = one_line(reading.text[mark.start : mark.end], _MAX_CHARS)
        _row(console, MARK_WORDS[mark.kind], words, f"page {_page_of(reading, mark.start)}")


def _joined(text: str, marks: Iterable[Mark]) -> list[Mark]:
    """The marks, those of one kind as one where only a blank or a line end is between them."""
    joined: dict[MarkKind, list[Mark]] = {}
    for mark in marks:
        of_kind = joined.setdefault(mark.kind, [])
        if of_kind and not text[of_kind[-1].end : mark.start].strip():
            of_kind[-1] = replace(of_kind[-1], end=max(of_kind[-1].end, mark.end))
        else:
            of_kind.append(mark)
    return sorted(chain.from_iterable(joined.values()))


def _show_agreements(reading: Reading, console: Console) -> None:
    if reading.agreements:
        console.rule(Text("agreements"))
    for agreement in reading.agreements:
        last = _page_of(reading, max(agreement.start, agreement.end - 1))
        pages = f"page {last}" if last == agreement.page_number else f"pages {agreement.page_number}-{last}"
        _row(console, pages, agreement.title, "")


def _show_cells(reading: Reading, console: Console) -> None:
    if reading.cells:
        console.rule(Text("table cells"))
    for cell in reading.cells:
        named: Mapping[str, str] = {"column": cell.column, "row": cell.row}
        names = ", ".join(f"{name} {words!r}" for name, words in named.items() if words)
        text = one_line(reading.text[cell.start : cell.end], _MAX_CHARS)
        _row(console, text, names, f"page {_page_of(reading, cell.start)}")


def _show_extras(reading: Reading, console: Console) -> None:
    """Print form values, annotations and attachments."""
    if reading.extras:
        console.rule(Text("beside the text"))
    for extra in reading.extras:
        page = "" if extra.page_number is None else f"page {extra.page_number}"
        kind = extra.kind.value.replace("_", " ")
        # A watermark's name says whether it is one, or a stamp.
        head, name = (extra.name, "") if extra.kind is ExtraKind.WATERMARK else (kind, f"{extra.name}: ")
        _row(console, head, name + one_line(extra.text), page)


def _row(console: Console, head: str, words: str, place: str) -> None:
    shown = Text.assemble((f"{head}  ", "bold cyan"), words, (f"  {place}" if place else "", "dim"))
    console.print(shown, soft_wrap=True)


def _page_of(reading: Reading, offset: int) -> int:
    return next((page.page_number for page in reversed(reading.pages) if page.start <= offset), 1)
