"""What in a raw answer is JSON: one plain object as agreed, or whatever can be found between small talk, fences and echoes.

Knows nothing of items or verdicts: it gives values, the repairs it took, and what it could not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from tasks.core.answers.lenient_json import Number, may_start, members, read_value
from tasks.core.answers.models import Repair


@dataclass(slots=True)
class Blocks:
    """The JSON values of an answer in order, and what stands against them."""

    values: list[Any] = field(default_factory=list[Any])
    repairs: set[Repair] = field(default_factory=set[Repair])
    n_noise: int = 0
    """Stretches inside the values that could not be read."""
    prose: str = ""
    """What is no JSON: to tell a refusal from an empty answer."""
    n_refused: int = 0
    """Values that are no plain JSON."""
    still_thinking: bool = False
    """The answer ends before the model had done thinking."""


Spans = list[tuple[int, int, Any]]
"""(start, end, value) of each JSON value in a text, in order."""

_MARKER = re.compile(
    r"<\|im_start\|>\s*assistant|<\|assistant\|>|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>"
    r"|\[/INST\]|<start_of_turn>\s*model|<｜Assistant｜>|^#{2,4}\s*(?:Response|Answer|回答|答案)\s*[:：]?\s*$",
    re.MULTILINE,
)
"""Where chat templates let the model's turn begin: what stands before is the prompt."""
_THINKING = re.compile(r"\s*<think(?:ing)?>.*?(</think(?:ing)?>|\Z)", re.DOTALL)
_FENCE = re.compile(r"(?:```|~~~)[\w-]*")
_SPECIAL = re.compile(r"<[|｜]\w+[|｜]>|</?s>|\ufeff")
_BRACKET = re.compile(r"[{\[]")
_MAX_ENCODINGS = 3
_MAX_REFUSED = 20
"""Blocks that the strict decoder may refuse: each refusal counts the lines before it, and the lenient reader reads good JSON too."""


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body, twice = members(pairs)
    if twice:
        raise ValueError("a key stands twice: the lenient reading takes both values")
    return body


def _no_constant(_: str) -> None:
    raise ValueError("NaN and the infinities are no JSON: the lenient reading mends them")


_DECODER = json.JSONDecoder(object_pairs_hook=_plain_object, parse_float=Number, parse_constant=_no_constant)


def plain_object(raw: str) -> dict[str, Any] | None:
    """The object that the whole answer is, None if it is anything else. The fast way: native models answer so."""
    try:
        value = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def find_blocks(raw: str) -> Blocks:
    """Every JSON value of an answer, read as leniently as it takes."""
    found = Blocks()
    text = _decoded(_after_thinking(raw, found), found)
    spans = _without_echo(text, _read_all(text, found), found)
    found.values = [value for _, _, value in spans]
    return found


def decoded_text(value: str) -> list[Any] | None:
    """The JSON values in a string that begins like JSON; None if it does not."""
    return find_blocks(value).values if _BRACKET.match(value.strip()) else None


def _after_thinking(text: str, found: Blocks) -> str:
    """What a model thinks before it answers is no answer. Only at the beginning: elsewhere it may be in a quote."""
    thought = _THINKING.match(text)
    if thought is None:
        return text
    found.repairs.add(Repair.THINKING)
    found.still_thinking = not thought.group(1)
    return text[thought.end() :]


def _decoded(text: str, found: Blocks) -> str:
    """The text inside a JSON string, if the whole answer is one."""
    for _ in range(_MAX_ENCODINGS):
        if not text.lstrip().startswith('"'):
            break
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            break
        found.repairs.add(Repair.ENCODED)
        text = str(inner)
    return text


def _read_all(text: str, found: Blocks) -> Spans:
    spans: Spans = []
    index = 0
    while bracket := _BRACKET.search(text, index):
        start = bracket.start()
        if may_start(text, start):
            value, index = _read_one(text, start, found)
            spans.append((start, index, value))
        else:
            index = start + 1
    return spans


def _read_one(text: str, start: int, found: Blocks) -> tuple[Any, int]:
    if found.n_refused < _MAX_REFUSED:
        try:
            return _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            found.n_refused += 1
    value, reader = read_value(text, start)
    found.repairs |= reader.repairs
    found.n_noise += reader.n_noise
    return value, max(reader.end, start + 1)


def _without_echo(text: str, spans: Spans, found: Blocks) -> Spans:
    """Only the model's turn, without requests and JSON schemas that it repeats; notes the words around it."""
    markers = [m.end() for m in _MARKER.finditer(text) if not _inside(m.start(), spans)]
    begin = markers[-1] if markers and any(start >= markers[-1] for start, _, _ in spans) else 0
    kept = [s for s in spans if s[0] >= begin and not _is_asked(s[2])]
    if begin or len(kept) < len(spans):
        found.repairs.add(Repair.PROMPT_ECHO)
    around = _SPECIAL.sub(" ", "\n".join(_between(text, [s for s in spans if s[0] >= begin], begin)))
    if kept and _FENCE.search(around):
        found.repairs.add(Repair.FENCE)
    found.prose = _FENCE.sub(" ", around).strip()
    if kept and found.prose:
        found.repairs.add(Repair.SMALL_TALK)
    return kept


def _between(text: str, spans: Spans, begin: int) -> Iterator[str]:
    """The pieces of the text from `begin` on that no span covers."""
    for start, end, _ in spans:
        yield text[begin:start]
        begin = end
    yield text[begin:]


def _inside(index: int, spans: Spans) -> bool:
    return any(start <= index < end for start, end, _ in spans)


def _is_asked(value: Any) -> bool:
    """A request of ours or a JSON schema, repeated."""
    if not isinstance(value, dict):
        return False
    body = cast("dict[str, Any]", value)
    return ("task" in body and ("schema" in body or "chunk" in body)) or (
        "$schema" in body or (body.get("type") == "object" and isinstance(body.get("properties"), dict))
    )
