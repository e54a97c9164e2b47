"""The answer of a label instead of text: how much probability each label has, and how much none has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, TypeAdapter, ValidationError

UNDERSTOOD = 0.5
"""The least probability that all labels together must have: with less the model wants to say something else."""

_ROUNDING = 1e-3
"""A logarithm that is greater is of no probability."""


@dataclass(frozen=True, slots=True)
class LabelShares:
    """Probabilities of an answer's first token.

    `by_label` sums to at most 1: what it lacks went to no label.
    """

    by_label: Mapping[str, float]

    @property
    def total(self) -> float:
        return min(1.0, sum(self.by_label.values()))

    @property
    def is_understood(self) -> bool:
        """Whether the labels have enough probability for the answer to mean something."""
        return self.total >= UNDERSTOOD

    def share(self, label: str) -> float:
        """Of the probability that labels have, that of one; 0 if none has any."""
        return self.by_label[label] / self.total if self.total > 0 else 0.0


def label_shares(logprobs: Mapping[str, float], labels: Sequence[str]) -> LabelShares:
    """Sums the tokens that say a label, with white space or a sign around it or without.

    Args:
        logprobs: Token -> natural logarithm of its probability; tokens beyond the server's limit are
            not in it and count as no label.
    """
    by_label = dict.fromkeys(labels, 0.0)
    for token, logprob in logprobs.items():
        said = token.strip(" \t\r\n▁ĠĊ.:)*\"'。：）")
        if said in by_label:
            by_label[said] += math.exp(min(0.0, logprob)) if logprob <= _ROUNDING else 0.0
    return LabelShares(by_label)


def read_logprobs(raw: str | bytes) -> dict[str, float] | None:
    """Token -> logprob of the first token, from the `logprobs` of vLLM's backend; None: there are none.

    Source: vllm_backend docs/additional_outputs.md: a JSON list with one object for each token, from
    token id to {"logprob", "rank", "decoded_token"}.
    """
    try:
        tokens = _TOKENS.validate_json(raw)
    except ValidationError:
        return None
    if any(not row.logprob <= _ROUNDING for token in tokens for row in token.values()):
        return None  # NaN, or more than certain: no probability
    first: dict[str, float] = {}
    for row in (tokens[0] if tokens else {}).values():
        if row.decoded_token is not None:
            # Two ids may have one text: a byte token and a whole one.
            first[row.decoded_token] = _sum(first.get(row.decoded_token), row.logprob)
    return first or None


class _Token(BaseModel):
    logprob: float
    decoded_token: str | None = None


_TOKENS = TypeAdapter(list[dict[str, _Token]])


def _sum(one: float | None, other: float) -> float:
    if one is None:
        return other
    total = math.exp(one) + math.exp(other)
    return math.log(total) if total > 0 else -math.inf
