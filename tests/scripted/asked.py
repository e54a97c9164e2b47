"""What a prompt asks, read from its text alone, as a model has to: fields, fenced parts, the answer that stood, what was found.

Reads by form and not by wording, so that another version of the prompts is read as well: parts are fenced by `<NAME-CODE>`, all fields are
told as `- name (title).` and those that are meant on a line of their names alone, findings are lines that begin with `- ` behind the
answer that stood, and what a critic is to judge is a part `items`, or one line of JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_PART = re.compile(r"<([a-z]+)-([0-9a-f]{8})(?: [^\n]*)?>\n(.*?)\n</\1-\2>", re.DOTALL)
_FIELD = re.compile(r"^- ([a-z][a-z0-9_]*) \(", re.MULTILINE)
_ITEM = re.compile(r"^\d+\. (\{.*\})$", re.MULTILINE)
_ABOUT_ITEM = re.compile(r"[^\d:：]*?(\d+)")
_ABOUT_FIELD = re.compile(r"([a-z][a-z0-9_]*)\s*[:：]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMES = re.compile(r"^[^\n:：]{1,12}[:：] ?([a-z][a-z0-9_]*(?:[,，] ?[a-z][a-z0-9_]*)*)$", re.MULTILINE)
_ALONE = re.compile(r'^[^\n:：<]{1,8}[:：] ?(\{"field": (?!.*"quote": "\.\.\.").*\})$', re.MULTILINE)
_NUMBERED = re.compile(r"^\{.*\}$", re.MULTILINE)


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
    """What of the answer was found fault with. None: a first draft."""
    kept: tuple[dict[str, Any], ...]
    """What of it stays, and is not to be given again."""
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What a critic is asked."""

    is_missing: bool
    """What the draft lacks; else what of it must go."""
    is_labelled: bool
    """One item, to be judged by a label; else items, in words."""
    fields: tuple[str, ...]
    passage: str
    notes: tuple[str, ...]
    items: tuple[dict[str, Any], ...]


def read_draft(prompt: str) -> Draft:
    parts = [(m[1], m[3]) for m in _PART.finditer(prompt)]
    texts = [text for name, text in parts if name in ("passage", "note")]
    answers = [m.end() for m in _PART.finditer(prompt) if m[1] == "answer"]
    return Draft(
        _fields(prompt),
        _joined(parts, "passage"),
        tuple(text for name, text in parts if name == "note"),
        _items(next(text for name, text in parts if name == "answer")) if answers else None,
        tuple(_whole(json.loads(found), texts) for found in _NUMBERED.findall(_joined(parts, "kept"))),
        tuple(_remarks(prompt[answers[0] :])) if answers else (),
    )


def read_question(prompt: str) -> Question:
    parts = [(m[1], m[3]) for m in _PART.finditer(prompt)]
    alone = _ALONE.findall(_PART.sub("", prompt))
    told = alone[-1] if alone else _joined(parts, "items")
    texts = [text for name, text in parts if name in ("passage", "note")]
    return Question(
        '"add"' in _PART.sub("", prompt),
        bool(alone),
        _fields(prompt),
        _joined(parts, "passage"),
        tuple(text for name, text in parts if name == "note"),
        tuple(_whole(json.loads(found), texts) for found in _NUMBERED.findall(told)),
    )


def _whole(item: dict[str, Any], texts: Iterable[str]) -> dict[str, Any]:
    """An item with the whole of a quote of which only beginning and end are told."""
    begins, is_cut, ends = item["quote"].partition(" … ")
    between = re.compile(f"{re.escape(begins)}.*?{re.escape(ends)}", re.DOTALL)
    found = next(filter(None, map(between.search, texts)), None) if is_cut else None
    return item if found is None else item | {"quote": found.group()}


def _joined(parts: list[tuple[str, str]], wanted: str) -> str:
    return "\n".join(text for name, text in parts if name == wanted)


def _fields(prompt: str) -> tuple[str, ...]:
    """The fields that are meant, or all that are told where none is named."""
    bare = _PART.sub("", prompt)
    known = dict.fromkeys(_FIELD.findall(bare))
    for line in _NAMES.findall(bare):
        named = re.split(r"[,，] ?", line)
        if all(name in known for name in named):
            return tuple(named)
    return tuple(known)


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
