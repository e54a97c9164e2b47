"""The calls that ask a generator about one chunk: a first draft of all fields, or again what something was found about.

The document comes first in every message and the fields last, so that all calls about a chunk begin alike: a server with a prefix
cache reads the document once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.loop.assessment import Assessment
from tasks.core.prompts.answer_form import answer_schema, told_form
from tasks.core.prompts.fence import Fence, data, fence_for
from tasks.core.prompts.limits import AskLimits, answer_tokens, field_groups
from tasks.core.prompts.revision import concerns_generator, fields_again, remarks, shown_item
from tasks.core.prompts.texts import Language, prompt_language, template, words
from tasks.core.records import Chunk, FieldName, Footnote, PassageKind
from tasks.core.schema import FieldSpec, FieldType, Schema, SchemaField
from tasks.core.wire.prompt import Message, Prompt, Role


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


def chunk_texts(chunk: Chunk, footnotes: Sequence[Footnote]) -> tuple[str, ...]:
    """Everything of the document that a prompt about the chunk shows: what its fence must not occur in."""
    markers = [footnotes[p.footnote_index].marker for p in chunk.passages if p.footnote_index is not None]
    context = (chunk.lead_in, chunk.context_before, chunk.context_after, *chunk.headings)
    return (*(p.text for p in chunk.passages), *context, *markers)


def fenced_chunk(chunk: Chunk, footnotes: Sequence[Footnote], fence: Fence) -> str:
    """The parts in the order of the document; empty ones are left out."""
    return "\n".join(_parts(chunk, footnotes, fence))


def _parts(chunk: Chunk, footnotes: Sequence[Footnote], fence: Fence) -> Iterator[str]:
    around = {
        "headings": "\n".join(chunk.headings),
        "citing": chunk.lead_in,
        "before": chunk.context_before,
        "after": chunk.context_after,
    }
    for name in ("headings", "citing", "before"):
        if around[name].strip():
            yield fence.around(name, around[name])
    for passage in chunk.passages:
        name = "passage" if passage.kind is PassageKind.BODY else "note"
        index = passage.footnote_index
        labels = {} if index is None else {"marker": footnotes[index].marker}
        yield fence.around(name, passage.text, **labels)
    if around["after"].strip():
        yield fence.around("after", around["after"])


_MAX_EXAMPLES = 2
_MAX_EXAMPLE_CHARS = 240


def told_field(field: SchemaField, language: Language) -> str:
    """Name, title, type, how many, description, parts, and how other documents word it. Cues are for the native models."""
    return "\n  ".join(_lines(field, language))


def told_fields(fields: Sequence[SchemaField], language: Language) -> str:
    return "\n".join(told_field(f, language) for f in fields)


def _lines(field: SchemaField, language: Language) -> Iterator[str]:
    said = words(language)
    yield f"- {field.name} ({field.title}). {field.description.strip()}"
    count = said["field"][field.cardinality.value]
    yield said["field"]["kind"].format(type=_told_type(field, language), count=count)
    for part in field.parts:
        yield said["part"]["told"].format(
            name=part.name,
            title=part.title,
            description=part.description.strip(),
            type=_told_type(part, language),
            required=said["part"]["required"] if part.required else "",
        )
    for example in field.examples[:_MAX_EXAMPLES]:
        yield said["field"]["example"].format(text=data(example, _MAX_EXAMPLE_CHARS))


def _told_type(asked: FieldSpec, language: Language) -> str:
    types = words(language)["type"]
    one = types[asked.value_type.value].format(choices=", ".join(map(data, asked.choices)))
    return types["list"].format(entry=one) if asked.type is FieldType.LIST else one
