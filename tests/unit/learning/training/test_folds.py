import random

from tasks.learning.training.folds import alike, deal_folds

BOILERPLATE = "Notices under this Agreement are sent to the addresses on its first page, by courier."


def lines(seed: int, n: int = 40) -> list[str]:
    draw = random.Random(seed)
    return [BOILERPLATE, *(" ".join(f"word{draw.randrange(500)}" for _ in range(12)) for _ in range(n))]


def test_a_copy_with_a_few_changes_is_a_near_duplicate() -> None:
    own = lines(1)
    texts = {"a": own, "b": own[:25] + lines(2)[25:], "c": lines(3)}
    assert alike({name: "\n".join(text) for name, text in texts.items()}) == {"a": ["b"]}


def test_near_duplicates_share_a_fold_and_folds_are_even() -> None:
    ids = [f"d{n}" for n in range(10)]
    folds = deal_folds(ids, {"d0": ["d1"], "d1": ["d2"]}, 5, seed=0)
    assert folds["d0"] == folds["d1"] == folds["d2"]
    assert sorted(folds) == sorted(ids) and set(folds.values()) == set(range(5))


def test_a_near_duplicate_outside_the_corpus_is_ignored() -> None:
    assert deal_folds(["a", "b"], {"a": ["elsewhere"]}, 2, seed=0) in ({"a": 0, "b": 1}, {"a": 1, "b": 0})
