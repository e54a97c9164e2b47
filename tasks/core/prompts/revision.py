"""Which fields and items a generator revises, how findings are worded for it, and which items stay.

Only items that a finding names are given anew. Items that stay are copied into the new raw answer (`kept_answer`, task `kept` of the envelope), so
that every round's raw answer is complete and a replay gives the same result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from tasks.core.answers.failure import CUTS
from tasks.core.answers.language_critique import CUT_WRONGLY, NOT_SAID
from tasks.core.grounding.checks import NO_CHOICE, NO_PARTS, NOT_IN_CHUNK, NOT_IN_QUOTE
from tasks.core.grounding.quotes import placements
from tasks.core.grounding.unprovable import REASONS
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.prompts.fence import quoted
from tasks.core.prompts.texts import Language, words
from tasks.core.records import Candidate, Chunk, FieldName, Finding, FindingKind, FindingSource
from tasks.core.schema import Schema
from tasks.core.wire.native_format import part_rows

_MAX_VALUE_CHARS = 80
_MAX_QUOTE_CHARS = 300
_MAX_REASON_CHARS = 200


def finding_lines(
    findings: Sequence[Finding],
    candidates: Sequence[Candidate],
    numbers: Mapping[int, int],
    language: Language,
) -> str:
    """One line for each finding, missing items last.

    Args:
        candidates: The candidates of the assessment with the findings.
        numbers: Candidate index -> the number of the item in the prompt.
    """
    phrases = words(language)["finding"]
    ordered = sorted(
        findings, key=lambda f: (f.kind is FindingKind.MISSING, numbers.get(f.candidate_index or 0, 0))
    )
    lines = [_subject(f, candidates, numbers, phrases) + _advice(f, phrases) for f in ordered]
    return "\n".join(f"- {line}" for line in dict.fromkeys(lines))


def _subject(
    finding: Finding, candidates: Sequence[Candidate], numbers: Mapping[int, int], phrases: Mapping[str, str]
) -> str:
    index = finding.candidate_index
    if index is not None and index in numbers:
        value = quoted(candidates[index].value, _MAX_VALUE_CHARS)
        phrase = phrases["item" if finding.part is None else "part"]
        return phrase.format(number=numbers[index], field=finding.field, value=value, part=finding.part)
    return phrases["answer"] if finding.field is None else phrases["field"].format(field=finding.field)


def _advice(finding: Finding, phrases: Mapping[str, str]) -> str:
    """What to do, in the prompt's language; a reason that a model wrote is quoted as data."""
    reason = quoted(finding.reason, _MAX_REASON_CHARS)
    if finding.kind is FindingKind.MISSING:
        return _missing_advice(finding, phrases)
    if finding.kind is FindingKind.MALFORMED:
        return phrases["malformed"].format(reason=reason)
    if finding.kind is FindingKind.BOUNDARY:
        return phrases["boundary"]
    phrase = _PHRASE_OF_REASON.get(finding.reason, "doubted")
    return phrases[phrase].format(reason=reason)


_PHRASE_OF_REASON = {
    NOT_IN_CHUNK: "not_in_chunk",
    NOT_IN_QUOTE: "not_in_quote",
    NO_CHOICE: "no_choice",
    NO_PARTS: "no_parts",
    NOT_SAID: "not_said",
    CUT_WRONGLY: "boundary",
}


def _missing_advice(finding: Finding, phrases: Mapping[str, str]) -> str:
    quote = quoted(finding.quote, _MAX_QUOTE_CHARS)
    if finding.part is None or finding.candidate_index is None:
        return phrases["missing"].format(quote=quote)
    # Only a critic knows where the missing part is; otherwise the quote is that of the record.
    is_located = finding.source is FindingSource.CRITIC
    return phrases["missing_part_at"].format(quote=quote) if is_located else phrases["missing_part"]


# Another answer of the generator does not help: a person must look, or the critic must answer.
_NOT_FOR_GENERATOR = frozenset({NO_VERDICT, *REASONS.values()})


def concerns_generator(finding: Finding) -> bool:
    """Whether a better answer of the generator could settle the finding."""
    is_about_critique = finding.kind is FindingKind.MALFORMED and finding.source is FindingSource.CRITIC
    return not is_about_critique and finding.reason not in _NOT_FOR_GENERATOR


def fields_to_revise(schema: Schema, accepted: Assessment) -> tuple[FieldName, ...]:
    """The fields with findings, in the schema's order; all if one is about the whole answer."""
    findings = [f for f in accepted.findings if concerns_generator(f)]
    if any(f.field is None for f in findings):
        return schema.field_names
    named = {f.field for f in findings}
    return tuple(name for name in schema.field_names if name in named)


def items_to_revise(accepted: Assessment) -> frozenset[int]:
    """Indices of the candidates that a finding names; all if one is about the whole answer.

    What stood before the place where an answer was cut stays: given again, it would take the room of
    the rest, and the answer would be cut at the same place.
    """
    findings = [f for f in accepted.findings if concerns_generator(f)]
    if any(f.field is None and f.reason not in CUTS for f in findings):
        return frozenset(range(len(accepted.candidates)))
    return frozenset(f.candidate_index for f in findings if f.candidate_index is not None)


def kept_answer(
    candidates: Iterable[Candidate], chunk: Chunk, text: str, unable: Mapping[FieldName, str] | None = None
) -> str:
    """A raw answer that gives these candidates again at the same places.

    Args:
        text: The document text.
        unable: Fields that could not be extracted and were not asked again, and why.
    """
    items = [
        item_json(c)
        | {"quote": _findable_quote(c, chunk, text)}
        | ({} if c.score is None else {"score": c.score})
        | ({} if c.citation is None else {"spans": [[s.start, s.end] for s in c.citation.spans]})
        for c in candidates
    ]
    body = {"items": items} | ({"unable": dict(unable)} if unable else {})
    return json.dumps(body, ensure_ascii=False)


def _findable_quote(candidate: Candidate, chunk: Chunk, text: str) -> str:
    # The document's text replaced a quote that joined several places: put the ellipses back.
    if candidate.citation is None or placements(candidate.quote, chunk):
        return candidate.quote
    return " … ".join(text[s.start : s.end].strip() for s in candidate.citation.spans)


def item_json(candidate: Candidate) -> dict[str, object]:
    """A candidate in the form of an answer's item."""
    item: dict[str, object] = {"field": candidate.field, "quote": candidate.quote, "value": candidate.value}
    if candidate.parts:
        item["parts"] = part_rows(candidate)
    return item
