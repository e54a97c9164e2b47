"""Whether a bar that was moved by decisions keeps the promise on other documents of its schema.

    python -m tests.bench.moved_bar [--draws 20] [--deviations 1]

The schemas of the packaged documents are judged out of sight, as in training. Of each schema, half of
the documents (drawn several times) is decided, all of it or only what is unsettled; the other half tells
what the bars before and after verify. The prior is fitted without the schema.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from tasks.core.statistics import promised_bar
from tasks.core.statistics.promised_bar import MIN_DECIDED, NO_VALUE, FittedBars, ScoredValue, moved_bar
from tasks.learning.training import fit_own
from tasks.learning.training.fit_own import EvidenceRow, SettledValue, promise_bars
from tasks.learning.training.own_documents import own_documents
from tasks.learning.training.own_labels import Label

_LEAST = 0.05
"""Values below this are no drafts that a person would see."""


@dataclass(frozen=True, slots=True)
class Settled:
    document: str
    value: SettledValue


def settled_by_schema() -> dict[str, list[Settled]]:
    rows = [row for document in own_documents() for row in fit_own.evidence_rows_of(document)]
    rights = _rights(rows)
    by_document: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        by_document[row.schema, row.document].append(i)
    found: dict[str, list[Settled]] = defaultdict(list)
    for (schema, document), indexes in by_document.items():
        values = fit_own.settled_values([rows[i] for i in indexes], rights[indexes])
        found[schema] += [Settled(document, v) for v in values if v.right > _LEAST]
    return found


def _rights(rows: list[EvidenceRow]) -> np.ndarray:
    evidence, labels = np.stack([r.evidence for r in rows]), np.asarray([int(r.label) for r in rows])
    schemas = sorted({r.schema for r in rows})
    folds = np.asarray([schemas.index(r.schema) % fit_own.N_FOLDS for r in rows])
    rights = np.zeros(len(rows))
    for fold in range(fit_own.N_FOLDS):
        weights = np.where((folds != fold) & (labels != Label.ELSEWHERE), 1.0, 0.0)
        trees = fit_own._fit_trees(evidence, labels == Label.RIGHT, weights, 0)  # pyright: ignore[reportPrivateUsage]
        rights[folds == fold] = trees.probability(evidence[folds == fold])
    return rights


def trial(
    found: Mapping[str, list[Settled]], promise: float, only_unsettled: bool, n_draws: int
) -> Iterator[tuple[str, int, int]]:
    """(before, after, or which way the bar went; right and verified values of the other half)."""
    for schema, values in found.items():
        others = [s.value for name, rows in found.items() if name != schema for s in rows]
        bars = promise_bars(others)
        bar = next((b for p, b in sorted(bars.items()) if p >= promise), NO_VALUE)
        documents = sorted({s.document for s in values})
        for draw in range(n_draws):
            random.Random(draw).shuffle(documents)
            decided = set(documents[: (len(documents) + 1) // 2])
            here = [s.value for s in values if s.document in decided]
            rows = [
                ScoredValue(v.right, v.is_right if v.right < bar or not only_unsettled else None)
                for v in here
            ]
            if sum(r.is_right is not None for r in rows) < MIN_DECIDED:
                continue
            after = moved_bar(rows, FittedBars(list(bars.items())), promise, bar).after.bar
            yield "lowered" if after < bar else "raised" if after > bar else "kept", 0, 1
            for name, level in (("before", bar), ("after", after)):
                kept = [s.value for s in values if s.document not in decided and s.value.right >= level]
                yield name, sum(v.is_right for v in kept), len(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--deviations", type=float, default=promised_bar.DEVIATIONS)
    arguments = parser.parse_args()
    n_draws, promised_bar.DEVIATIONS = arguments.draws, arguments.deviations
    found = settled_by_schema()
    for promise in (0.8, 0.9, 0.95):
        for only_unsettled in (False, True):
            right, verified = Counter[str](), Counter[str]()
            for name, n_right, n in trial(found, promise, only_unsettled, n_draws):
                right[name] += n_right
                verified[name] += n
            shares = ", ".join(
                f"{name} {right[name] / max(1, verified[name]):.3f} of {verified[name]}"
                for name in ("before", "after")
            )
            ways = ", ".join(f"{name} {verified[name]}" for name in ("lowered", "kept", "raised"))
            print(f"{promise} {'unsettled' if only_unsettled else 'all'} decided: {shares}; {ways}")


if __name__ == "__main__":
    main()
