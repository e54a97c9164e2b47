"""The model repository as files: versions, the serving one, and shipped beside published ones."""

from pathlib import Path

import pytest

from infra.stack.model_repository import CONFIG, SHELL, SHIPPED, Repository, assemble
from tasks.core.errors import ConfigurationError
from tasks.core.native.weights import PROMOTION, weights_sha256
from tests.processes.folders import moved_bar, shipped


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "models")
    assemble(repository)
    return repository


def test_shipped_models_are_run_by_one_shell():
    for name in Repository(SHIPPED).names():
        assert (shipped(name) / "model.py").read_text(encoding="utf-8") == SHELL
        assert (SHIPPED / name / "config.pbtxt").read_text(encoding="utf-8") == CONFIG.format(name=name)


def test_an_assembled_repository_serves_the_shipped_versions(repository: Repository):
    assert repository.names() == ["critic", "fewshot", "generator"]
    for name in repository.names():
        assert repository.versions(name) == [1] and repository.serving(name) == 1
        assert weights_sha256(repository.folder(name, 1)) == weights_sha256(shipped(name))


def test_a_placed_version_serves_only_after_serve(repository: Repository):
    repository.place("critic", 2, shipped("critic"))
    assert repository.versions("critic") == [1, 2] and repository.serving("critic") == 1
    repository.serve("critic", 2)
    assert repository.serving("critic") == 2
    repository.serve("critic", 1)
    assert repository.serving("critic") == 1
    assert (repository.root / "critic" / "config.pbtxt").read_text().count("version_policy") == 1


def test_assembling_again_keeps_published_and_serving_versions(repository: Repository, tmp_path: Path):
    folder = repository.place("critic", 2, moved_bar(tmp_path / "new", "critic", redundant_bar=0.7))
    (folder / PROMOTION).write_text("{}")
    repository.serve("critic", 2)
    before = weights_sha256(folder)
    assemble(repository)
    assert repository.serving("critic") == 2 and weights_sha256(folder) == before


def test_a_changed_shipped_version_is_brought_up_to_date(tmp_path: Path):
    source, repository = Repository(tmp_path / "shipped"), Repository(tmp_path / "models")
    source.place("critic", 1, shipped("critic"))
    source.serve("critic", 1)
    assemble(repository, source.root)
    source.place("critic", 1, moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), replace=True)
    assemble(repository, source.root)
    assert weights_sha256(repository.folder("critic", 1)) == weights_sha256(tmp_path / "new")


def test_a_number_published_here_is_not_overwritten_by_a_later_shipment(
    repository: Repository, tmp_path: Path
):
    folder = repository.place("critic", 2, moved_bar(tmp_path / "ours", "critic", redundant_bar=0.7))
    (folder / PROMOTION).write_text("{}")
    source = Repository(tmp_path / "shipped")
    for version in (1, 2):
        source.place("critic", version, shipped("critic"))
    source.serve("critic", 2)
    assemble(repository, source.root)
    assert weights_sha256(repository.folder("critic", 2)) == weights_sha256(tmp_path / "ours")


@pytest.mark.parametrize(
    ("policy", "served"),
    [
        ("", 2),
        ("version_policy: { latest { num_versions: 1 } }", 2),
        ("version_policy { specific { versions: [1] } }", 1),
        ("version_policy: {\n  specific: { versions: 1 }\n}", 1),
        ("version_policy: { specific { versions: [ 1, 2 ] } }", 2),
        ("# version_policy: { specific { versions: [ 1 ] } }", 2),
        ("version_policy: { specific { versions: [ 9 ] } }", None),
    ],
)
def test_the_serving_version_is_read_as_triton_reads_it(
    repository: Repository, policy: str, served: int | None
):
    repository.place("critic", 2, shipped("critic"))
    (repository.root / "critic" / "config.pbtxt").write_text(CONFIG.format(name="critic") + policy)
    assert repository.serving("critic") == served


def test_a_users_configuration_is_kept_except_for_the_version(repository: Repository):
    config = repository.root / "critic" / "config.pbtxt"
    config.write_text(
        '# ours\nbackend: "python"\nversion_policy: { all { } }\ninstance_group [ { count: 3 } ]\n'
    )
    repository.serve("critic", 1)
    text = config.read_text()
    assert "# ours" in text and "count: 3" in text and "all" not in text
    assert repository.serving("critic") == 1


def test_a_version_is_not_overwritten_and_the_serving_one_not_removed(repository: Repository):
    with pytest.raises(ConfigurationError, match="exists already"):
        repository.place("critic", 1, shipped("critic"))
    with pytest.raises(ConfigurationError, match="serves"):
        repository.remove("critic", 1)
    with pytest.raises(ConfigurationError, match="no version 7"):
        repository.serve("critic", 7)
    assert repository.versions("critic") == [1]


@pytest.mark.parametrize("name", ["../critic", "refused", "", "Critic", "a/b", ".critic"])
def test_an_invalid_name_is_refused(repository: Repository, name: str):
    with pytest.raises(ConfigurationError):
        repository.place(name, 1, shipped("critic"))


def test_a_model_that_is_removed_leaves_nothing(repository: Repository):
    repository.place("generator-fold-0", 1, shipped("generator"))
    repository.serve("generator-fold-0", 1)
    repository.remove("generator-fold-0")
    assert repository.names() == ["critic", "fewshot", "generator"]
    repository.remove("generator-fold-0")


def test_a_second_writer_waits_and_then_fails_with_the_reason(repository: Repository):
    with (
        repository.locked(),
        pytest.raises(ConfigurationError, match="another process has been publishing"),
        Repository(repository.root).locked(wait_s=0.2),
    ):
        raise AssertionError("two hold the lock")
