import numpy as np

from tasks.core.native.critic.ngrams import N_HASHED, WordNgrams, unpacked_word_ngrams, word_ngram_rows


def test_rows_have_length_one_and_know_word_order() -> None:
    rows = word_ngram_rows(["shall not assign", "not shall assign", ""])
    dense = rows.times(np.eye(N_HASHED, 64, dtype=np.float32))
    assert dense.shape == (3, 64)
    first, second = set(rows.ids[: rows.starts[1]]), set(rows.ids[rows.starts[1] : rows.starts[2]])
    assert first != second and len(first & second) == 3
    assert abs(float((rows.values[: rows.starts[1]] ** 2).sum()) - 1.0) < 1e-6
    assert rows.starts[3] == rows.starts[2]


def test_packing_keeps_the_margins() -> None:
    draw = np.random.default_rng(1)
    view = WordNgrams(draw.normal(size=(N_HASHED, 2)).astype(np.float32), np.asarray([0.5, -0.5], np.float32))
    texts = ["This agreement renews for one year.", "law"]
    np.testing.assert_allclose(
        unpacked_word_ngrams(view.packed()).margins(texts), view.margins(texts), atol=0.2
    )
    assert view.margins([]).shape == (0, 2)
