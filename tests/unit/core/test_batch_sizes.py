"""Batches by weight: every document once and in order, never smaller than today's, never more than `MOST`."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.core.batch_sizes import MOST, ORDINARY, batch_of_pages, batches_of

PAGE_BYTES, CONTRACT_BYTES = 4_000, 180_000


def sizes_of(*args: object) -> list[int]:
    return [len(places) for places in batches_of(*args)]  # type: ignore[arg-type]


def test_a_night_of_short_documents_is_shared_by_the_batches_in_flight():
    assert sizes_of([PAGE_BYTES] * 1000, 2) == [500, 500]
    assert sizes_of([PAGE_BYTES] * 600, 2) == [300, 300]
    assert sizes_of([PAGE_BYTES] * 30, 2) == [30]


def test_contracts_of_ordinary_length_and_unknown_ones_go_as_before():
    assert sizes_of([CONTRACT_BYTES] * 120, 2) == [50, 50, 20]
    assert sizes_of([0] * 120, 2) == [50, 50, 20]


def test_a_long_document_after_short_ones_ends_their_batch():
    assert sizes_of([PAGE_BYTES] * 60 + [9_000_000] + [PAGE_BYTES] * 10) == [60, 11]


def test_no_documents_make_no_batch():
    assert sizes_of([]) == []


@given(st.lists(st.integers(0, 20_000_000) | st.integers(0, 5_000), max_size=1500), st.integers(1, 4))
def test_every_document_is_in_one_batch_and_only_the_last_is_small(sizes: list[int], in_flight: int):
    batches = list(batches_of(sizes, in_flight))
    assert [place for batch in batches for place in batch] == list(range(len(sizes)))
    assert all(len(batch) >= ORDINARY for batch in batches[:-1])
    assert all(len(batch) <= MOST for batch in batches)
    for batch in batches:
        beyond = [sizes[place] for place in batch][ORDINARY:]
        assert not beyond or sum(sizes[place] for place in batch) <= ORDINARY * CONTRACT_BYTES


def test_batches_by_pages_hold_as_many_pages_as_fifty_contracts():
    assert batch_of_pages(18.5) == ORDINARY == batch_of_pages(0) == batch_of_pages(400)
    assert batch_of_pages(9.25) == 2 * ORDINARY
    assert batch_of_pages(1) == MOST
