"""What goes to a generator again: the fields that something was found about which it can mend. The rest of the answer stays.

What stays is written into the new answer as it stood (`kept_answer`, task `kept` of the envelope), so that every round's raw answer is
whole, and the same trail gives the same result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from tasks.core.answers.language_critique import CUT_WRONGLY, NOT_SAID
from tasks.core.grounding.checks import HIDDEN, NO_CHOICE, NO_PARTS, NOT_IN_CHUNK, NOT_IN_QUOTE
from tasks.core.grounding.quotes import placements
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.prompts.fence import data
from tasks.core.prompts.texts import Language, words
from tasks.core.records import Candidate, Chunk, FieldName, Finding, FindingKind, FindingSource
from tasks.core.schema import Schema

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


_BEYOND_MENDING = frozenset({HIDDEN, NO_VERDICT})
"""Nothing that other words would change: a person must look, or the critic must speak."""


def concerns_generator(finding: Finding) -> bool:
    """Whether a better answer of the generator could settle it. A critique that cannot be read is the critic's fault."""
    is_about_critique = finding.kind is FindingKind.MALFORMED and finding.source is FindingSource.CRITIC
    return not is_about_critique and finding.reason not in _BEYOND_MENDING


def fields_again(schema: Schema, accepted: Assessment) -> tuple[FieldName, ...]:
    """The fields to ask again, in the schema's order: those that findings name, or all if one is about the whole answer."""
    findings = [f for f in accepted.findings if concerns_generator(f)]
    if any(f.field is None for f in findings):
        return schema.field_names
    named = {f.field for f in findings}
    return tuple(name for name in schema.field_names if name in named)


def kept_answer(candidates: Iterable[Candidate], chunk: Chunk, text: str) -> str:
    """Candidates as the raw answer that gives them again, each at its place.

    Args:
        text: The document text.
    """
    items = [
        shown_item(c)
        | {"quote": _quote_again(c, chunk, text)}
        | ({} if c.score is None else {"score": c.score})
        for c in candidates
    ]
    return json.dumps({"items": items}, ensure_ascii=False)


def _quote_again(candidate: Candidate, chunk: Chunk, text: str) -> str:
    """The words that ground a candidate where it stands: one that joins places says so, as it did at first."""
    if candidate.citation is None or placements(candidate.quote, chunk):
        return candidate.quote
    return " … ".join(text[s.start : s.end].strip() for s in candidate.citation.spans)


def shown_item(candidate: Candidate) -> dict[str, object]:
    """A candidate in the form in which a model gives and is shown it."""
    item: dict[str, object] = {"field": candidate.field, "quote": candidate.quote, "value": candidate.value}
    if candidate.parts:
        item["parts"] = [{"name": p.name, "value": p.value, "quote": p.quote} for p in candidate.parts]
    return item
