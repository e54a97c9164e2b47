import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tasks.core.errors import ConfigurationError
from tasks.core.native.critic.features import NO_SCORE

pytest.importorskip("sklearn", reason="training needs the extra `train`")
pytest.importorskip("lightgbm", reason="training needs the extra `train`")

from tasks.learning.training.judgements import WindowEvidence, best_alone, book_scores, judged_book
from tasks.learning.training.recipe import book_fields, book_schema, book_windows

LAW = "This Agreement is governed by the laws of Ohio."
FEES = "The fee is due every month."


def entry(
    kind: str, field: str, text: str, quote: str, score: float | None, gold: str | None
) -> dict[str, Any]:
    start = text.index(quote)
    place = {"passage": 0, "start": start, "end": start + len(quote)}
    return {
        "kind": kind,
        "field": field,
        "value": quote,
        "quote": quote,
        **place,
        "score": score,
        "gold": gold,
        "source": "gold",
    }


def line(document: str, *entries: dict[str, Any], text: str = f"{LAW} {FEES}") -> str:
    chunk = {
        "index": 0, "kind": "body", "passages": [{"kind": "body", "text": text, "marker": None}], "lead_in": "",
        "context_before": "", "context_after": "", "headings": [], "position": 0.0,
    }  # fmt: skip
    return json.dumps(
        {"document": document, "schema": "cuad", "generator": "g/1", "chunk": chunk, "entries": list(entries)}
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    text = f"{LAW} {FEES}"
    path = tmp_path / "g.jsonl"
    lines = [
        line("a", entry("correct", "governing_law", text, LAW, 0.9, LAW), entry("redundant", "insurance", text, FEES, None, None)),
        line("b", entry("missing", "governing_law", LAW, LAW, None, LAW), text=LAW),
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_book_gives_its_drafts_and_its_gold(book: Path) -> None:
    fields = book_fields(book)
    assert fields == ("governing_law",) and book_schema(book) == "cuad"
    first, second = book_windows(book, ("governing_law", "insurance"))
    assert [(p.field, p.score) for p in first.pieces] == [(0, 0.9), (1, NO_SCORE)]
    assert second.pieces == () and second.document.gold == (("governing_law", LAW),)
    assert len(second.gold_places) == 1 and first.document.fold != second.document.fold


def test_a_judged_book_counts_as_cuad_does(book: Path) -> None:
    fields = ("governing_law", "insurance")
    evidence: list[WindowEvidence] = []
    for window in book_windows(book, fields):
        rows = np.zeros((len(window.pieces), 3), dtype=np.float32)
        matched = [window.matched(p, fields[p.field]) for p in window.pieces]
        scores = [p.score for p in window.pieces]
        evidence.append(WindowEvidence(window.document, matched, scores, len(scores), (rows, rows)))
    judged = judged_book("g", evidence)
    figures = book_scores(judged, judged.drafted)
    assert (figures.precision, figures.recall) == (0.5, 0.5)
    assert best_alone(judged).precision == 1.0


@pytest.mark.parametrize("content", ["", "{}", "no json", '{"document": "a"}'])
def test_a_file_that_is_no_book_raises_configuration_error(content: str, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="errors"):
        book_windows(tmp_path / "x.jsonl", ("governing_law",))
