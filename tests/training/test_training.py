import json
from pathlib import Path

import pytest

from tasks.core.errors import ConfigurationError
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.answer import answer
from tests.training.corpora import write_corpus

pytest.importorskip("sklearn", reason="training needs the extra `train`")
pytest.importorskip("lightgbm", reason="training needs the extra `train`")

from tasks.learning.training.corpus import load_corpus
from tasks.learning.training.recipe import critic_of_corpus
from tasks.learning.training.train_critic import write_critic
from tasks.learning.training.train_generator import train_generator, write_folds, write_generator


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("cuad"))


@pytest.fixture(scope="module")
def weights(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training run with seed 3 in one process; the tests only read it."""
    folder = tmp_path_factory.mktemp("weights")
    train(data, folder)
    return folder


def train(data: Path, out: Path, n_processes: int = 1) -> None:
    corpus = load_corpus(data, n_folds=2)
    generator = train_generator(corpus, 3, lambda _message: None, n_processes)
    write_generator(generator, out / "generator", 3)
    write_critic(critic_of_corpus(generator, 3, lambda _message: None, n_processes), out / "critic", 3)


def files(folder: Path) -> dict[str, bytes]:
    """Bytes of every weight file of a training run."""
    return {f"{p.parent.name}/{p.name}": p.read_bytes() for p in sorted(folder.glob("*/*"))}


def test_the_same_seed_gives_the_same_weights_in_two_processes_too_and_they_load(
    data: Path, weights: Path, tmp_path: Path
) -> None:
    train(data, tmp_path, n_processes=2)
    assert len(files(weights)) == 10
    assert files(weights) == files(tmp_path)
    generator, critic = Generator.load(weights / "generator"), Critic.load(weights / "critic")
    assert "cuad/governing_law" in generator.trained_fields and "cuad/parties" in critic.trained_fields
    assert '"error"' in answer(generator, "{}") and '"error"' in answer(critic, "{}")


def test_the_card_says_what_it_was_trained_on(weights: Path) -> None:
    for name in ("generator", "critic"):
        card = files(weights)[f"{name}/card.json"]
        assert b"CC BY 4.0" in card and b"arXiv:2103.06268" in card


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


def test_a_fold_has_not_seen_its_own_contracts(data: Path, tmp_path: Path) -> None:
    corpus = load_corpus(data, n_folds=2)
    write_folds(train_generator(corpus, 3, lambda _message: None), tmp_path, 3)
    folds = json.loads((tmp_path / "folds.json").read_text())
    assert set(folds) == {c.doc_id for c in corpus.contracts}
    for number in (0, 1):
        seen = json.loads((tmp_path / f"fold-{number}" / "card.json").read_text())["learned_from"]
        assert set(seen) == {d for d, f in folds.items() if f != number} and seen
        assert Generator.load(tmp_path / f"fold-{number}").trained_fields


def test_the_critic_judges_a_field_that_has_only_examples(weights: Path) -> None:
    critic = Critic.load(weights / "critic")
    examples = (
        "Either party may inspect the books.",
        "The books may be inspected.",
        "It may inspect all books.",
    )
    field = {
        "name": "inspection",
        "title": "Inspection",
        "description": "Who may inspect books.",
        "examples": examples,
    }
    text = "Each party keeps its own books. Either party may inspect the books of the other."
    quote = "Either party may inspect the books of the other."
    candidate = {"field": "inspection", "value": quote, "quote": quote, "score": None, "passage": 0}
    request = {
        "task": "critique",
        "schema": {"name": "own", "title": "Own", "fields": [field]},
        "chunk": {"index": 0, "kind": "body", "passages": [{"kind": "body", "text": text, "marker": None}]},
        "round": 1,
        "candidates": [{**candidate, "start": text.index(quote), "end": len(text)}],
    }
    reply = json.loads(answer(critic, json.dumps(request)))
    assert 0.0 <= reply["verdicts"][0]["right"] <= 1.0
    assert set(reply["overlooked"]) == {"inspection"}
