"""What all calls about a chunk share, and so come first: a server with a prefix cache reads it once.

A call is two messages. The system message has the rules and every field of the schema: one text for
a whole batch in one language. The other message shows the chunk, the same for every call of
generator and critic about it, and says only then what to do: which fields, draft, findings, question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any

from tasks.core.prompts.fence import Fence, fence_for, quoted
from tasks.core.prompts.texts import Language, template, words
from tasks.core.schema import FieldSpec, FieldType, MarkedExample, Schema, SchemaField
from tasks.core.wire.prompt import Message, Role

Payload = Mapping[str, Any]
"""A chunk as `tasks.core.wire.native_format` gives it; the error book has the same."""


@dataclass(frozen=True, slots=True)
class ShownChunk:
    """A chunk as it is shown, behind the rules."""

    schema: Schema
    language: Language
    fence: Fence
    document: str
    """The message's code and the fenced parts of the chunk."""
    tells_all_fields: bool = True
    """The rules have every field of the schema, else those that the call is about."""

    def messages(self, step: str, about: Sequence[str], **filled: str) -> tuple[Message, Message]:
        """The messages of a call.

        Args:
            step: The name of its text in `vN`.
            about: The fields that the call is about.
        """
        told = None if self.tells_all_fields else frozenset(about)
        rules = _rules(self.schema, self.language, told)  # pyright: ignore[reportArgumentType]  # frozen models have a hash
        task = template(step, self.language).substitute(filled)
        return Message(Role.SYSTEM, rules), Message(Role.USER, f"{self.document}\n\n{task}")

    def names(self, fields: Sequence[str]) -> str:
        """Names of fields, for `Fields:`."""
        return words(self.language)["message"]["comma"].join(fields)

    @property
    def all_names(self) -> str:
        """For `Fields:`, if every field is meant."""
        return words(self.language)["message"]["all"]


def shown_chunk(
    schema: Schema,
    chunk: Payload,
    language: Language,
    others: Sequence[str] = (),
    tells_all_fields: bool = True,
) -> ShownChunk:
    """A chunk as it is shown.

    Args:
        others: Texts that stand in the same message, fenced as the chunk is.
    """
    fence = fence_for(_texts(chunk), others)
    first = words(language)["message"]["code"].format(code=fence.code)
    parts = [first, *_parts(chunk, fence)]
    if chunk.get("cells"):
        parts += [words(language)["cells"]["told"], fence.around("cells", _cell_lines(chunk, language))]
    return ShownChunk(schema, language, fence, "\n".join(parts), tells_all_fields)


@lru_cache(maxsize=64)
def _rules(schema: Schema, language: Language, about: frozenset[str] | None) -> str:
    told = [f for f in schema.fields if about is None or f.name in about]
    fields = "\n".join(field_text(field, language) for field in told)
    return template("rules", language).substitute(fields=fields)


# ---------------------------------------------------------------- the chunk


def _texts(chunk: Payload) -> tuple[str, ...]:
    """All document text in a prompt about the chunk: the code of the fence must not be in it."""
    passages = chunk["passages"]
    markers = [p["marker"] for p in passages if p.get("marker") is not None]
    context = [chunk.get(name, "") for name in ("lead_in", "context_before", "context_after")]
    cells = [text for cell in chunk.get("cells", ()) for text in (cell["column"], cell["row"])]
    return (*(p["text"] for p in passages), *context, *chunk.get("headings", ()), *markers, *cells)


def _parts(chunk: Payload, fence: Fence) -> Iterator[str]:
    """The parts of a chunk in the order of the document, without empty ones."""
    around = {
        "headings": "\n".join(chunk.get("headings", ())),
        "citing": chunk.get("lead_in", ""),
        "before": chunk.get("context_before", ""),
        "after": chunk.get("context_after", ""),
    }
    for name in ("headings", "citing", "before"):
        if around[name].strip():
            yield fence.around(name, around[name])
    for passage in chunk["passages"]:
        name = "passage" if passage["kind"] == "body" else "note"
        marker = passage.get("marker")
        yield fence.around(name, passage["text"], **({} if marker is None else {"marker": marker}))
    if around["after"].strip():
        yield fence.around("after", around["after"])


_MAX_CELLS_CHARS = 6000  # of all lines: a chunk has as many; the other rows stand in the passage alone
_MAX_CELL_CHARS = 80


def _cell_lines(chunk: Payload, language: Language) -> str:
    """`Row "Year 1": "$18.00" in column "Rate", ...`; cells that are row labels only name rows."""
    lines: list[str] = []
    left = _MAX_CELLS_CHARS
    for (_, row), cells in groupby(chunk["cells"], key=lambda c: (c["passage"], c["row"])):
        line = _row_line(chunk, row, list(cells), language)
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return "\n".join(lines)


def _row_line(chunk: Payload, row: str, cells: Sequence[Payload], language: Language) -> str:
    phrases = words(language)["cells"]
    shown: list[str] = []
    for cell in cells:
        passage = chunk["passages"][cell["passage"]]["text"]
        text = quoted(passage[cell["start"] : cell["end"]], _MAX_CELL_CHARS)
        in_column = phrases["cell"].format(text=text, column=quoted(cell["column"], _MAX_CELL_CHARS))
        shown.append(in_column if cell["column"] else text)
    joined = phrases["comma"].join(shown)
    return phrases["row"].format(row=quoted(row, _MAX_CELL_CHARS), cells=joined) if row else joined


# ---------------------------------------------------------------- the fields

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
