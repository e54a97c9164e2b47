"""How many documents go into one batch. What a batch costs to begin and end is the same for one and for hundreds.

`ORDINARY` contracts are work for half a minute or more, and then beginning and end do not count. Of short documents it takes more:
as many as weigh what the ordinary ones do, at most `MOST`. A batch is never smaller than `ORDINARY`, unless there are no more
documents. A batch that dies loses what was in work, some 40 documents, whatever its size; the others only wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

ORDINARY = 50
MOST = 500
"""Half of what `extract` takes."""
_ORDINARY_BYTES, _ORDINARY_PAGES = 180_000, 18.5
"""Of one contract. Source: means of the 136 PDFs and the 925 pages of 50 of them on which batches are measured (CUAD, docs/performance.md)."""


def batches_of(sizes_bytes: Sequence[int], in_flight: int = 1) -> Iterator[range]:
    """The places of each batch in the sequence, which keeps its order.

    Args:
        sizes_bytes: Of each document; 0: not known, taken for an ordinary one.
        in_flight: Batches that run at once: documents that fill no more than these are shared evenly among them.
    """
    most = min(MOST, max(ORDINARY, ceil(len(sizes_bytes) / in_flight)))
    first, weight = 0, 0
    for place, size in enumerate(sizes_bytes):
        n_documents = place - first
        weight += size or _ORDINARY_BYTES
        is_heavy = n_documents >= ORDINARY and weight > ORDINARY * _ORDINARY_BYTES
        if is_heavy or n_documents == most:
            yield range(first, place)
            first, weight = place, size or _ORDINARY_BYTES
    if first < len(sizes_bytes):
        yield range(first, len(sizes_bytes))


def batch_of_pages(mean_pages: float) -> int:
    """Documents in a batch of such documents.

    Args:
        mean_pages: Of a document; 0: not known yet.
    """
    if mean_pages <= 0:
        return ORDINARY
    return min(MOST, max(ORDINARY, int(ORDINARY * _ORDINARY_PAGES / mean_pages)))
