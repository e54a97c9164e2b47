"""Takes watermarks and slanted stamps out of a page's text: DRAFT across the words of a clause.

Their letters stay in the document text, in lines of their own. A watermark is slanted or much larger
than the page's words, and over or behind them, or an artifact that says so. Large type that stands
apart is a title, and so is slightly turned type. A few small slanted words are a stamp, more are a
sentence of the page. Watermarks that are images or outlines have no letters and are not seen.

Source: ISO 32000-2, 14.8.2.2 (artifacts), 12.5.6.22 (watermark annotations).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tasks.core.reading.drawing import Box
from tasks.core.reading.glyphs import corrected_text
from tasks.core.reading.pdfium import FORM, PageObjects, is_artifact
from tasks.core.reading.seen.drawn_page import DrawnPage
from tasks.core.reading.text_objects import holds_middle, middle
from tasks.core.reading.text_runs import Piece
from tasks.core.records import Extra, ExtraKind, MarkKind

_LARGE = 24.0  # points; smaller upright text is no watermark
_TIMES_BODY = 1.8  # so much larger than the page's words is a watermark
MAX_CHARS = 80  # of a watermark
_MAX_SLANTED_SHARE = 0.3  # of a page's letters; with more, the page itself is turned
_MIN_COVERED = 20  # letters of the page's words under or over upright large type
_MAX_LABELS = 2  # slanted runs of the words' size; more are the heads of a table or an axis
_MAX_LONE_LETTERS = 2  # a text object with more is a word
_FEW_WORDS = 4  # in a row of a stamp
_SLIGHT = 20.0  # degrees: a heading that is turned to catch the eye
_HEADING = 1.15  # of the words' size
_LONG = 0.45  # of the page's diagonal: words from side to side
_TILES = 3  # of one text on a page
_LETTER_GAP = 1.3  # of the size: letters drawn one by one that are farther apart are two words
_CAPITAL = 0.7  # of the size: the height of a capital
_MID_PAGE = 0.2  # of the page's height, at the top and at the bottom, where titles are
_FAR = 4  # of the size: from the end of a piece to the next words
_MAX_RUNS = 200  # of a page
_MAX_LISTED = 100  # of a file
WATERMARK_WORDS = re.compile(
    r"\b(?:draft|void|specimen|copy|confidential|sample|not\s+(?:executed|for\s+execution|valid|binding|signed)|unexecuted"
    r"|unsigned|cancell?ed|superseded|proof|preliminary|duplicate|example|expired|do\s+not\s+(?:copy|sign)|uncontrolled|obsolete"
    r"|entwurf|muster|kopie|ungültig|vertraulich|brouillon|projet|copie|borrador|copia|bozza)\b"
    r"|草\s*稿|草\s*案|作\s*废|样\s*本|样\s*张|副\s*本|复\s*印\s*件|机\s*密|保\s*密|征\s*求\s*意\s*见\s*稿|仅\s*供\s*参\s*考|无\s*效",
    re.IGNORECASE,
)
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_HIDDEN = frozenset({MarkKind.HIDDEN})


@dataclass(frozen=True, slots=True)
class Watermark:
    """Words that lie over the page and belong to no sentence."""

    text: str
    is_stamp: bool
    """Slanted and no larger than the page's words: `RECEIVED 3 May 2021`."""
    box: Box
    size: float


_Run = list[Piece]


def split_watermarks(
    pieces: Sequence[Piece | None], drawn: DrawnPage
) -> tuple[list[Piece | None], list[Watermark]]:
    """The pieces of the page's own words, and the watermarks among all pieces."""
    styles = (piece.style for piece in pieces if piece is not None)
    if not any(style is not None and (style.size >= _LARGE or style.is_slanted) for style in styles):
        return list(pieces), []  # nearly every page
    body = _body_size(pieces)
    runs = _runs(pieces, body)
    chosen = list(islice(_chosen(runs, pieces, body, drawn), _MAX_RUNS))
    taken = {id(piece) for run, _ in chosen for piece in run}
    kept: list[Piece | None] = []
    for piece in pieces:
        if piece is not None and id(piece) in taken:
            piece = None
        if piece is not None or not kept or kept[-1] is not None:
            kept.append(piece)
    return kept, [_watermark(run, is_stamp) for run, is_stamp in chosen]


def _is_suspect(piece: Piece) -> bool:
    style = piece.style
    if style is None or not (style.is_slanted or style.size >= _LARGE):
        return False
    is_cut_off = piece.marks == _HIDDEN and not style.is_invisible and not style.is_white
    return not piece.marks or is_cut_off  # a watermark may run over the edge of the page


def _body_size(pieces: Sequence[Piece | None]) -> float:
    """The size of most letters that are not slanted; without any, none is large."""
    sizes: Counter[float] = Counter()
    for piece in pieces:
        if piece is not None and piece.style is not None and not piece.style.is_slanted:
            sizes[round(piece.size, 1)] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


