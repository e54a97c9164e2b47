"""Columns: whether a candidate looks like the words that a text field wants.

A company, a person, an identifier, an address, a place or plain words: the schema says which by the
field's title and description, by its patterns, and by what its examples hold.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from tasks.core.native.own.evidence.case import EvidenceCase
from tasks.core.native.own.han_names import han_names
from tasks.core.native.own.legal_forms import COMPANY_NOUN, HAN_COMPANY_END, LEGAL_FORM
from tasks.core.native.own.names import TITLE, is_common, names
from tasks.core.native.own.signs import FieldSigns
from tasks.core.native.own.spans import SpanKind
from tasks.core.schema import FieldType


class Look(StrEnum):
    """What words look like, by themselves."""

    COMPANY = "company"
    PERSON = "person"
    CODE = "code"  # an identifier
    FIGURE = "figure"  # a sum, ratio or time
    ADDRESS = "address"
    CAPITALS = "capitals"  # capitalised words of no other kind: a product, a place, a title
    WORDS = "words"


_LOOKS = tuple(Look)
COLUMNS = (
    *(f"looks_{look}" for look in _LOOKS),
    *(f"wants_{look}" for look in (Look.COMPANY, Look.PERSON)),
    "look_in_examples",
    "look_share",
    "look_mismatch",
    "common_share",
    "first_is_common",
    "last_is_common",
    "first_is_lower",
    "has_verb",
    "says_field",
    "has_role_word",
    "is_caps",
)
_WORD = re.compile(r"[^\W\d_]+(?:[’'][a-z]+)?")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_PERSON = 4  # characters
_HAN_COMPANY = re.compile(rf"(?:{HAN_COMPANY_END})$")
_CODE = re.compile(r"(?=[^\s]*\d)[A-Z0-9][\w./()（）\-–—\u4e00-\u9fff#]{2,}|[A-Z]{1,6}[ -]\d[\w/ -]*")
_FIGURE = re.compile(
    r"(?:[A-Z]{0,3}\s?[$€£¥￥₹]|[A-Z]{3}\s)\s?\d[\d.,’' ]*.*|[\d.,]+\s?(?:[%:]|x\b|times|days|months|years|weeks).*",
    re.IGNORECASE,
)
_STREET_NUMBER = re.compile(r"\d.*[,\n]|,.*\d|\d+[号室幢]|[省市区路街].*\d")
_PERSON_WORDS = re.compile(r"(?:[A-ZÀ-Þ][\w’'-]+|[A-Z]\.?|de|van|von|der|bin|al|da|di)")
_VERB = re.compile(
    r"\b(?:shall|will|may|must|is|are|was|were|has|have|means|agrees?|be|been|does|do|did|can|becomes?)\b"
    r"|[应须](?:当|在|向|于)?|不得|可以|同意",
    re.IGNORECASE,
)
_COMPANY_WORDS = re.compile(
    r"\b(?:company|companies|firm|bank|corporation|institution|university|school|organi[sz]ation|nursery|body|foundation|agency|insurer|carrier)\b|公司|单位|企业|银行|机构|厂家",
    re.IGNORECASE,
)
_PERSON_NEED = re.compile(
    r"\b(?:persons?|people|individuals?|employee|child|parents?|father|mother|author|writer|investigator|worker|pupil|student|officer|signatory|doctor)\b|姓名|员工|劳动者|个人|的人",
    re.IGNORECASE,
)


@lru_cache(32768)
def look_of(value: str, kind: SpanKind) -> Look:
    n_words = len(_WORD.findall(value))
    if _FIGURE.fullmatch(value):
        return Look.FIGURE
    if n_words > 1 and LEGAL_FORM.search(value):
        return Look.COMPANY
    if _HAN.search(value):
        return _han_look(value)
    return _latin_look(value, kind)


def _latin_look(value: str, kind: SpanKind) -> Look:
    words = _WORD.findall(value)
    has_capital = bool(words) and value[0].isupper()
    signs = {
        Look.CODE: bool(_CODE.fullmatch(value)),
        Look.ADDRESS: kind is SpanKind.PLACE and bool(_STREET_NUMBER.search(value)),
        Look.WORDS: not has_capital,
        Look.COMPANY: len(words) > 1 and bool(COMPANY_NOUN.search(value)),
        Look.PERSON: has_capital and _is_person(value, words),
    }
    rest = Look.ADDRESS if _STREET_NUMBER.search(value) else Look.CAPITALS
    return next((look for look, holds in signs.items() if holds), rest)


def _han_look(value: str) -> Look:
    signs = {
        Look.COMPANY: bool(_HAN_COMPANY.search(value)),
        Look.PERSON: len(value) <= _HAN_PERSON and (SpanKind.NAME, 0, len(value)) in set(han_names(value)),
        Look.CODE: bool(_CODE.fullmatch(value)),
        Look.ADDRESS: bool(_STREET_NUMBER.search(value)),
    }
    return next((look for look, holds in signs.items() if holds), Look.WORDS)


def _is_person(value: str, words: list[str]) -> bool:
    bare = TITLE.sub("", value)
    if bare != value:
        return True
    parts = bare.split()
    return (
        2 <= len(parts) <= 5 and all(map(_PERSON_WORDS.fullmatch, parts)) and not any(map(is_common, words))
    )


@lru_cache(512)
def looks_of_examples(signs: FieldSigns) -> dict[Look, float]:
    """The share of the examples in which words of a look stand."""
    texts = signs.field.example_texts
    found: dict[Look, float] = {}
    for text in texts:
        spans = [*names(text), *(han_names(text) if _HAN.search(text) else ())]
        looks = {look_of(text[a:b], kind) for kind, a, b in spans}
        looks |= {Look.CODE for w in re.findall(r"[^\s，。；：:]+", text) if _CODE.fullmatch(w.rstrip(".,;"))}
        for look in looks:
            found[look] = found.get(look, 0.0) + 1.0 / len(texts)
    return found


@lru_cache(512)
def _wants(signs: FieldSigns) -> tuple[float, float]:
    """How much the field wants a company, and a person: 0, 0.5 or 1."""
    field = signs.field
    patterns = " ".join(c for c in field.cues if c[:1] == c[-1:] == "/")
    title_and_first = f"{field.title} {re.split(r'[.。]', field.description)[0]}"
    company = bool(_COMPANY_WORDS.search(title_and_first))
    person = bool(_PERSON_NEED.search(title_and_first)) or field.type is FieldType.NAME
    company_sign = bool(re.search(r"Ltd|LLC|Inc|GmbH|公司", patterns))
    shown = looks_of_examples(signs)
    return (
        max(float(company), float(company_sign), 0.8 * shown.get(Look.COMPANY, 0.0)),
        max(float(person), 0.8 * shown.get(Look.PERSON, 0.0)),
    )


@lru_cache(65536)
def _words_of(value: str) -> tuple[float, float, float]:
    """The share of common words, and whether the first and last are common."""
    words = _WORD.findall(value)
    if not words or _HAN.search(value):
        return 0.0, 0.0, 0.0
    common = [is_common(w) or len(w) < 3 for w in words]
    return sum(common) / len(common), float(common[0]), float(common[-1])


def values(case: EvidenceCase) -> list[float]:
    signs, span = case.signs, case.span
    if signs.field.type not in (FieldType.TEXT, FieldType.NAME):
        return [0.0] * len(COLUMNS)
    value = span.value
    look = look_of(value, span.kind)
    shown = looks_of_examples(signs)
    company, person = _wants(signs)
    mine = {Look.COMPANY: company, Look.PERSON: person}.get(look, shown.get(look, 0.0))
    rest = max((w for k, w in ((Look.COMPANY, company), (Look.PERSON, person)) if k is not look), default=0.0)
    plain = value.lower()
    return [
        *(float(look is other) for other in _LOOKS),
        company,
        person,
        shown.get(look, 0.0),
        mine,
        rest - mine,
        *_words_of(value),
        float(value[:1].islower()),
        float(bool(_VERB.search(value))),
        float(plain == signs.field.title.lower()),
        float(any(r in plain for r in signs.roles)),
        float(value.isupper()),
    ]
