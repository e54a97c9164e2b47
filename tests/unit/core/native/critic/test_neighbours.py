import numpy as np
import pytest

from tasks.core.native.critic.neighbours import (
    N_DIMS,
    N_VOTES,
    KnownTexts,
    Memory,
    build_memory,
    neighbour_evidence,
    unit_rows,
    unpacked_memory,
)
from tasks.core.native.text.words import Vocabulary

WORDS = ("governed", "laws", "insurance", "coverage", "notice", "renew")
NONE = np.zeros(0, dtype=np.int64)


def memory() -> Memory:
    """Each word an axis; six clauses of law, six of insurance, six of neither."""
    vocabulary = Vocabulary(WORDS, np.ones(len(WORDS), dtype=np.float32), len(WORDS))
    projection = np.zeros((len(WORDS), N_DIMS), dtype=np.float32)
    projection[np.arange(len(WORDS)), np.arange(len(WORDS))] = 1.0
    draw = np.random.default_rng(0)
    bank = np.zeros((18, N_DIMS), dtype=np.float32)
    bank[:, :6] = np.abs(draw.normal(0.0, 0.1, (18, 6)))
    bank[:6, :2] += 1.0
    bank[6:12, 2:4] += 1.0
    bank[12:, 4:6] += 1.0
    labels = np.zeros((18, 2), dtype=np.bool_)
    labels[:6, 0] = labels[6:12, 1] = True
    return build_memory(vocabulary, projection, unit_rows(bank), labels)


def known(rows: np.ndarray, examples: np.ndarray | None = None, unseen: np.ndarray = NONE) -> KnownTexts:
    mask = np.zeros(18, dtype=np.bool_)
    mask[rows] = True
    points = np.zeros((0, N_DIMS), dtype=np.float32) if examples is None else examples
    return KnownTexts(rows, mask, points, unseen)


def evidence(text: str, field: KnownTexts) -> list[float]:
    held = memory()
    point = held.embed([text])[0]
    return neighbour_evidence(held.bank @ point, field.examples @ point, field)


def test_a_text_lies_near_the_clauses_it_reads_like() -> None:
    of_law, of_insurance = known(np.arange(6)), known(np.arange(6, 12))
    law = evidence("governed by the laws of Ohio", of_law)
    other = evidence("governed by the laws of Ohio", of_insurance)
    assert law[3] > 0.3 > -0.3 > other[3]
    assert law[5] == 1.0 and other[5] == 0.0


def test_examples_serve_a_field_without_annotations() -> None:
    examples = memory().embed(["insurance coverage"])
    shown = evidence("the insurance gives coverage", known(NONE, examples))
    blank = evidence("the insurance gives coverage", known(NONE))
    assert shown[0] > 0.99 and blank[0] == 0.0


def test_unseen_rows_are_ignored() -> None:
    seen = evidence("insurance coverage", known(NONE))
    unseen = evidence("insurance coverage", known(NONE, unseen=np.arange(6, 12)))
    assert seen[2] > 0.9 > unseen[2]


def test_a_direction_leads_to_the_field_and_not_elsewhere() -> None:
    held = memory()
    weights, bias = held.direction(held.embed(["governed by laws"]))
    points = held.embed(["the laws that governed it", "insurance coverage", "notice to renew"])
    toward = points @ weights + bias
    assert toward[0] > 1.5 * max(toward[1:])


def test_a_text_without_a_known_word_has_no_point() -> None:
    assert not memory().embed(["本金可能损失"]).any()


def test_packing_keeps_points_and_labels() -> None:
    held = memory()
    again = unpacked_memory(held.packed())
    assert (again.labels == held.labels).all()
    np.testing.assert_allclose(again.bank, held.bank, atol=0.02)
    assert again.embed(["laws"])[0] == pytest.approx(held.embed(["laws"])[0], abs=0.02)


def of_many_clauses() -> Memory:
    """A bank with most clauses several times, as boilerplate is; every third row is right."""
    draw = np.random.default_rng(1)
    bank = unit_rows(draw.normal(size=(900, N_DIMS)).astype(np.float32))[draw.integers(0, 900, 5000)]
    labels = np.zeros((5000, 1), dtype=np.bool_)
    labels[::3] = True
    blank = memory()
    return build_memory(blank.vocabulary, blank.projection, bank, labels)


def test_of_equally_near_clauses_the_first_in_the_bank_count() -> None:
    held = of_many_clauses()
    field = KnownTexts(np.flatnonzero(held.labels[:, 0]), held.labels[:, 0], held.bank[:0], NONE)
    for similar in held.cosines(held.bank[:50]):
        nearest = np.argsort(-similar, kind="stable")[:N_VOTES]
        share = float(field.is_right[nearest[:5]].mean())
        assert neighbour_evidence(similar, similar[:0], field)[5] == pytest.approx(share)


def test_the_same_words_are_equally_near_to_the_last_bit() -> None:
    held = of_many_clauses()
    for point in held.bank[:50]:
        similar = held.cosines(point[None, :])[0]
        twins = np.flatnonzero((held.bank == point).all(axis=1))
        assert len(set(similar[twins].tolist())) == 1
