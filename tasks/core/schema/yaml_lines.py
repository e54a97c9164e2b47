"""Read a YAML file as mappings, lists and texts, with the line number of every entry.

Every value stays the text in the file (`2024-01-01`, `12`, `yes`). Tags are ignored, so a file
cannot build or run anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from tasks.core.errors import SchemaError

MAX_NODES = 100_000  # entries after expanding aliases: a few nested aliases can expand to billions

Path = tuple[int | str, ...]

_NULLS = ("", "~", "null")
# What the parser's message contains -> what usually helps; the first match counts.
_REMEDIES = (
    ("mapping values are not allowed", "a text with a colon and a space in it must be in quotes"),
    ("\\t", "indent with spaces, a tab is not allowed here"),
    ("cannot start any token", "a text that begins with this character must be in quotes"),
    ("expected a single document", "one file holds one schema: remove everything from the line `---` on"),
    ("alias", "a text that begins with `*` must be in quotes"),
    ("anchor", "a text that begins with `&` must be in quotes"),
    ("expected <block end>", "check the indentation: entries of a list or mapping begin in the same column"),
    ("escape", "write a backslash twice in double quotes, and once in single quotes"),
    ("while scanning a quoted scalar", "a quotation mark is opened and not closed"),
    ("flow", "a `[` is opened and not closed with `]`, or a comma is missing between two entries"),
)


@dataclass(frozen=True, slots=True)
class YamlTree:
    """The content of a YAML file, with line numbers."""

    tree: object  # mappings, lists, texts, and None for empty values
    lines: dict[Path, int]  # from 1, for every key and list entry

    def line(self, path: Path) -> int:
        """Line of the deepest existing entry on the path: for a missing key, of its mapping."""
        known = (self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines)
        return next(known, 1)


def read_yaml(text: str, source: str) -> YamlTree:
    """Read the text of a YAML file; `source` is the file name in error messages.

    Raises:
        SchemaError: the text is not YAML, or it has too many entries.
    """
    yaml = cast(Any, YAML(typ="safe", pure=True))  # ruamel.yaml 0.18 has no types
    yaml.composer.warn_double_anchors = False
    lines: dict[Path, int] = {}
    try:
        root: object = yaml.compose(text)
        tree = None if root is None else _plain(root, (), lines, count(1))
    except _Refused as refusal:
        raise SchemaError(f"{source}:{refusal.line}: {refusal}") from refusal
    except YAMLError as error:
        raise SchemaError(_explain(error, source)) from error
    except RecursionError as error:
        raise SchemaError(f"{source}:1: nested too deeply for a schema: is this the right file?") from error
    return YamlTree(tree, lines)


class _Refused(Exception):
    """The file is YAML, but not as a schema may use it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _plain(node: object, path: Path, lines: dict[Path, int], counter: Iterator[int]) -> object:
    if next(counter) > MAX_NODES:
        message = f"more than {MAX_NODES:,} entries after expanding aliases: is this the right file?"
        raise _Refused(_line(node), message)
    if isinstance(node, SequenceNode):
        items = cast("list[object]", node.value)
        lines.update({(*path, i): _line(item) for i, item in enumerate(items)})
        return [_plain(item, (*path, i), lines, counter) for i, item in enumerate(items)]
    if isinstance(node, MappingNode):
        return _mapping(node, path, lines, counter)
    scalar = cast(Any, node)
    return None if scalar.style is None and scalar.value in _NULLS else str(scalar.value)


def _mapping(
    node: MappingNode, path: Path, lines: dict[Path, int], counter: Iterator[int]
) -> dict[str, object]:
    plain: dict[str, object] = {}
    for key, value in cast("list[tuple[object, object]]", node.value):
        if not isinstance(key, ScalarNode):
            raise _Refused(_line(key), "a key must be text: put a key in brackets or braces in quotes")
        name = str(cast(Any, key).value)
        if name in plain:
            raise _Refused(
                _line(key), f"`{name}` is written twice in one entry: remove or rename one of them"
            )
        lines[(*path, name)] = _line(key)
        plain[name] = _plain(value, (*path, name), lines, counter)
    return plain


def _line(node: object) -> int:
    return cast(int, cast(Any, node).start_mark.line) + 1


def _explain(error: YAMLError, source: str) -> str:
    if not isinstance(error, MarkedYAMLError):
        return f"{source}:1: not valid YAML: the file contains a control character: remove it"
    marked = cast(Any, error)
    line = cast(int, marked.problem_mark.line) + 1 if marked.problem_mark else 1
    message = " ".join(str(part) for part in (marked.context, marked.problem) if part)
    remedy = next((r for sign, r in _REMEDIES if sign in message), "compare with a schema that works")
    return f"{source}:{line}: not valid YAML ({' '.join(message.split())}): {remedy}"
