"""The candidate spans of fields of type text and name.

Names, places, identifiers, labelled words and led phrases depend on the request alone and are found
once for all of its fields. A field's patterns, cues and marked examples add its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from threading import Lock

from cachetools import LRUCache, cached

from tasks.core.native.own import places
from tasks.core.native.own.anchors import anchored, anchors_of
from tasks.core.native.own.han_names import han_names
from tasks.core.native.own.identifiers import identifiers
from tasks.core.native.own.labels import labelled, under_label
from tasks.core.native.own.legal_forms import LEGAL_FORM
from tasks.core.native.own.names import Found, is_common, names
from tasks.core.native.own.phrases import led_phrases, phrases_from, quoted, ratios
from tasks.core.native.own.signs import FieldSigns, TextKind
from tasks.core.native.own.spans import CandidateSpan, SpanKind
from tasks.core.native.request import Request
from tasks.core.native.text.cues import find_hits
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.units import is_heading
from tasks.core.schema import FieldType
from tasks.core.text.look_alikes import folded
from tasks.core.values.find import find_values

_MAX_CHARS = 200
_TITLE_LINES = 5
_MAX_SAME = 3
"""Candidates with the same words, by kind of those that come often."""
_ORDER = (
    SpanKind.PATTERN,
    SpanKind.NAME,
    SpanKind.PLACE,
    SpanKind.IDENTIFIER,
    SpanKind.LABELLED,
    SpanKind.PHRASE,
    SpanKind.PROPER,
    SpanKind.VALUE,
)
"""Of equal ranges the first kind stays."""
_OF_NAMES = (SpanKind.PATTERN, SpanKind.NAME, SpanKind.PROPER, SpanKind.LABELLED)
_OUTER = ' \n\t\u3000,.;:，。；：、·•|*†‡“”"‘’«»'
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LOWER = re.compile(r"(?<![\w-])[a-zà-öø-ÿ][\w’'-]*")
_WORD = re.compile(r"[^\W\d_]+(?:[’'][a-z]+)?")
_AFTER_ARTICLE = re.compile(
    r"\b(?:the|any|each|every|such|this|that|no|an?|all|other|said)\s+$", re.IGNORECASE
)
_TYPED = re.compile(
    r"[\d.,:/’'%‰\s$€£¥￥-]+|(?:[A-Z]{0,3}[$€£¥￥]|[A-Z]{3}\s)[\d.,’' ]+(?:/?-)?|\d{1,2}\.?\s\w+\s\d{4}|\w+\s\d{1,2},?\s\d{4}|\d{4}年\d{1,2}月\d{1,2}日"
)
_OF_AMOUNT = re.compile(
    r"\b(?:amount|sum|cap|limit|price|fee|charge|payment|ceiling|how much|value|liability|rent|cost)|金额|上限|限额|价|费|款",
    re.IGNORECASE,
)
_OF_TIME = re.compile(
    r"\b(?:period|term|duration|how long|time|days|months|date|when|year)|期|时间|日", re.IGNORECASE
)
_CUT_NAMES = ("Pte.", "Pvt.", "Sdn.", "Pty.", "PTE.", "PVT.", "SDN.", "PTY.")
_LEGAL_DOT = re.compile(rf"(?:{LEGAL_FORM.pattern}|(?:[A-Z]\.)+)$")


_CUT_SHORT = re.compile(r"[-–/〔（(\[]$")
_ROLE = re.compile(
    r"(?:the\s+)?(?:part(?:y|ies)|seller|buyer|purchaser|vendor|supplier|customer|client|company|landlord|lessor|tenant|lessee|owner|employer|employee"
    r"|lender|borrower|bank|guarantor|surety|licensor|licensee|provider|contractor|subcontractor|consultant|insured|insurer|underwriter|agent|broker|discloser"
    r"|disclosing party|recipient|receiving party|publisher|author|school|parent|sponsor|institution|depositor|beneficiary|distributor|manufacturer|us|we|you"
    r"|[甲乙丙丁买卖供需]方|出租人|承租人|贷款人|借款人|保证人|委托人|受托人|用人单位|劳动者)",
    re.IGNORECASE,
)
"""Words for a party that are no name."""


def text_spans(request: Request, signs: FieldSigns) -> list[CandidateSpan]:
    """The candidates of a text or name field in the request's lines, in order."""
    field = signs.field
    wants_name = field.value_type is FieldType.NAME
    found = {(s.passage_index, s.start, s.end): s for s in _shared(request)[1]}
    for number, line in enumerate(request.cued_lines):
        passage = request.passages[line.passage_index]
        for span in _spans(number, line, passage, _of_field(signs, line)):
            key = (span.passage_index, span.start, span.end)
            if key not in found or span.kind is SpanKind.PATTERN:
                found[key] = span
    kept = [s for s in found.values() if not wants_name or (s.kind in _OF_NAMES and _may_name(s.value))]
    kept = [s for s in kept if not _CUT_SHORT.search(s.value)]
    if signs.text_kind is TextKind.NAME:
        kept = [s for s in kept if not _ROLE.fullmatch(s.value)]
    return sorted(kept, key=lambda s: (s.passage_index, s.start, s.end))


