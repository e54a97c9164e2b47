"""Names in Latin script: runs of capitalised words that may be a company, a person or a place.

A run never crosses a comma but before a legal form. Of names joined with "and" the single ones are
given, and the whole only if it may be one name ("Baker and Sons Ltd").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tasks.core.native.own.legal_forms import COMPANY_NOUN, FORM_IN_FRONT, LEGAL_FORM
from tasks.core.native.own.spans import SpanKind
from tasks.core.native.own.terms import rarity, stem, terms

Found = tuple[SpanKind, int, int]
"""A kind and a range of a text."""

UPPER = "A-ZÀ-ÖØ-Þ" + "".join(c for c in map(chr, (*range(0x100, 0x180), 0x218, 0x21A)) if c.isupper())
_PARTICLE = (
    "of|de|du|des|d[’']|la|le|les|l[’']|el|van|von|vom|der|den|het|ten|ter|und|et|and|the|zu|zur|zum|al|bin|binti?|binte|da|do|das|dos|di|della|degli"
    "|del|y|e|i|ja|og|och|en|für|pour|for|à|sur|am|im|in|bei|au|aux"
)
_SHORT = r"(?i:st|mt|pte|pty|pvt|sdn|bhd|co|inc|ltd|corp|bros|jr|sr|dr|mr|mrs|ms|mdm|prof|hon|messrs|dipl|ing|no)\."
_WORD = rf"(?:(?:[{UPPER}]\.)+(?![a-z])|A\.m\.b\.a\.|{_SHORT}|M/s\.?|A/S|K/S|(?:plc|p\.l\.c\.|e\.\s?[VKG]\.|d\.o\.o\.|s\.r\.o\.)(?!\w)|[{UPPER}]\.[{UPPER}]\w+|(?:[dDlL][’'])?(?:[{UPPER}]|\d{{1,2}}(?=[{UPPER}]))[\w’'/*]*(?:-\n?\w+)*(?:\.(?:com|net|org|io|ai|COM|NET)\b)?)"
_GAP = r"[ \n]{1,2}"
_RUN = re.compile(
    rf"(?<![\w.@/])(?=[{UPPER}\d]|[dl][’'])(?:{_WORD})(?:{_GAP}(?:(?:{_PARTICLE}){_GAP}){{0,3}}(?:{_WORD})"
    rf"|{_GAP}?[&+]{_GAP}?(?:{_WORD})"
    rf"|{_GAP}[–—-]{_GAP}(?:{_WORD})"
    rf"|{_GAP}\([{UPPER}][\w. ]{{1,24}}\)(?={_GAP}[{UPPER}])"
    rf"|,{_GAP}(?={LEGAL_FORM.pattern})(?:{_WORD}))*"
)
_JOINT = re.compile(rf"{_GAP}(?:and|und|et|y|og|och|ja|en|or){_GAP}|{_GAP}[–—-]{_GAP}")
_AND = re.compile(rf"{_GAP}(?:and|und|et|or){_GAP}")
TITLE = re.compile(
    r"(?:(?i:mr|mrs|ms|miss|mdm|mme|madame|monsieur|messrs|m/s|herr|frau|sir|dame|sri|shri|smt|the\s+hon|hon|professor|prof|dr|ing|dipl)\b\.?[ \n]+)+"
)
_LEARNED = re.compile(r"(?i:dr|prof)\b")
_STRONG = re.compile(r"(?i:inc\.?|llc|l\.l\.c\.|ltd\.?|limited|gmbh|plc|s\.a\.|l\.p\.)|AG")
"""Forms that end a name even if a capitalised word follows: that of a street, in flat text."""
_CAPS_TAIL = re.compile(rf"(?<=[a-zà-ÿ] )[{UPPER}]{{2}}[^a-zà-ÿ]+$")
_ANOTHER_FORM = re.compile(rf",?[ \n](?:{LEGAL_FORM.pattern})")
_WORDS = re.compile(r"[^\s&+–—]+")
_ROMAN = re.compile(r"[IVX]+\.")
_INITIAL = re.compile(rf"(?<!\w)[{UPPER}]\.(?=\s[{UPPER}][\w’'-]*[a-zà-ÿ]|\s[{UPPER}]\.)")
_OUTER_WORDS = (
    "the a an this that these those each any all every no such if in on at by for from to of and or as is are with upon when where whereas"
    " between among dated date signed made it its he she we you they our your their whose which who after before until unless should following"
    " subject under per re only both neither save except also however here there but not yes what how january february march april may june july"
    " august september october november december monday tuesday wednesday thursday friday saturday sunday section clause article schedule annex"
    " appendix exhibit part item note page chapter paragraph der die das den und von zu le la les et une un über für"
)
_OUTER = frozenset(_OUTER_WORDS.split())
"""Words that no name begins or ends with."""
_COMMON = 0.62
"""Rarity below which a word says nothing of a name: in more than 60 of 46443 lines."""
_LOWER_HEAD = re.compile(rf"[{UPPER}][\w’'-]+ (?:[a-zà-ÿ’'-]+ ){{1,4}}")
"""The beginning of a French or Spanish name: "Parc éolien des"."""
_SHORT_LINE = 48  # characters: shorter ones are those of a form, not of wrapped prose


def names(text: str) -> Iterator[Found]:
    """The ranges of names: `NAME` with a sign of a company or person, else `PROPER`."""
    for run in _RUN.finditer(text):
        at = run.start()
        words = run.group()
        if words.isalpha():  # a single word: most runs are the first word of a sentence
            if words.lower() not in _OUTER and not is_common(words):
                yield SpanKind.PROPER, *run.span()
            continue
        for legal in LEGAL_FORM.finditer(text, run.start(), run.end() + 8):
            if legal.start() >= run.end() or legal.start() <= at:
                continue
            if not _closes(text, legal.end(), run.end()):
                if _STRONG.fullmatch(legal.group()) and not _ANOTHER_FORM.match(text, legal.end()):
                    yield SpanKind.NAME, _bare(text, at, legal.end(), legal=True)[0], legal.end()
                continue
            yield from _company(text, at, max(legal.end(), at))
            at = legal.end()
        if at < run.end():
            yield from _unmarked(text, at, run.end())


def _closes(text: str, end: int, limit: int) -> bool:
    """Whether a name can end here: no other word of the run follows that belongs to it."""
    rest = text[end:limit]
    if _ANOTHER_FORM.match(rest):
        return False
    return not rest.strip() or bool(_AND.match(rest)) or rest[0] in ",;" or "\n" in rest[:2]


def _company(text: str, start: int, end: int) -> Iterator[Found]:
    start, end = _bare(text, start, end, legal=True)
    if not _WORDS.search(text, start, end):
        return
    yield SpanKind.NAME, start, end
    line_start = text.rfind("\n", 0, start) + 1
    if (head := _LOWER_HEAD.fullmatch(text, line_start, start)) is not None and not any(
        w in _OUTER or is_common(w) for w in head.group().lower().split()
    ):
        yield SpanKind.NAME, line_start, end
    if not text[line_start:start].strip():
        label = _label_end(text, start, end)
        if label > start:
            yield SpanKind.NAME, label, end
    if (tail := _CAPS_TAIL.search(text[start:end])) is not None and " " in tail.group():
        yield SpanKind.NAME, start + tail.start(), end  # "Chief Officer TARN SHIPPING LIMITED"
    for joint in _AND.finditer(text, start, end):
        yield SpanKind.NAME, joint.end(), end
        yield from _unmarked(text, start, joint.start())
    for first, _ in _form_lines(text, start, end):
        yield SpanKind.NAME, first, end


def _label_end(text: str, start: int, end: int) -> int:
    """Where a name begins behind words of contracts: "Named Insured Tarn Foods Ltd"."""
    for word in _WORDS.finditer(text, start, end):
        if not is_common(word.group().rstrip(".,:")):
            return word.start()
    return start


@lru_cache(16384)
def is_common(word: str) -> bool:
    """Whether contracts use the word for what it means, so that it makes no name."""
    return rarity(stem(word.lower())) < _COMMON or any(t[0] == "#" for t in terms(word))


def _unmarked(text: str, start: int, end: int) -> Iterator[Found]:
    """Names without a legal form."""
    title = TITLE.search(text, start, end)
    whole = _bare(text, start, end)
    if whole[0] >= whole[1]:
        return
    joints = list(_JOINT.finditer(text, *whole))
    if not joints or COMPANY_NOUN.search(text, *whole) or any("–" in j.group() for j in joints):
        yield _kind(text, *whole, title is not None), *whole
    pieces = [whole[0], *(x for j in joints for x in j.span()), whole[1]] if joints else []
    for first, last in (*zip(pieces[::2], pieces[1::2], strict=True), *_form_lines(text, *whole)):
        piece = _bare(text, first, last)
        if piece[0] < piece[1] and piece != whole:
            yield _kind(text, *piece, False), *piece
    if title is not None and _LEARNED.match(title.group()) and title.end() == whole[0]:
        yield SpanKind.NAME, title.start(), whole[1]


def _kind(text: str, start: int, end: int, is_titled: bool) -> SpanKind:
    words = text[start:end]
    n_words = len(words.split())
    is_known = (
        is_titled
        or (n_words > 1 and (COMPANY_NOUN.search(words) or _INITIAL.search(words)))
        or FORM_IN_FRONT.match(words)
    )
    return SpanKind.NAME if is_known and n_words > 1 else SpanKind.PROPER


def _form_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a run that stand on printed lines of their own, if the lines are short."""
    if "\n" not in text[start:end]:
        return
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line_start = text.rfind("\n", 0, at) + 1
        if stop - line_start < _SHORT_LINE and " " in text[at:stop]:
            yield at, stop
        at = stop + 1


def _bare(text: str, start: int, end: int, *, legal: bool = False) -> tuple[int, int]:
    """The range without white space, titles, and words that no name begins or ends with."""
    words: list[re.Match[str]] = list(_WORDS.finditer(text, start, end))
    while words:
        title = TITLE.match(text, words[0].start(), end)
        if title is not None:
            words = [w for w in words if w.start() >= title.end()]
        elif _is_outer(words[0].group()):
            words.pop(0)
            if words and _ROMAN.fullmatch(words[0].group()):
                words.pop(0)  # "Part II. CHAN KA YAN"
        else:
            break
    while words and not legal and _is_outer(words[-1].group()):
        words.pop()
    return (words[0].start(), words[-1].end()) if words else (end, end)


def _is_outer(word: str) -> bool:
    return word.lower().rstrip(".,") in _OUTER
