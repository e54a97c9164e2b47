"""How well our reader finds and links notes: on test files with their truth, or on real contracts where the truth is not complete.

usage: python -m tests.bench.note_reading DIR [--misses N] [--producer NAME]
       python -m tests.bench.note_reading CUAD --cuad [--files N]

DIR holds NAME.pdf with NAME.truth.json (`tests.bench.note_files`). A note is found if its marker is that of the truth (look-alikes
and brackets do not count), its first page too, and its text at least 0.90 alike (white space, hyphens and compatibility forms do
not count). It is linked if its first citation is on the right page and stands right behind the truth's code. A note of the reading
that finds none of the truth is false; so is each note in a file without notes.

With `--cuad`, CUAD holds `footnotes.json` (a list of `doc_id`, `page`, `marker`, `note`) and the PDFs below it. That list is not
complete: a note that we read and that it does not name is printed for a person to judge, and counted per 50 pages as *not in the
list*, which is the most that can be false.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tasks.core.reading import read_document
from tasks.core.records import Footnote, Reading
from tests.bench.note_files.truth import NoteTruth, bare, fold

ALIKE: Final = 0.90
CODE_WITHIN: Final = 18
"""Characters before a citation, without white space, in which the truth's code must stand."""


@dataclass(slots=True)
class Score:
    notes: int = 0
    read: int = 0
    found: int = 0
    linked: int = 0
    last_page: int = 0
    in_empty_files: int = 0
    files: int = 0

    def add(self, other: Score) -> None:
        for name in ("notes", "read", "found", "linked", "last_page", "in_empty_files", "files"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def row(self, name: str) -> str:
        f1 = 2 * self.found / max(1, self.read + self.notes)
        linked = self.linked / max(1, self.notes)
        spill = self.last_page / max(1, self.found)
        return (
            f"{name:44s} files {self.files:4d}  notes {self.notes:5d}  F1 {f1:.3f}  linked {linked:.3f}  "
            f"false {self.read - self.found:4d}  of them without notes {self.in_empty_files:3d}  last page {spill:.3f}"
        )


@dataclass(slots=True)
class Judgement:
    score: Score
    false: list[Footnote] = field(default_factory=list)
    missed: list[NoteTruth] = field(default_factory=list)
    unlinked: list[NoteTruth] = field(default_factory=list)


def core(marker: str) -> str:
    """A marker without its brackets and stops."""
    return bare(marker).strip(":：") or fold(marker)


def likeness(one: str, other: str) -> float:
    one, other = fold(one), fold(other)
    return 1.0 if one == other else difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def text_of(reading: Reading, note: Footnote) -> str:
    return "\n".join(reading.text[span.start : span.end] for span in note.spans)


def is_linked(reading: Reading, note: Footnote, truth: NoteTruth) -> bool:
    if not note.references or note.references[0].page_number != truth["ref_page"]:
        return False
    start = note.references[0].start
    before = re.sub(r"\s", "", reading.text[max(0, start - 40) : start])
    return truth["body_code"] in before[-CODE_WITHIN:]


def best_match(reading: Reading, note: Footnote, truths: Sequence[NoteTruth], used: set[int]) -> int | None:
    """The truth's note that this one finds. A short marker left in its text does not count against it."""
    body = text_of(reading, note)
    without = re.sub(r"^\s*\S{1,3}\s", "", body)
    found: list[tuple[float, int]] = []
    for n, truth in enumerate(truths):
        if (
            n not in used
            and core(note.marker) == core(truth["marker"])
            and note.page_number == truth["page_start"]
        ):
            found.append((max(likeness(body, truth["text"]), likeness(without, truth["text"])), n))
    return max(found)[1] if found and max(found)[0] >= ALIKE else None


def judge(reading: Reading, truths: Sequence[NoteTruth]) -> Judgement:
    used: set[int] = set()
    made = Judgement(Score(notes=len(truths), read=len(reading.footnotes), files=1))
    for note in reading.footnotes:
        match = best_match(reading, note, truths, used)
        if match is None:
            made.false.append(note)
            continue
        used.add(match)
        made.score.last_page += note.last_page_number == truths[match]["page_end"]
        if is_linked(reading, note, truths[match]):
            made.score.linked += 1
        else:
            made.unlinked.append(truths[match])
    made.score.found = len(used)
    made.score.in_empty_files = 0 if truths else len(reading.footnotes)
    made.missed = [truth for n, truth in enumerate(truths) if n not in used]
    return made


def groups_of(truth: dict[str, object]) -> Iterator[str]:
    spec = truth.get("spec")
    yield "all"
    yield f"producer {truth['producer']}"
    yield f"language {truth['lang']}"
    if not isinstance(spec, dict):
        return
    for name in ("family", "restart", "place", "columns", "raised", "form", "rule", "marker", "kind"):
        if name in spec:
            yield f"{name} {spec[name]}"


def show(name: str, made: Judgement, n_shown: int) -> None:
    print(
        f"{name}: found {made.score.found}/{made.score.notes}, read {made.score.read}, linked {made.score.linked}"
    )
    for note in made.false[:n_shown]:
        print(f"   false    {note.marker} page {note.page_number}")
    for kind, truths in (("missed", made.missed), ("unlinked", made.unlinked)):
        for truth in truths[:n_shown]:
            print(
                f"   {kind:8s} {truth['marker']} page {truth['page_start']} {truth['kind']} {truth['first_code']}"
            )


def score_folder(folder: Path, n_shown: int, producer: str) -> dict[str, Score]:
    totals: dict[str, Score] = defaultdict(Score)
    for path in sorted(folder.glob("*.truth.json")):
        truth = json.loads(path.read_text("utf-8"))
        if producer and truth["producer"] != producer:
            continue
        name = path.name.removesuffix(".truth.json")
        made = judge(read_document(folder / f"{name}.pdf"), truth["notes"])
        if n_shown and (made.false or made.missed or made.unlinked):
            show(name, made, n_shown)
        for group in groups_of(truth):
            totals[group].add(made.score)
    return totals


def in_list(note: Footnote, known: Sequence[dict[str, object]]) -> bool:
    return any(
        one["page"] == note.page_number and core(str(one["marker"])) == core(note.marker) for one in known
    )


def score_contracts(folder: Path, n_files: int) -> None:
    """Prints what real contracts' notes are found, and each note of ours that the list does not name."""
    by_document: dict[str, list[dict[str, object]]] = defaultdict(list)
    for one in json.loads((folder / "footnotes.json").read_text("utf-8")):
        by_document[one["doc_id"]].append(one)
    n_pages = n_known = n_found = n_other = 0
    for path in sorted(folder.rglob("*.pdf"))[: n_files or None]:
        reading = read_document(path)
        known = by_document.get(path.stem, [])
        others = [note for note in reading.footnotes if not in_list(note, known)]
        n_pages += reading.n_pages
        n_known += len(known)
        n_found += sum(any(in_list(note, [one]) for note in reading.footnotes) for one in known)
        n_other += len(others)
        for note in others:
            linked = "linked" if note.references else "not linked"
            print(f"not in the list: {path.stem[:60]} page {note.page_number} marker {note.marker} {linked}")
    rate = 50 * n_other / max(1, n_pages)
    print(
        f"{n_pages} pages; {n_found} of {n_known} listed notes found; {n_other} not in the list, {rate:.2f} in 50 pages"
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.note_reading", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--misses",
        type=int,
        default=0,
        help="how many false, missed and unlinked notes to show for each file",
    )
    parser.add_argument("--producer", default="")
    parser.add_argument("--cuad", action="store_true")
    parser.add_argument("--files", type=int, default=0)
    options = parser.parse_args(argv)
    if options.cuad:
        score_contracts(options.folder, options.files)
        return 0
    for name, score in sorted(score_folder(options.folder, options.misses, options.producer).items()):
        print(score.row(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
