"""Makes test files with footnotes.

usage: python -m tests.bench.note_files OUT --seed N --files M [--producers a,b] [--house train|check] [--unseen] [--list]

Each file is NAME.pdf with NAME.truth.json. A file whose truth could not be established is deleted and counted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.bench.note_files.compose import compose
from tests.bench.note_files.model import Document
from tests.bench.note_files.producers import all_producers
from tests.bench.note_files.producers.base import Producer, ProducerFailed
from tests.bench.note_files.truth import UnknownTruth, truth_of


def make_file(producer: Producer, document: Document, out: Path) -> int:
    """Makes one PDF with its truth; returns the number of its notes."""
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder, f"{document.name}.pdf")
        producer.make(document, pdf)
        truth = truth_of(document, producer.name, pdf)
        shutil.copy(pdf, out / pdf.name)
    (out / f"{document.name}.truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1), "utf-8")
    return len(document.notes)


def make_files(
    producers: Sequence[Producer], out: Path, seed: int, n_files: int, house: str, keep_going: bool
) -> int:
    """Makes `n_files` files, the producers in turns; returns the number of notes."""
    n_notes, lost = 0, Counter[str]()
    for n in range(n_files):
        producer = producers[n % len(producers)]
        document = compose(producer.name, producer.abilities, seed + n, house)
        try:
            n_notes += make_file(producer, document, out)
        except (UnknownTruth, ProducerFailed) as error:
            lost[producer.name] += 1
            print(f"left out {document.name}: {error}", file=sys.stderr)
            if not keep_going:
                raise
    print(f"{n_files - lost.total()} files with {n_notes} notes; left out: {dict(lost)}")
    return n_notes


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.note_files", description=__doc__)
    parser.add_argument("out", type=Path, nargs="?", default=Path("note-files"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--producers", default="")
    parser.add_argument("--house", choices=("train", "check"), default="train")
    parser.add_argument(
        "--unseen", action="store_true", help="the producers kept unseen, instead of the known ones"
    )
    parser.add_argument("--strict", action="store_true", help="stop at the first file that fails")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    options = arguments(argv)
    known = all_producers()
    if options.list:
        for producer in known.values():
            group = "unseen" if producer.unseen else "known"
            print(
                f"{producer.name:20s} {group:7s} {'' if producer.installed() else 'not installed: ' + ' '.join(producer.needs)}"
            )
        return 0
    wanted = (
        options.producers.split(",")
        if options.producers
        else [n for n, p in known.items() if p.unseen == options.unseen]
    )
    chosen = [known[name] for name in wanted if known[name].installed()]
    options.out.mkdir(parents=True, exist_ok=True)
    make_files(chosen, options.out, options.seed, options.files, options.house, not options.strict)
    return 0


if __name__ == "__main__":
    sys.exit(main())
