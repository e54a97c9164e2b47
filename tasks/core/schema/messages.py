"""What is wrong with a schema file and what to write instead: a line for each problem, with file and line.

For the person who wrote the file, who need not know YAML's words or Pydantic's. Must not know what the schema is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tasks.core.schema.yaml_lines import Outline, Path

MAX_PROBLEMS = 20
"""As many as a person mends at one go; the rest is counted."""

_WHAT_TO_WRITE = {
    "name": "a short name in lower-case letters, digits and underscores, like `governing_law`",
    "title": "what people call it",
    "description": "say in a sentence or two what counts and what does not",
    "fields": "the list of what is to be found, each entry beginning with `- name: ...`",
}
_DOUBLES = {"duplicate_field": ("fields",), "duplicate_part": ("parts",)}
"""Where the entries lie that have one name, seen from what holds them."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that may stand where."""

    schema: Sequence[str]
    field: Sequence[str]
    part: Sequence[str]

    def at(self, path: Path) -> Sequence[str]:
        if path[:1] != ("fields",) or len(path) < 2:
            return self.schema
        return self.part if path[2:3] == ("parts",) and len(path) > 3 else self.field


def explain(error: ValidationError, outline: Outline, source: str, keys: Keys) -> str:
    """Every problem of a file whose YAML is sound."""
    problems = sorted(_own(error.errors(include_url=False)), key=lambda p: outline.line(p["loc"]))
    told = [_tell(p, outline, source, keys) for p in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        told.append(f"{source}: and {len(problems) - MAX_PROBLEMS} more")
    return "\n".join(told)


def _own(problems: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without what only follows from another: Pydantic calls a list too short as well when it dropped its bad entries."""
    lists = {p["loc"][:n] for p in problems for n in range(1, len(p["loc"]))}
    return [p for p in problems if not (p["type"] == "too_short" and p["loc"] in lists)]


def _tell(problem: ErrorDetails, outline: Outline, source: str, keys: Keys) -> str:
    path = problem["loc"]
    if problem["type"] in _DOUBLES:
        entries = (*path, *_DOUBLES[problem["type"]])
        first, second = ((*entries, problem.get("ctx", {})[which], "name") for which in ("first", "second"))
        remedy = f"named like another on line {outline.line(first)}: rename or remove one of the two"
        return f"{source}:{outline.line(second)}: {_place(outline, second)}{remedy}"
    remedy = _REMEDIES.get(problem["type"], _as_said)(problem, keys.at(path))
    return f"{source}:{outline.line(path)}: {_place(outline, path)}{remedy}"


def _place(outline: Outline, path: Path) -> str:
    """Where in the schema, in its own words: "field `term`: ", "field `payment`, part `payer`: "."""
    if len(path) < 2 or path[0] != "fields":
        return ""
    named = [f"field {_called(outline, path[:2])}"]
    if path[2:3] == ("parts",) and len(path) > 3:
        named.append(f"part {_called(outline, path[:4])}")
        path = path[2:]
    if len(path) > 3 and isinstance(path[3], int):
        named.append(f"entry {path[3] + 1} of `{path[2]}`")
    return f"{', '.join(named)}: "


def _called(outline: Outline, path: Path) -> str:
    """The name of a field or part, or its number where it has none."""
    entry = outline.tree
    for step in path:
        entry = cast("dict[int | str, object]", entry)[step]
    name = cast("dict[str, object]", entry).get("name") if isinstance(entry, dict) else None
    return f"`{_shown(name)}`" if isinstance(name, str) else str(cast(int, path[-1]) + 1)


def _unknown_key(problem: ErrorDetails, keys: Sequence[str]) -> str:
    key = str(problem["loc"][-1])
    alike = get_close_matches(key.lower(), keys, n=1)
    guess = f"did you mean `{alike[0]}`? " if alike else ""
    return f"unknown key `{_shown(key)}`: {guess}Allowed here: {', '.join(keys)}"


def _missing_key(problem: ErrorDetails, keys: Sequence[str]) -> str:
    key = str(problem["loc"][-1])
    return f"`{key}` is missing: add `{key}:` and {_WHAT_TO_WRITE.get(key, 'its value')}"


def _not_allowed(problem: ErrorDetails, keys: Sequence[str]) -> str:
    allowed = str(problem.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ")
    if problem["input"] is None:
        return f"`{problem['loc'][-1]}` is empty: write one of {allowed}"
    return f"`{problem['loc'][-1]}` cannot be `{_shown(problem['input'])}`: write one of {allowed}"


def _bad_name(problem: ErrorDetails, keys: Sequence[str]) -> str:
    given = str(problem["input"])
    better = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_0123456789")[:63].rstrip("_")
    guess = f": write `{better}`" if better else ""
    return (
        f"`{_shown(given)}` cannot be a name{guess} "
        "(lower-case letters, digits and underscores, a letter first, at most 63)"
    )


def _no_text(problem: ErrorDetails, keys: Sequence[str]) -> str:
    given = problem["input"]
    what = next((f"`{part}`" for part in reversed(problem["loc"]) if isinstance(part, str)), "this")
    if given is None or given == "":
        return f"{what} is empty: write its text behind the colon or the dash"
    if isinstance(given, dict):
        return f"{what} must be text, but a colon made a mapping of it: put the whole text in quotes"
    return f"{what} must be text, but a list stands there: take the brackets or dashes away, or use quotes"


def _no_truth(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return f"`{problem['loc'][-1]}` must be `true` or `false`"


def _no_list(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return f"`{problem['loc'][-1]}` must be a list: `[one, two]`, or a line `- ...` for each entry"


def _no_mapping(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return f"must be a mapping with these keys: {', '.join(keys)}"


def _too_short(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return (
        f"`{problem['loc'][-1]}` is empty: it needs {_WHAT_TO_WRITE.get(str(problem['loc'][-1]), 'an entry')}"
    )


def _as_said(problem: ErrorDetails, keys: Sequence[str]) -> str:
    return problem["msg"].removeprefix("Value error, ")


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


_REMEDIES: dict[str, Callable[[ErrorDetails, Sequence[str]], str]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing_key,
    "enum": _not_allowed,
    "bool_parsing": _no_truth,
    "bool_type": _no_truth,
    "string_pattern_mismatch": _bad_name,
    "string_type": _no_text,
    "tuple_type": _no_list,
    "model_type": _no_mapping,
    "string_too_short": _no_text,
    "too_short": _too_short,
}
