"""Counts how common words are in the lines of contracts, labels unseen: the table of `tasks.core.native.commonness`.

python -m tasks.training.commonness --data CUAD
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from tasks.core.native.commonness import TABLE
from tasks.core.native.cues import shingles
from tasks.core.native.sheet import lay_out_document
from tasks.training.clauses import CHUNK_CHARS
from tasks.training.corpus import ATTRIBUTION, load_corpus

N_STEMS = 1000
"""Of 300 stems, 1,000 and all of them, 1,000 served best."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    n_lines = 0
    for contract in load_corpus(options.data).contracts:
        for line in lay_out_document(contract.text, CHUNK_CHARS):
            n_lines += 1
            counts.update(shingles(line.text))
    chosen = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:N_STEMS]
    table = {"counted_on": ATTRIBUTION, "n_lines": n_lines, "lines_with": dict(chosen)}
    TABLE.write_text(json.dumps(table, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
