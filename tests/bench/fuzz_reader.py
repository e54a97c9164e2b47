"""Odd PDFs against `read_document`: does the parent live, does every read end in time, does every reading keep its laws?

    python -m tests.bench.fuzz_reader [FOLDER...] [--kinds layers,fields] [--minutes 20] [--seed 0] [--keep FOLDER]

Files come from the folders, mutated, and from the generators of `KINDS`, half of those mutated too. A generated file has a plain
page beside the odd one: as long as it is not mutated, that page must be read.

Prints the statuses and reasons seen by kind, the slowest read of each kind, and what must not happen: an exception in the parent, a
read over its wall time, a reading whose offsets do not fit its text, a file that was lost because the reader failed of itself, a
generated one that was lost because its worker died or took too long. Exits with 1 when one of these happened. A mutated file on
which a worker died is kept for a look. Files come from the seed and the count, so a find can be made again with `--first`.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from tasks.core.reading import Limits, close_workers, read_document
from tasks.core.records import Reading, ReadStatus
from tests.bench import odd_drawing as drawing
from tests.bench import odd_objects as objects
from tests.bench.odd_pdf import SENTENCE, OddPage, two_pages

KINDS: dict[str, Callable[[random.Random], OddPage]] = {
    "annotations": objects.notes_of_all_kinds,
    "redactions": objects.redactions,
    "layers": objects.layers,
    "actual_text": objects.actual_text,
    "fields": objects.fields,
    "appearances": objects.appearances,
    "signatures": objects.signatures,
    "xfa": objects.xfa,
    "rules": drawing.rules,
    "covers": drawing.covers,
    "nested_forms": drawing.nested_forms,
    "tables": drawing.tables,
    "columns": drawing.columns,
    "watermarks": drawing.watermarks,
    "agreements": drawing.agreements,
}
_FILES = "files"
"""The kind of a file that comes from a folder."""
_LOST = ("reader_died", "timeout", "memory_limit")

_MAX_SEED_BYTES = 400_000
"""Small files give more reads a minute; what a large one has more of is the same."""
_GRACE_S = 8.0
"""A worker's start, the pipe, and a machine that is busy."""
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_STREAM = re.compile(rb"/Length (\d+)(?!\s+\d+\s+R)[^>]{0,200}>>\s*stream\r?\n")
_EXTREMES = (
    b"0",
    b"-1",
    b"1",
    b"65536",
    b"2147483647",
    b"-2147483648",
    b"4294967296",
    b"1e38",
    b"0.0000001",
    b"nan",
)
_TOKENS = (
    b"<<", b">>", b"[", b"]", b"(", b")", b"endobj", b"stream\n", b"endstream", b"1 0 R", b"null", b"/Kids", b"/Parent",
    b"/Filter [/FlateDecode /FlateDecode]", b"/Type /Page", b"BT", b"ET", b"q", b"Q", b"Do", b"Tj", b"BI ID EI", b"\x00", b"\xff\xfe",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def flip(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A few bytes become others."""
    changed = bytearray(data)
    for _try in range(rng.choice((1, 4, 30, 300))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A piece is gone, often the end."""
    start = rng.randrange(len(data))
    end = len(data) if rng.random() < 0.4 else min(len(data), start + rng.randrange(1, 5_000))
    return data[:start] + data[end:]


def repeat(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """A piece stands many times."""
    start = rng.randrange(len(data))
    piece = data[start : start + rng.randrange(1, 2_000)]
    at = rng.randrange(len(data))
    return data[:at] + piece * rng.choice((1, 3, 50)) + data[at:]


def insert(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Words of the format where they do not belong."""
    for _try in range(rng.choice((1, 3, 10))):
        at = rng.randrange(len(data))
        data = data[:at] + b" " + rng.choice(_TOKENS) + b" " + data[at:]
    return data


def numbers(rng: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """Lengths, counts, references and coordinates lie."""
    share = rng.choice((0.001, 0.01, 0.1))
    return _NUMBER.sub(
        lambda found: _lie(rng, found.group()) if rng.random() < share else found.group(), data
    )


def splice(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The beginning of one file, the end of another."""
    other = rng.choice(others)
    return data[: rng.randrange(len(data))] + other[rng.randrange(len(other)) :]


def inside(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A mutation inside a compressed stream, which is packed again, so that it reaches the parsers behind the filter."""
    found = [m for m in _STREAM.finditer(data) if int(m.group(1)) < len(data)]
    if not found:
        return numbers(rng, data, others)
    for place in rng.sample(found, min(3, len(found))):
        start, end = place.end(), place.end() + int(place.group(1))
        try:
            plain = zlib.decompress(data[start:end])
        except zlib.error:
            continue
        if not plain:
            continue
        packed = zlib.compress(rng.choice((flip, cut, repeat, insert, numbers))(rng, plain, others))
        head = place.group().replace(b"/Length " + place.group(1), b"/Length %d" % len(packed))
        return data[: place.start()] + head + packed + data[end:]
    return flip(rng, data, others)


def _lie(rng: random.Random, number: bytes) -> bytes:
    return rng.choice((*_EXTREMES, number + b"0", number[:-1] or b"9", b"-" + number))


MUTATIONS: tuple[Mutation, ...] = (flip, cut, repeat, insert, numbers, splice, inside, inside, inside)


@dataclass(frozen=True, slots=True)
class OddFile:
    """A file to read."""

    kind: str
    data: bytes
    is_whole: bool
    """Generated and not mutated: its plain page must be read."""


def odd_file(seed: int, count: int, kinds: Sequence[str], seeds: Sequence[bytes]) -> OddFile:
    """The file of this count."""
    rng = random.Random(f"{seed}/{count}")
    kind = rng.choice(kinds)
    data = rng.choice(seeds) if kind == _FILES else two_pages(KINDS[kind](rng))
    if kind != _FILES and rng.random() < 0.5:
        return OddFile(kind, data, True)
    others = seeds or [data]
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(MUTATIONS)(rng, data or b"%PDF-1.4", others)
    return OddFile(kind, data, False)


def broken_law(reading: Reading) -> str | None:
    """Which law of a reading does not hold, if one does not."""
    n = len(reading.text)
    if "".join(reading.text[line.start : line.end] for line in reading.lines) != reading.text:
        return "lines do not make the text"
    bounds = [0, *(page.end for page in reading.pages)]
    if reading.pages and ([p.start for p in reading.pages] != bounds[:-1] or bounds[-1] != n):
        return "pages do not make the text"
    spans = [span for note in reading.footnotes for span in (*note.spans, *note.references)]
    if not all(0 <= span.start <= span.end <= n for span in spans):
        return "a note stands outside the text"
    ranges = (*reading.marks, *reading.agreements, *reading.cells)
    if not all(0 <= found.start <= found.end <= n for found in ranges):
        return "a mark, agreement or cell stands outside the text"
    try:
        reading.text.encode()
    except UnicodeEncodeError:
        return "the text holds half a character"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument(
        "--kinds", default=",".join(KINDS), help="generators, with commas; empty: only folders"
    )
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="count to begin with, to make a find again")
    parser.add_argument("--keep", type=Path, help="where files that should be looked at are put")
    options = parser.parse_args()
    kinds = [kind for kind in options.kinds.split(",") if kind]
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        parser.error(f"unknown kind: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    paths = sorted(path for folder in options.folders for path in folder.glob("*.pdf"))
    seeds = [p.read_bytes() for p in paths if 0 < p.stat().st_size <= _MAX_SEED_BYTES]
    print(f"{len(seeds)} seeds of at most {_MAX_SEED_BYTES} bytes, {len(kinds)} generators", flush=True)
    kinds += [_FILES] * max(1, len(kinds) // 4) if seeds else []
    if not kinds:
        parser.error("give a folder with PDFs or a kind")
    made = map(partial(odd_file, options.seed, kinds=kinds, seeds=seeds), count(options.first))
    sys.exit(1 if fuzz(made, options.minutes, options.keep, f"{options.seed}", options.first) else 0)


def fuzz(made: Iterator[OddFile], minutes: float, keep: Path | None, name: str, first: int) -> int:
    """Reads until the time is over; returns how often something happened that must not."""
    limits = Limits(wall_s=20, memory_bytes=2 * 2**30)
    until, n_wrong, number = time.monotonic() + 60 * minutes, 0, first
    said: Counter[tuple[str, str]] = Counter()
    slowest: dict[str, tuple[float, int]] = {}
    while time.monotonic() < until:
        file, started = next(made), time.monotonic()
        outcome, is_wrong = _judged(file, limits)
        seconds = time.monotonic() - started
        if seconds > limits.wall_s + _GRACE_S:
            outcome, is_wrong = f"over its wall time ({outcome})", True
        slowest[file.kind] = max(slowest.get(file.kind, (0.0, -1)), (seconds, number))
        said[file.kind, outcome] += 1
        n_wrong += is_wrong
        if is_wrong or outcome.endswith("reader_died"):
            print(f"count {number}, {file.kind}: {'WRONG ' if is_wrong else ''}{outcome}", flush=True)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{name}-{number}.pdf").write_bytes(file.data)
        number += 1
    close_workers()
    print(f"{number - first} files in {minutes} minutes, {n_wrong} wrong")
    for (kind, outcome), n in sorted(said.items(), key=lambda row: (row[0][0], -row[1])):
        print(f"{n:7d}  {kind:14s} {outcome}")
    for kind, (seconds, at) in sorted(slowest.items()):
        print(f"slowest {kind}: {seconds:.1f} s (count {at})")
    return n_wrong


def _judged(file: OddFile, limits: Limits) -> tuple[str, bool]:
    """What was said of a file, and whether that must not happen."""
    try:
        reading = read_document(file.data, limits)
    except Exception as error:  # the very thing that must not happen
        return f"parent raises {type(error).__name__}", True
    if (law := broken_law(reading)) is not None:
        return law, True
    outcome = f"{reading.status.value} {reading.reason or ''}".rstrip()
    if reading.reason == "reader_failed" or (file.is_whole and reading.reason in _LOST):
        return f"lost: {outcome}", True
    if (
        file.is_whole
        and reading.status in (ReadStatus.OK, ReadStatus.PARTIAL)
        and SENTENCE not in reading.text
    ):
        return f"the plain page is lost: {outcome}", True
    return outcome, False


if __name__ == "__main__":
    main()
