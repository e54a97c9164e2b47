"""Finds stamps that others put on a page: Bates numbers, legends, envelope ids, court file stamps.

A line is a stamp only if all of it is. Ids of signing services and courts are stamps wherever they
stand. A legend ("Confidential") and the number of a law firm's document (`4821-0032-9917 v.3`,
`NY\\1234567.2`) must stand in a margin or at one place of several pages, and so must a Bates number,
which also has to rise from page to page; in a file of one page it has zeros before it or stands
apart at the foot.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from statistics import median

from tasks.core.reading.layout.margins import Size, edge_distance
from tasks.core.reading.lines import PageLine
from tasks.core.records import LineTag

_ZONE = 0.12  # of the page's height: the margins
_SAME_PLACE = 8.0  # points
_MAX_CHARS = 160
_MAX_A_PAGE = 2  # more numbers of one prefix are a list's
_FAR_BELOW = 2.2  # of the size, from base line to base line
_MAX_OF_PAGE = 20  # stamps, if each is to be compared with the page's lines
_LONG = 6  # digits: shorter numbers count parts and exhibits, too
_TIMES_BODY = 1.8  # so much larger than the page's words, a word is a title
_STAMPED = 0.8  # of the pages from the first with a number to the last

_ID = re.compile(
    r"""(?:docu\s?sign(?:ed)?\s+)?envelope\s*(?:id|no\.?|number)?\s*[:\#]?\s*[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}
      | (?:adobe\s+)?(?:acrobat\s+)?(?:echo)?(?:sign\s+)?(?:envelope|transaction|document|doc|certificate|signature|verification)
        \s*(?:id|no\.?|number|ref(?:erence)?|code|hash)\s*[:\#]\s*(?=\S*\d)[\w-]{16,64}
      | case:?\s+\d{1,2}:\d{2}-[a-z]{2}-\d{2,6}\S*\s.*\b(?:doc(?:ument)?|ecf|dkt|filed|page)\b.*\d.*
      | case:?\s+\d{2}-\d{2,6}\S*\s.*\b(?:doc(?:ument)?|ecf|dkt)\b.*\d.*
      | (?:usca\d*|appellate)\s+case\b.*\d.*
      | filed:\s+.{4,60}\b(?:clerk|court)\s+\d{1,2}/\d{1,2}/\d{4}(?:\s+\d{1,2}:\d{2}(?:\s*[ap]m)?)?
      | index\s+no\.\s+\d+/\d{4} | nyscef\s+doc\.\s+no\.\s+\d+ | received\s+nyscef:\s+\d{1,2}/\d{1,2}/\d{4}
      | (?:e-?filed|efiled|electronically\s+(?:filed|received)(?:\s+by)?)[\s:].{0,60}\d{4}.{0,40}
      | page\s?id\.?\s*\#?:?\s*\d+
      | source:\s.{3,120},\s*(?:\d{1,2}/\d{1,2}/\d{2,4}|\d{4})
      | https?://www\.sec\.gov/archives/\S+(?:\s+\d+/\d+)?
      | arxiv:\d{4}\.\d{4,5}(?:v\d+)?\s+\[[\w.-]+\]\s+\d{1,2}\s\w{3}\s\d{4}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WORDS = re.compile(
    r"""(?:foia\s+)?(?:(?:strictly|highly|company|privileged)(?:\s+(?:and|&))?\s+)?confidential
        (?:\s*(?:[-–—:,;/|]|\band\b|&)?\s*(?:attorneys?['’]?s?['’]?\s+eyes\s+only|outside\s+counsel(?:['’]s)?(?:\s+eyes)?(?:\s+only)?
          |subject\s+to\s+(?:the\s+)?(?:stipulated\s+)?protective\s+order|privileged|proprietary|draft|do\s+not\s+(?:copy|distribute)
          |(?:treatment|information)\s+requested(?:\s+by\s+[\w\s.,&]{2,50})?))*
      | attorneys?['’]?s?['’]?\s+eyes\s+only | outside\s+counsel(?:['’]s)?\s+eyes\s+only
      | attorney[-–\s]+(?:client\s+privileged?|work\s+product) | privileged\s+(?:and|&)\s+confidential
      | (?:execution|conformed|signature|agreed|final|negotiation|signing)\s+(?:version|copy|form|draft)
      | subject\s+to\s+(?:the\s+)?(?:stipulated\s+)?protective\s+order | subject\s+to\s+(?:fre|rule)\s+408
      | \d{4}-\d{4}-\d{4}(?:,?\s?v\.?\s?|\.)\d{1,3}(?![\w-])
      | (?:[a-z][a-z_-]{0,14}\d{0,3}(?::?[\\/]+\s?|[\s_-]|\s?\#))?\#?\d{6,9}(?:\s?v\.?\s?|\.|\\)\d{1,3}(?:\\[\d.-]{1,12})?(?![\w,.-])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BATES = re.compile(
    r"(?P<prefix>(?:[A-Z][A-Za-z&]{0,15}(?:[-_. ][A-Z0-9][A-Za-z0-9&]{0,9}){0,4}[-_. ]{0,2})?)(?<!\d)(?P<number>\d{4,12})(?![\w,.])"
)
_PAGE = re.compile(r"(?:page\s+)?\d{1,4}(?:\s+of\s+\d{1,4})?(?!\S)", re.IGNORECASE)
_LOWER_CASE = ("arXi", "http")
_CAPITALS = re.compile(r"[A-Z][A-Z&]+(?:[-_. ][A-Z0-9&]{1,10}){0,4}[-_. ]{0,2}")
_REFERENCE = re.compile(
    r"(?:P\.?O|PURCHASE|INV|INVOICE|ORDER|CONTRACT|AGREEMENT|REF|LICEN[CS]E|POLICY|FILE|CASE|LOAN|DEED|REG|VAT|TIN|EIN|CUSIP|ISIN)\b"
)
"""What numbers are named that a reader may look for."""
_BETWEEN = re.compile(r"[\s|•·–—-]*")
_NO_BATES = re.compile(
    r"(?:tel|fax|phone|mobile|zip|box|iban|account|no|nr|usd|eur|gbp|rmb|cny)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A line that is all stamps."""

    line: PageLine
    has_id: bool
    has_words: bool
    bates: tuple[str, str] | None
    """Its prefix, and its digits."""


def tag_legends(pages: Sequence[Sequence[PageLine]], sizes: Sequence[Size]) -> None:
    """Tag the stamps of all pages as running lines, in place."""
    stamps = [_stamp(line) for lines in pages for line in lines if line.tag is LineTag.BODY]
    found = [stamp for stamp in stamps if stamp is not None]
    if not found:
        return
    sure = {id(stamp.line) for stamp in found if stamp.has_id}
    sure |= {id(line) for line in _at_one_place(found)}
    sure |= {id(line) for line in _rising(found, sizes)}
    alike = Counter((stamp.line.page_index, stamp.bates[0]) for stamp in found if stamp.bates)
    is_short = len(pages) == 1 and len(found) <= _MAX_OF_PAGE
    for stamp in found:
        index = stamp.line.page_index
        size = sizes[index]
        is_alone = stamp.has_words or (
            stamp.bates is not None
            and alike[index, stamp.bates[0]] <= _MAX_A_PAGE
            and (_is_padded(*stamp.bates) or (is_short and _is_at_foot(stamp, pages[0])))
        )
        in_margin = edge_distance(stamp.line, size) < _ZONE or _is_beside(stamp.line, pages)
        if id(stamp.line) in sure or (is_alone and in_margin and not _is_title(stamp.line, pages[index])):
            stamp.line.tag = LineTag.RUNNING


def _stamp(line: PageLine) -> Stamp | None:
    """The stamps that make up the line; None: some of it is something else."""
    text = line.text
    if len(text) > _MAX_CHARS or not text or (text[0].islower() and text[:4] not in _LOWER_CASE):
        return None  # most lines of prose
    at, has_id, has_words = 0, False, False
    bates: tuple[str, str] | None = None
    while at < len(text):
        if match := _ID.match(text, at):
            has_id = True
        elif match := _WORDS.match(text, at):
            has_words = True
        elif (match := _BATES.match(text, at)) and not _NO_BATES.match(text, at):
            bates = match["prefix"], match["number"]
        elif not (match := _PAGE.match(text, at)):
            return None
        at = match.end()
        between = _BETWEEN.match(text, at)
        if at < len(text) and (between is None or between.end() == at):
            return None
        at = between.end() if between else at
    return Stamp(line, has_id, has_words, bates) if has_id or has_words or bates else None


def _is_title(line: PageLine, others: Sequence[PageLine]) -> bool:
    """Whether the line is set in much larger type than the page's others."""
    sizes = [n.size for n in others if n.tag is LineTag.BODY and n is not line]
    return bool(sizes) and line.size >= _TIMES_BODY * median(sizes)


def _is_padded(prefix: str, number: str) -> bool:
    """Whether a number of a single page looks like a Bates number: zeros before it."""
    is_long = len(number) >= _LONG or any(map(str.isdigit, prefix))
    return number[0] == "0" and is_long and prefix.upper() == prefix


def _is_at_foot(stamp: Stamp, lines: Sequence[PageLine]) -> bool:
    """Whether a number with capitals before it is the last line of its page, and apart from the others."""
    prefix, number = stamp.bates or ("", "")
    if len(number) < _LONG - 1 or not _CAPITALS.fullmatch(prefix) or _REFERENCE.match(prefix):
        return False
    others = [n for n in lines if n.tag is LineTag.BODY and not n.turned and n is not stamp.line]
    if stamp.line.turned or not others:
        return False
    box, size = stamp.line.box, stamp.line.size
    above = [n for n in others if not _PAGE.fullmatch(n.text.strip())]
    lowest = min((n.box[1] for n in above), default=inf)
    is_right = box[0] > max((n.box[2] for n in above if n.box[1] < box[3]), default=inf)
    return lowest - box[1] > _FAR_BELOW * size or (is_right and lowest >= box[1] - size)


def _at_one_place(stamps: Sequence[Stamp]) -> Iterator[PageLine]:
    """Legends that stand at one place of several pages."""
    by_text: dict[str, list[PageLine]] = defaultdict(list)
    for stamp in stamps:
        if stamp.has_words:
            by_text[re.sub(r"[\W\d]+", " ", stamp.line.text).casefold()].append(stamp.line)
    for lines in by_text.values():
        for line in lines:
            if any(n.page_index != line.page_index and _is_same_place(n, line) for n in lines):
                yield line


def _is_same_place(a: PageLine, b: PageLine) -> bool:
    """Of one height, and with an edge or the middle at one place."""
    offsets = [abs(p - q) for p, q in zip(a.box, b.box, strict=True)]
    middle = abs(a.box[0] + a.box[2] - b.box[0] - b.box[2]) / 2
    across, along = min(offsets[0], offsets[2], middle), min(offsets[1], offsets[3])
    return a.turned == b.turned and across <= _SAME_PLACE and along <= _SAME_PLACE


def _rising(stamps: Sequence[Stamp], sizes: Sequence[Size]) -> Iterator[PageLine]:
    """Bates numbers of one prefix and length that rise with the pages."""
    series: dict[tuple[str, int], list[tuple[int, PageLine]]] = defaultdict(list)
    for stamp in stamps:
        if stamp.bates is not None:
            prefix, number = stamp.bates
            series[prefix, len(number)].append((int(number), stamp.line))
    for (_, length), members in series.items():
        on_page: dict[int, list[int]] = defaultdict(list)
        for value, line in members:
            on_page[line.page_index].append(value)
        pages = sorted(on_page)
        values = [on_page[page] for page in pages]
        if len(pages) < (2 if length >= _LONG else 3) or any(
            len(set(row)) > 1 or len(row) > _MAX_A_PAGE for row in values
        ):
            continue
        if len(pages) < _STAMPED * (pages[-1] - pages[0] + 1):
            continue
        if not all(a[0] < b[0] for a, b in pairwise(values)):
            continue
        lines = [line for _, line in members]
        n_in_place = sum(
            edge_distance(line, sizes[line.page_index]) < _ZONE or _is_same_place(line, other)
            for line, other in zip(lines, [*lines[1:], lines[0]], strict=True)
        )
        if n_in_place > 0.7 * len(lines):
            yield from lines


def _is_beside(line: PageLine, pages: Sequence[Sequence[PageLine]]) -> bool:
    """Whether the line stands beside the page's text, in a side margin."""
    others = [n for n in pages[line.page_index] if n.tag is LineTag.BODY and not n.turned and n is not line]
    if not others:
        return False
    left, right = min(n.box[0] for n in others), max(n.box[2] for n in others)
    return line.box[2] <= left + 1 or line.box[0] >= right - 1
