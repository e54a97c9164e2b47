"""Mutated PDFs against `read_document`: does the parent live, does every read end in time, does every reading keep its laws?

    python -m tests.bench.fuzz_reader FOLDER... [--minutes 20] [--seed 0] [--keep FOLDER]

Prints the statuses and reasons seen, the slowest read, and what must not happen: an exception in the parent, a read over its wall
time, a reading whose offsets do not fit its text, a reader that failed of itself (`reader_failed`, kept for a look). Exits with 1
when one of the first three happened. Mutations come from the seed and the count, so a find can be made again.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from tasks.core.reading import Limits, close_workers, read_document
from tasks.core.records import Reading

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


def mutated(seed: int, count: int, seeds: Sequence[bytes]) -> bytes:
    """The file of this count."""
    rng = random.Random(f"{seed}/{count}")
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(MUTATIONS)(rng, data or b"%PDF-1.4", seeds)
    return data


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
    try:
        reading.text.encode()
    except UnicodeEncodeError:
        return "the text holds half a character"
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="count to begin with, to make a find again")
    parser.add_argument("--keep", type=Path, help="where files that should be looked at are put")
    options = parser.parse_args()
    paths = sorted(path for folder in options.folders for path in folder.glob("*.pdf"))
    seeds = [p.read_bytes() for p in paths if 0 < p.stat().st_size <= _MAX_SEED_BYTES]
    print(f"{len(seeds)} seeds of at most {_MAX_SEED_BYTES} bytes", flush=True)
    sys.exit(1 if fuzz(seeds, options.minutes, options.seed, options.first, options.keep) else 0)


def fuzz(seeds: Sequence[bytes], minutes: float, seed: int, first: int, keep: Path | None) -> int:
    """Reads until the time is over; returns how often something happened that must not."""
    limits = Limits(wall_s=20, memory_bytes=2 * 2**30)
    until, count, slowest = time.monotonic() + 60 * minutes, first, (0.0, -1)
    told: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    while time.monotonic() < until:
        data, started = mutated(seed, count, seeds), time.monotonic()
        said, is_wrong = _judged(data, limits)
        seconds = time.monotonic() - started
        slowest = max(slowest, (seconds, count))
        if seconds > limits.wall_s + _GRACE_S:
            said, is_wrong = f"over its wall time ({said})", True
        told[said] += 1
        if is_wrong or said.endswith(("reader_failed", "reader_died")):
            wrong[said] += is_wrong
            print(f"count {count}: {said}", flush=True)
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{seed}-{count}.pdf").write_bytes(data)
        count += 1
    close_workers()
    print(f"{count - first} files in {minutes} minutes, slowest {slowest[0]:.1f} s (count {slowest[1]})")
    for said, n in told.most_common():
        print(f"{n:7d}  {said}")
    return wrong.total()


def _judged(data: bytes, limits: Limits) -> tuple[str, bool]:
    try:
        reading = read_document(data, limits)
    except Exception as error:  # the very thing that must not happen
        return f"parent raises {type(error).__name__}", True
    law = broken_law(reading)
    if law is not None:
        return law, True
    return f"{reading.status.value} {reading.reason or ''}".rstrip(), False


if __name__ == "__main__":
    main()
