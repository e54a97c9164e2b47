"""Finds a contract's name, parties, date and effective date in its first chunk, with a CRF.

Nine in ten of these values are in the first chunk; elsewhere names and dates mean other things.
One model serves the four fields, because the two dates are often the same words: a label is B- or
I- with the letters of one or more fields (`FIELD_BY_LETTER`).

Source: python-crfsuite 0.9.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import Any, Protocol, cast

import pycrfsuite  # pyright: ignore[reportMissingTypeStubs]

from tasks.core.native.text.units import split_units
from tasks.core.text.look_alikes import folded

FIELD_BY_LETTER = {"N": "document_name", "P": "parties", "A": "agreement_date", "E": "effective_date"}
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][a-z]+)?|\d+|_{2,}|\[[^\]\n]{0,12}\]|[^\w\s]", re.UNICODE)
# A feature of trained models, so it stays as it was when they were trained.
_MONTH = re.compile(r"^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$", re.IGNORECASE)
_LOOSE_ENDS = frozenset(("and", "or", "&", ",", ";", "(", "the", "a"))
"""Tokens that no name or date ends with."""
_INSIDE_SHARE = 0.5
"""A mention goes on while P(inside) is at least this share of its first token's P(begin)."""
_AROUND = (-4, -3, -2, -1, 1, 2, 3, 4)
_COMPANY = re.compile(
    "inc|corp|corporation|llc|ltd|limited|company|co|lp|gmbh|plc|ag|trust|bank|partnership|sa|nv|bv"
    "|incorporated|llp"
)
_OWN_KIND = re.compile(r"[\"“”(),.;:]|between|among|and|of|dated|effective|day")
"""Tokens that are a kind of their own."""


class Tagger(Protocol):
    """The part of a crfsuite tagger that finding mentions needs."""

    def set(self, xseq: list[list[str]], /) -> None: ...
    def labels(self) -> list[str]: ...
    def marginal(self, y: str, pos: int, /) -> float: ...


@dataclass(frozen=True, slots=True)
class Token:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A short value in a text and its probability."""

    field: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class TokenSequence:
    """A unit's tokens and the features of each."""

    tokens: tuple[Token, ...]
    features: list[list[str]]


def token_sequences(text: str) -> list[TokenSequence]:
    """A token sequence for each unit of a text that has tokens."""
    plain = folded(text)
    sequences: list[TokenSequence] = []
    previous = ""
    for number, unit in enumerate(split_units(text)):
        tokens = tuple(
            Token(m.start(), m.end(), m.group()) for m in _TOKEN.finditer(plain, unit.start, unit.end)
        )
        if tokens:
            sequences.append(TokenSequence(tokens, _features(tokens, plain, number, previous)))
        previous = unit.of(plain).lower()
    return sequences


def find_mentions(text: str, tagger: Tagger, bar: float) -> list[Mention]:
    """The values that reach the bar, in order; of equal words only the most probable ones."""
    best: dict[tuple[str, str], Mention] = {}
    for sequence in token_sequences(text):
        for mention in _mentions(sequence, tagger, bar):
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


def _features(tokens: Sequence[Token], plain: str, number: int, previous: str) -> list[list[str]]:
    words = [t.text.lower() for t in tokens]
    line = plain[tokens[0].start : tokens[-1].end]
    common = [
        f"unit={min(number, 12)}",
        f"caps={line.isupper()}",
        f"size={min(len(tokens), 40) // 5}",
        f"agreement={'agreement' in words}",
        f"between={'between' in words or 'among' in words}",
        f"prev={previous.split()[-1] if previous else '-'}",
    ]
    n = len(words)
    kinds = ["<>", "<>", *map(_kind, words), "<>", "<>"]  # kinds[i + 2] is token i's
    shapes = ["", "", *(_shape(t.text) for t in tokens), "", ""]
    pairs = ["w|"] * 2 + [f"{k}|{s}" for k, s in zip(kinds[2:-2], shapes[2:-2], strict=True)] + ["w|"] * 2
    around = ["<>"] * 4 + ["0" if w.isdigit() else w for w in words] + ["<>"] * 4
    columns = [
        [f"w0={w}" for w in words],
        [f"s0={s}" for s in shapes[2:-2]],
        [f"x0={w[-3:]}" for w in words],
        [f"k0={k}" for k in kinds[2:-2]],
        *(repeat(c, n) for c in common),
        *([f"w{offset}={w}" for w in around[4 + offset : 4 + offset + n]] for offset in _AROUND),
        *([f"k{offset}={p}" for p in pairs[2 + offset : 2 + offset + n]] for offset in (-2, -1, 1, 2)),
        [f"w-1,0={a}|{b}" for a, b in pairwise(["<>", *words])],
        [f"k-1..1={a}|{b}|{c}" for a, b, c in zip(kinds[1:-3], kinds[2:-2], kinds[3:-1], strict=True)],
        [f"at={min(i, 30) // 3}" for i in range(n)],
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def _kind(word: str) -> str:
    if word.isdigit():
        return f"d{min(len(word), 5)}"
    if _MONTH.match(word):
        return "month"
    if _COMPANY.fullmatch(word):
        return "company"
    if _OWN_KIND.fullmatch(word):
        return word
    return "blank" if word.startswith("_") else "w"


def _shape(text: str) -> str:
    if text.isupper():
        return "X" if len(text) > 1 else "X1"
    if text[:1].isupper():
        return "Xx"
    return "x" if text.isalpha() else "-"


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

    def __reduce__(self) -> tuple[type[NameTagger], tuple[bytes]]:
        # The processes of a training exchange taggers, and a crfsuite tagger cannot be pickled.
        return NameTagger, (self._model,)

    def set(self, xseq: list[list[str]], /) -> None:
        self._tagger.set(xseq)

    def labels(self) -> list[str]:
        return self._labels

    def marginal(self, y: str, pos: int, /) -> float:
        return float(self._tagger.marginal(y, pos))
