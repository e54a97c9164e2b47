"""A mail is followed by its attachments, each with an outcome of its own; none is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from flows.extract import process_document
from tasks.attachments import Attached
from tasks.backfill.batches import BackfillRecorder
from tasks.core.errors import DocumentError, ModelUnavailable
from tasks.core.schema import load_schema
from tasks.documents import DocumentRequest, Outcome, OutcomeStatus, RunOptions, worst_of
from tasks.read import Refused
from tasks.report import Progress, on_progress
from tasks.runtime.outages import NeededPart, Outages
from tasks.s3 import SourceObject

MAIL = "in/offer.eml"
TREE = {
    MAIL: Attached((f"{MAIL}!/deed.pdf", f"{MAIL}!/fwd.eml"), "1 attachment left out: x.zip (unpack it)"),
    f"{MAIL}!/fwd.eml": Attached((f"{MAIL}!/fwd.eml!/note.txt",)),
}
NOTHING_WAITED_FOR = Outages((), 0)
DONE, FAILED, POSTPONED = OutcomeStatus.DONE, OutcomeStatus.FAILED, OutcomeStatus.POSTPONED


class Recorder(BackfillRecorder):
    """Of a backfill; its plan has the attachments that are settled."""

    def __init__(self, settled: tuple[str, ...] = ()) -> None:
        super().__init__(None)
        self.recorded: list[Outcome] = []
        self._settled = settled

    def not_planned(self, keys: Any, mail: Any, schema: Any) -> list[str]:
        return [key for key in keys if key not in self._settled]

    def record(self, outcome: Outcome) -> None:
        self.recorded.append(outcome)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Exception]]:
    """Errors of the step `verify`, by key; the steps themselves do nothing."""
    errors: dict[str, Exception] = {}

    def read(quoted: Any) -> Any:
        key = quoted.unquote()
        source, attached = SourceObject("b", key, "e", 1), TREE.get(key, Attached())
        if isinstance(errors.get(key), DocumentError):
            return Refused(source, "no_text", attached=attached)
        return SimpleNamespace(source=source, attached=attached)

    def verify(quoted: Any, *_: Any) -> Outcome:
        document = quoted.unquote()
        if error := errors.get(document.source.key):
            raise error
        return Outcome(key=document.source.key, schema_name="cv", status=DONE)

    monkeypatch.setattr("flows.extract.fetch", lambda request: request.key)
    monkeypatch.setattr("flows.extract.read", read)
    monkeypatch.setattr("flows.extract.verify", verify)
    monkeypatch.setattr("flows.extract.settings", lambda: SimpleNamespace(evidence=""))
    yield errors


def process(
    key: str = MAIL,
    recorder: Recorder | None = None,
    budget: str | None = None,
    outages: Outages = NOTHING_WAITED_FOR,
) -> dict[str, OutcomeStatus]:
    return {outcome.key: outcome.status for outcome in ended_by(key, recorder, budget, outages)}


def links() -> dict[str, str]:
    return {outcome.key: outcome.evidence for outcome in ended_by(MAIL)}


def ended_by(
    key: str,
    recorder: Recorder | None = None,
    budget: str | None = None,
    outages: Outages = NOTHING_WAITED_FOR,
) -> list[Outcome]:
    ended = SimpleNamespace(reason=budget) if budget else None
    batch: Any = SimpleNamespace(budget=SimpleNamespace(ended=lambda: ended))
    request = DocumentRequest(key=key, schema_name="cv")
    return process_document(request, load_schema("cv"), RunOptions(), batch, recorder or Recorder(), outages)


def test_attachments_follow_their_mail_and_those_of_an_attached_mail_follow_it(
    steps: dict[str, Exception],
) -> None:
    assert list(process()) == [MAIL, f"{MAIL}!/deed.pdf", f"{MAIL}!/fwd.eml", f"{MAIL}!/fwd.eml!/note.txt"]
    assert list(process(f"{MAIL}!/fwd.eml")) == [f"{MAIL}!/fwd.eml", f"{MAIL}!/fwd.eml!/note.txt"]


def triton(probe: Callable[[], object], max_wait_s: float) -> Outages:
    return Outages([NeededPart("Triton", probe, (ModelUnavailable,))], max_wait_s)


def test_mail_that_meets_an_outage_is_taken_again_with_each_attachment_once(
    steps: dict[str, Exception],
) -> None:
    steps[MAIL] = ModelUnavailable("away")
    recorder = Recorder()
    ended = ended_by(MAIL, recorder, outages=triton(steps.clear, 5))
    assert [outcome.key for outcome in ended] == list(process())
    assert {outcome.status for outcome in ended} == {DONE}
    assert len(recorder.recorded) == 1


def test_after_a_part_was_given_up_nothing_more_is_begun(steps: dict[str, Exception]) -> None:
    steps[MAIL] = ModelUnavailable("away")

    def probe() -> None:
        raise steps[MAIL]

    outages = triton(probe, 0)
    first, *attached = ended_by(MAIL, outages=outages)
    assert (first.status, "COUNTERSIGN_OUTAGE_S" in first.reason) == (FAILED, True)
    assert {outcome.status for outcome in attached} == {POSTPONED}
    (other,) = ended_by(f"{MAIL}!/deed.pdf", outages=outages)
    assert other.status is POSTPONED
    assert other.reason.startswith("not begun: Triton did not come back")


def test_attachment_that_fails_stops_none_of_the_others(steps: dict[str, Exception]) -> None:
    steps[f"{MAIL}!/deed.pdf"] = ModelUnavailable("gone")
    assert list(process().values()) == [DONE, FAILED, DONE, DONE]


@pytest.mark.parametrize(
    "error", [DocumentError("no_text", "x"), ModelUnavailable("gone"), RuntimeError("bug")]
)
def test_attachments_of_a_mail_that_is_refused_or_fails_are_processed(
    steps: dict[str, Exception], error: Exception
) -> None:
    steps[MAIL] = error
    assert list(process().values())[1:] == [DONE, DONE, DONE]


def test_mail_that_is_not_begun_leaves_its_attachments_to_the_next_run(steps: dict[str, Exception]) -> None:
    assert process(budget="used up") == {MAIL: POSTPONED}


def test_done_document_has_the_link_to_its_page_if_pages_are_written(
    steps: dict[str, Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(outcome: Outcome) -> str:
        return f"https://pages/{outcome.key}"

    monkeypatch.setattr("flows.extract.write_evidence", write)
    steps[f"{MAIL}!/deed.pdf"] = ModelUnavailable("gone")
    assert set(links().values()) == {""}
    monkeypatch.setattr("flows.extract.settings", lambda: SimpleNamespace(evidence="s3://pages/"))
    assert links() == {
        MAIL: f"https://pages/{MAIL}",
        f"{MAIL}!/deed.pdf": "",
        f"{MAIL}!/fwd.eml": f"https://pages/{MAIL}!/fwd.eml",
        f"{MAIL}!/fwd.eml!/note.txt": f"https://pages/{MAIL}!/fwd.eml!/note.txt",
    }


@pytest.mark.parametrize(
    ("of_parts", "status", "reason"),
    [
        ((DONE, DONE), DONE, ""),
        ((DONE, FAILED), FAILED, "offer.eml!/1: why"),
        ((POSTPONED, FAILED), FAILED, "offer.eml!/1: why"),
        ((DONE, POSTPONED), POSTPONED, "offer.eml!/1: why"),
        ((OutcomeStatus.QUARANTINED, DONE), DONE, ""),
    ],
)
def test_backfill_takes_a_mail_again_until_its_attachments_have_ended(
    of_parts: tuple[OutcomeStatus, ...], status: OutcomeStatus, reason: str
) -> None:
    own = Outcome(key=MAIL, schema_name="cv", status=DONE, run_id="r")
    parts = [
        Outcome(key=f"{MAIL}!/{n}", schema_name="cv", status=s, reason="why") for n, s in enumerate(of_parts)
    ]
    worst = worst_of([own, *parts])
    assert (worst.key, worst.run_id, worst.status, worst.reason) == (MAIL, "r", status, reason)


def test_backfill_records_the_mail_once_and_leaves_what_its_plan_has(steps: dict[str, Exception]) -> None:
    recorder = Recorder(settled=(f"{MAIL}!/fwd.eml",))
    assert list(process(recorder=recorder)) == [MAIL, f"{MAIL}!/deed.pdf"]
    assert [(outcome.key, outcome.status) for outcome in recorder.recorded] == [(MAIL, DONE)]


def test_progress_tells_every_outcome_and_counts_the_mail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.report.create_progress_artifact", lambda **_: None)
    told: list[str] = []
    outcomes = [Outcome(key=key, schema_name="cv", status=DONE) for key in (MAIL, f"{MAIL}!/deed.pdf")]
    with on_progress(lambda outcome: told.append(outcome.key)):
        progress = Progress(1)
        progress.advance(outcomes)
    assert told == [MAIL, f"{MAIL}!/deed.pdf"]
    assert progress._n_done == 1