def _may_name(value: str) -> bool:
    first = value[:1]
    return len(value) <= 120 and (
        not first.isalpha() or not first.islower() or any(c.isupper() for c in value)
    )


# By id, since a request has no cheap key. An entry holds its request, so that the id stays taken.
@cached(LRUCache[int, tuple[Request, Sequence[CandidateSpan]]](32), key=id, lock=Lock())
def _shared(request: Request) -> tuple[Request, Sequence[CandidateSpan]]:
    """The candidates that every text field of a request has."""
    lower = frozenset(w for p in request.passages for w in _LOWER.findall(folded(p)))
    spans: dict[tuple[int, int, int], CandidateSpan] = {}
    above = ""
    for number, line in enumerate(request.cued_lines):
        passage = request.passages[line.passage_index]
        for span in _spans(number, line, passage, _of_line(line, passage, above)):
            key = (span.passage_index, span.start, span.end)
            if key not in spans or _ORDER.index(span.kind) < _ORDER.index(spans[key].kind):
                spans[key] = span
        if number < _TITLE_LINES and request.is_first_chunk:
            for span in _spans(number, line, passage, _title(line)):
                spans.setdefault((span.passage_index, span.start, span.end), span)
        above = line.text
    return request, tuple(_telling(spans.values(), lower, request))


def _title(line: TextLine) -> Iterator[Found]:
    """What may be the title of a document: a heading on its first lines."""
    if is_heading(line.text):
        yield SpanKind.LABELLED, 0, len(line.text)


def _of_line(line: TextLine, passage: str, above: str) -> Iterator[Found]:
    text = folded(line.text)
    is_cut = text.endswith(_CUT_NAMES)  # "Pte." ends a unit, but not a name: "Pte. Ltd."
    yield from names(folded(passage[line.unit.start : line.unit.end + 8]) if is_cut else text)
    if _HAN.search(text) is not None:
        yield from han_names(text)
    for finder in (places.jurisdictions, places.courts, places.addresses):
        yield from ((SpanKind.PLACE, *r) for r in finder(text))
    yield from ((SpanKind.IDENTIFIER, *r) for r in identifiers(text))
    yield from ((SpanKind.VALUE, *r) for r in ratios(text))
    yield from ((SpanKind.LABELLED, *r) for r in labelled(line))
    yield from ((SpanKind.LABELLED, *r) for r in under_label(above, line))
    yield from ((SpanKind.PHRASE, *r) for r in quoted(text))
    yield from ((SpanKind.PHRASE, *r) for r in led_phrases(text))


def _of_field(signs: FieldSigns, line: TextLine) -> Iterator[Found]:
    """What a field's own patterns, cues, examples and words say of a line."""
    text = folded(line.text)
    for hit in find_hits(signs.cues, line.text):
        if hit.is_pattern:
            yield SpanKind.PATTERN, hit.value_start, hit.value_end
            if hit.value_end < len(text) and (
                text[hit.value_end].isalnum() or text[hit.value_end - 1] in "-/"
            ):
                yield SpanKind.PATTERN, hit.value_start, _word_end(text, hit.value_end)
        else:
            yield SpanKind.PHRASE, hit.start, hit.end
            yield from ((SpanKind.PHRASE, *r) for r in phrases_from(text, hit.end))
    for anchor in anchors_of(signs.field.examples):
        yield from ((SpanKind.PATTERN, *r) for r in anchored(anchor, text))
    for kind in _measures(signs):
        yield from ((SpanKind.VALUE, v.start, v.end) for v in find_values(kind, text))


