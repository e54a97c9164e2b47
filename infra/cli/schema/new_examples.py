"""Writes examples into a schema's YAML file, and leaves every other character of it as it is.

`ruamel.yaml` says where in the text each entry begins and ends; a whole round trip through it would
wrap long texts anew and move comments.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tasks.core.errors import ConfigurationError
from tasks.core.schema import MarkedExample, Schema, parse_schema


def with_examples(text: str, source: str, examples: Mapping[str, Sequence[MarkedExample]]) -> str:
    """The text of a schema's file with new examples at the end of their fields' `examples`.

    Args:
        text: The file, valid.
        source: Its name, for messages.
        examples: By field name.

    Raises:
        ConfigurationError: the file is written in a way that cannot be added to, like a list by alias.
    """
    old = parse_schema(text, source)
    for name, added in examples.items():
        for example in added:
            text = _with_example(text, name, example, source)
    if _read_back(text, source) != _expected(old, examples):
        raise ConfigurationError(_BY_HAND.format(source=source, lines=_lines(examples)))
    return text


_BY_HAND = (
    "{source} is written in a way that cannot be added to. Nothing was changed; add this by hand:\n{lines}"
)


def _lines(examples: Mapping[str, Sequence[MarkedExample]]) -> str:
    rows = (f"  - {_flow(example)}" for added in examples.values() for example in added)
    return "\n".join(["examples:", *rows])


def _read_back(text: str, source: str) -> Schema | None:
    try:
        return parse_schema(text, source)
    except Exception:  # whatever broke, nothing is written
        return None


def _expected(schema: Schema, examples: Mapping[str, Sequence[MarkedExample]]) -> Schema:
    fields = [
        f.model_copy(update={"examples": (*f.examples, *examples.get(f.name, ()))}) for f in schema.fields
    ]
    return schema.model_copy(update={"fields": tuple(fields)})


def _with_example(text: str, name: str, example: MarkedExample, source: str) -> str:
    field = _field_node(text, name)
    known = dict(_pairs(field)).get("examples")
    end = "\r\n" if "\r\n" in text else "\n"
    if isinstance(known, SequenceNode) and not known.flow_style and known.value:
        column = known.start_mark.column
        return _after_line(text, _last_index(known), f"{end}{' ' * column}{_block(example, column, end)}")
    if isinstance(known, SequenceNode):
        return _in_flow(text, known, _flow(example))
    if known is not None:  # `examples:` with nothing after it
        return _at(text, known.end_mark.index, f" [{_flow(example)}]")
    if field.flow_style:
        return _in_flow(text, field, f"examples: [{_flow(example)}]")
    column = field.start_mark.column
    below = f"{end}{' ' * column}examples:{end}{' ' * (column + 2)}{_block(example, column + 2, end)}"
    return _after_line(text, _last_index(field), below)


def _field_node(text: str, name: str) -> Any:
    root = cast(Any, YAML(typ="safe", pure=True)).compose(text)
    for node in dict(_pairs(root))["fields"].value:
        if any(key == "name" and value.value == name for key, value in _pairs(node)):
            return node
    raise KeyError(name)


def _pairs(node: Any) -> list[tuple[str, Any]]:
    return [(key.value, value) for key, value in node.value]


def _last_index(node: Any) -> int:
    """Where the last text in a block ends: the block itself reaches over the comments below it."""
    while not isinstance(node, ScalarNode) and not node.flow_style and node.value:
        node = node.value[-1][1] if isinstance(node, MappingNode) else node.value[-1]
    return cast(int, node.end_mark.index)


def _after_line(text: str, index: int, added: str) -> str:
    """With lines below the line in which the text before an index ends."""
    last = len(text[:index].rstrip())
    line_end = text.find("\n", last)
    line_end = len(text) if line_end < 0 else line_end
    return _at(text, line_end - text[:line_end].endswith("\r"), added)


def _in_flow(text: str, node: Any, added: str) -> str:
    """With one more entry in a list in brackets or a mapping in braces."""
    last: Node | None = node.value[-1] if node.value else None
    if isinstance(last, tuple):
        last = cast("tuple[Any, Any]", last)[1]
    index = node.start_mark.index + 1 if last is None else cast(Any, last).end_mark.index
    return _at(text, index, added if last is None else f", {added}")


def _at(text: str, index: int, added: str) -> str:
    return text[:index] + added + text[index:]


def _flow(example: MarkedExample) -> str:
    return f"{{text: {_quoted(example.text)}, value: {_quoted(example.value)}}}"


def _block(example: MarkedExample, column: int, end: str) -> str:
    return f"- text: {_quoted(example.text)}{end}{' ' * (column + 2)}value: {_quoted(example.value)}"


def _quoted(text: str) -> str:
    # JSON's quoting is YAML's; the two ends of line that JSON leaves would break the text.
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
