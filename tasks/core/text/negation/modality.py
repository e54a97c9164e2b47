"""Tells permission, duty and mere mention apart: "may audit", "must insure", "any audit"."""

from __future__ import annotations

import re

from tasks.core.text.negation.stand import Standing

_RIGHT = re.compile(
    r"\b(?:may|allow(?:s|ed)?|permit(?:s|ted)?|can|entitled|rights? to|permission|prohibit\w*|forbid\w*|ban)\b"
    r"|可以|允许|有权|权$|禁止|能否|\bdarf\b|\berlaubt?\b"
)
_DUTY = re.compile(
    r"\b(?:required|requires?|must|mandatory|obliged|obligatory|shall|due|compulsory)\b|必须|须|应当|\bmuss\b"
)
_AUTOMATIC = re.compile(r"\bauto|自动")
_PERMISSION = re.compile(
    r"(?<!\d )\b(?:may|can|could)\b(?! \d)(?!,? not\b(?! only))"
    r"|\b(?:free|entitled|permitted|allowed|authori[sz]ed|at liberty|welcome) to\b|\b(?:rights?|option)\b(?:, [^,]+,)?(?: at any time)? to\b"
    r"|可|有权|\bdarf\b|\bberechtigt\b"
)
_ALLOWING_BEFORE = re.compile(
    r"(?<!as )\b(?:allow|permit|accept|welcome)(?:s|ed)?\b|\brights? of\b|允许|准许"
)
_ALLOWING_AFTER = re.compile(
    r" rights?\b|[^;.,]{0,40}\b(?:may|can) be (?:used|kept|made|held|brought|conducted|carried|given|exercised|employed)\b|[^;.]{0,40}\b(?:is|are|be|being|not)\b[^;.]{0,20}\b(?:allowed|permitted|welcome|accepted|included|available|granted|valid|sufficient)\b|\W*(?:allowed|permitted|welcome)\b"
    r"|\s*[:：]\s*(?:yes|ja|是|有|可|允许)|[^;.]{0,40}\b(?:erlaubt|gestattet)\b"
)
_VERB = re.compile(r"(?:,? (?:not only|[a-z]+ly|at any time|be|also|from time to time|,))*,? ([a-z-]+)")
_DEALING = re.compile(
    r"(?:object|review|contest|disput|rely|relied|refus|declin|charg|recover|claim|deduct|increas|decreas|reduc|adjust|chang|amend|inform|notif"
    r"|see|read|terminat|cancel|suspend|result|appl|relat|affect|be$)"
)
"""Verbs that do something with their object, not what it names: "may contest the audit"."""
_NEAR_WORDS = 7
_OPTIONAL = re.compile(
    r"\b(?:may|can), but (?:is|are|shall) not (?:be )?(?:obliged|obligated|required|bound)\b"
)
_MAY_BE = re.compile(r"\b(?:may|can|could|might) be(?: [a-z]+){0,2} $|可以?(?:另行|协商)")
_GENERAL_MENTION = re.compile(
    r"\b(?:any|every|each)(?: (?!(?:by|to|for|in|of|with|as|on|at)\b)[a-z'-]+){0,2} $|\bsuch $"
)
_QUALITY = re.compile(r"(?:ive|able|ible|ed|al|ent)$")
_IS = re.compile(
    r"\b(?:(?:is|are|be|being)\b[^,;]{0,40}|(?:retain|reserve|keep|enjoy)s?\b[^,;]{0,20})$|[可应须]"
)
_NO_DUTY = re.compile(
    r"(?:nothing|neither|no)\b[^,;]{0,40}?\b(?:obliges?|requires?|obliged|required|obligat\w+)\b|(?:not|n't|never)(?: be)? (?:require|oblige|bound|need)|need not|no (?:longer )?(?:obligation|duty|need)|无须|无需|毋须|不必|不须|不需"
)


def wrong_kind(
    text: str, clause: tuple[int, int], topic: tuple[int, int], standing: Standing, asks: str, negative: bool
) -> str:
    """Why what a clause says of its topic is not what a field asks; empty if it is.

    Args:
        text: The sentence in plain lower case.
        asks: The field's title and description.
        negative: Whether the field's `true` denies the topic.
    """
    before = text[clause[0] : topic[0]]
    if standing.is_denied:
        has_no_duty = any(_NO_DUTY.match(text, d.start) for d in standing.denials)
        return "no duty is no prohibition" if has_no_duty and _RIGHT.search(asks) else ""
    if standing.denials:
        return ""
    if _RIGHT.search(asks):
        return "" if _is_allowed(text, clause, topic) else "it is named, but not allowed"
    if negative:
        is_said = (
            _QUALITY.search(text[slice(*topic)]) or _IS.search(before) or _is_allowed(text, clause, topic)
        )
        return "" if is_said else "it is named, but not said to be so"
    permitted = _PERMISSION.search(before) or _OPTIONAL.search(text, 0, topic[0])
    if (permitted and (_DUTY.search(asks) or _AUTOMATIC.search(asks))) or _MAY_BE.search(before):
        return "it may be so, it need not"
    return "it is named in general" if _GENERAL_MENTION.search(before) else ""


def _is_allowed(text: str, clause: tuple[int, int], topic: tuple[int, int]) -> bool:
    if text[slice(*topic)].endswith(("able", "ible")) or _ALLOWING_AFTER.match(text, topic[1], clause[1]):
        return True
    if _ALLOWING_BEFORE.search(text, clause[0], topic[0]):
        return True
    for permission in _PERMISSION.finditer(text, clause[0], topic[1]):
        verb = _VERB.match(text, permission.end())
        if verb is None or verb.start(1) >= topic[0]:
            return True
        between = text[verb.end() : topic[0]]
        if not _DEALING.match(verb[1]) and "," not in between and len(between.split()) <= _NEAR_WORDS:
            return True
    return False