def _runs(pieces: Sequence[Piece | None], body: float) -> list[_Run]:
    """Suspects that were set alike, in one row of the content; single letters go together."""
    runs: list[_Run] = []
    key: tuple[bool, int, float] | None = None
    for piece in pieces:
        if piece is None:
            continue
        if not _is_suspect(piece) or piece.style is None or not _is_set_apart(piece, body):
            key = None
            continue
        before, key = key, (piece.style.is_slanted, round(piece.style.angle), round(piece.size, 1))
        if before == key and not _is_far(runs[-1][-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return _with_scattered([part for run in runs for part in _untiled(run)])


def _untiled(run: _Run) -> list[_Run]:
    """A run for each repetition of words that are painted all over the page."""
    words = [piece.text for piece in run if len(piece.text.strip()) > _MAX_LONE_LETTERS]
    if len(set(words)) == len(words):
        return [run]
    parts: list[_Run] = []
    for piece in run:
        if parts and piece.index < 0:
            parts[-1].append(piece)
        else:
            parts.append([piece])
    return parts


def _is_far(before: Piece, piece: Piece) -> bool:
    """Whether the piece is other words: the next head of a table."""
    return piece.index >= 0 and math.dist(middle(before.last), middle(piece.first)) > _FAR * piece.size


def _is_set_apart(piece: Piece, body: float) -> bool:
    return piece.style is not None and (piece.style.is_slanted or piece.size >= _TIMES_BODY * body)


def _with_scattered(runs: list[_Run]) -> list[_Run]:
    """Joins letters that are drawn one by one between the page's words."""
    single: dict[tuple[bool, float], _Run] = defaultdict(list)
    joined: list[_Run] = []
    for run in runs:
        if sum(len(piece.text.strip()) for piece in run) == 1 and run[0].style is not None:
            single[run[0].style.is_slanted, round(run[0].size, 1)] += run
        else:
            joined.append(run)
    return [*joined, *single.values()]


def _chosen(
    runs: Sequence[_Run], pieces: Sequence[Piece | None], body: float, drawn: DrawnPage
) -> Iterator[tuple[_Run, bool]]:
    """The runs that are watermarks or stamps; with each, whether it is a stamp."""
    n_letters = sum(len(piece.text) for piece in pieces if piece is not None)
    slanted = [run for run in runs if run[0].style is not None and run[0].style.is_slanted]
    n_slanted = sum({_joined(run): len(_joined(run)) for run in slanted}.values())
    if n_slanted > max(MAX_CHARS, _MAX_SLANTED_SHARE * n_letters):
        return
    small = [run for run in slanted if run[0].size < _TIMES_BODY * body and _words_in_row(run) <= _FEW_WORDS]
    are_labels = len({_joined(run) for run in small}) > _MAX_LABELS
    repeated = Counter(_joined(run) for run in slanted)
    artifacts: list[Box] | None = None
    for run in runs[:_MAX_RUNS]:
        text = _joined(run)
        if not 1 < len(text) <= MAX_CHARS:
            continue
        is_listed = WATERMARK_WORDS.search(text) is not None
        if run[0].style is not None and run[0].style.is_slanted:
            is_large = run[0].size >= _TIMES_BODY * body
            is_tile = repeated[text] >= _TILES
            if (is_large or is_listed or not are_labels) and (
                is_tile or not _is_sentence(run, pieces, body, drawn, is_listed=is_listed)
            ):
                yield run, not is_large and not is_listed
            continue
        if _covered(run, pieces) >= (1 if is_listed else _MIN_COVERED):
            yield run, False
            continue
        if not is_listed and not _is_mid_page(run, drawn):
            continue  # the letterhead of a tagged file is an artifact, too
        if artifacts is None:
            artifacts = _artifacts(drawn)
        if _is_artifact(run[0]) or any(holds_middle(box, run[0].box) for box in artifacts):
            yield run, False


def _is_sentence(
    run: _Run, pieces: Sequence[Piece | None], body: float, drawn: DrawnPage, *, is_listed: bool
) -> bool:
    """Whether slanted words are a heading or a sentence of the page."""
    is_few = _words_in_row(run) <= _FEW_WORDS
    if is_listed and is_few:
        return False
    if run[0].size < _TIMES_BODY * body:
        is_heading = run[0].size >= _HEADING * body and _is_slight(run, drawn)
        return not is_few or (is_heading and not _lies_across(run, pieces))
    if is_listed or _lies_across(run, pieces):
        return False
    if _is_slight(run, drawn):
        return True
    x0, y0, x1, y1 = _around(run)
    page = math.hypot(drawn.text.upright.width, drawn.text.upright.height)
    return not is_few and math.hypot(x1 - x0, y1 - y0) < _LONG * page


def _words_in_row(run: _Run) -> float:
    """The words of the longest row; two signs of Chinese or Japanese count as one."""
    rows: dict[int, _Run] = defaultdict(list)
    row = 0
    for piece in run:
        if piece.style is not None and piece.index >= 0:
            x, y = piece.style.origin
            angle = math.radians(piece.style.angle)
            row = round((y * math.cos(angle) - x * math.sin(angle)) / piece.size)
        rows[row].append(piece)
    texts = [_joined(row) for row in rows.values()]
    return max(len(text.split()) + len(_IDEOGRAPH.findall(text)) / 2 for text in texts)


def _is_slight(run: _Run, drawn: DrawnPage) -> bool:
    angle = run[0].style.angle if run[0].style is not None else 0.0
    off = (angle - 90 * drawn.text.upright.quarter + 180) % 360 - 180
    return abs(off) <= _SLIGHT


def _lies_across(run: _Run, pieces: Sequence[Piece | None]) -> bool:
    """Whether the middle line of slanted words meets words of the page."""
    first, last = run[0].style, middle(run[-1].last)
    if first is None:
        return False
    (x0, y0), (x1, y1) = middle(run[0].first), last
    if abs(x1 - x0) < 1:
        return True  # straight up
    slope = (y1 - y0) / (x1 - x0)
    own = {id(piece) for piece in run}
    for piece in pieces:
        if piece is None or piece.index < 0 or id(piece) in own or not piece.text.strip():
            continue
        left, bottom, right, top = piece.box
        left, right = max(left, min(x0, x1)), min(right, max(x0, x1))
        if left >= right:
            continue
        ends = y0 + slope * (left - x0), y0 + slope * (right - x0)
        if max(ends) > bottom and min(ends) < top:
            return True
    return False


def _covered(run: _Run, pieces: Sequence[Piece | None]) -> int:
    """Letters of the page's words that lie within the run's height and beside its letters."""
    x0, y0, x1, y1 = _around(run)
    y1 = max(y1, y0 + _CAPITAL * run[0].size)  # a font that is not embedded may have flat boxes
    count = 0
    for piece in pieces:
        if piece is None or piece.style is None or piece.size >= run[0].size / _TIMES_BODY:
            continue
        middle = (piece.box[1] + piece.box[3]) / 2
        if y0 < middle < y1 and min(x1, piece.box[2]) - max(x0, piece.box[0]) > piece.size:
            count += len(piece.text.strip())
    return count


def _is_mid_page(run: _Run, drawn: DrawnPage) -> bool:
    height = drawn.text.upright.height
    return _MID_PAGE * height < middle(_around(run))[1] < (1 - _MID_PAGE) * height


def _artifacts(drawn: DrawnPage) -> list[Box]:
    """Boxes of forms that are drawn as artifacts, on the turned page."""
    objects = PageObjects()
    boxes: list[Box] = []
    for item in objects.of_page(drawn.page, _MAX_RUNS * 10):
        if objects.kind(item) == FORM and is_artifact(item):
            bounds = objects.bounds(item)
            if bounds is not None:
                boxes.append(drawn.text.upright.turn(bounds))
    return boxes


def _is_artifact(piece: Piece) -> bool:
    return piece.style is not None and is_artifact(piece.style.text_object)


def _watermark(run: _Run, is_stamp: bool) -> Watermark:
    return Watermark(_joined(run), is_stamp, _around(run), round(run[0].size, 1))


def _joined(run: _Run) -> str:
    """The run's text in one line; letters that are drawn one by one make words."""
    parts: list[str] = []
    before: Piece | None = None
    for piece in run:
        if before is not None and piece.index >= 0 and not parts[-1].endswith(" "):
            apart = math.dist(middle(before.last), middle(piece.first))
            if apart > _LETTER_GAP * piece.size:
                parts.append(" ")
        parts.append(corrected_text(piece.text))
        if piece.index >= 0:
            before = piece
    return " ".join("".join(parts).split())


def _around(run: _Run) -> Box:
    lefts, bottoms, rights, tops = zip(*(piece.box for piece in run), strict=True)
    return round(min(lefts), 2), round(min(bottoms), 2), round(max(rights), 2), round(max(tops), 2)


# ---------------------------------------------------------------- of the file


def watermark_extras(pages: Sequence[Sequence[Watermark]]) -> tuple[Extra, ...]:
    """Each text once, with the first page that has it."""
    seen: dict[tuple[bool, str], int] = {}
    for index, found in enumerate(pages):
        for mark in found:
            seen.setdefault((mark.is_stamp, mark.text), index + 1)
    return tuple(
        Extra(ExtraKind.WATERMARK, page_number, "stamp" if is_stamp else "watermark", text)
        for (is_stamp, text), page_number in islice(seen.items(), _MAX_LISTED)
    )
