"""Findings in words that a generator can use: which item, what is the matter, what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tasks.core.prompts.critique import CUT_WRONGLY, NOT_SAID
from tasks.core.prompts.fence import data
from tasks.core.prompts.texts import Language, words
from tasks.core.records import Candidate, Finding, FindingKind, FindingSource
from tasks.core.unfounded import NO_CHOICE, NO_PARTS, NOT_IN_CHUNK, NOT_IN_QUOTE

_MAX_VALUE_CHARS = 80
_MAX_QUOTE_CHARS = 300
_MAX_REASON_CHARS = 200


def remarks(
    findings: Sequence[Finding],
    candidates: Sequence[Candidate],
    numbers: Mapping[int, int],
    language: Language,
) -> str:
    """One line for each finding, what is lacking last.

    Args:
        candidates: Those of the assessment that the findings belong to.
        numbers: Candidate index -> the number under which the model is shown the item.
    """
    said = words(language)["finding"]
    ordered = sorted(
        findings, key=lambda f: (f.kind is FindingKind.MISSING, numbers.get(f.candidate_index or 0, 0))
    )
    lines = [_subject(f, candidates, numbers, said) + _advice(f, said) for f in ordered]
    return "\n".join(f"- {line}" for line in dict.fromkeys(lines))


def _subject(
    finding: Finding, candidates: Sequence[Candidate], numbers: Mapping[int, int], said: Mapping[str, str]
) -> str:
    index = finding.candidate_index
    if index is not None and index in numbers:
        value = data(candidates[index].value, _MAX_VALUE_CHARS)
        known = {"number": numbers[index], "field": finding.field, "value": value}
        return (
            said["item"].format(**known)
            if finding.part is None
            else said["part"].format(**known, part=finding.part)
        )
    return said["answer"] if finding.field is None else said["field"].format(field=finding.field)


def _advice(finding: Finding, said: Mapping[str, str]) -> str:
    """What to do, in the prompt's language; a reason that nobody here wrote is quoted as data."""
    reason = data(finding.reason, _MAX_REASON_CHARS)
    if finding.kind is FindingKind.MISSING:
        return _lacking(finding, said)
    if finding.kind is FindingKind.MALFORMED:
        return said["malformed"].format(reason=reason)
    if finding.kind is FindingKind.BOUNDARY:
        return said["boundary"]
    known = {
        NOT_IN_CHUNK: said["not_in_chunk"],
        NOT_IN_QUOTE: said["not_in_quote"],
        NO_CHOICE: said["no_choice"],
        NO_PARTS: said["no_parts"],
        NOT_SAID: said["not_said"],
        CUT_WRONGLY: said["boundary"],
    }
    return known.get(finding.reason) or said["doubted"].format(reason=reason)


def _lacking(finding: Finding, said: Mapping[str, str]) -> str:
    quote = data(finding.quote, _MAX_QUOTE_CHARS)
    if finding.part is None or finding.candidate_index is None:
        return said["missing"].format(quote=quote)
    # Without a critic nobody knows where the part stands: the quote is then the record's own.
    is_seen = finding.source is FindingSource.CRITIC
    return said["missing_part_at"].format(quote=quote) if is_seen else said["missing_part"]
