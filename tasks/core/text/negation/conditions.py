"""Finds the conditions of a sentence: "if", "unless", and somebody's consent."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.core.text.negation.denials import denials_of
from tasks.core.text.negation.expressions import FINITE, NEW_CLAUSE

_CONDITION = re.compile(
    r"\b(?:only )?(?<!even )if\b(?! any\b|,? [a-z]+[,)])|\b(?:in case|in the event|on condition|to the extent)\b|\bunless\b|\bwhether or not\b"
    r"|(?:^|(?<=[.,;] ))(?:should|where)\b|\b(?:wenn|falls|sofern|es sei denn)\b"
    r"|如果|假如|假设|倘若?|若(?!干)|(?<![例比譬])如(?![下上实期此约何同])|除非|无论|不论"
)
_USUAL = re.compile(r"unless|除非|es sei denn|whether|无论|不论")
_NEGATIVE = re.compile(r"\b(?:not|no|neither|fails?|failing|nicht|kein\w*)\b|n't\b|未|不|没有|无")
_LEADING = re.compile(r"(?:^|[.;:。；，] ?|, )(?:and |then |\W|\d|[a-z]+\. )*$")
_MAIN_CLAUSE = re.compile(rf"[,，](?= ?(?:then\b|[^,，]{{1,60}}\b{FINITE}\b)| ?[\u4e00-\u9fff])")
_PARENTHESIS = re.compile(rf"\b{FINITE}, $")
_HARD = re.compile(r"[;；。]|\bbut\b|\bhowever\b|\bprovided\b(?=,| that)|但|然而")
_COPULA = re.compile(r"\b(?:be|is|are|becomes?|remains?)(?: [a-z]+){0,2} $")
_CHINESE_DUTY = re.compile(r"[应须]|支付|承担")
_CJK = re.compile(r"[\u4e00-\u9fff]")
CONSENT = re.compile(
    r"\b(?:consents?|approval|permission|authori[sz]ation|discretion|zustimmung|einwilligung|erlaubnis des)\b"
    r"|\b(?:mutual(?:ly)?|written|in writing|prior)(?: written| mutual)? agree\w*|\bagree(?:s|d)? (?:upon |to )?in writing\b|\bagreement (?:of|between)\b"
    r"|同意|批准|书面许可|协商一致|协议一致"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition's clause."""

    start: int
    end: int
    is_leading: bool
    is_usual_exception: bool
    """It names when the rule does not hold: "unless either party gives notice"."""

    def bears_on(self, text: str, place: tuple[int, int]) -> bool:
        """No border stands between the condition and a phrase: "..., but if"."""
        between = text[min(place[1], self.end) : max(self.start, place[0])]
        return _HARD.search(between) is None

    def is_trigger_of(self, text: str, place: tuple[int, int]) -> bool:
        """It says when a duty falls due ("If rent is late, it shall bear interest"), not whether there is one."""
        if not self.is_leading or place[0] < self.end:
            return False
        between = text[self.end : place[0]]
        if _CJK.search(text):
            return _CHINESE_DUTY.search(between) is not None
        return _COPULA.search(between) is None


def conditions_of(text: str) -> list[Condition]:
    """The conditions of a sentence in plain lower case, in order."""
    found: list[Condition] = []
    for match in _CONDITION.finditer(text):
        if any(match.start() < c.end for c in found):
            continue
        leads = _LEADING.search(text[: match.start()]) is not None
        end = _condition_end(text, *match.span(), leads)
        negative = _NEGATIVE.search(text, match.end(), end) is not None and "only" not in match[0]
        usual = negative or _USUAL.match(match[0]) is not None
        found.append(Condition(match.start(), end, leads, usual))
    return found


def consent_needed(text: str, place: tuple[int, int]) -> bool:
    """Whether a phrase stands under somebody's consent. Words of consent that are denied need none."""
    for match in CONSENT.finditer(text):
        if match.start() < place[1] and place[0] < match.end():
            return False
        between = text[min(match.end(), place[1]) : max(match.start(), place[0])]
        if _HARD.search(between) or NEW_CLAUSE.search(between):
            continue
        if len(denials_of(text, *match.span())) % 2 == 0:
            return True
    return False


def _condition_end(text: str, start: int, at: int, leads: bool) -> int:
    hard = _HARD.search(text, at)
    last = hard.start() if hard else len(text)
    if not leads:
        return last
    if _PARENTHESIS.search(text[:start]):
        # "shall, if overdue, bear interest"
        comma = text.find(",", at, last)
        return comma if comma >= 0 else last
    main = _MAIN_CLAUSE.search(text, at, last)
    comma = main or re.compile("[,，]").search(text, at, last)
    return comma.start() if comma else last
