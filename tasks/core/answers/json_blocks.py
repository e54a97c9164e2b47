"""Find the JSON in a raw answer, between small talk, fences and prompt echoes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from tasks.core.answers.lenient_json import may_start, read_value
from tasks.core.answers.loose_values import Number, members
from tasks.core.answers.models import Repair


@dataclass(slots=True)
class Blocks:
    """The JSON values of an answer in order, and how well they could be read."""

    values: list[Any] = field(default_factory=list[Any])
    repairs: set[Repair] = field(default_factory=set[Repair])
    n_noise: int = 0  # pieces inside the values that could not be read
    prose: str = ""  # the text around the JSON, which may be a refusal
    n_refused: int = 0  # values that are not plain JSON
    still_thinking: bool = False  # the answer ends inside its `<think>` part


Spans = list[tuple[int, int, Any]]  # (start, end, value) of each JSON value in a text, in order

# Where the model's turn begins in chat templates: the text before is the prompt.
_MARKER = re.compile(
    r"<\|im_start\|>\s*assistant|<\|assistant\|>|<\|start_header_id\|>\s*assistant\s*<\|end_header_id\|>"
    r"|\[/INST\]|<start_of_turn>\s*model|<｜Assistant｜>|^#{2,4}\s*(?:Response|Answer|回答|答案)\s*[:：]?\s*$",
    re.MULTILINE,
)
_THINKING = re.compile(r"\s*<think(?:ing)?>.*?(</think(?:ing)?>|\Z)", re.DOTALL)
_FENCE = re.compile(r"(?:```|~~~)[\w-]*")
_SPECIAL = re.compile(r"<[|｜]\w+[|｜]>|</?s>|\ufeff")
# What is left of an item that lost its brace; talk about the form has no quote in it.
_LOOSE_ITEM = re.compile(r"""["'“‘]quote["'”’]\s*[:：]\s*["'“‘]""")
_BRACKET = re.compile(r"[{\[]")
_MAX_ENCODINGS = 3
# Values that the strict decoder may refuse before only the lenient reader is used: each refusal
# costs time, as the decoder counts the lines before it.
_MAX_REFUSED = 20


def _plain_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body, twice = members(pairs)
    if twice:
        raise ValueError("duplicate key")  # the lenient reader takes both values
    return body


def _no_constant(_: str) -> None:
    raise ValueError("NaN and the infinities are not JSON")  # the lenient reader repairs them


_DECODER = json.JSONDecoder(object_pairs_hook=_plain_object, parse_float=Number, parse_constant=_no_constant)


def plain_object(raw: str) -> dict[str, Any] | None:
    """The object, if the answer is one plain JSON object (as of native models); else None."""
    try:
        value = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def find_blocks(raw: str, names: frozenset[str] = frozenset()) -> Blocks:
    """Every JSON value of an answer, read leniently where it is not plain JSON.

    Args:
        names: The fields, which may be keys of the answer.
    """
    blocks = Blocks()
    text = _decoded(_after_thinking(raw, blocks), blocks)
    spans = _without_echo(text, _read_all(text, names, blocks), blocks)
    blocks.values = [value for _, _, value in spans]
    return blocks


def decoded_text(value: str) -> list[Any] | None:
    """The JSON values in a string that begins like JSON; None for other strings."""
    return find_blocks(value).values if _BRACKET.match(value.strip()) else None


def _after_thinking(text: str, blocks: Blocks) -> str:
    """The text after a `<think>` part at the beginning; elsewhere the tag may be in a quote."""
    thought = _THINKING.match(text)
    if thought is None:
        return text
    blocks.repairs.add(Repair.THINKING)
    blocks.still_thinking = not thought.group(1)
    return text[thought.end() :]


def _decoded(text: str, blocks: Blocks) -> str:
    """The text inside a JSON string, if the whole answer is one."""
    for _ in range(_MAX_ENCODINGS):
        if not text.lstrip().startswith('"'):
            break
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            break
        blocks.repairs.add(Repair.ENCODED)
        text = str(inner)
    return text


def _read_all(text: str, names: frozenset[str], blocks: Blocks) -> Spans:
    spans: Spans = []
    index = 0
    while bracket := _BRACKET.search(text, index):
        start = bracket.start()
        if may_start(text, start):
            value, index = _read_one(text, start, names, blocks)
            spans.append((start, index, value))
        else:
            index = start + 1
    return spans


def _read_one(text: str, start: int, names: frozenset[str], blocks: Blocks) -> tuple[Any, int]:
    if blocks.n_refused < _MAX_REFUSED:
        try:
            return _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            blocks.n_refused += 1
    value, reader = read_value(text, start, names)
    blocks.repairs |= reader.repairs
    blocks.n_noise += reader.n_noise
    return value, max(reader.end, start + 1)


def _without_echo(text: str, spans: Spans, blocks: Blocks) -> Spans:
    """The values of the model's turn, without requests and JSON schemas that it repeats."""
    markers = [m.end() for m in _MARKER.finditer(text) if not _inside(m.start(), spans)]
    begin = markers[-1] if markers and any(start >= markers[-1] for start, _, _ in spans) else 0
    kept = [s for s in spans if s[0] >= begin and not _is_request(s[2])]
    if begin or len(kept) < len(spans):
        blocks.repairs.add(Repair.PROMPT_ECHO)
    around = _SPECIAL.sub(" ", "\n".join(_between(text, [s for s in spans if s[0] >= begin], begin)))
    if kept and _FENCE.search(around):
        blocks.repairs.add(Repair.FENCE)
    blocks.prose = _FENCE.sub(" ", around).strip()
    blocks.n_noise += bool(kept and _LOOSE_ITEM.search(blocks.prose))
    if kept and blocks.prose:
        blocks.repairs.add(Repair.SMALL_TALK)
    return kept


def _between(text: str, spans: Spans, begin: int) -> Iterator[str]:
    """The pieces of the text from `begin` on that no span covers."""
    for start, end, _ in spans:
        yield text[begin:start]
        begin = end
    yield text[begin:]


def _inside(index: int, spans: Spans) -> bool:
    return any(start <= index < end for start, end, _ in spans)


def _is_request(value: Any) -> bool:
    """Whether a value is a request or a JSON schema from the prompt."""
    if not isinstance(value, dict):
        return False
    body = cast("dict[str, Any]", value)
    return ("task" in body and ("schema" in body or "chunk" in body)) or (
        "$schema" in body or (body.get("type") == "object" and isinstance(body.get("properties"), dict))
    )
