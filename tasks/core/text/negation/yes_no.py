"""Reads from a sentence the answer to a yes-or-no field: true, false, or in doubt nothing."""

from __future__ import annotations

import re

from tasks.core.text.negation.boxes import without_unticked
from tasks.core.text.negation.conditions import CONSENT
from tasks.core.text.negation.denials import clause_around, denials, plain
from tasks.core.text.negation.fit import Fit, fit
from tasks.core.text.negation.modality import wrong_kind
from tasks.core.text.negation.proposition import TOKEN, Proposition, alike, content, is_denied
from tasks.core.text.negation.stand import SOMETHING_ELSE, Stand, Standing, stands
from tasks.core.text.sentences import sentence_around, sentence_ends

_BESIDE = re.compile(r"[a-zäöüß]{2,}|[\u4e00-\u9fff]")
_SAYS = re.compile(
    r"[:：]\s*\w|\b(?:is|are|allowed|permitted|welcome|yes|ist|sind)\b|[不无可有是须应含]|允许|禁止"
)
_CHINESE_NUMBER = re.compile("第[一二三四五六七八九十百零]+条|[一二三四五六七八九十]+[、)）]")
_HEADING_WORDS = 2
_OPPOSED = "the sentence denies what the title says of it"
_TWO_SIDED = re.compile(r"\b(?:mutual\w*|both|reciproc\w*)\b|双方|互相|相互|互负")
_BOTH = re.compile(
    r"\b(?:mutual\w*|both|each|either|reciproc\w*|the parties|all parties)\b|双方|各方|互|任何一方"
)
_ONE = re.compile(r"\b(?:only|solely|one-way|one-sided|unilateral\w*)\b|仅|只有|单方|单向")
_OTHER_MATTER = re.compile(
    r"exclusive (?:jurisdiction|remed|propert|venue|benefit|purpose|discretion|forum|agreement|of\b)"
    r"|(?:co|semi|quasi)-[a-z]+|mutual (?:written )?(?:consent|agreement|understanding|convenience)"
)
"""A cue in a phrase about something else."""


def read_boolean(sentence: str, start: int, end: int, proposition: Proposition) -> tuple[bool | None, str]:
    """The answer that a sentence gives to a field whose cue was found in it, and why, in plain words.

    Args:
        start: The cue's range in the sentence; the cue may be negative itself.

    Returns:
        None with its reason where the sentence does not decide.
    """
    said = without_unticked(sentence, start, end)
    if said is None:
        return None, "a box that is not ticked"
    first, last = sentence_around(sentence_ends(said), start, end)
    text, start, end = plain(said[first:last]), start - first, end - first
    if said == sentence and _is_heading(text, start, end):
        return None, "a heading, not a statement"
    if _is_other_matter(text, start, end, proposition):
        return None, "the words belong to something else"
    asks_consent = proposition.asks_consent()
    consent = CONSENT.search(text)
    if asks_consent and consent is None:
        return None, "the sentence does not say whether consent is needed"
    topic = consent.span() if asks_consent and consent else _denied_part(text, (start, end))
    return _answer(text, topic, proposition)


def _answer(text: str, topic: tuple[int, int], proposition: Proposition) -> tuple[bool | None, str]:
    standing = stands(text, *topic)
    negative = proposition.denies(text[slice(*topic)])
    is_subject = standing.reason == SOMETHING_ELSE and not standing.denials and not negative
    if is_subject and fit(text, topic, proposition) is Fit.OPPOSED:
        return False, _OPPOSED
    if standing.stand not in (Stand.AFFIRMED, Stand.DENIED):
        return None, standing.reason
    judged = None if proposition.asks_consent() else _judged(text, topic, standing, proposition, negative)
    if judged is not None:
        return judged
    return (
        standing.is_denied == negative,
        "the sentence denies it" if standing.is_denied else "the sentence says it",
    )


def _judged(
    text: str, topic: tuple[int, int], standing: Standing, proposition: Proposition, negative: bool
) -> tuple[bool | None, str] | None:
    """The answer where the topic's standing is not all; None if it is."""
    says_true = standing.is_denied == negative
    fits = fit(text, topic, proposition)
    if fits is Fit.OPPOSED and says_true:
        return False, _OPPOSED
    if not standing.is_denied and _says_false(text, proposition):
        return False, "it says what the description gives as false"
    clause = clause_around(text, topic)
    if reason := wrong_kind(text, clause, topic, standing, proposition.asks(), negative):
        return None, reason
    if fits is Fit.UNCLEAR and says_true:
        return None, "the sentence does not say what the title says of it"
    return _one_sided(text, proposition) if not standing.is_denied else None


def _denied_part(text: str, cue: tuple[int, int]) -> tuple[int, int]:
    """A cue's words before a denial in it, or the denied ones if it begins with the denial."""
    start, end = cue
    inside = [d for d in denials(text) if d.kind != "word" and start < d.start and d.end <= end]
    before = text[start : inside[0].start] if inside else ""
    return (start, start + len(before.rstrip())) if content(before) else cue


def _one_sided(text: str, proposition: Proposition) -> tuple[bool | None, str] | None:
    """The answer to a field that asks whether both parties are meant; None if it does not ask that."""
    if not _TWO_SIDED.search(proposition.asks()):
        return None
    one, both = _ONE.search(text), _BOTH.search(text)
    if one and not both:
        return False, "only one party is named"
    if both and not one:
        return None
    return None, "it does not say which parties are meant"


def _says_false(text: str, proposition: Proposition) -> bool:
    tokens = [(m.span(), m[0]) for m in TOKEN.finditer(text)]
    spans = [s for s, t in tokens if any(alike(t, w) for w in proposition.false_words())]
    return any(not is_denied(text, s) for s in spans)


def _is_heading(text: str, start: int, end: int) -> bool:
    """Whether a sentence has hardly a word beside the cue: "3. Personal guarantee."."""
    beside = _CHINESE_NUMBER.sub("", text[:start]) + " " + text[end:]
    if denials(text) or _SAYS.search(beside):
        return False
    return len(_BESIDE.findall(beside)) <= _HEADING_WORDS


def _is_other_matter(text: str, start: int, end: int, proposition: Proposition) -> bool:
    match = next((m for m in _OTHER_MATTER.finditer(text) if m.start() < end and start < m.end()), None)
    return match is not None and match[0].split()[-1] not in proposition.asks()
