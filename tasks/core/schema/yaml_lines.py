"""A YAML file as mappings, lists and texts, with the line of every entry.

Every value is the text that a person wrote: `2024-01-01`, `12` and `yes` stay what they look like, and tags are not obeyed, so that nothing
in a file can be built or run. Must not know what the file is for.
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

MAX_NODES = 100_000
"""Entries of a file with its aliases written out: a few lines of nested aliases can stand for billions."""

Path = tuple[int | str, ...]

_NOTHING = ("", "~", "null")
_REMEDIES = (
    ("mapping values are not allowed", "a text that holds a colon and a space must stand in quotes"),
    ("\\t", "indent with spaces, a tab is not allowed here"),
    ("cannot start any token", "a text that begins with this character must stand in quotes"),
    ("expected a single document", "one file holds one schema: remove what follows the line `---`"),
    ("alias", "a text that begins with `*` must stand in quotes"),
    ("anchor", "a text that begins with `&` must stand in quotes"),
    (
        "expected <block end>",
        "check the indentation: entries of one list or mapping begin in the same column",
    ),
    ("escape", "in double quotes a backslash is written twice; in single quotes once"),
    ("while scanning a quoted scalar", "a quotation mark is opened and not closed"),
    ("flow", "a `[` is opened and not closed with `]`, or a comma is missing between two entries"),
)
"""What the parser's words usually come from; the first that fits."""


@dataclass(frozen=True, slots=True)
class Outline:
    tree: object
    """Mappings, lists, texts, and None where nothing was written."""
    lines: dict[Path, int]
    """Line of each entry, from 1: of a key, or of what stands behind a dash."""

    def line(self, path: Path) -> int:
        """Line of the deepest entry on the path that is in the file: of a missing key, the line of its mapping."""
        known = (self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines)
        return next(known, 1)


def read_outline(text: str, source: str) -> Outline:
    """Read the text of a YAML file; `source` is what errors call the file.

    Raises:
        SchemaError: it is no YAML, or too much of it; the message has file, line and remedy.
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
        raise SchemaError(f"{source}:1: nested too deeply for a schema: is it another file?") from error
    return Outline(tree, lines)


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def _plain(node: object, path: Path, lines: dict[Path, int], counter: Iterator[int]) -> object:
    if next(counter) > MAX_NODES:
        raise _Refused(_line(node), f"more than {MAX_NODES:,} entries with all aliases: is it another file?")
    if isinstance(node, SequenceNode):
        items = cast("list[object]", node.value)
        lines.update({(*path, i): _line(item) for i, item in enumerate(items)})
        return [_plain(item, (*path, i), lines, counter) for i, item in enumerate(items)]
    if isinstance(node, MappingNode):
        return _mapping(node, path, lines, counter)
    written = cast(Any, node)
    return None if written.style is None and written.value in _NOTHING else str(written.value)


def _mapping(
    node: MappingNode, path: Path, lines: dict[Path, int], counter: Iterator[int]
) -> dict[str, object]:
    plain: dict[str, object] = {}
    for key, value in cast("list[tuple[object, object]]", node.value):
        if not isinstance(key, ScalarNode):
            raise _Refused(_line(key), "a key must be one word: put a text in brackets or braces in quotes")
        name = str(cast(Any, key).value)
        if name in plain:
            raise _Refused(
                _line(key), f"`{name}` is written twice in one entry: remove or rename one of the two"
            )
        lines[(*path, name)] = _line(key)
        plain[name] = _plain(value, (*path, name), lines, counter)
    return plain


def _line(node: object) -> int:
    return cast(int, cast(Any, node).start_mark.line) + 1


def _explain(error: YAMLError, source: str) -> str:
    """Where the file stops being YAML, and what usually helps there."""
    if not isinstance(error, MarkedYAMLError):
        return f"{source}:1: not valid YAML: a control character stands in the file: remove it"
    told = cast(Any, error)
    line = cast(int, told.problem_mark.line) + 1 if told.problem_mark else 1
    said = " ".join(str(part) for part in (told.context, told.problem) if part)
    remedy = next((r for sign, r in _REMEDIES if sign in said), "compare with a schema that works")
    return f"{source}:{line}: not valid YAML ({' '.join(said.split())}): {remedy}"
