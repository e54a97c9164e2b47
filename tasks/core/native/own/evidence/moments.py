"""Columns for dates: ends of a range, the head and the signatures of a paper, dates of other papers."""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.schema import FieldType

COLUMNS = (
    "is_range_first",
    "is_range_last",
    "range_fits",
    "begins_fits",
    "acts_common",
    "acts_clash",
    "wants_paper",
    "is_of_paper",
    "is_of_other_paper",
    "paper_fits",
    "is_alone",
    "is_near_signature",
    "chunk_place",
    "is_whole_date",
    "is_earliest",
    "is_latest",
    "order",
    "is_deadline",
)
_LINK = re.compile(
    r"[\s,]*(?:\([^()]*\)\s*)?(?:(?:and\s+)?(?:to|until|till|through|thru|up to|ending(?: on)?|expiring(?: on)?|and end(?:s|ing)(?: on)?|bis|au|–|—|-|~|至|到)|起?[至到]|and including)(?:\s+(?:and including|and|on|the|including|最晚))*[\s(]*",
    re.IGNORECASE,
)
_ACTS = {
    "begin": r"\b(?:commenc\w+|begin\w*|began|start\w*|from|since|as of|with effect|effective|enter(?:s|ed)? into force|takes? effect|inception|join\w*|go(?:es)?[- ]live|opens?|takes? up|runs from|report for duty|move[s]? in|first day|handed? over|in force)\b|[自从]|起|生效|入职|开始",
    "end": r"\b(?:ends?|ended|ending|expir\w+|until|till|through|last day|matur\w+|terminat\w+|final|repaid|repay\w*|due|lapse[sd]?|hand(?:ed)? back|returned?|comes? to an end|longstop|run(?:s)? to|up to)\b|至|止|到期|届满|还清|结束|期满",
    "sign": r"\b(?:dated?|made|entered into|sign(?:ed|ing|ature)|executed|concluded|agreed|issued|drawn up|done|this \w+ day)\b|签订|签署|签约|订立|签字|日期|立",
    "deliver": r"\b(?:deliver\w*|ship\w*|arriv\w*|dispatch\w*|hand(?:ed)? over|install\w*|supplied|completion|completed?|ready|commission\w*|operation\w*)\b|交货|交付|送达|运抵|到货|完工|竣工",
    "pay": r"\b(?:pay\w*|paid|invoice[sd]?|instal\w+|wired?|remit\w*)\b|支付|付款|缴",
    "notice": r"\b(?:notice|notif\w+|inform\w*|tell|told|letter|written)\b|通知|书面",
    "review": r"\b(?:review\w*|adjust\w*|increase[sd]?|raised?|amend\w*|chang\w+|supplement\w*|endorse\w*|addend\w+|revis\w+)\b|变更|调整|补充|修改|补记",
    "retro": r"\b(?:retroactive|goes? back|prior acts|back to|earlier|before)\b|追溯",
}
_PATTERNS = {name: re.compile(words, re.IGNORECASE) for name, words in _ACTS.items()}
_PAPER = r"(?:agreement|contract|lease|deed|policy|order|letter|note|licen[cs]e|loan|facility|undertaking|purchase order|proposal|offer|quotation|tender|plan|report|certificate|bill|sheet|memorandum|minutes|decision|合同|协议|借条)"
_OTHER = re.compile(
    rf"(?:\b(?:an?|its|his|her|their|our|your|old|prior|earlier|merger|underlying|original|the|of)\s+(?:[\w&-]+\s+){{0,4}}{_PAPER})\s*(?:,?\s*(?:dated|of|made on|made|signed on|as of|no\.? \S+|from)\s*){{1,3}}(?:as of\s*)?$",
    re.IGNORECASE,
)
_THIS = re.compile(
    rf"\b(?:this|present)\s+(?:[\w&-]+\s+){{0,4}}{_PAPER}\b|\b(?:is|are) (?:made|entered into|dated|signed)|\bmade (?:on|this|and entered)|^\s*(?:date[d]?|signed)\b|本(?:合同|协议)|签[订约署]",
    re.IGNORECASE,
)
_WANTS_PAPER = re.compile(
    rf"\bdate (?:of|on|when|the) (?:the |this |its |which )?(?:\w+ ){{0,2}}(?:{_PAPER}|sign|order|parties)|\bsign(?:ed|ing|ature)\b|\b(?:dated|concluded|executed|entered into)\b|签订|签署|签约|订立",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"\b(?:sign(?:ed|ature)?|witness|by:|name:|title:|for and on behalf|director|seal|signed for)\b|_{4,}|签字|盖章|签章|法定代表人",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\W*(?:[^\W\d]+(?: [^\W\d]+){0,2}\s*[,:]?\s*)?(?:(?:the|den|le|am)\s+)?\W*", re.IGNORECASE
)
_DEADLINE = re.compile(
    r"\b(?:by|before|no later than|not later than|latest)\s+(?:the\s+)?$|(?:不晚于|至迟于|最晚)$",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\d{4}-\d\d-\d\d")


@lru_cache(65536)
def acts_of(text: str) -> frozenset[str]:
    """What a text says happens on a day: "begin", "sign"."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


@lru_cache(1024)
def _wanted(signs: FieldSigns) -> tuple[frozenset[str], bool]:
    field = signs.field
    words = [c for c in field.cues if c[:1] != "/"]
    said = f"{field.title} . {signs.counted}"
    is_paper = bool(_WANTS_PAPER.search(f"{said} . {' . '.join(words)}"))
    return acts_of(said) or acts_of(" . ".join([*words, *field.example_texts])), is_paper


def values(case: EvidenceCase) -> list[float]:
    signs, span, zones = case.signs, case.span, case.zones
    if signs.field.type is not FieldType.DATE:
        return [0.0] * len(COLUMNS)
    wanted, wants_paper = _wanted(signs)
    first, last = _ends(case)
    begin, end = "begin" in wanted or signs.wants_start, "end" in wanted or signs.wants_end
    near = acts_of(f"{zones.label} . {zones.column} . {zones.before[-60:]}") or acts_of(zones.after[:40])
    other = bool(_OTHER.search(zones.before))
    this = not other and bool(_THIS.search(f"{zones.label} {zones.before}"))
    printed = zones.printed.split(" . ")
    alone = bool(_ALONE.fullmatch(printed[0])) and not printed[-1].strip(" .,;。")
    text = case.request.passages[span.passage_index]
    around = text[max(0, span.start - 160) : span.end + 120]
    forms = sorted({s.form for s in case.crowd.spans if s.form and _WHOLE.fullmatch(s.form)})
    at = forms.index(span.form) / max(1, len(forms) - 1) if span.form in forms else 0.5
    return [
        float(first),
        float(last),
        float((first and begin) or (last and end)) - float((first and end) or (last and begin)),
        float("begin" in near and begin) - float("begin" in near and end and not begin),
        len(near & wanted) / len(near) if near else 0.0,
        float(bool(near and wanted) and not near & wanted),
        float(wants_paper),
        float(this),
        float(other),
        (1.0 if this or alone else 0.0) * (1.0 if wants_paper else -1.0) - float(other),
        float(alone),
        float(bool(_SIGNATURE.search(around))),
        span.start / max(1, len(text)),
        float(bool(span.form and _WHOLE.fullmatch(span.form))),
        float(at == 0.0),
        float(at == 1.0),
        at,
        float(bool(_DEADLINE.search(zones.before))),
    ]


def _ends(case: EvidenceCase) -> tuple[bool, bool]:
    """Whether the date is the first or the last of a range: "from 1 May to 31 July"."""
    spans, mates = case.crowd.spans, case.crowd.by_line[case.span.line]
    at, text = mates.index(case.index), case.line.text
    base = case.line.unit.start

    def linked(a: int, b: int) -> bool:
        between = text[spans[a].end - base : spans[b].start - base]
        return len(between) < 60 and bool(_LINK.fullmatch(between))

    is_first = at + 1 < len(mates) and linked(mates[at], mates[at + 1])
    is_last = at > 0 and linked(mates[at - 1], mates[at])
    return is_first, is_last
