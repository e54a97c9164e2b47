"""Fences around what is data, with a code that the data does not hold, and texts that no chat template can take for its own.

Two ways lead from a contract into a prompt. A text may write the mark that ends it: so the code is drawn from the text's digest and
looked for in the text. And it may hold a control token of the model ("<|im_start|>"), which a tokenizer would read as the beginning of
a turn: so these are broken by a zero-width space, which grounding overlooks (`tasks.core.grounding.quotes.fold`).
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
_CONTROL = re.compile(
    r"(?:[<＜](?=[|｜])"
    r"|<(?=/?(?:s|bos|eos|pad|unk|think|tool_call|tool_response|start_of_turn|end_of_turn)>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|AVAILABLE_TOOLS|TOOL_RESULTS)\]))",
    re.IGNORECASE,
)
"""The first sign of a control token. Source: the tokenizers of Qwen 2.5 and 3, Llama 2 and 3, Mistral, Gemma 2, DeepSeek, Phi 3."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Marks that only the prompt's own hand can write."""

    code: str

    def around(self, name: str, text: str, **labels: str) -> str:
        """A text as a part of the prompt; nothing in it begins or ends a part or a turn.

        Args:
            labels: What is told of the part, itself from a document maybe.
        """
        told = "".join(f" {key}={data(value)}" for key, value in labels.items())
        return f"<{name}-{self.code}{told}>\n{without_control(text)}\n</{name}-{self.code}>"


def fence_for(chunk_texts: Sequence[str], other_texts: Sequence[str] = ()) -> Fence:
    """A fence whose code occurs in none of the texts, whatever they say.

    The code is drawn from the chunk, so that every call about one chunk begins with the same words: servers keep what they have
    read already. It changes when it stands in one of the texts, for a model may have written it into its own answer.
    """
    everything = "\0".join([*chunk_texts, *other_texts])
    said = _INVISIBLE.sub("", unicodedata.normalize("NFKC", everything)).casefold()
    seed = "\0".join(chunk_texts).encode("utf-8", errors="surrogatepass")
    for attempt in count():
        code = hashlib.sha256(seed + attempt.to_bytes(4, "big")).hexdigest()[:_CODE_DIGITS]
        if code not in said:
            return Fence(code)
    raise AssertionError("unreachable")


def without_control(text: str) -> str:
    """The text with every control token broken in two; quotes from it are still found."""
    return _CONTROL.sub(lambda sign: sign.group() + _BREAK, text)


def data(text: str, max_chars: int | None = None) -> str:
    """Words of a document inside a sentence of the prompt: in double quotes, on one line, cut where they are long."""
    plain = " ".join(text.split())
    if max_chars is not None and len(plain) > max_chars:
        plain = plain[: max_chars - 1] + "…"
    return json.dumps(without_control(plain), ensure_ascii=False)
