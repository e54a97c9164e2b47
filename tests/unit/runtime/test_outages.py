"""A part that is down is waited for once for all, within a bound; then the batch ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tasks.core.errors import ModelCrashed, ModelError, ModelUnavailable, SourceMissing, StoreUnavailable
from tasks.runtime import outages as module
from tasks.runtime.concurrency import map_in_threads
from tasks.runtime.outages import CAUSE, MAX_TAKES, NeededPart, Outages


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE_S", 0.01)


class Server:
    """Down until it was probed so often; counts probes, and how many there were at once."""

    def __init__(self, n_down: int) -> None:
        self.n_down, self.n_probes, self.most = n_down, 0, 0
        self._n_here = 0

    def probe(self) -> None:
        self._n_here += 1
        self.most = max(self.most, self._n_here)
        self.n_probes += 1
        time.sleep(0.01)
        self._n_here -= 1
        if self.n_probes <= self.n_down:
            raise ModelUnavailable("does not answer")

    def use(self) -> str:
        if self.n_probes <= self.n_down:
            raise ModelUnavailable("does not answer")
        return "done"

    def outages(self, max_wait_s: float = 5.0, tell: Callable[[str], object] = bool) -> Outages:
        return Outages([NeededPart("Triton", self.probe, (ModelUnavailable,))], max_wait_s, tell)


def test_one_probes_for_all_and_all_are_taken_again() -> None:
    server, told = Server(n_down=5), list[str]()
    outages = server.outages(tell=told.append)
    results = list(map_in_threads(lambda _: outages.taken_again(server.use), range(8), 8))
    assert results == ["done"] * 8
    assert server.most == 1
    # Who met the error late may probe once more; nobody waits in turn for an outage that is over.
    assert 6 <= server.n_probes <= 6 + 7
    assert [words.split(",")[0] for words in told] == ["waiting for Triton", ""]
    assert outages.stop_reason() is None


def test_part_that_stays_away_is_given_up_for_the_whole_batch() -> None:
    server = Server(n_down=10**6)
    outages = server.outages(max_wait_s=0.2)

    def document(_: int) -> str:
        try:
            return outages.taken_again(server.use)
        except ModelUnavailable as error:
            return str(error)

    began = time.monotonic()
    results = list(map_in_threads(document, range(12), 4))
    assert time.monotonic() - began < 0.2 * 4
    assert all("Given up: Triton did not come back within" in result for result in results)
    assert (outages.stop_reason() or "").startswith("not begun: Triton did not come back")
    n_probes = server.n_probes
    document(13)
    assert server.n_probes == n_probes


def test_no_document_begins_during_an_outage() -> None:
    server = Server(n_down=10)
    outages = server.outages()
    waiting = threading.Thread(target=lambda: outages.taken_again(server.use))
    waiting.start()
    while not server.n_probes:
        time.sleep(0.001)
    assert outages.stop_reason() is None
    assert server.n_probes > server.n_down
    waiting.join()


def test_document_that_fails_whatever_the_probe_says_fails_alone() -> None:
    server, takes = Server(n_down=0), list[int]()

    def take() -> None:
        takes.append(1)
        raise ModelUnavailable("again")

    outages = server.outages()
    with pytest.raises(ModelUnavailable, match=r"^again$"):
        outages.taken_again(take)
    assert len(takes) == MAX_TAKES
    assert outages.stop_reason() is None


@pytest.mark.parametrize("error", [SourceMissing, ModelError, StoreUnavailable, KeyError])
def test_what_no_part_causes_is_raised_at_once(error: type[Exception]) -> None:
    server = Server(n_down=0)

    def take() -> None:
        raise error("x")

    with pytest.raises(error):
        server.outages().taken_again(take)
    assert server.n_probes == 0


def test_batch_that_ends_waits_no_longer() -> None:
    server, failed = Server(n_down=10**6), list[str]()

    def document(_: int) -> None:
        try:
            outages.taken_again(server.use)
        except ModelUnavailable as error:
            failed.append(str(error))

    with server.outages(max_wait_s=60) as outages:
        threads = [threading.Thread(target=document, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        while not server.n_probes:
            time.sleep(0.001)
    for thread in threads:
        thread.join(5)
    assert failed == ["does not answer"] * 3


class Mortal:
    """A model whose process some documents kill; each probe reloads it, unless it died too often."""

    MAX_RELOADS = 3

    def __init__(self, *poison: int) -> None:
        self.poison, self.is_alive = poison, True
        self.n_reloads = self.n_deaths = 0
        self._lock = threading.Lock()

    def probe(self) -> None:
        if self.n_reloads == self.MAX_RELOADS:
            raise ModelCrashed("died")
        self.n_reloads += not self.is_alive
        self.is_alive = True

    def forgive(self) -> None:
        self.n_reloads = 0

    def use(self, document: int) -> str:
        time.sleep(0.005)
        with self._lock:
            if document in self.poison:
                self.n_deaths += self.is_alive
                self.is_alive = False
        time.sleep(0.005)
        if document in self.poison or not self.is_alive:
            raise ModelCrashed("died")
        return "done"


@pytest.mark.parametrize("poison", [(3,), (2, 5)])
def test_document_that_kills_its_model_fails_alone_and_the_others_are_done(poison: tuple[int, ...]) -> None:
    model = Mortal(*poison)
    part = NeededPart("Triton", model.probe, (ModelUnavailable, ModelCrashed), (ModelCrashed,), model.forgive)
    outages = Outages([part], max_wait_s=30)

    def document(number: int) -> str:
        try:
            return outages.taken_again(lambda: model.use(number))
        except ModelCrashed as error:
            return str(error)

    results = list(map_in_threads(document, range(12), 4))
    assert sorted(results) == sorted([f"died {CAUSE}"] * len(poison) + ["done"] * (12 - len(poison)))
    assert model.n_deaths <= 3 * len(poison)
    assert outages.stop_reason() is None
