"""The calls of a generator about one chunk: the first draft, or a revision of some fields."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.core.loop.assessment import Assessment
from tasks.core.prompts.answer_form import answer_schema, form_example
from tasks.core.prompts.fence import one_line_json
from tasks.core.prompts.limits import AskLimits, answer_tokens, field_groups
from tasks.core.prompts.revision import (
    concerns_generator,
    fields_to_revise,
    finding_lines,
    item_json,
    items_to_revise,
)
from tasks.core.prompts.scene import ShownChunk, field_text, shown_chunk
from tasks.core.prompts.texts import prompt_language
from tasks.core.records import Candidate, Chunk, FieldName, Footnote
from tasks.core.schema import Schema, SchemaField
from tasks.core.wire.critic_questions import item_row
from tasks.core.wire.native_format import chunk_payload
from tasks.core.wire.prompt import Prompt


def first_draft_prompts(
    schema: Schema, chunk: Chunk, footnotes: Sequence[Footnote], limits: AskLimits
) -> tuple[Prompt, ...]:
    """The calls of a first draft: every field is in exactly one of them."""
    scene = _scene(schema, chunk, footnotes, limits)
    groups = _groups(schema.fields, scene, limits)
    return tuple(_prompt(scene, chunk, limits, "generate", group) for group in groups)


def revision_prompts(
    schema: Schema, chunk: Chunk, footnotes: Sequence[Footnote], limits: AskLimits, accepted: Assessment
) -> tuple[Prompt, ...]:
    """The calls of a later round, with the accepted items and the findings about them.

    Only fields that a better answer could settle are in a call; without such fields there is no
    call.
    """
    names = set(fields_to_revise(schema, accepted))
    answered = [_item_text(c) for c in accepted.candidates] + [f.quote for f in accepted.findings]
    scene = _scene(schema, chunk, footnotes, limits, answered)
    fields = tuple(f for f in schema.fields if f.name in names)
    groups = _groups(fields, scene, limits) if fields else ()
    return tuple(_revision(scene, chunk, limits, group, accepted) for group in groups)


def _scene(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    limits: AskLimits,
    answered: Sequence[str] = (),
) -> ShownChunk:
    shown, language = chunk_payload(chunk, footnotes), prompt_language(chunk, schema)
    return shown_chunk(schema, shown, language, answered, limits.tells_all_fields)


def _revision(
    scene: ShownChunk, chunk: Chunk, limits: AskLimits, group: Sequence[SchemaField], accepted: Assessment
) -> Prompt:
    names = {None, *(f.name for f in group)}  # a finding without a field is about the whole answer
    revised = items_to_revise(accepted)
    indices = [i for i, c in enumerate(accepted.candidates) if c.field in names]
    named = [i for i in indices if i in revised]
    numbers = {index: number for number, index in enumerate(named, 1)}
    items = [f"{numbers[i]}. {_item_text(accepted.candidates[i])}" for i in named]
    kept = [accepted.candidates[i] for i in indices if i not in revised]
    findings = [f for f in accepted.findings if concerns_generator(f) and f.field in names]
    return _prompt(
        scene,
        chunk,
        limits,
        "revise",
        group,
        kept=scene.fence.around("kept", "\n".join(map(_kept_text, kept)) or "[]"),
        items=scene.fence.around("answer", "\n".join(items) or "[]"),
        findings=finding_lines(findings, accepted.candidates, numbers, scene.language),
    )


def _kept_text(candidate: Candidate) -> str:
    return one_line_json(item_row(item_json(candidate)))


def _item_text(candidate: Candidate) -> str:
    return one_line_json(item_json(candidate))


def _groups(
    fields: Sequence[SchemaField], scene: ShownChunk, limits: AskLimits
) -> tuple[tuple[SchemaField, ...], ...]:
    return field_groups(fields, [field_text(f, scene.language) for f in fields], limits)


def _prompt(
    scene: ShownChunk, chunk: Chunk, limits: AskLimits, step: str, fields: Sequence[SchemaField], **more: str
) -> Prompt:
    names = [f.name for f in fields]
    form = form_example(fields, scene.language)
    return Prompt(
        messages=scene.messages(step, names, names=scene.names(names), form=form, **more),
        answer_schema=answer_schema(fields),
        max_tokens=answer_tokens(chunk, len(fields), limits.max_answer_tokens),
        fields=tuple(map(FieldName, names)),
    )
