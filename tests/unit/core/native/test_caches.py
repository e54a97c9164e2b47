"""Margins are computed once for a chunk, and another chunk with equal lines does not get them."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tasks.core.native.caches import IdentityCache, MarginCache
from tasks.core.native.request import Request, read_request
from tasks.core.native.text.words import FloatArray
from tests.unit.core.builders import small_schema


def requests_of(n_requests: int) -> list[Request]:
    """Requests with equal lines that are objects of their own."""
    chunk = {"passages": [{"kind": "body", "text": "The term is one year.\n\nThe law is that of Texas."}]}
    request = read_request({"schema": small_schema().model_dump(mode="json"), "chunk": chunk})
    assert len(request.lines) == 2
    return [replace(request, lines=(*request.lines,)) for _ in range(n_requests)]


class Computed:
    def __init__(self) -> None:
        self.batches: list[int] = []

    def __call__(self, requests: Sequence[Request]) -> FloatArray:
        self.batches.append(len(requests))
        first = 100 * len(self.batches)
        n_lines = sum(len(r.lines) for r in requests)
        return np.arange(first, first + n_lines, dtype=np.float32).reshape(-1, 1)


def test_lines_seen_before_are_not_computed_again() -> None:
    cache, compute = MarginCache(2), Computed()
    one, two = requests_of(2)
    first = cache.margins([one, one], compute)
    assert [m[:, 0].tolist() for m in first] == [[100, 101], [100, 101]]
    again = cache.margins([two, one], compute)
    assert [m[:, 0].tolist() for m in again] == [[200, 201], [100, 101]]
    assert cache.margins([one, two], compute)[1] is again[0]
    assert compute.batches == [1, 1]


def test_equal_lines_are_kept_apart_and_the_oldest_are_forgotten() -> None:
    cache, compute = MarginCache(2), Computed()
    one, two, three = requests_of(3)
    for request in (one, two, three):
        cache.margins([request], compute)
    assert cache.margins([two], compute)[0][:, 0].tolist() == [200, 201]
    assert cache.margins([three], compute)[0][:, 0].tolist() == [300, 301]
    assert cache.margins([one], compute)[0][:, 0].tolist() == [400, 401]
    assert compute.batches == [1, 1, 1, 1]


def test_a_pickled_copy_is_empty_since_its_objects_have_other_ids() -> None:
    cache: IdentityCache[list[int], str] = IdentityCache(2)
    one = [1]
    cache.put(one, "first")
    copy = pickle.loads(pickle.dumps(cache))
    assert (cache.get(one), copy.get(one)) == ("first", None)
    copy.put(one, "second")
    assert (cache.get(one), copy.get(one)) == ("first", "second")
