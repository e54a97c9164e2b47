"""What goes to a generator again: the fields that something was found about which it can mend. The rest of the answer stays.

What stays is written into the new answer as it stood (`kept_answer`, task `kept` of the envelope), so that every round's raw answer is
whole, and the same trail gives the same result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from tasks.core.grounding import placements
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.records import Candidate, Chunk, FieldName, Finding, FindingKind, FindingSource
from tasks.core.schema import Schema
from tasks.core.unfounded import HIDDEN

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
