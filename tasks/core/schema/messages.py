"""Error messages for a schema file: a line for each problem, with file, line and remedy.

They are written for the author of the file, who need not know the terms of YAML or Pydantic.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import LiteralString, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tasks.core.schema.fields import MARKED, PLAIN
from tasks.core.schema.yaml_lines import Path, YamlTree
from tasks.core.text.display import one_line

BAD_CHECK: LiteralString = "bad_check"
"""The error type of an entry of `checks` that cannot be computed; its context has the entry's number."""
LONE_BAR: LiteralString = "lone_bar"
"""The error type of a `bar` without a `promise`."""
MAX_PROBLEMS = 20  # as many as a person corrects in one pass; the others are only counted

_FRACTIONS = {
    "promise": "a number above 0.5 and below 1, like 0.97",
    "bar": "a number above 0 and at most 1, like 0.81",
}
_WHAT_TO_WRITE = {
    "name": "a short name in lower-case letters, digits and underscores, like `governing_law`",
    "title": "a title for people to read",
    "description": "one or two sentences that say what counts and what does not",
    "fields": "the list of fields to extract, each entry beginning with `- name: ...`",
    "text": "the passage that holds the value, as a document says it",
    "value": "the words of `text` that are the value",
}
# Error type -> where the two entries with the same name are, relative to the error's own path.
_DUPLICATES = {"duplicate_field": ("fields",), "duplicate_part": ("parts",)}


@dataclass(frozen=True, slots=True)
class AllowedKeys:
    """The keys that a schema, a field, a part and a marked example may have."""

    schema: Sequence[str]
    field: Sequence[str]
    part: Sequence[str]
    example: Sequence[str]

    def at(self, path: Path) -> Sequence[str]:
        if path[:1] != ("fields",) or len(path) < 2:
            return self.schema
        if len(path) > 3:
            return {"parts": self.part, "examples": self.example}.get(str(path[2]), self.field)
        return self.field


