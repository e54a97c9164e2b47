"""The calls that ask a generator about one chunk: a first draft of all fields, or again what something was found about.

The document comes first in every message and the fields last, so that all calls about a chunk begin alike: a server with a prefix
cache reads the document once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.loop.assessment import Assessment
from tasks.core.prompt import Message, Prompt, Role
from tasks.core.prompts.again import concerns_generator, fields_again, shown_item
from tasks.core.prompts.answer_form import answer_schema, told_form
from tasks.core.prompts.document import chunk_texts, fenced_chunk
from tasks.core.prompts.fence import Fence, fence_for
from tasks.core.prompts.grouping import AskLimits, field_groups
from tasks.core.prompts.remarks import remarks
from tasks.core.prompts.room import answer_tokens
from tasks.core.prompts.telling import told_field, told_fields
from tasks.core.prompts.texts import Language, prompt_language, template
from tasks.core.records import Chunk, FieldName, Footnote
from tasks.core.schema import Schema, SchemaField


@dataclass(frozen=True, slots=True)
class _Scene:
    """What all calls about a chunk share."""

    chunk: Chunk
    document: str
    fence: Fence
    language: Language
    limits: AskLimits


def first_draft_prompts(
    schema: Schema, chunk: Chunk, footnotes: Sequence[Footnote], limits: AskLimits
) -> tuple[Prompt, ...]:
    """The calls of a first draft: every field in exactly one of them."""
    scene = _scene(schema, chunk, footnotes, limits)
    return tuple(
        _prompt(
            scene,
            group,
            template("generate", scene.language).substitute(
                document=scene.document,
                fields=told_fields(group, scene.language),
                form=told_form(group, scene.language),
            ),
        )
        for group in _groups(schema.fields, scene)
    )


def revision_prompts(
    schema: Schema, chunk: Chunk, footnotes: Sequence[Footnote], limits: AskLimits, accepted: Assessment
) -> tuple[Prompt, ...]:
    """The calls of a later round: only fields that a better answer could settle, each with what stood and what was found.

    Args:
        accepted: The assessment that stands; none of its fields needs to be asked again if the tuple is empty.
    """
    names = set(fields_again(schema, accepted))
    said = [json.dumps(shown_item(c), ensure_ascii=False) for c in accepted.candidates]
    scene = _scene(schema, chunk, footnotes, limits, [*said, *(f.quote for f in accepted.findings)])
    fields = tuple(f for f in schema.fields if f.name in names)
    return tuple(_revision(scene, group, accepted) for group in _groups(fields, scene)) if fields else ()


def _revision(scene: _Scene, group: Sequence[SchemaField], accepted: Assessment) -> Prompt:
    names = {f.name for f in group}
    shown = [i for i, c in enumerate(accepted.candidates) if c.field in names]
    numbers = {index: number for number, index in enumerate(shown, 1)}
    items = [
        f"{numbers[i]}. {json.dumps(shown_item(accepted.candidates[i]), ensure_ascii=False)}" for i in shown
    ]
    findings = [
        f for f in accepted.findings if concerns_generator(f) and (f.field is None or f.field in names)
    ]
    text = template("revise", scene.language).substitute(
        document=scene.document,
        fields=told_fields(group, scene.language),
        items=scene.fence.around("answer", "\n".join(items) or "[]"),
        findings=remarks(findings, accepted.candidates, numbers, scene.language),
        form=told_form(group, scene.language),
    )
    return _prompt(scene, group, text)


def _scene(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    limits: AskLimits,
    answered: Sequence[str] = (),
) -> _Scene:
    fence = fence_for(chunk_texts(chunk, footnotes), answered)
    return _Scene(chunk, fenced_chunk(chunk, footnotes, fence), fence, prompt_language(chunk, schema), limits)


def _groups(fields: Sequence[SchemaField], scene: _Scene) -> tuple[tuple[SchemaField, ...], ...]:
    return field_groups(fields, [told_field(f, scene.language) for f in fields], scene.limits)


def _prompt(scene: _Scene, fields: Sequence[SchemaField], text: str) -> Prompt:
    rules = template("system", scene.language).substitute(fence=scene.fence.code)
    return Prompt(
        messages=(Message(Role.SYSTEM, rules), Message(Role.USER, text)),
        answer_schema=answer_schema(fields),
        max_tokens=answer_tokens(scene.chunk, len(fields), scene.limits.max_answer_tokens),
        fields=tuple(FieldName(f.name) for f in fields),
    )
