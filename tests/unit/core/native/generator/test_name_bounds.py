"""The bound leaves out only units that hold no name by the tagger's own probabilities."""

from __future__ import annotations

from tasks.core.native.generator.name_tagger import NameTagger, find_mentions
from tasks.core.native.generator.name_tokens import TokenSequence, token_sequences
from tests.unit.core.native.scenes import MODELS

TAGGER = NameTagger((MODELS / "generator/1/names.crfsuite").read_bytes())
OPENING = (
    "SUPPLY AGREEMENT\n\nThis Supply Agreement is made as of March 3, 2019 (the “Effective Date”) by and between Quill Foods Inc., a "
    "Delaware corporation, and Österberg Trading AB.\n\n"
)
CLAUSES = (
    "1. Orders. Each order states the quantity and the day of delivery.\n\n2. Price. The price is that of the list.\n\n"
    "3. Term. The agreement ends with the year; either side may end it before, on thirty days' notice.\n\n甲方应当付款。\n\n"
)
TEXT = OPENING + CLAUSES * 3
BARS = (0.02, 0.15, 0.5)


def chance(sequence: TokenSequence) -> float:
    """The largest P(no O) of a token."""
    TAGGER.set(sequence.features)
    return max(1.0 - TAGGER.marginal("O", i) for i in range(len(sequence.tokens)))


def test_no_unit_that_reaches_the_bar_is_left_out_and_most_others_are() -> None:
    sequences = token_sequences(TEXT)
    chances = [chance(s) for s in sequences]
    for bar in BARS:
        may_name = TAGGER.may_name(sequences, bar)
        assert all(may for may, p in zip(may_name, chances, strict=True) if p >= bar)
    assert sum(TAGGER.may_name(sequences, 0.15)) < len(sequences) / 2


def test_units_are_bounded_alike_alone_and_together() -> None:
    sequences = token_sequences(TEXT)
    alone = [TAGGER.may_name([s], 0.15)[0] for s in sequences]
    assert alone == TAGGER.may_name(sequences, 0.15)


def test_the_mentions_are_those_without_a_bound() -> None:
    class Unbounded(NameTagger):
        def may_name(self, sequences: object, bar: float, /) -> list[bool]:
            return [True] * len(token_sequences(TEXT))

    everything = Unbounded((MODELS / "generator/1/names.crfsuite").read_bytes())
    found = find_mentions(TEXT, TAGGER, 0.15)
    assert found == find_mentions(TEXT, everything, 0.15)
    assert {m.field for m in found} >= {"document_name", "parties"}
