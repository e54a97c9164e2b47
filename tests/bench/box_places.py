"""Whether the boxes of quotes hold exactly the quotes: what pdfplumber takes from them, on real PDFs.

usage: python -m tests.bench.box_places PDF_FOLDER [--gold gold.jsonl.gz] [--documents N] [--quotes M] [--seed S] [--across SHARE]

Takes M quotes of each document: gold spans that are found in its text, or else runs of 3 to 80 words, some of them over a
page break (`--across`). Letters whose middle lies in a box are the box's; letters are compared folded (NFKC, without white
space; hyphens and quotes alike). Prints the share of quotes that agree, and each failure without a word of the contract:
its kind, document and page. `judged` failures are those where pdfium's own text of the boxes is the quote.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2

from tasks.core.reading import Limits, read_document, show_pages
from tasks.core.reading.pictures.records import PageBox, PictureRequest
from tasks.core.records import Reading, Span
from tasks.core.text.folding import fold

_WORD = re.compile(r"\S+")
LIMITS = Limits(ocr=False, wall_s=600)  # a busy machine shall not decide
_MIN_GOLD = 12  # letters: a shorter gold span stands in many places
_ORDERS: tuple[Callable[[Any], Any], ...] = (
    lambda c: c["x0"],
    lambda c: 0,  # as in the file
    lambda c: -c["x0"],
    lambda c: c["top"],
    lambda c: -c["top"],
)


@dataclass(frozen=True)
class Failure:
    kind: str
    document: str
    page_number: int
    n_quote: int
    n_found: int


def folded(text: str) -> str:
    """Letters only, in one form: a soft hyphen that the page shows is a hyphen."""
    return re.sub(r"\s+", "", fold(text.replace("\xad", "-").replace("\x00", "")).text)


def gold_quotes(path: Path | None) -> dict[str, list[str]]:
    if path is None:
        return {}
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        return {
            row["doc_id"]: [s["text"] for s in row["spans"] if len(s["text"]) >= _MIN_GOLD]
            for row in map(json.loads, rows)
        }


def find_solid(text: str, quotes: Sequence[str]) -> Iterator[Span]:
    """The ranges of quotes whose letters stand in the text, whatever the white space."""
    at = [i for i, letter in enumerate(text) if not letter.isspace()]
    solid = "".join(text[i] for i in at)
    for quote in quotes:
        words = "".join(quote.split())
        start = solid.find(words) if words else -1
        if start >= 0:
            yield Span(at[start], at[start + len(words) - 1] + 1)


def random_spans(reading: Reading, n: int, across: float, chance: random.Random) -> list[Span]:
    words = [match.span() for match in _WORD.finditer(reading.text)]
    breaks = [page.end for page in reading.pages[:-1] if page.end > page.start]
    spans: list[Span] = []
    while len(words) > 3 and len(spans) < n:
        length = min(len(words), round(3 * (80 / 3) ** chance.random()))
        first = chance.randrange(len(words) - length + 1)
        if breaks and chance.random() < across:
            middle = chance.choice(breaks)
            behind = next((i for i, (start, _) in enumerate(words) if start >= middle), len(words))
            first = max(0, min(len(words) - length, behind - length // 2))
        spans.append(Span(words[first][0], words[first + length - 1][1]))
    return spans


def letters_in(page: Any, box: PageBox) -> list[Any]:
    x0, y0, x1, y1 = shown_area(page)
    left, right = (x0 + share * (x1 - x0) for share in (box.left, box.right))
    top, bottom = (y0 + share * (y1 - y0) for share in (box.top, box.bottom))
    return [
        c
        for c in page.chars
        if left <= (c["x0"] + c["x1"]) / 2 <= right and top <= (c["top"] + c["bottom"]) / 2 <= bottom
    ]


def shown_area(page: Any) -> tuple[float, float, float, float]:
    crop, sheet = page.cropbox, page.mediabox
    return (
        max(crop[0], sheet[0]),
        max(crop[1], sheet[1]),
        min(crop[2], sheet[2]),
        min(crop[3], sheet[3]),
    )


def pdfium_text(document: pypdfium2.PdfDocument, boxes: Sequence[PageBox]) -> str:
    """What pdfium says that is in the boxes of pages that are not turned."""
    parts: list[str] = []
    for box in boxes:
        page = document[box.page_number - 1]
        x0, y0, x1, y1 = page.get_cropbox()
        left, right = (x0 + share * (x1 - x0) for share in (box.left, box.right))
        top, bottom = (y1 - share * (y1 - y0) for share in (box.top, box.bottom))
        parts.append(page.get_textpage().get_text_bounded(left, bottom, right, top))
    return "".join(parts)


def kind_of(quote: str, found: str) -> str:
    if not found:
        return "nothing_there"
    if "(cid:" in found:
        return "pdfplumber_has_no_letters"
    missing, extra = Counter(quote) - Counter(found), Counter(found) - Counter(quote)
    if not missing and not extra:
        return "other_order"
    kind = "other_letters" if missing and extra else "letters_missing" if missing else "letters_too_many"
    return f"{kind}:{min(9, sum(missing.values()))}/{min(9, sum(extra.values()))}"


def check(path: Path, spans: Sequence[Span], reading: Reading) -> Iterator[Failure | None]:
    """A failure or None for each quote."""
    starts = tuple((page.start, page.end) for page in reading.pages)
    request = PictureRequest((), tuple(spans), reading.text, starts)
    seen = show_pages(path.read_bytes(), request, LIMITS)
    document = pypdfium2.PdfDocument(path)
    with pdfplumber.open(path) as pdf:
        pages: dict[int, Any] = {}
        for span in spans:
            quote = folded(reading.text[span.start : span.end])
            first = next(p.page_number for p in reading.pages if span.start < p.end)
            place = seen.places.get(span)
            if place is None:
                yield Failure(f"no_place:{seen.reason}", path.stem, first, len(quote), 0)
                continue
            for number in {box.page_number for box in place.boxes} - pages.keys():
                pages[number] = pdf.pages[number - 1].dedupe_chars()
            inside = [letters_in(pages[box.page_number], box) for box in place.boxes]
            texts = [
                folded("".join(c["text"] for part in inside for c in sorted(part, key=order)))
                for order in _ORDERS
            ]
            if quote in texts:
                yield None
                continue
            kind = kind_of(quote, texts[0])
            judged = folded(pdfium_text(document, place.boxes)) == quote
            yield Failure(("judged " if judged else "") + kind, path.stem, first, len(quote), len(texts[0]))


def quotes_of(path: Path, reading: Reading, given: argparse.Namespace, gold: Sequence[str]) -> list[Span]:
    chance = random.Random(f"{given.seed} {path.stem}")
    spans = list(dict.fromkeys(find_solid(reading.text, gold)))
    chance.shuffle(spans)
    n_across = round(given.across * given.quotes) if gold else 0
    spans = spans[: given.quotes - n_across]
    share = 1.0 if spans else given.across
    return spans + random_spans(reading, given.quotes - len(spans), share, chance)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--documents", type=int, default=0, help="0: all")
    parser.add_argument("--quotes", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--across", type=float, default=0.2)
    parser.add_argument(
        "--seconds", type=float, default=0.0, help="begin no document after so long; 0: no end"
    )
    given = parser.parse_args()
    gold = gold_quotes(given.gold)
    paths = sorted(given.folder.glob("*.pdf"))
    random.Random(given.seed).shuffle(paths)
    n_quotes = n_documents = 0
    failures: list[Failure] = []
    started = time.monotonic()
    for path in paths[: given.documents or None]:
        if given.seconds and time.monotonic() - started > given.seconds:
            break
        reading = read_document(path, LIMITS)
        spans = quotes_of(path, reading, given, gold.get(path.stem, []))
        results = list(check(path, spans, reading)) if spans else []
        n_documents, n_quotes = n_documents + 1, n_quotes + len(results)
        for failure in filter(None, results):
            failures.append(failure)
            print(failure, flush=True)
    agree = 100 * (1 - len(failures) / max(1, n_quotes))
    print(f"{n_documents} documents, {n_quotes} quotes: {agree:.2f} % agree")
    print(Counter(failure.kind for failure in failures).most_common())


if __name__ == "__main__":
    main()
