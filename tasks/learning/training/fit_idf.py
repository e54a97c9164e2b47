"""Counts the lines in which words occur, for the table of `tasks.core.native.text.examples`.

python -m tasks.learning.training.fit_idf --data CUAD
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from tasks.core.native.text.cues import shingles
from tasks.core.native.text.examples import TABLE
from tasks.core.native.text.lines import lay_out_document
from tasks.learning.training.corpus import ATTRIBUTION, load_corpus
from tasks.learning.training.fit_clauses import CHUNK_CHARS

N_STEMS = 1000
"""300 stems, 1,000 and all of them were tried; 1,000 gave the best results."""


def main() -> None:
    parser = argparse.ArgumentParser("python -m tasks.learning.training.fit_idf", description=__doc__)
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
