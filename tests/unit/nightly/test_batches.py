"""How a night cuts its documents into batches, and what it does with a large batch whose process died."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

import flows.nightly
from tasks.core.batch_sizes import ORDINARY
from tasks.documents import DocumentRequest, RunOptions, Source
from tasks.nightly.discover import Discovery
from tasks.submit import EndedBatch

SMALL = [DocumentRequest(key=f"in/{number:03}.pdf", schema_name="cv") for number in range(240)]


class PlayedNight:
    """The night without a server: what its batches were, and how the first of them ends."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, first_ends: EndedBatch, n_done_of_it: int = 0
    ) -> None:
        self.batches: list[list[DocumentRequest]] = []
        self._first_ends, self._due = first_ends, SMALL
        self._n_done_of_it = n_done_of_it
        for name, played in (("discover", self._discover), ("_submitted", self._submitted)):
            monkeypatch.setattr(flows.nightly, name, played)
        monkeypatch.setattr(flows.nightly, "with_registered_schemas", lambda sources: sources)
        monkeypatch.setattr(flows.nightly, "through_outages", lambda act: act())
        monkeypatch.setattr(flows.nightly, "night_of", lambda *about: about)
        monkeypatch.setattr(flows.nightly, "report_night", lambda night: "told")
        nothing = SimpleNamespace(results="", audit="", audit_key=None)
        monkeypatch.setattr(flows.nightly, "settings", lambda: nothing)

    def run(self, **given: Any) -> str:
        state = flows.nightly.nightly.fn([Source(prefix="in/", schema_name="cv")], **given)
        return f"{state.name}: {state.message}"

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.batches]

    def _discover(self, *_: object) -> Discovery:
        return Discovery(self._due, {}, sizes_bytes=[4000] * len(self._due))

    def _submitted(
        self, batches: Sequence[Sequence[DocumentRequest]], options: RunOptions
    ) -> list[EndedBatch]:
        is_first = not self.batches
        self.batches += [list(batch) for batch in batches]
        if not is_first:
            return [EndedBatch("later", "Completed: ", True)] * len(batches)
        # What is due then: the dead batch's documents that were not done, and a document that came meanwhile.
        late = DocumentRequest(key="in/late.pdf", schema_name="cv")
        self._due = [*batches[0][self._n_done_of_it :], late]
        return [self._first_ends, *[EndedBatch("other", "Completed: ", True)] * (len(batches) - 1)]


CRASHED = EndedBatch("first", "Crashed: killed", False, True)


def test_small_documents_are_shared_by_two_large_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    night = PlayedNight(monkeypatch, EndedBatch("first", "Completed: ", True))
    assert night.run() == "Completed: told; 2 batches, 0 not completed"
    assert night.sizes == [120, 120]


def test_what_a_large_batch_that_died_left_is_taken_again_in_ordinary_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    night = PlayedNight(monkeypatch, CRASHED, n_done_of_it=50)
    assert night.run() == "Failed: told; 4 batches, 1 not completed"
    assert night.sizes == [120, 120, ORDINARY, 20]
    assert [one for batch in night.batches[2:] for one in batch] == SMALL[50:120]


def test_a_forced_night_and_a_given_size_have_batches_of_that_size_and_nothing_is_forced_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forced = PlayedNight(monkeypatch, CRASHED)
    forced.run(options=RunOptions(force=True))
    assert forced.sizes == [50, 50, 50, 50, 40]
    given = PlayedNight(monkeypatch, EndedBatch("first", "Failed: 1 failed", False))
    given.run(batch_size=200)
    assert given.sizes == [200, 40], "a batch that ended by itself is not taken again"
