"""Columns: words near a value that say it is of the past, of somebody else's or another paper, a
part, an extra, a wish; each only counts where the field's own words do not say the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import is_typed

_DOUBTS = {
    "past": r"\b(?:last|past|previous|preceding|prior|former|earlier) (?:year|month|season|contract|agreement|lease|rent|term|period|tenant|owner|price|fee|rate)s?\b|\b(?:in|of|since|during) (?:19|20)\d\d\b|\b(?:so far|hitherto|to date|used to|had been|was|were|had|did|ended|until now|formerly|previously|originally)\b|去年|上年|上一|此前|以往|曾|已于|原",
    "offer": r"\b(?:offers?|offered|proposals?|proposed|quot(?:e|ation|ed)s?|tender(?:ed)?|bids?|term sheet|heads of terms|letter of intent|brochure|drafts?|negotiat\w+|request(?:ed)?|appl(?:ied|ication)|advertis\w+|envisaged|planned|list price)\b|报价|投标|招标|意向|草案|申请|牌价|标价",
    "statute": r"\b(?:statut\w+|acts?\b(?! of god)|code|regulations?|directive|ordinance|decree|by law|legal(?:ly)? (?:minimum|maximum|rate|limit)?|legislation|civil code|parliament|authorit(?:y|ies))|\bart(?:icle)?\.? \d+[^.]{0,20} of the\b|《[^》]*法[^》]*》|法定|国家规定|法律规定|条例",
    "estimate": r"\b(?:estimat\w+|forecasts?|expect(?:ed|s)?|approximate\w*|about|around|roughly|circa|usual(?:ly)?|customar(?:y|ily)|typical(?:ly)?|normally|currently|at present|presently|today|for information|indicative|average|budget(?:ed)?|goal|target|hope[sd]?)\b|预计|大约|约为|估计|参考|暂估",
    "other_paper": r"\b(?:prime|head|main|framework|master|old|existing|other|another|separate|first|side|loan|credit|earlier|underlying|merger|parent) (?:contract|agreement|lease|loan|policy|letter|order|facility|deed|licen[cs]e)\b|\b(?:under|in|by|of) (?:an?|its|his|her|their) (?:\w+ ){0,2}(?:agreement|contract|policy|lease|letter)\b|框架协议|另一|另行签订|其他合同|主合同|单独结算",
    "other_person": r"\b(?:his|her|its|their|\w+[’']s?) own\b|\bfor its part\b|\b(?:neighbou?rs?|the other|others|competitors?|affiliates?|subsidiar(?:y|ies)|holding|predecessor|staff of|authorit(?:y|ies)|third part(?:y|ies)|customer of|subcontractors?)\b|自有|第三方|其他|他人|邻",
    "extra": r"\b(?:plus|additional(?:ly)?|further|besides|in addition|on top|separate(?:ly)?|extras?|another|supplement\w*|add-?ons?|beyond|moreover|more|adds?|also)\b|另|此外|额外|附加|加收|超出",
    "part": r"\b(?:of which|thereof|of this|of that|including|part of|share of|half|instal\w+|first|second|third|final|remaining|remainder|balance|rest|sub-?limit|within the above|on account|credited|already received)\b|其中|首付|尾款|余款|余下|分期|抵作|第[一二三四]批",
    "left_out": r"\b(?:not inclu\w+|exclu\w+|without|apart from|except|no part|other than|not covered|not owed|is not|are not|not to|has not|need not|no longer|nor|never|no [\w-]+ (?:is|are|has been)|dropped|deleted|waived|free of charge)\b|不含|不包括|不计|除外|不适用|无涉|未|免",
    "condition": r"\b(?:if|in case|in the event|where|when(?:ever)?|should|unless|whoever|once|provided that|as long as|upon|failing)\b|如|若|倘|当|一旦|的话|时",
    "choice": r"\b(?:may|can|could|might|option\w*|if chosen|on request|by request|choose|elect|voluntar\w+|either|alternativ\w+|would)\b|可以|可选|选择|任选|有权",
    "advice": r"\b(?:recommend\w*|urged?|advis\w+|should|suggest\w*|is usual|encourage\w*|for example|for instance|e\.g\.|such as|say)\b|建议|宜|例如|比如",
    "change": r"\b(?:becomes?|replaced?|instead of|in place of|in the place of|substituted|amended|revised|changed?|now|lengthened|shortened|raised|lowered|reduced|increased|supersede[sd]?|is to be read as|read)\b|变更|改为|调整|修改|修订",
    "interval": r"\b(?:days?|weeks?|months?|years?)[’']? (?:after|before|from|of|following|prior)\b|\bwithin\b|\bno later than\b|日内|天内|之前|以内|之后",
    "interest": r"\b(?:interest|yield|default rate|prime|base rate|lpr|euribor|sofr|stibor|sora)\b|利息|利率",
    "tax": r"\b(?:vat|gst|tax(?:es)?|mwst|moms|tva|stamp duty|withholding)\b|税",
    "place": r"(?:\b(?:article|section|clause|paragraph|item|no\.?|annex|schedule|appendix|part|page|chapter|exhibit|line|row|step|year|phase|lot|unit|room|flat|block|floor|box|condition)|[§#№]|第)\s*[\d.()]*$",
    "quoted": r"[“\"「『][^”\"」』]{0,12}$",
}
COLUMNS = (*(f"doubt_{name}" for name in _DOUBTS), *(f"far_{name}" for name in _DOUBTS), "n_doubts")
_PATTERNS = {name: re.compile(words, re.IGNORECASE) for name, words in _DOUBTS.items()}
_CUT = re.compile(r"[;；。]|,\s|，|\.\s|[()（）]")
_LABELLED = 60  # characters


@lru_cache(65536)
def doubts_of(text: str) -> frozenset[str]:
    """The doubts that a text's words raise."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text))


@lru_cache(1024)
def _said(signs: FieldSigns) -> tuple[frozenset[str], frozenset[str]]:
    """What the field's title, description and cues say themselves, and what its examples say."""
    words = [c for c in signs.field.cues if c[:1] != "/"]
    own = doubts_of(" . ".join([signs.field.title, signs.counted, *words]))
    return own, own | doubts_of(" . ".join(signs.field.example_texts))


def values(case: EvidenceCase) -> list[float]:
    zones = case.zones
    if not is_typed(case.signs.field.type):
        return [0.0] * len(COLUMNS)
    said, shown = _said(case.signs)
    head = _CUT.split(zones.before)[-1]
    tail = _CUT.split(zones.after)[0]
    label = f"{zones.label[:_LABELLED]} . {zones.column[:_LABELLED]}"
    near = doubts_of(f"{label} . {tail} . {head}")
    far = doubts_of(case.line.text) - near
    return [
        *(_told(name, near, said, shown) for name in _DOUBTS),
        *(float(name in far and name not in shown) for name in _DOUBTS),
        float(len(near - shown)),
    ]


def _told(name: str, near: frozenset[str], said: frozenset[str], shown: frozenset[str]) -> float:
    """1: the text says it and the field does not; -1: both say it; -0.5: an example does."""
    if name not in near:
        return 0.0
    return -1.0 if name in said else -0.5 if name in shown else 1.0
