"""The figures the reader must hold on the corpora beside the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.core.reading import Limits, read_document
from tasks.core.reading.json_form import public_json
from tasks.core.records import ReadStatus

pytestmark = pytest.mark.needs_data


def test_every_note_of_the_generated_corpus_is_found_and_linked(shared_data: Path, tmp_path: Path) -> None:
    for path in sorted((shared_data / "footnotes").glob("*.pdf")):
        reading = public_json(read_document(path))
        (tmp_path / f"{path.stem}.json").write_text(json.dumps(reading), encoding="utf-8")
    scorer = shared_data / "tools" / "score_footnotes.py"
    scored = subprocess.run(
        [sys.executable, scorer, shared_data / "footnotes", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    figures = {
        row.split(" notes ")[0].strip(): row.split() for row in scored.splitlines() if " notes " in row
    }
    for name in ("all", "lang en", "lang zh"):
        words = figures[name]
        assert float(words[words.index("F1") + 1]) >= 0.98
        assert float(words[words.index("linked") + 1]) >= 0.98


def test_odd_files_are_answered_as_their_manifest_says(shared_data: Path) -> None:
    folder = shared_data / "bad_files"
    wrong = []
    for row in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        reading = read_document(folder / row["file"], Limits(ocr=False))
        if reading.status.value not in row["status"].split("|"):
            wrong.append((row["file"], reading.status, reading.reason))
    assert wrong == []


def test_hebrew_comes_in_logical_order(shared_data: Path) -> None:
    assert read_document(shared_data / "bad_files" / "rtl_hebrew.pdf").text == "הסכם זה נעשה ביום\n"


def test_text_painted_upwards_is_one_line(shared_data: Path) -> None:
    reading = read_document(shared_data / "bad_files" / "rotated90.pdf")
    assert "This text is painted upwards.\n" in reading.text


def test_real_contract_keeps_its_footnotes_apart(shared_data: Path) -> None:
    (path,) = (shared_data / "cuad" / "pdf").glob("grantierra*.pdf")
    reading = read_document(path)
    assert reading.status is ReadStatus.OK
    assert [note.marker for note in reading.footnotes] == [str(n) for n in range(1, 11)]
    assert all(note.references for note in reading.footnotes)
