from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli.main import command

CORPUS = ["--data", "."]


@pytest.fixture
def book(tmp_path: Path) -> str:
    (tmp_path / "g.jsonl").write_text("no book")
    return str(tmp_path / "g.jsonl")


def test_neither_corpus_nor_book_is_refused() -> None:
    result = CliRunner().invoke(command("train"), [])
    assert result.exit_code == 2 and "either --data or --book" in result.output


def test_corpus_with_book_is_refused(book: str) -> None:
    result = CliRunner().invoke(command("train"), ["critic", *CORPUS, "--book", book])
    assert result.exit_code == 2 and "either --data or --book" in result.output


def test_a_generator_from_a_book_is_refused(book: str) -> None:
    result = CliRunner().invoke(command("train"), ["generator", "--book", book])
    assert result.exit_code == 2 and "trains the critic only" in result.output
