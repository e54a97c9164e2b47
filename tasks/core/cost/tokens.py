"""Tokens of a call: as the server tells them, else counted by a tokenizer, else estimate_tokens from the characters, and always which.

Native models have no tokens; nobody invents any for them.
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

_LATIN_TOKENS, _OTHER_TOKENS = 0.3, 0.6
"""A character of Latin script, and of any other. Source: api-docs.deepseek.com/quick_start/token_usage (1 English character about
0.3 token, 1 Chinese character about 0.6). Tokenizers differ by a third and more: an estimate is for budgets, not for a bill."""

_OTHER_SCRIPTS = re.compile("[^\x00-\u024f]")


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """How tokens are counted where the server tells none."""

    count: Callable[[str], int]
    by: CountedBy


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one call, or of several for one answer. None: there are none to speak of, as with native models."""

    n_in: int | None = None
    n_out: int | None = None
    by: CountedBy | None = None
    """The least certain way in which any of them was counted."""

    def __add__(self, other: Self) -> Tokens:
        ways = [way for way in CountedBy if way in (self.by, other.by)]
        return Tokens(
            added(self.n_in, other.n_in), added(self.n_out, other.n_out), ways[-1] if ways else None
        )


NO_TOKENS = Tokens()


def estimate_tokens(text: str) -> int:
    """Tokens of a text, from its characters alone."""
    n_other = len(_OTHER_SCRIPTS.findall(text))
    return math.ceil((len(text) - n_other) * _LATIN_TOKENS + n_other * _OTHER_TOKENS)


ESTIMATE = TokenCounter(estimate_tokens, CountedBy.ESTIMATE)


def tokens_of(
    prompt: Prompt, raw: str, told_in: int | None, told_out: int | None, counter: TokenCounter = ESTIMATE
) -> Tokens:
    """Tokens of one call of a language model.

    Args:
        raw: What it answered.
        told_in: What the server counted; None: it does not tell. So `told_out`.
        counter: Counts what the server does not tell. A chat template's own words are not counted.
    """
    if told_in is not None and told_out is not None:
        return Tokens(told_in, told_out, CountedBy.SERVER)
    n_in = sum(counter.count(message.text) for message in prompt.messages) if told_in is None else told_in
    return Tokens(n_in, counter.count(raw) if told_out is None else told_out, counter.by)


def added(one: Number | None, other: Number | None) -> Number | None:
    """A sum in which nothing is nothing, and not zero."""
    return other if one is None else one if other is None else one + other
