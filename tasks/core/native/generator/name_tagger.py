"""Finds a contract's name, parties, date and effective date in its first chunk, with a CRF.

Nine in ten of these values are in the first chunk; elsewhere names and dates mean other things.
One model serves the four fields, because the two dates are often the same words: a label is B- or
I- with the letters of one or more fields (`FIELD_BY_LETTER`).

Source: python-crfsuite 0.9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import pycrfsuite  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.native.generator.name_bounds import NameBounds
from tasks.core.native.generator.name_tokens import Token, TokenSequence, token_sequences

FIELD_BY_LETTER = {"N": "document_name", "P": "parties", "A": "agreement_date", "E": "effective_date"}
_LOOSE_ENDS = frozenset(("and", "or", "&", ",", ";", "(", "the", "a"))
"""Tokens that no name or date ends with."""
_INSIDE_SHARE = 0.5
"""A mention goes on while P(inside) is at least this share of its first token's P(begin)."""


class Tagger(Protocol):
    """The part of a crfsuite tagger that finding mentions needs."""

    def set(self, xseq: list[list[str]], /) -> None: ...
    def labels(self) -> list[str]: ...
    def marginal(self, y: str, pos: int, /) -> float: ...
    def may_name(self, sequences: Sequence[TokenSequence], bar: float, /) -> list[bool]:
        """Whether each sequence may hold a mention that reaches the bar; a cheap look ahead."""
        ...


@dataclass(frozen=True, slots=True)
class Mention:
    """A short value in a text and its probability."""

    field: str
    start: int
    end: int
    score: float


def find_mentions(text: str, tagger: Tagger, bar: float) -> list[Mention]:
    """The values that reach the bar, in order; of equal words only the most probable ones."""
    best: dict[tuple[str, str], Mention] = {}
    sequences = token_sequences(text)
    for sequence, may_name in zip(sequences, tagger.may_name(sequences, bar), strict=True):
        for mention in _mentions(sequence, tagger, bar) if may_name else ():
            key = (mention.field, " ".join(text[mention.start : mention.end].lower().split()))
            if key not in best or best[key].score < mention.score:
                best[key] = mention
    return sorted(best.values(), key=lambda m: (m.start, m.field))


def _mentions(sequence: TokenSequence, tagger: Tagger, bar: float) -> list[Mention]:
    tagger.set(sequence.features)
    n = len(sequence.tokens)
    labels = tagger.labels()
    outside = [tagger.marginal("O", i) if "O" in labels else 0.0 for i in range(n)]
    if min(outside) > 1.0 - bar:
        return []
    # No mention can begin or go on at any other token, so their marginals need not be computed.
    possible = [i for i, p in enumerate(outside) if 1.0 - p >= 0.99 * _INSIDE_SHARE * bar]
    mentions: list[Mention] = []
    for letter, field in FIELD_BY_LETTER.items():
        begin = [lb for lb in labels if lb.startswith("B-") and letter in lb[2:]]
        inside = [lb for lb in labels if lb.startswith("I-") and letter in lb[2:]]
        begins, insides = [0.0] * n, [0.0] * n
        for i in possible:
            begins[i] = sum([tagger.marginal(lb, i) for lb in begin])
            insides[i] = sum([tagger.marginal(lb, i) for lb in inside])
        mentions.extend(_runs(sequence.tokens, field, begins, insides, bar))
    return mentions


def _runs(
    tokens: Sequence[Token], field: str, begins: Sequence[float], insides: Sequence[float], bar: float
) -> list[Mention]:
    """Runs of tokens that begin at the bar and go on while P(inside) is high enough."""
    mentions: list[Mention] = []
    i = 0
    while i < len(tokens):
        if begins[i] < bar or (i and insides[i] > begins[i]):
            i += 1
            continue
        last, total, least = i, begins[i], max(_INSIDE_SHARE * begins[i], 1e-6)
        while last + 1 < len(tokens) and insides[last + 1] >= max(least, begins[last + 1]):
            last += 1
            total += insides[last]
        score = total / (last - i + 1)
        end = last
        while end > i and tokens[end].text.lower() in _LOOSE_ENDS:
            end -= 1
        mentions.append(Mention(field, tokens[i].start, tokens[end].end, min(1.0, score)))
        i = last + 1
    return mentions


class NameTagger:
    """A crfsuite model in memory.

    Raises: ValueError for bytes that are not a crfsuite model.
    """

    def __init__(self, model: bytes) -> None:
        # `open_inmemory` keeps no reference to the bytes, which must outlive the tagger.
        self._model = model
        self._tagger: Any = cast("Any", pycrfsuite).Tagger()
        self._tagger.open_inmemory(self._model)
        self._labels: list[str] = self._tagger.labels()
        self._bounds = NameBounds(model)

    def __reduce__(self) -> tuple[type[NameTagger], tuple[bytes]]:
        # The processes of a training exchange taggers, and a crfsuite tagger cannot be pickled.
        return NameTagger, (self._model,)

    def set(self, xseq: list[list[str]], /) -> None:
        self._tagger.set(xseq)

    def labels(self) -> list[str]:
        return self._labels

    def marginal(self, y: str, pos: int, /) -> float:
        return float(self._tagger.marginal(y, pos))

    def may_name(self, sequences: Sequence[TokenSequence], bar: float, /) -> list[bool]:
        return self._bounds.may_hold(sequences, bar)
