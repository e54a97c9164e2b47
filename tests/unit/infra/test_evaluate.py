"""Which contracts `countersign evaluate` takes, and how its report reads on a console."""

from __future__ import annotations

import gzip
import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from infra.cli.evaluate import _chosen
from infra.cli.evaluation_tables import points, show
from tasks.core.errors import ConfigurationError
from tasks.evaluation.report import report
from tasks.evaluation.scores import Interval
from tests.unit.evaluation.test_report import GOLDS, SUBJECT, WORKED


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three contracts to evaluate, with a PDF, a text, and nothing; and one to train on."""
    span = {"category": "Governing Law", "text": "Texas", "start": 0, "end": 5, "pages": [2]}
    rows = [{"doc_id": n, "split": "test", "spans": [span]} for n in ("paper", "plain", "bare")]
    rows.append({"doc_id": "taught", "split": "train", "spans": []})
    (tmp_path / "gold.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "plain.txt").write_text("Texas", encoding="utf-8")
    with gzip.open(tmp_path / "texts.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps({"doc_id": n, "text": f"{n}\r\n"}) + "\n" for n in ("bare", "paper", "taught")
        )
    return tmp_path


def test_a_contract_is_taken_as_pdf_or_text_and_else_left_out(corpus: Path, tmp_path: Path) -> None:
    chosen = _chosen(corpus / "gold.jsonl", corpus, None, None, tmp_path)
    assert [(x.gold.doc_id, x.path.name) for x in chosen] == [("paper", "paper.pdf"), ("plain", "plain.txt")]


def test_a_text_beside_stands_in_for_a_missing_file_only(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "written"
    folder.mkdir()
    chosen = _chosen(corpus / "gold.jsonl", corpus, corpus / "texts.jsonl.gz", None, folder)
    assert [x.path.name for x in chosen] == ["paper.pdf", "plain.txt", "bare.txt"]
    assert [p.name for p in folder.iterdir()] == ["bare.txt"]
    assert chosen[2].path.read_bytes() == b"bare\r\n"


def test_pages_are_judged_of_paper_only(corpus: Path, tmp_path: Path) -> None:
    paper, plain = _chosen(corpus / "gold.jsonl", corpus, None, None, tmp_path)
    assert paper.gold.pages == {"governing_law": [frozenset({2})]}
    assert plain.gold.pages == {"governing_law": [frozenset()]}


def test_a_split_without_files_is_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="none of the 1 contracts"):
        _chosen(corpus / "gold.jsonl", corpus, None, "train", tmp_path)


def test_the_console_tells_every_figure() -> None:
    out = io.StringIO()
    show(report(GOLDS, WORKED, SUBJECT), Console(file=out, width=200))
    told = out.getvalue()
    for words in (
        "By field",
        "After each round",
        "right before wrong",
        "redundant path only",
        "(score at least 0.5)",
        "+40.0 points over the control [+0.0, +50.0]",
        "Of 6 pairs of a contract and a field",
        "a: near-duplicate of trained, which was not evaluated",
        "1 value left for review",
        "2 contracts, 1 page, 1 chunk;",
    ):
        assert words in told
    assert re.search(r"answering nothing +│ 0\.000 +│ 0\.500", told)
    assert (
        told.index("By field") < told.index("What each part adds") < told.index("AUROC of the missing critic")
    )


def test_gains_are_told_in_points() -> None:
    assert points(Interval(0.034, -0.001, 0.0456)) == "+3.4 [-0.1, +4.6]"
    assert points(None) == "-"
