from pathlib import Path

import pytest

from tasks.core.errors import ConfigurationError
from tasks.core.native.critic import Critic
from tasks.core.native.generator import Generator
from tasks.core.native.service import answer
from tests.unit.training.corpora import write_corpus

pytest.importorskip("sklearn", reason="training needs the extra `train`")
pytest.importorskip("lightgbm", reason="training needs the extra `train`")

from tasks.training.corpus import load_corpus
from tasks.training.critic import write_critic
from tasks.training.generator import train_generator, write_generator
from tasks.training.recipe import critic_of_corpus


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("cuad"))


def trained(data: Path, out: Path) -> dict[str, bytes]:
    """Bytes of every weight file of a training run with seed 3."""
    corpus = load_corpus(data, n_folds=2)
    generator = train_generator(corpus, 3, lambda _message: None)
    write_generator(generator, out / "generator", 3)
    write_critic(critic_of_corpus(generator, 3, lambda _message: None), out / "critic", 3)
    return {f"{p.parent.name}/{p.name}": p.read_bytes() for p in sorted(out.glob("*/*"))}


def test_the_same_seed_gives_the_same_weights_and_they_load(data: Path, tmp_path: Path) -> None:
    first, second = trained(data, tmp_path / "a"), trained(data, tmp_path / "b")
    assert len(first) == 7
    assert first == second
    generator, critic = Generator.load(tmp_path / "a/generator"), Critic.load(tmp_path / "a/critic")
    assert "cuad/governing_law" in generator.trained_fields and "cuad/parties" in critic.trained_fields
    assert '"error"' in answer(generator, "{}") and '"error"' in answer(critic, "{}")


def test_the_card_says_what_it_was_trained_on(data: Path, tmp_path: Path) -> None:
    files = trained(data, tmp_path)
    for name in ("generator", "critic"):
        assert (
            b"CC BY 4.0" in files[f"{name}/card.json"] and b"arXiv:2103.06268" in files[f"{name}/card.json"]
        )


def test_only_the_train_split_is_read(data: Path) -> None:
    ids = {c.doc_id for c in load_corpus(data).contracts}
    assert len(ids) == 22 and not ids & {"c22", "c23"}


def test_near_duplicates_share_a_fold_and_every_fold_is_used(data: Path) -> None:
    corpus = load_corpus(data, n_folds=5)
    fold = dict(zip((c.doc_id for c in corpus.contracts), corpus.folds, strict=True))
    assert fold["c00"] == fold["c01"] and set(corpus.folds) == set(range(5))


@pytest.mark.parametrize("lost", ["texts.jsonl.gz", "gold.jsonl.gz", "splits.json"])
def test_a_folder_without_a_file_raises_configuration_error(lost: str, tmp_path: Path) -> None:
    (write_corpus(tmp_path) / lost).unlink()
    with pytest.raises(ConfigurationError, match=lost):
        load_corpus(tmp_path)