def explain_errors(error: ValidationError, yaml: YamlTree, source: str, keys: AllowedKeys) -> str:
    """The problems of a file that is valid YAML, in the order of the file."""
    found = [_untagged(p) for p in error.errors(include_url=False)]
    problems = sorted(_independent(found), key=lambda p: yaml.line(p["loc"]))
    messages = [_message(p, yaml, source, keys) for p in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        messages.append(f"{source}: and {len(problems) - MAX_PROBLEMS} more")
    return "\n".join(messages)


def _untagged(problem: ErrorDetails) -> ErrorDetails:
    """Without the step by which Pydantic tells a text from a marked example."""
    path = problem["loc"]
    if path[2:3] == ("examples",) and len(path) > 4 and path[4] in (PLAIN, MARKED):
        problem["loc"] = (*path[:4], *path[5:])
    return problem


def _independent(problems: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    # Pydantic drops invalid entries and then also calls the list too short.
    lists = {p["loc"][:n] for p in problems for n in range(1, len(p["loc"]))}
    return [p for p in problems if not (p["type"] == "too_short" and p["loc"] in lists)]


def _message(problem: ErrorDetails, yaml: YamlTree, source: str, keys: AllowedKeys) -> str:
    path = problem["loc"]
    if problem["type"] == BAD_CHECK:
        path = ("checks", cast(int, problem.get("ctx", {})["entry"]))
        remedy = f"entry {path[1] + 1} of `checks`: {problem['msg']}"
    elif problem["type"] == LONE_BAR:
        path, remedy = ("bar",), problem["msg"]
    elif problem["type"] in _DUPLICATES:
        entries = (*path, *_DUPLICATES[problem["type"]])
        first, path = ((*entries, problem.get("ctx", {})[which], "name") for which in ("first", "second"))
        remedy = f"has the same name as the entry on line {yaml.line(first)}: rename or remove one of the two"
    else:
        remedy = _REMEDIES.get(problem["type"], _own_message)(problem, keys.at(path))
    return f"{source}:{yaml.line(path)}: {_location(yaml, path)}{remedy}"


def _location(yaml: YamlTree, path: Path) -> str:
    """Where in the schema: "field `term`: ", "field `payment`, part `payer`: "."""
    if len(path) < 2 or path[0] != "fields":
        return ""
    steps = [f"field {_entry_name(yaml, path[:2])}"]
    if path[2:3] == ("parts",) and len(path) > 3:
        steps.append(f"part {_entry_name(yaml, path[:4])}")
        path = path[2:]
    if len(path) > 3 and isinstance(path[3], int):
        steps.append(f"entry {path[3] + 1} of `{path[2]}`")
    return f"{', '.join(steps)}: "


def _entry_name(yaml: YamlTree, path: Path) -> str:
    """The name of a field or part, or its number if it has no name."""
    entry = yaml.tree
    for step in path:
        entry = cast("dict[int | str, object]", entry)[step]
    name = cast("dict[str, object]", entry).get("name") if isinstance(entry, dict) else None
    return f"`{_shortened(name)}`" if isinstance(name, str) else str(cast(int, path[-1]) + 1)


def _unknown_key(problem: ErrorDetails, keys: Sequence[str]) -> str:
    key = str(problem["loc"][-1])
    alike = get_close_matches(key.lower(), keys, n=1)
    guess = f"did you mean `{alike[0]}`? " if alike else ""
    return f"unknown key `{_shortened(key)}`: {guess}Allowed here: {', '.join(keys)}"


def _missing_key(problem: ErrorDetails, keys: Sequence[str]) -> str:
    key = str(problem["loc"][-1])
    return f"`{key}` is missing: add `{key}:` and {_WHAT_TO_WRITE.get(key, 'its value')}"


def _not_allowed(problem: ErrorDetails, keys: Sequence[str]) -> str:
    allowed = str(problem.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    if problem["input"] is None:
        return f"`{problem['loc'][-1]}` is empty: write one of {allowed}"
    return f"`{problem['loc'][-1]}` cannot be `{_shortened(problem['input'])}`: write one of {allowed}"


def _bad_name(problem: ErrorDetails, keys: Sequence[str]) -> str:
    given = str(problem["input"])
    better = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_0123456789")[:63].rstrip("_")
    guess = f": write `{better}`" if better else ""
    return (
        f"`{_shortened(given)}` cannot be a name{guess} "
        "(lower-case letters, digits and underscores, beginning with a letter, at most 63 characters)"
    )


def _not_text(problem: ErrorDetails, keys: Sequence[str]) -> str:
    given = problem["input"]
    key = next((f"`{part}`" for part in reversed(problem["loc"]) if isinstance(part, str)), "this")
    if given is None or given == "":
        return f"{key} is empty: write its text after the colon or the dash"
    if isinstance(given, dict):
        return f"{key} must be text, but the colon in it makes it a mapping: put the whole text in quotes"
    return f"{key} must be text, but it is a list: remove the brackets or dashes, or use quotes"


def _not_fraction(problem: ErrorDetails, keys: Sequence[str]) -> str:
    given, key = problem["input"], str(problem["loc"][-1])
    if given is None or isinstance(given, dict | list):
        return f"`{key}` must be {_FRACTIONS[key]}"
    return f"`{key}` cannot be `{_shortened(given)}`: write {_FRACTIONS[key]}"


def _not_boolean(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return f"`{problem['loc'][-1]}` must be `true` or `false`"


def _not_list(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return f"`{problem['loc'][-1]}` must be a list: `[one, two]`, or a line `- ...` for each entry"


def _not_mapping(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return f"must be a mapping with these keys: {', '.join(keys)}"


def _too_short(problem: ErrorDetails, keys: Sequence[str]) -> str:
    key = str(problem["loc"][-1])
    return f"`{key}` is empty: it needs {_WHAT_TO_WRITE.get(key, 'an entry')}"


def _own_message(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return problem["msg"].removeprefix("Value error, ")


def _shortened(value: object) -> str:
    return one_line(str(value), 60)


_REMEDIES: dict[str, Callable[[ErrorDetails, Sequence[str]], str]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "enum": _not_allowed,
    "bool_parsing": _not_boolean,
    "bool_type": _not_boolean,
    **dict.fromkeys(
        ("float_parsing", "float_type", "finite_number", "greater_than", "less_than", "less_than_equal"),
        _not_fraction,
    ),
    "string_pattern_mismatch": _bad_name,
    "string_type": _not_text,
    "tuple_type": _not_list,
    "model_type": _not_mapping,
    "string_too_short": _not_text,
    "too_short": _too_short,
}
