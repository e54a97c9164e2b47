"""Fences around document text in a prompt, so that a contract cannot instruct the model.

A text could write the mark that ends it: each fence has a code that is not in the text. A text
could contain a control token of the model ("<|im_start|>"), which a tokenizer reads as the
beginning of a turn: control tokens are broken by a zero-width space, which grounding ignores.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

_CODE_DIGITS = 8
_BREAK = "\u200b"
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
# The first character of a control token. Source: the tokenizers of Qwen 2.5 and 3, Llama 2 and 3,
# Mistral (to Tekken 13), Gemma 2 to 4, DeepSeek, Phi 3, GLM 4, Command R and SmolLM 2.
_IN_ANGLES = (
    "s|bos|eos|pad|unk|mask|cls|sep|sop|eop|think|tool_calls?|tool_response|start_of_turn|end_of_turn|"
    "start_of_image|end_of_image|image_soft_token|(?:bos|eos|pad|unk|mask)_token|unused[0-9]+|extra(?:_id)?_[0-9]+|"
    "repo_?name|filename|file_sep|gh_stars|empty_output|(?:issue|jupyter|commit|fim)_[a-z]+"
)
_IN_BRACKETS = (
    "INST|SYSTEM_PROMPT|MODEL_SETTINGS|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|CALL_ID|ARGS|THINK|"
    "PREFIX|MIDDLE|SUFFIX|IMG|IMG_BREAK|IMG_END|AUDIO|BEGIN_AUDIO|gMASK|sMASK|MASK|CLS|SEP|PAD|UNK"
)
_CONTROL = re.compile(
    rf"(?:[<＜](?=[|｜])|<(?=/?[a-z_\"]{{1,40}}[|｜]>)|<(?=/?(?:{_IN_ANGLES})>)|<(?=</?SYS>>)|\[(?=/?(?:{_IN_BRACKETS})\]))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fence:
    """Marks with a code that the texts between them do not contain."""

    code: str

    def around(self, name: str, text: str, **labels: str) -> str:
        """A text as a part of the prompt that neither it nor its labels can end."""
        attributes = "".join(f" {key}={quoted(value)}" for key, value in labels.items())
        return f"<{name}-{self.code}{attributes}>\n{without_control(text)}\n</{name}-{self.code}>"


def fence_for(chunk_texts: Sequence[str], other_texts: Sequence[str] = ()) -> Fence:
    """A fence whose code is in none of the texts.

    The code comes from the chunk alone, so that all calls about a chunk begin alike and a server
    can reuse its prefix cache, unless another text contains the code: a model may have written it
    into its answer.
    """
    everything = "\0".join([*chunk_texts, *other_texts])
    searched = _INVISIBLE.sub("", unicodedata.normalize("NFKC", everything)).casefold()
    seed = "\0".join(chunk_texts).encode("utf-8", errors="surrogatepass")
    for attempt in count():
        code = hashlib.sha256(seed + attempt.to_bytes(4, "big")).hexdigest()[:_CODE_DIGITS]
        if code not in searched:
            return Fence(code)
    raise AssertionError("unreachable")


def without_control(text: str) -> str:
    """The text with every control token broken in two; quotes from it are still found."""
    return _CONTROL.sub(lambda match: match.group() + _BREAK, text)


# What ends a line for some readers, and JSON leaves as it is.
_LINE_ENDS = {ord(c): f"\\u{ord(c):04x}" for c in "\x85\u2028\u2029"}


def one_line_json(value: object) -> str:
    """JSON with document text in it, on one line for every reader."""
    return json.dumps(value, ensure_ascii=False).translate(_LINE_ENDS)


def quoted(text: str, max_chars: int | None = None) -> str:
    """Document text inside a sentence: in double quotes, on one line, cut to `max_chars`."""
    plain = " ".join(text.split())
    if max_chars is not None and len(plain) > max_chars:
        plain = plain[: max_chars - 1] + "…"
    return json.dumps(without_control(plain), ensure_ascii=False)
