"""Fits the weights of the signs of notes to files with known notes.

    python -m tests.bench.note_fit FOLDER... [--seconds 300]

Changes one weight at a time and keeps what makes more notes found and linked. Prints the weights, to
be copied into `tasks/core/reading/notes/note_weights.py`. A folder is one of `tests.bench.note_files`;
folders that are to stay unseen are scored with `tests.bench.note_reading` only.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.reading import reader
from tasks.core.reading.limits import Limits
from tasks.core.reading.notes.footnotes import FoundNotes, find_notes
from tasks.core.reading.notes.mark_places import same_place
from tasks.core.reading.notes.note_evidence import NotePage
from tasks.core.reading.notes.note_extents import PageNote
from tasks.core.reading.notes.note_weights import WEIGHTS
from tasks.core.records import LineTag

_STEPS = (-1.2, -0.8, -0.5, -0.3, 0.3, 0.5, 0.8, 1.2)
_TOO_LONG = 0.12  # of the note's letters: more or fewer are no match
_GLUE = re.compile(r"[\s\-\u00ad\u2010\u2011]+")


@dataclass(slots=True)
class _File:
    truth: list[dict[str, Any]]
    pages: list[NotePage]
    tags: list[list[LineTag]]

    def read(self) -> list[PageNote]:
        for page, tags in zip(self.pages, self.tags, strict=True):
            for line, tag in zip(page.lines, tags, strict=True):
                line.tag = tag
        return find_notes(self.pages).notes


def _load(path: Path) -> _File:
    """The file's pages as they reach the search for notes."""
    seen: list[NotePage] = []

    def keep(pages: list[NotePage]) -> FoundNotes:
        seen.extend(pages)
        return FoundNotes([], True)

    kept, reader.find_notes = reader.find_notes, keep  # type: ignore[assignment]
    try:
        reader.take_reading(path.read_bytes(), Limits(ocr=False))
    finally:
        reader.find_notes = kept
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))["notes"]
    return _File(truth, seen, [[line.tag for line in page.lines] for page in seen])


def _solid(text: str) -> str:
    return _GLUE.sub("", text)


def _counts(file: _File) -> tuple[int, int, int, int]:
    """Notes found, read, in the file, and linked."""
    notes, left, n_found, n_linked = file.read(), list(file.truth), 0, 0
    for note in notes:
        words = _solid(note.lines[0].text[note.marker.end :] + "".join(n.text for n in note.lines[1:]))
        match = next((t for t in left if _is_match(note, words, t)), None)
        if match is not None:
            left.remove(match)
            n_found += 1
            n_linked += _is_linked(file, note, match)
    return n_found, len(notes), len(file.truth), n_linked


def _is_match(note: PageNote, words: str, truth: dict[str, Any]) -> bool:
    is_place = note.lines[0].page_index + 1 == truth["page_start"] and same_place(
        note.marker.text, truth["marker"]
    )
    has_ends = _solid(truth["first_code"]) in words and _solid(truth["last_code"]) in words
    return (
        is_place and has_ends and abs(len(words) - len(_solid(truth["text"]))) <= _TOO_LONG * len(words) + 2
    )


def _is_linked(file: _File, note: PageNote, truth: dict[str, Any]) -> bool:
    if not note.references or note.references[0][0].page_index + 1 != truth["ref_page"]:
        return False
    line, marker = note.references[0]
    lines = file.pages[line.page_index].lines
    index = next(i for i, other in enumerate(lines) if other is line)
    before = _solid((lines[index - 1].text if index else "") + line.text[: marker.start])
    return truth["body_code"] in before[-18:]


def _score(files: list[_File]) -> tuple[float, float]:
    """F1 of the notes, and the share of them that are linked."""
    found, read, known, linked = (sum(column) for column in zip(*map(_counts, files), strict=True))
    return 2 * found / max(1, read + known), linked / max(1, known)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    paths = [path for folder in options.folders for path in sorted(folder.glob("*.pdf"))]
    files = [_load(path) for path in paths]
    best, choice, end = _score(files), random.Random(1), time.monotonic() + options.seconds
    print(f"{len(files)} files: F1 {best[0]:.4f}, linked {best[1]:.4f}")
    while time.monotonic() < end:
        name = choice.choice(list(WEIGHTS))
        before = WEIGHTS[name]
        WEIGHTS[name] = round(before + choice.choice(_STEPS), 2)
        score = _score(files)
        if sum(score) > sum(best):
            best = score
            print(f"{name} {before} -> {WEIGHTS[name]}: F1 {score[0]:.4f}, linked {score[1]:.4f}", flush=True)
        else:
            WEIGHTS[name] = before
    print(json.dumps(WEIGHTS, indent=4))


if __name__ == "__main__":
    main()
