"""What stands behind a label or in a cell: whole, to the first break, and each entry of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.units import enumerator

_MAX_CHARS = 160
_LABEL = re.compile(r"^[ \t]*([^\n:：.;。；]{1,60}?)[ \t]*[:：][ \t\u3000]*(?=\S)", re.MULTILINE)
_HAN_LABEL = re.compile(
    r"(?:^|[\s\u3000，,])[\u4e00-\u9fff][\u4e00-\u9fff（）()、/ ]{1,18}?[:：][ \u3000]*(?=\S)"
    r"|^(?!第[一二三四五六七八九十百\d]+[条章节款])[\u4e00-\u9fff]{2,8}(?:（[\u4e00-\u9fff]{2,4}）)?[ \u3000]+(?=\S)",
    re.MULTILINE,
)
_HAN_END = re.compile(r"[ \u3000\n]+(?:[\u4e00-\u9fff][\u4e00-\u9fff（）()、/]{1,14}[:：])|[ \u3000]{2,}")
"""The next label of a printed line."""
_BREAK = re.compile(
    r"[;；\n]|\s?[(（\[【](?!\d{4}[)）\]】][\u4e00-\u9fff])[^)）]{0,80}|[ \u3000]{2,}|[\s][–—·|•][\s]|，|。|\.(?=\s+[A-Z])"
    r"|,?\s(?:represented by|registered|a company|having its|whose|of (?=\d)|born|acting)\b|,\s(?=(?:a|an|the|as|which|who|with|by|reg|org|ABN|VAT|UEN|NZBN|CIN|born)\b)"
)
_COMMA = re.compile(r",\s(?!(?i:inc|llc|l\.l\.c|ltd|lp|l\.p|n\.a|plc|llp|co)\b)")
_LIST = re.compile(
    r"\s*[;；、]\s*|\s+(?:and|und|et)\s+|,\s+(?!(?i:inc|llc|l\.l\.c|ltd|lp|l\.p|n\.a|plc|llp|co)\b)|\s+[/|·•]\s+|\s*\n\s*"
)
_TICKED = re.compile(r"[☑☒■✓✔]\s*([^☐☑☒□■✓✔\n]{2,80})")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TYPED = re.compile(
    r"(?:[A-Z]{0,3}[$€£¥￥₹]|Rs\.?|[A-Z]{3}(?=\s?\d)|人民币)\s?[\d壹贰叁肆伍陆柒捌玖拾一二三四五六七八九十]"
    r"|\d[\d.,’' ]*\s?(?:[%‰％]|(?:days?|weeks?|months?|years?|hours?|per|percent|km|miles|units?)\b|元|日|天|个|月|年|万|亿|台|套|小时|平方米)"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}(?:st|nd|rd|th|\.)?\s[A-Z][a-z]+\s\d{4}|[A-Z][a-z]+\s\d{1,2},\s\d{4}|\d{4}[-/.]\d{1,2}[-/.]\d"
)
_SENTENCE = re.compile(r"\b(?:shall|will|may|means|is|are|has|have)\b")
_HAN_WORD = re.compile(r"[\u4e00-\u9fff]{2,6}")
_LABEL_CHARS, _UNDER_CHARS = 60, 100
_SENTENCE_CHARS = 90
_MAX_ENTRIES = 8


def labelled(line: TextLine) -> Iterator[tuple[int, int]]:
    """The ranges behind the labels of a line and in its cells."""
    text = line.text
    heads = [m.end() for m in _LABEL.finditer(text)] if ":" in text or "：" in text else []
    heads += [m.end() for m in _HAN_LABEL.finditer(text)] if _HAN.search(text) else []
    for start in dict.fromkeys(heads):
        yield from _value(text, start, len(text))
    for cell in line.cells:
        yield from _value(text, cell.start, cell.end)
    for match in _TICKED.finditer(text):
        yield match.span(1)


def under_label(above: str, line: TextLine) -> Iterator[tuple[int, int]]:
    """The first printed line of a line that stands under a label."""
    label = above.strip()
    is_marked = label.endswith((":", "：")) and len(label) <= _LABEL_CHARS
    is_short = len(label.split()) < 6 and len(label) <= _LABEL_CHARS and label[-1:].isalpha()
    if not (is_marked or (is_short and not enumerator(label))):
        return
    first = line.text.partition("\n")[0]
    if len(first) > _UNDER_CHARS or first.rstrip().endswith((":", "：")) or enumerator(first):
        return
    is_sentence = bool(_SENTENCE.search(first)) or line.text.rstrip().endswith((".", "。", ";", "；"))
    if is_marked or not is_sentence or _HAN_WORD.fullmatch(label):
        yield from _value(line.text, 0, len(first))


def _value(text: str, start: int, limit: int) -> Iterator[tuple[int, int]]:
    following = _HAN_END.search(text, start, limit)
    limit = following.start() if following is not None else limit
    printed = text.find("\n", start, limit)
    end = limit if printed < 0 else printed
    if end <= start:
        return
    if _TYPED.match(text, start, limit) is not None:
        return  # a sum, date or time: fields of other types want it
    for stop in dict.fromkeys((end, limit)):
        is_sentence = text[stop - 1] in ".。" and stop - start > _SENTENCE_CHARS
        if stop - start <= _MAX_CHARS and not is_sentence:
            yield start, stop
    cut = _BREAK.search(text, start + 1, min(limit, start + _MAX_CHARS))
    first = cut.start() if cut is not None else min(limit, start + _MAX_CHARS)
    if cut is not None:
        yield start, first
    comma = _COMMA.search(text, start, first)
    if comma is not None:
        yield start, comma.start()
    if limit - start <= 2 * _MAX_CHARS:
        yield from _entries(text, start, limit)


def _entries(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The entries of a list; none if it has one only, or too many."""
    breaks = list(_LIST.finditer(text, start, end))
    if not 0 < len(breaks) < _MAX_ENTRIES:
        return
    if len({_shape(text[first:]) for first in (start, *(m.end() for m in breaks))}) > 1:
        return  # a sentence, not a list
    edges = [start, *(x for m in breaks for x in m.span()), end]
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield first, last
        cut = _BREAK.search(text, first + 1, last) if last - first > 2 else None
        if cut is not None:
            yield first, cut.start()


def _shape(words: str) -> str:
    first = words[:1]
    return "1" if first.isdigit() else "A" if first.isupper() else "a"
