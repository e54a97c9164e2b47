"""What a prompt asks, read from its text alone, as a model has to: fields, fenced parts, the answer that stood, what was found.

Reads by form and not by wording, so that another version of the prompts is read as well: parts are fenced by `<NAME-CODE>`, fields are
told as `- name (title).`, findings are lines that begin with `- ` behind the answer that stood, and a critic's input is one JSON object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_PART = re.compile(r"<([a-z]+)-([0-9a-f]{8})(?: [^\n]*)?>\n(.*?)\n</\1-\2>", re.DOTALL)
_FIELD = re.compile(r"^- ([a-z][a-z0-9_]*) \(", re.MULTILINE)
_ITEM = re.compile(r"^\d+\. (\{.*\})$", re.MULTILINE)
_ABOUT_ITEM = re.compile(r"[^\d:：]*?(\d+)")
_ABOUT_FIELD = re.compile(r"([a-z][a-z0-9_]*)\s*[:：]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_INPUT = '{"schema"'


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding in words: about an item, about something lacking in a field, or (neither) about the whole answer."""

    item: int | None = None
    """From 0."""
    field: str | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator is asked."""

    fields: tuple[str, ...]
    passage: str
    """All that may be extracted from, but the notes."""
    notes: tuple[str, ...]
    previous: tuple[dict[str, Any], ...] | None
    """None: a first draft."""
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What a critic is asked."""

    is_missing: bool
    """What the draft lacks; else what of it must go."""
    fields: tuple[str, ...]
    passage: str
    notes: tuple[str, ...]
    items: tuple[dict[str, Any], ...]


def read_draft(prompt: str) -> Draft:
    parts = [(m[1], m[3]) for m in _PART.finditer(prompt)]
    bare = _PART.sub("", prompt)
    answers = [m.end() for m in _PART.finditer(prompt) if m[1] == "answer"]
    return Draft(
        tuple(dict.fromkeys(_FIELD.findall(bare))),
        "\n".join(text for name, text in parts if name == "passage"),
        tuple(text for name, text in parts if name == "note"),
        _items(next(text for name, text in parts if name == "answer")) if answers else None,
        tuple(_remarks(prompt[answers[0] :])) if answers else (),
    )


def read_question(prompt: str) -> Question:
    at = prompt.index(_INPUT)
    told, _ = json.JSONDecoder().raw_decode(prompt, at)
    return Question(
        '"drop"' not in prompt[:at],
        tuple(field["name"] for field in told["schema"]),
        told["text"],
        tuple(note["text"] for note in told["notes"]),
        tuple(told["draft"]),
    )


def is_question(prompt: str) -> bool:
    return _INPUT in prompt


def _items(text: str) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(found) for found in _ITEM.findall(text))


def _remarks(text: str) -> Iterator[Remark]:
    for line in text.splitlines():
        if not line.startswith("- "):
            continue
        told = line[2:]
        if about := _ABOUT_FIELD.match(told):
            quote = _STRING.search(told, about.end())
            yield Remark(field=about[1], quote=json.loads(quote.group()) if quote else "")
        elif about := _ABOUT_ITEM.match(told):
            yield Remark(item=int(about[1]) - 1)
        else:
            yield Remark()
