"""Columns: whether a candidate is the law of this agreement, and which label an identifier has."""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.terms import share, terms
from tasks.core.schema import FieldType

COLUMNS = (
    "is_beside_law",
    "law_governs",
    "law_of_this",
    "law_of_other",
    "law_is_subject",
    "law_for_other_matter",
    "law_is_denied",
    "says_law",
    "says_court",
    "is_beside_court",
    "code_of_other",
    "code_label",
)
_BEFORE_LAW = re.compile(
    r"\b(?:laws?|legislation|statutes)\s+(?:in force\s+)?(?:of|in)(?:\s+the)?(?:\s+[A-Za-z]+\s+(?:of|and)){0,2}(?:\s+the)?\s*$",
    re.IGNORECASE,
)
_AFTER_LAW = re.compile(r"\s*(?:[a-z]+\s)?laws?\b|\s*法律?", re.IGNORECASE)
_GOVERN = re.compile(
    r"\b(?:govern(?:ed|s|ing)?|constru(?:ed|e)|interpret(?:ed)?|subject to|in accordance with|appl(?:y|ies|icable)|judged|under)\b|适用|管辖|解释",
    re.IGNORECASE,
)
_THIS = re.compile(
    r"\b(?:this|the|our|your|present)\s+(?:[A-Z]?[a-z]+\s){0,2}?(?:agreements?|contracts?|leases?|letters?|licen[cs]es?|deeds?|policy|terms|appointments?|undertakings?|orders?|tenancy|employment|insurance|loan|facility|instruments?|indentures?)\b"
    r"|\bthese (?:terms|presents|conditions)\b|\b(?:it|everything|all this|hereof|hereto|parties)\b|本(?:合同|协议|借款|契约|保单)",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:swap|ISDA|Annex|Schedule|shareholder loan|subordinated|debenture|guarantee|general conditions|other (?:agreements?|contracts?)|prime contract|main contract|lock-up"
    r"|incorporated|organi[sz]ed|existing under|registered|company|plan|scheme|labou?r|tax|income|export|data protection|bankruptcy|insolvency|bond|mortgage|pledge|security document|former|earlier|previous)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"\b(?:not apply|not the law|exclud\w+|set aside|without (?:regard|reference)|shall not|does not|no longer|instead of|notwithstanding|conflicts?)\b|不适用",
    re.IGNORECASE,
)
_LAW_WORD = re.compile(r"\blaws?\b|法律", re.IGNORECASE)
_COURT_WORD = re.compile(r"\bcourts?\b|\btribunal\b|\barbitra|法院|仲裁", re.IGNORECASE)
_OTHER_CODE = re.compile(
    r"\b(?:replac\w*|supersed\w*|previous|former|old|quot(?:e|ation)|tender|bid|framework|main|master|prime|head|registration|company no|tax|VAT|account|IBAN|ABN|UEN|CIN|phone|tel|fax|licen[cs]e plate|plate|offer|invoice|purchase order)\b"
    r"|原|框架|授信|中标|招标|担保合同|账号|税号|信用代码|身份证|电话|营业执照",
    re.IGNORECASE,
)
_HEAD = re.compile(r"[^\n,;，；。]{0,40}$")


def values(case: EvidenceCase) -> list[float]:
    if case.signs.field.type is not FieldType.TEXT:
        return [0.0] * len(COLUMNS)
    return [*_law(case.line.text, *case.place, case.span.value), *_code(case)]


@lru_cache(32768)  # the text fields of a schema share their candidates
def _law(text: str, start: int, end: int, value: str) -> tuple[float, ...]:
    before, after = text[max(0, start - 160) : start], text[end : end + 60]
    is_law = bool(_BEFORE_LAW.search(before) or _AFTER_LAW.match(after) or _LAW_WORD.search(value))
    clause = re.split(r"[;；]|(?<=[a-z]{2})\.\s", before)[-1]
    ahead = re.split(r"[;；。.,，]", after)[0]
    subject = _GOVERN.split(clause)[0] if _GOVERN.search(clause) else clause
    around = f"{clause} {ahead}"
    return (
        float(is_law),
        float(is_law and bool(_GOVERN.search(around))),
        float(is_law and bool(_THIS.search(subject))),
        float(is_law and bool(_OTHER.search(subject))),
        float(is_law and len(subject.split()) <= 6 and bool(_GOVERN.search(ahead))),
        float(bool(_OTHER.search(around))),
        float(bool(_DENIED.search(around))),
        float(bool(_LAW_WORD.search(value))),
        float(bool(_COURT_WORD.search(value))),
        float(bool(_COURT_WORD.search(f"{before[-30:]} {after[:12]}"))),
    )


def _code(case: EvidenceCase) -> list[float]:
    """Of a word with a digit: whether its label names another document, and says the field."""
    if not any(c.isdigit() for c in case.span.value):
        return [0.0, 0.0]
    text, (start, _) = case.line.text, case.place
    head = _HEAD.search(text[:start])
    label = head.group() if head is not None else ""
    found = _OTHER_CODE.search(label)
    wanted = found is not None and bool(terms(found.group()) & case.signs.wanted)
    return [
        float(found is not None and not wanted),
        share(case.signs.title, terms(label)) if label.strip() else 0.0,
    ]
