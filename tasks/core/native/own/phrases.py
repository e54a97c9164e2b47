"""Phrases: the words behind a lead or a cue up to the end of the clause, titles in quotes, ratios."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MAX_CHARS = 180
_LEAD = re.compile(
    r"\b(?:for the (?:sole |exclusive |only |limited )?purposes? of|in order to|with a view to|in connection with|so that (?:you|we|they|it|he|she|the \w+|[A-Z]\w+) (?:can|may|could)"
    r"|(?:solely|only|exclusively) (?:to|for|in connection with)|used? (?:only |solely )?(?:for|as|to)|purposes? (?:is|are|of|shall be)(?: to)?|look(?:ing)? into|evaluat(?:e|ing)|explor(?:e|ing)|assess(?:ing)?"
    r"|limited to|(?:not|never) (?:exceed|be (?:more|higher|greater) than)|(?:no|not) more than|restricted to|capped at"
    r"|known as|called|named|entitled|titled|under the (?:name|title)(?: of)?|trading as"
    r"|(?:designated|employed|engaged|work|act|serve|join us|hired|start) as|appointed (?:as|to)|(?:position|post|role|title|capacity|function) (?:of|as)|promoted to|(?<=\w )as(?= (?:an? |our |the )?[A-Z])"
    r"|situated? (?:at|in)|located (?:at|in)|premises (?:at|known as)|property (?:at|known as)|(?:erected|built|installed|constructed|carried out) (?:at|in)|consist(?:s|ing) of|comprising"
    r"|(?:sells?|suppl(?:y|ies)|delivers?|hauls?|carr(?:y|ies)|purchases?|buys?|licen[sc]es?|manufactures?|distributes?|rents?|leases?|maintains?|[Oo]nly|(?:supply|sale|purchase|carriage|delivery|storage|resale|distribution|maintenance) of))\s+"
)
_INCOTERM = re.compile(
    r"(?<!\w)(?:EXW|FCA|FAS|FOB|CFR|CIF|CPT|CIP|DAP|DPU|DDP|DAT|(?:F\.C\.A|F\.O\.B|C\.I\.F|D\.A\.P|D\.D\.P)\.)(?!\w)[^.;()（）\n]{0,80}?(?=\s?[(（]|[.;]|\n|$)(\s?[(（][^)）]{0,30}[)）])?"
)
"""Terms of delivery, with the place. Source: Incoterms 2020."""
_HAN_LEAD = re.compile(
    r"(?:用于|专用于|仅限于|用途为|目的为|目的是|担任|从事|聘任?为|职务为|岗位为|坐落于|坐落在|位于|名称为|名为|称为|品名为|供应|提供|采购|购买|销售|出售|运至|送货至|送至|送达|交付至|发往|运往"
    r"|工作地点为|地点为|租给|出租|租赁|为了)(?=[\u4e00-\u9fffA-Za-z0-9“《])"
)
_HAN_PLACE = re.compile(r"(?<=在)[^，。；、\s]{4,40}?(?=上班|工作|办公|交付|交货|经营)")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ARTICLE = re.compile(r"(?:(?:an?|the|our|its|your|their)\s+|[“\"'‘]\s*)+", re.IGNORECASE)
_END = re.compile(
    r"(?<![A-Z])[.:](?=\s|$)|[;!?。；！？：]|\s?[(（\[](?!\d+[)）])|[“”\"]|\n(?=\s*(?:\(?[a-z0-9]{1,3}[.)]|[•☐☒☑]))"
)
_DASH = re.compile(r"\s[–—]\s")
_COMMA = re.compile(r",(?=\s)|，")
_TURN = re.compile(
    r",?\s+(?:and|or|pursuant|under|on behalf|between|by|for|from|to|with|in|at|before|after|during|until|upon|reporting|based|starting|effective)\b"
)
_VERB = re.compile(
    r",?\s+(?:which|that|who|unless|provided|shall|will|may|must|can|is|are|was|were|has|have|being)\b"
)
_HAN_TURN = re.compile(
    r"[，、（]|(?:上班|工作|使用|经营|居住|办公|期间|之用|给|的$|，|等(?:用途)?|并|或者|以及|和|及|交付|租给|向)"
)
_QUOTED = re.compile(r"[“\"«‘《]([^“”\"«»‘《》\n]{1,80}(?:\n[^“”\"«»‘《》\n]{1,80})?)[”\"»’》]")
_DEFINES = re.compile(r"\s*(?:means?\b|shall mean|has the meaning|[)）])")
_RATIO = re.compile(
    r"(?<![\w.,:])\d{1,3}(?:[.,]\d{1,3})?\s?(?::|to|times|x|×)\s?\d{1,3}(?:[.,]\d{1,3})?(?![\w:]|[.,]\d|\s?[%‰])|(?<![\w.,])\d{1,2}(?:\.\d{1,2})?\s?(?:x|×|倍|times)(?![\w])"
)
_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"[0-2]?\d:[0-5]\d")


def ratios(text: str) -> Iterator[tuple[int, int]]:
    """ "3.25:1" and "3.50 to 1.00"; no times of day."""
    if _DIGIT.search(text) is None:
        return
    for match in _RATIO.finditer(text):
        if not _TIME.fullmatch(match.group()):
            yield match.span()


def led_phrases(text: str) -> Iterator[tuple[int, int]]:
    """The phrases behind words that lead to a purpose, a title, a limit or a thing."""
    for match in _INCOTERM.finditer(text):
        yield match.span()
        if match.group(1):
            yield match.start(), match.start(1)
    flat = text.replace("\n", " ")
    for match in _LEAD.finditer(flat):
        yield from phrases_from(text, match.end())
    if _HAN.search(text) is not None:
        for match in _HAN_PLACE.finditer(text):
            yield match.span()
        for match in _HAN_LEAD.finditer(text):
            yield from phrases_from(text, match.end())


def phrases_from(text: str, start: int) -> Iterator[tuple[int, int]]:
    """The phrases that begin at an offset: to the clause's end, its first comma, its first turn."""
    while start < len(text) and text[start] in " \n\t:：=-–":
        start += 1
    article = _ARTICLE.match(text, start)
    start = article.end() if article is not None else start
    limit = min(len(text), start + _MAX_CHARS)
    end = _END.search(text, start, limit)
    stop = end.start() if end is not None else limit
    if end is None and limit < len(text):
        stop = start  # it goes on for too long to be a value
    ends = [stop]
    for pattern in (_COMMA, _DASH, _TURN, _VERB, _HAN_TURN):
        cut = pattern.search(text, start + 1, stop if stop > start else limit)
        if cut is not None:
            ends.append(cut.start())
    for last in dict.fromkeys(ends):
        if last - start > 1:
            yield start, last


def quoted(text: str) -> Iterator[tuple[int, int]]:
    """What stands in quotes and is no defined term."""
    for match in _QUOTED.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        if not _DEFINES.match(text, match.end()) and not re.search(r"[(（][^)）]*$", before):
            yield match.span(1)
