"""Count the tokens of a call: by the server, else by a tokenizer, else by an estimate.

Native models have no tokens.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from tasks.core.records import CountedBy
from tasks.core.wire.prompt import Prompt

Number = TypeVar("Number", int, float)

# For a character of Latin script, and of any other. Source:
# api-docs.deepseek.com/quick_start/token_usage. Tokenizers differ by a third and more, so an
# estimate serves for budgets, not for bills.
_LATIN_TOKENS, _OTHER_TOKENS = 0.3, 0.6
_OTHER_SCRIPTS = re.compile("[^\x00-\u024f]")


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """How tokens are counted if the server does not count them."""

    count: Callable[[str], int]
    by: CountedBy


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one call, or of several calls for one answer; None for native models."""

    n_in: int | None = None
    n_out: int | None = None
    by: CountedBy | None = None  # of several ways, the least certain

    def __add__(self, other: Self) -> Tokens:
        by = [each for each in CountedBy if each in (self.by, other.by)][-1:]
        return Tokens(sum_known(self.n_in, other.n_in), sum_known(self.n_out, other.n_out), *by)


NO_TOKENS = Tokens()


def estimate_tokens(text: str) -> int:
    """The tokens of a text, estimated from its characters."""
    n_other = len(_OTHER_SCRIPTS.findall(text))
    return math.ceil((len(text) - n_other) * _LATIN_TOKENS + n_other * _OTHER_TOKENS)


ESTIMATE = TokenCounter(estimate_tokens, CountedBy.ESTIMATE)


def tokens_of(
    prompt: Prompt, raw: str, server_in: int | None, server_out: int | None, counter: TokenCounter = ESTIMATE
) -> Tokens:
    """The tokens of one call of a language model.

    Args:
        raw: The answer.
        server_in: The server's count of the prompt, or None; `server_out` is that of the answer.
        counter: Counts what the server does not count, without the words of a chat template.
    """
    if server_in is not None and server_out is not None:
        return Tokens(server_in, server_out, CountedBy.SERVER)
    n_in = sum(counter.count(message.text) for message in prompt.messages) if server_in is None else server_in
    return Tokens(n_in, counter.count(raw) if server_out is None else server_out, counter.by)


def sum_known(one: Number | None, other: Number | None) -> Number | None:
    """The sum of the known numbers; None if both are unknown."""
    return other if one is None else one if other is None else one + other
