"""Do verified quotes stand on the pages they name, by a reader that is not ours?

    countersign evaluate --gold GOLD --documents PDFS --predictions P.jsonl
    python -m tests.bench.cited_pages P.jsonl PDFS

Every verified quote is looked for in pypdf's plain text of its cited pages, letters and digits alone (NFKC), since two readers never agree on
spaces, hyphens and rules. Prints how many stand there, and of the others where.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections import defaultdict
from pathlib import Path

from pypdf import PdfReader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("predictions", type=Path)
    parser.add_argument("documents", type=Path)
    options = parser.parse_args()
    by_document: dict[str, list[dict[str, object]]] = defaultdict(list)
    for line in options.predictions.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["status"] == "verified":
            by_document[str(row["document"]).removesuffix(".pdf")].append(row)
    n_quotes = n_there = n_skipped = 0
    for document, rows in sorted(by_document.items()):
        path = options.documents / f"{document}.pdf"
        if not path.exists():
            n_skipped += len(rows)
            continue
        pages = [letters(page.extract_text()) for page in PdfReader(path).pages]
        for row in rows:
            n_quotes += 1
            cited = sorted(int(p) for p in row["pages"])  # type: ignore[union-attr]
            quote = letters(str(row["quote"]))
            if quote in "".join(pages[p - 1] for p in cited) or parts_stand(
                quote, [pages[p - 1] for p in cited]
            ):
                n_there += 1
            else:
                elsewhere = [i + 1 for i, text in enumerate(pages) if quote in text]
                print(
                    f"{document} {row['field']} cites {cited}: not there; stands on {elsewhere or 'no page as it is'}"
                )
    print(
        f"{n_there} of {n_quotes} verified quotes stand on the pages they cite: {n_there / max(1, n_quotes):.4f}; {n_skipped} of texts without pages"
    )


def parts_stand(quote: str, pages: list[str]) -> bool:
    """A quote over a page's foot: its head ends somewhere on the one page, its tail begins on the other, with running lines between."""
    if len(pages) != 2:
        return False
    return any(quote[:cut] in pages[0] and quote[cut:] in pages[1] for cut in range(8, len(quote) - 8))


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


if __name__ == "__main__":
    main()
