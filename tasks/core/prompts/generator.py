"""The calls of a generator about one chunk: the first draft, or a revision of some fields.

The document comes before the fields, so that all calls about a chunk begin alike and a server with
a prefix cache reads the document once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from tasks.core.loop.assessment import Assessment
from tasks.core.prompts.answer_form import answer_schema, form_example
from tasks.core.prompts.fence import Fence, fence_for, quoted
from tasks.core.prompts.limits import AskLimits, answer_tokens, field_groups
from tasks.core.prompts.revision import concerns_generator, fields_to_revise, finding_lines, item_json
from tasks.core.prompts.texts import Language, prompt_language, template, words
from tasks.core.records import Candidate, Chunk, FieldName, Footnote, PassageKind
from tasks.core.schema import FieldSpec, FieldType, MarkedExample, Schema, SchemaField
from tasks.core.wire.cells import PlacedCell, placed_cells
from tasks.core.wire.prompt import Message, Prompt, Role


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the calls about a chunk have in common."""

    chunk: Chunk
    document: str
    fence: Fence
    language: Language
    limits: AskLimits


def first_draft_prompts(
    schema: Schema, chunk: Chunk, footnotes: Sequence[Footnote], limits: AskLimits
) -> tuple[Prompt, ...]:
    """The calls of a first draft: every field is in exactly one of them."""
    scene = _scene(schema, chunk, footnotes, limits)
    return tuple(_prompt(scene, "generate", group) for group in _groups(schema.fields, scene))


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
    return tuple(_revision(scene, group, accepted) for group in _groups(fields, scene)) if fields else ()


def _revision(scene: _Scene, group: Sequence[SchemaField], accepted: Assessment) -> Prompt:
    names = {None, *(f.name for f in group)}  # a finding without a field is about the whole answer
    indices = [i for i, c in enumerate(accepted.candidates) if c.field in names]
    numbers = {index: number for number, index in enumerate(indices, 1)}
    items = [f"{numbers[i]}. {_item_text(accepted.candidates[i])}" for i in indices]
    findings = [f for f in accepted.findings if concerns_generator(f) and f.field in names]
    return _prompt(
        scene,
        "revise",
        group,
        items=scene.fence.around("answer", "\n".join(items) or "[]"),
        findings=finding_lines(findings, accepted.candidates, numbers, scene.language),
    )


def _item_text(candidate: Candidate) -> str:
    return json.dumps(item_json(candidate), ensure_ascii=False)


def _scene(
    schema: Schema,
    chunk: Chunk,
    footnotes: Sequence[Footnote],
    limits: AskLimits,
    answered: Sequence[str] = (),
) -> _Scene:
    fence = fence_for(chunk_texts(chunk, footnotes), answered)
    language = prompt_language(chunk, schema)
    return _Scene(chunk, fenced_chunk(chunk, footnotes, fence, language), fence, language, limits)


def _groups(fields: Sequence[SchemaField], scene: _Scene) -> tuple[tuple[SchemaField, ...], ...]:
    return field_groups(fields, [field_text(f, scene.language) for f in fields], scene.limits)


def _prompt(scene: _Scene, step: str, fields: Sequence[SchemaField], **more: str) -> Prompt:
    rules = template("system", scene.language).substitute(fence=scene.fence.code)
    text = template(step, scene.language).substitute(
        document=scene.document,
        fields="\n".join(field_text(f, scene.language) for f in fields),
        form=form_example(fields, scene.language),
        **more,
    )
    return Prompt(
        messages=(Message(Role.SYSTEM, rules), Message(Role.USER, text)),
        answer_schema=answer_schema(fields),
        max_tokens=answer_tokens(scene.chunk, len(fields), scene.limits.max_answer_tokens),
        fields=tuple(FieldName(f.name) for f in fields),
    )


def chunk_texts(chunk: Chunk, footnotes: Sequence[Footnote]) -> tuple[str, ...]:
    """All document text in a prompt about the chunk: the code of the fence must not be in it."""
    markers = [footnotes[p.footnote_index].marker for p in chunk.passages if p.footnote_index is not None]
    context = (chunk.lead_in, chunk.context_before, chunk.context_after, *chunk.headings)
    cells = [text for cell in chunk.cells for text in (cell.column, cell.row)]
    return (*(p.text for p in chunk.passages), *context, *markers, *cells)


def fenced_chunk(chunk: Chunk, footnotes: Sequence[Footnote], fence: Fence, language: Language) -> str:
    """The parts of a chunk in the order of the document, without empty ones."""
    parts = [*_parts(chunk, footnotes, fence)]
    if chunk.cells:
        parts += [words(language)["cells"]["told"], fence.around("cells", _cell_lines(chunk, language))]
    return "\n".join(parts)


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


_MAX_CELLS_CHARS = 6000  # of all lines: a chunk has as many; the other rows stand in the passage alone
_MAX_CELL_CHARS = 80


def _cell_lines(chunk: Chunk, language: Language) -> str:
    """`Row "Year 1": "$18.00" in column "Rate", ...`; cells that are row labels only name rows."""
    lines: list[str] = []
    left = _MAX_CELLS_CHARS
    for (_, row), cells in groupby(placed_cells(chunk), key=lambda c: (c.passage_index, c.row)):
        line = _row_line(chunk, row, list(cells), language)
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return "\n".join(lines)


def _row_line(chunk: Chunk, row: str, cells: list[PlacedCell], language: Language) -> str:
    phrases = words(language)["cells"]
    shown: list[str] = []
    for cell in cells:
        text = quoted(chunk.passages[cell.passage_index].text[cell.start : cell.end], _MAX_CELL_CHARS)
        in_column = phrases["cell"].format(text=text, column=quoted(cell.column, _MAX_CELL_CHARS))
        shown.append(in_column if cell.column else text)
    joined = phrases["comma"].join(shown)
    return phrases["row"].format(row=quoted(row, _MAX_CELL_CHARS), cells=joined) if row else joined


_MAX_EXAMPLES = 2
_MAX_EXAMPLE_CHARS = 240


def field_text(field: SchemaField, language: Language) -> str:
    """A field for the prompt: all but its cues, which are for the native models."""
    return "\n  ".join(_lines(field, language))


def _lines(field: SchemaField, language: Language) -> Iterator[str]:
    phrases = words(language)
    yield f"- {field.name} ({field.title}). {field.description.strip()}"
    count = phrases["field"][field.cardinality.value]
    yield phrases["field"]["kind"].format(type=_type_text(field, language), count=count)
    for part in field.parts:
        yield phrases["part"]["told"].format(
            name=part.name,
            title=part.title,
            description=part.description.strip(),
            type=_type_text(part, language),
            required=phrases["part"]["required"] if part.required else "",
        )
    for example in field.examples[:_MAX_EXAMPLES]:
        yield _example_line(example, phrases["field"])


def _example_line(example: str | MarkedExample, phrases: Mapping[str, str]) -> str:
    if isinstance(example, str):
        return phrases["example"].format(text=quoted(example, _MAX_EXAMPLE_CHARS))
    text, value = quoted(example.text, _MAX_EXAMPLE_CHARS), quoted(example.value, _MAX_EXAMPLE_CHARS)
    return phrases["marked"].format(text=text, value=value)


def _type_text(spec: FieldSpec, language: Language) -> str:
    types = words(language)["type"]
    value = types[spec.value_type.value].format(choices=", ".join(map(quoted, spec.choices)))
    return types["list"].format(entry=value) if spec.type is FieldType.LIST else value
