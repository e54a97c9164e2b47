"""What a language model as critic has judged already and need not be asked again.

An item that stands as it stood keeps its verdict. A field whose items are the same keeps what was
said to be lacking. Both are copied into the new critique (task `kept` of the envelope), so that every
critique is complete and a replay needs nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.answers import Missing, Verdict
from tasks.core.grounding.quotes import passage_citation, placements
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput
from tasks.core.loop.verdicts import NO_VERDICT
from tasks.core.records import Candidate, Chunk, FieldName, Finding, FindingKind, FindingSource


@dataclass(frozen=True, slots=True)
class JudgedBefore:
    """What is known, and what is to be asked."""

    verdicts: tuple[Verdict, ...]
    missing: tuple[Missing, ...]
    items: tuple[int, ...]
    """Placed candidates without a verdict, as indices of `GroundedAnswer.placed`."""
    fields: tuple[FieldName, ...]
    """Fields of which it is not known what is lacking."""

    @property
    def raw(self) -> str:
        """In the form of a native critic's answer."""
        verdicts = [v.model_dump(mode="json", exclude_none=True) for v in self.verdicts]
        missing = [m.model_dump(mode="json", exclude_none=True) for m in self.missing]
        return json.dumps({"verdicts": verdicts, "missing": missing}, ensure_ascii=False)


def judged_before(
    run_input: RunInput, chunk: Chunk, answer: GroundedAnswer, before: Assessment | None
) -> JudgedBefore:
    """Compare an answer with the assessment that it revises.

    Args:
        before: None: the chunk was not assessed before.
    """
    placed, names = answer.placed(), run_input.schema.field_names
    if before is None or before.critic_error or before.generator_error:
        return JudgedBefore((), (), tuple(range(len(placed))), names)
    known = {
        _key(candidate): verdict
        for index, candidate in enumerate(before.candidates)
        if (verdict := _verdict(before, index)) is not None
    }
    verdicts = [
        known[key].model_copy(update={"candidate": number})
        for number, (candidate, *_) in enumerate(placed)
        if (key := _key(candidate)) in known
    ]
    judged = {v.candidate for v in verdicts}
    missing: list[Missing] = []
    asked: list[FieldName] = []
    unread = {f.field for f in _of_critic(before.findings, FindingKind.MALFORMED)}
    for name in names:
        rows = list(_missing(run_input, chunk, before, name))
        is_same = _of_field(answer.candidates, name) == _of_field(before.candidates, name)
        if not is_same or None in rows or unread & {None, name}:
            asked.append(name)
        else:
            missing += [row for row in rows if row is not None]
    items = tuple(number for number in range(len(placed)) if number not in judged)
    return JudgedBefore(tuple(verdicts), tuple(missing), items, tuple(asked))


def _key(candidate: Candidate) -> tuple[object, ...]:
    spans = None if candidate.citation is None else candidate.citation.spans
    return candidate.field, candidate.value, candidate.quote, candidate.parts, spans


def _of_field(candidates: Sequence[Candidate], name: FieldName) -> set[tuple[object, ...]]:
    return {_key(c) for c in candidates if c.field == name and c.citation is not None}


def _of_critic(findings: Sequence[Finding], kind: FindingKind) -> Iterator[Finding]:
    return (f for f in findings if f.kind is kind and f.source is FindingSource.CRITIC)


def _verdict(before: Assessment, index: int) -> Verdict | None:
    """The verdict on a candidate as a whole; None: it has none, or one on a part of it."""
    doubts = list(_of_critic(before.flags_of(index), FindingKind.REDUNDANT))
    right = before.rights[index]
    if any(f.part is not None or f.reason == NO_VERDICT for f in doubts) or right is None:
        return None
    reason = doubts[0].reason if doubts else ""
    bar = before.bar_of(index)
    return Verdict(candidate=index, right=right, flagged=bool(doubts), reason=reason, bar=bar)


def _missing(
    run_input: RunInput, chunk: Chunk, before: Assessment, name: FieldName
) -> Iterator[Missing | None]:
    """What was said to be lacking of a field; None: a row that cannot be copied."""
    for finding in _of_critic(before.findings, FindingKind.MISSING):
        if finding.field == name:
            yield None if finding.part is not None else _row(run_input, chunk, finding, name)


def _row(run_input: RunInput, chunk: Chunk, finding: Finding, name: FieldName) -> Missing | None:
    for place in placements(finding.quote, chunk):
        passage = chunk.passages[place.passage_index]
        if passage_citation(passage, place.start, place.end, run_input.reading.pages) == finding.citation:
            return Missing(
                field=name,
                quote=finding.quote,
                passage=place.passage_index,
                start=place.start,
                end=place.end,
                score=finding.score,
                reason=finding.reason,
            )
    return None
