"""Which numbers of a text name something instead of counting it: clauses, years, times, codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tasks.core.values.amounts import Amount

_REFERENCE_WORDS = (
    "section sections sec article articles art clause clauses paragraph paragraphs para paras schedule"
    " schedules exhibit exhibits annex annexes appendix appendices page pages p pp figure figures table"
    " tables item items rule rules chapter chapters part no nos number nr note notes footnote footnotes"
    " recital recitals suite room unit lot ziffer ziffern ziff artikel abs absatz satz anlage anlagen"
    " anhang kapitel punkt klausul cláusula n° account acn abn ein case doc phone tel fax id registration hrb iban zip box"
    " version form attachment amendment phase tranche class series level floor step grade tier day month"
    " year week sub-section subsection sub-clause subclause"
)
_REFERENCES = frozenset(_REFERENCE_WORDS.split())
"""Words before a number that is a name."""
_REFERENCE_SIGNS = ("§", "#", "第", "№")
_CHAINED = re.compile(r"\d+(?:\.\d+)+(?:\([a-z]{1,4}\))*,?|and|or|to|,")
_LABEL_CHARS = 40  # characters before a number in which its label stands
_JOINS = re.compile(
    r"[\s)]*(?:\([a-z]{1,4}\)\s*)*(?:,|of|and|or|to|-|und|oder|bis|through|&|和|或|至|,\s*(?:and|or))\s*\(?"
)
_LINE_NUMBER = re.compile(
    r"\d{1,3}[.)](?=\s)|\(\d{1,3}\)(?=\s*\S)|\d{1,3}(?:\.\d{1,3})+\.?(?=\s+['\"(]?[A-Z\u4e00-\u9fff])|[一二三四五六七八九十]+[、.]"
)
# Times, postcodes, telephone and account numbers, markers of notes, and what has too many parts.
_CODE = re.compile(
    r"\d{1,2}(?::\d\d){1,2}(?!\d)|\d{1,2}\s?[ap]\.?m\b|\d+-\d{4,}|(?<![\d.,])0\d+(?![.,\d])|\d+(?:[-/]\d+){2,}"
    r"|\+\d[\d\s()-]{6,}|\(\d{3}\)\s?\d{3}-\d{4}|[A-Z]{2}\s\d{5}(?:-\d{4})?(?!\d)|(?<=\S)\[\d{1,3}\]"
)
_CODE_MARKS = frozenset("-/+():ap[")
_POSTCODE_DIGITS = 5
_YEAR = re.compile(r"(?:19|20)\d\d")
_OF_YEAR = re.compile(
    r"(?:\b(?:in|of|since|until|till|by|year|years|from|before|after|during|ended|ending|FY|dated|vom|im|Jahr|January|February|March|April|May|June|July|August|September|October|November|December|[A-Z][a-z]{2}\.?)|[,/©'-])\s*$",
    re.IGNORECASE,
)


def without_references(text: str, numbers: Sequence[Amount]) -> Iterator[Amount]:
    """The numbers that count something, in order: not those of clauses, pages, accounts, years, times."""
    codes = [m.span() for m in _CODE.finditer(text)] if any(_may_be_code(text, n) for n in numbers) else []
    before: Amount | None = None
    for number in numbers:
        if _is_line_number(text, number) or _is_year(text, number):
            continue
        if _is_reference(text, number, before):
            before = number
            continue
        before = None
        if not any(start < number.end and number.start < end for start, end in codes):
            yield number


def _may_be_code(text: str, number: Amount) -> bool:
    """Whether a number's neighbours look so: a cheap test before a dear one."""
    if not number.figure or number.names or number.is_vague:
        return number.is_vague
    before, after = text[number.start - 1 : number.start], text[number.end : number.end + 3].lstrip()
    is_postcode = number.figure.isdecimal() and number.end - number.start == _POSTCODE_DIGITS
    return before in _CODE_MARKS or after[:1] in _CODE_MARKS or number.figure[0] == "0" or is_postcode


def _is_line_number(text: str, number: Amount) -> bool:
    """Whether a number counts the clauses: `4.2 Rent`, `(1) ...`, `一、`."""
    start = text.rfind("\n", 0, number.start) + 1
    before = text[start : number.start].lstrip()
    if before not in ("", "("):
        return False
    match = _LINE_NUMBER.match(text, number.start - len(before))
    return match is not None and number.end <= match.end()


def _is_reference(text: str, number: Amount, before: Amount | None) -> bool:
    """Whether a number names a place or thing: `Sections 4.2 and 4.3`, `第三条`.

    Args:
        before: The reference before it, if the last number was one.
    """
    if number.names:
        return text[number.start - 1 : number.start] == "第"
    is_alike = before is not None and ("." in number.figure or "." not in before.figure)
    if before is not None and is_alike and _JOINS.fullmatch(text, before.end, number.start):
        return True
    words = text[max(0, number.start - _LABEL_CHARS) : number.start].rstrip(" \t\n.:(-")
    if words[-1:] in _REFERENCE_SIGNS:
        return True
    labels = words.split()
    while labels and "." in number.figure and _CHAINED.fullmatch(labels[-1]):
        labels.pop()
    return bool(labels) and labels[-1].strip("(\"'[,").casefold() in _REFERENCES


def _is_year(text: str, number: Amount) -> bool:
    if number.names or not _YEAR.fullmatch(number.figure):
        return False
    return bool(_OF_YEAR.search(text, max(0, number.start - 12), number.start))
