import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.native.generator.clause_heads import ClauseHeads, LineRows, n_features, unpacked_heads
from tasks.core.native.text.lines import lay_out_document
from tasks.core.native.text.words import learn_vocabulary, words_of

TEXT = (
    "1. GOVERNING LAW\n\nThis Agreement is governed by the laws of Ohio. Courts of Ohio decide.\n\n"
    "2. TERM\n\nThe term is five (5) years; (a) it renews yearly; and (b) either party may end it.\n\n[***] redacted."
)
LINES = lay_out_document(TEXT, 6000)
VOCABULARY = learn_vocabulary([words_of(x.text) for x in LINES], [1.0] * len(LINES), 60, 20)


def random_heads(seed: int) -> ClauseHeads:
    draw = np.random.default_rng(seed)
    weights = draw.normal(size=(n_features(VOCABULARY), 3)).astype(np.float32)
    return ClauseHeads(("a", "b", "c"), VOCABULARY, weights, draw.normal(size=3).astype(np.float32))


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_margins_are_what_the_training_matrix_gives(seed: int) -> None:
    heads = random_heads(seed)
    joined = LineRows(LINES, VOCABULARY).joined()
    np.testing.assert_allclose(heads.margins(LINES), joined.times(heads.weights) + heads.bias, atol=1e-4)


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_packing_changes_a_margin_by_no_more_than_rounding(seed: int) -> None:
    heads = random_heads(seed)
    kept = unpacked_heads(heads.packed())
    assert kept.names == heads.names and kept.vocabulary.terms == heads.vocabulary.terms
    np.testing.assert_allclose(kept.margins(LINES), heads.margins(LINES), atol=0.2)


def test_packed_arrays_need_no_pickle() -> None:
    assert all(a.dtype != np.object_ for a in random_heads(0).packed().values())


def test_no_lines_give_no_margins() -> None:
    assert random_heads(0).margins(()).shape == (0, 3)


def test_numbers_and_redactions_are_one_word_each() -> None:
    assert words_of("Pay 1,000 or [***] by 2020-01-01") == ["pay", "0", "0", "or", "***", "by", "0", "0", "0"]