@lru_cache(256)
def _measures(signs: FieldSigns) -> tuple[FieldType, ...]:
    """The types of sums and times that a text field may have for a value."""
    field = signs.field
    if field.value_type is FieldType.NAME:
        return ()
    kinds: list[FieldType] = []
    for kind, pattern in ((FieldType.MONEY, _OF_AMOUNT), (FieldType.DURATION, _OF_TIME)):
        if pattern.search(field.title) or any(find_values(kind, e) for e in field.example_texts):
            kinds.append(kind)
    return tuple(kinds)


def _word_end(text: str, end: int) -> int:
    match = re.compile(r"[\w/–-]*").match(text, end)
    return match.end() if match is not None else end


def _spans(number: int, line: TextLine, passage: str, found: Iterable[Found]) -> Iterator[CandidateSpan]:
    text = passage[line.unit.start : line.unit.end + 8]
    for kind, start, end in found:
        start, end = _trimmed(text, start, end)
        if not 2 <= end - start <= _MAX_CHARS:
            continue
        cell = next((c for c in line.cells if c.start < end and c.end > start), None)
        first = line.unit.start
        yield CandidateSpan(
            kind, number, line.passage_index, first + start, first + end, _value(text[start:end]), None, cell
        )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without punctuation, open brackets and white space at its ends."""
    while start < end and text[start] in _OUTER:
        start += 1
    while end > start:
        last = text[end - 1]
        if last in ")）" and text.count("(", start, end) + text.count("（", start, end) == 0:
            end -= 1
        elif last not in _OUTER + "(（" or (last == "." and _LEGAL_DOT.search(text[start:end])):
            break
        else:
            end -= 1
    return start, _closed(text, start, end)


def _closed(text: str, start: int, end: int) -> int:
    """The end before a bracket that is not closed."""
    words = text[start:end].replace("（", "(").replace("）", ")")
    if words.count("(") <= words.count(")"):
        return end
    return start + len(words[: words.rindex("(")].rstrip(_OUTER))


def _value(words: str) -> str:
    """The words with single blanks; a word that was hyphenated at a line's end is one word."""
    if "\n" not in words:
        return " ".join(words.split())
    joined = re.sub(r"(?<=[a-zà-ÿ])-\n(?=[a-zà-ÿ])", "", words)
    if "\n" not in words:
        return " ".join(words.split())
    joined = re.sub(r"(?<=[\u4e00-\u9fff])\n(?=[\u4e00-\u9fff])|(?<=-)\n", "", joined)
    return " ".join(joined.split())


def _telling(
    spans: Iterable[CandidateSpan], lower: frozenset[str], request: Request
) -> Iterator[CandidateSpan]:
    """The spans without the capitalised words, typed values and repetitions that say nothing."""
    ordered = sorted(spans, key=lambda s: (s.passage_index, s.start, s.end))
    parts = {w for s in ordered if s.kind is SpanKind.NAME for w in s.value.split()}
    n_same: Counter[tuple[SpanKind, str]] = Counter()
    for span in ordered:
        if span.kind is SpanKind.PROPER and not _is_proper(span, lower, parts, request):
            continue
        if span.kind in (SpanKind.NAME, SpanKind.PHRASE) and not _says_more(span, lower):
            continue
        if span.kind in (SpanKind.LABELLED, SpanKind.PHRASE) and _TYPED.fullmatch(span.value):
            continue
        n_same[span.kind, span.value] += 1
        if n_same[span.kind, span.value] <= _MAX_SAME:
            yield span


def _says_more(span: CandidateSpan, lower: frozenset[str]) -> bool:
    """Whether a name without a legal form, or a phrase of one word, has a word of its own."""
    words = _WORD.findall(span.value)
    if span.kind is SpanKind.PHRASE:
        return len(words) != 1 or not span.value[0].isupper() or not is_common(words[0])
    return any(w.lower() not in lower for w in words) and (
        len(words) > 1 or not LEGAL_FORM.fullmatch(span.value)
    )


def _is_proper(span: CandidateSpan, lower: frozenset[str], parts: set[str], request: Request) -> bool:
    """Whether capitalised words may be a name: one of them is no word of contracts."""
    words = _WORD.findall(span.value)
    rare = [w for w in words if w[0].isupper() and w.lower() not in lower and not is_common(w)]
    if len(words) > 1:
        line = request.cued_lines[span.line].text
        return bool(rare) or (span.value.isupper() and 2 * sum(map(str.islower, line)) > len(line))
    if not rare or len(span.value) < 3 or span.value in parts:
        return False
    before = request.passages[span.passage_index][max(0, span.start - 12) : span.start]
    return not _AFTER_ARTICLE.search(before)
