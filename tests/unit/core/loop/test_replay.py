"""A replay names every row that differs, and never with the words of the contract. Stored runs: `tests/db/test_replay.py`."""

from __future__ import annotations

from dataclasses import replace

from tasks.core.loop.assessment import assess_chunk
from tasks.core.loop.replay import Comparison, StoredRun, replay
from tasks.core.loop.results import results_of
from tasks.core.loop.state import PlayedChunk, RunState, record_round
from tasks.core.records import RunId
from tests.unit.core.loop.test_state import RUN_INPUT, critique, generation


def stored_run() -> StoredRun:
    answer, judged = generation(1, "Python", "Django"), critique(1, 0.9)
    record = record_round(1, [PlayedChunk(answer, judged, assess_chunk(RUN_INPUT, answer, judged))])
    state = RunState(RUN_INPUT)
    state.apply(record)
    results = results_of(state.by_chunk, RUN_INPUT.schema)
    return StoredRun(RunId("r"), "done", RUN_INPUT, 1, (record,), results.extractions, results.coverage)


def test_untouched_run_replays_the_same() -> None:
    done = replay(stored_run())
    assert done.differences == ()
    assert done.n_compared == {
        Comparison.DECISION: 1,
        Comparison.FINDING: 1,
        Comparison.EXTRACTION: 2,
        Comparison.COVERAGE: 1,
    }


def test_changed_value_is_told_by_its_column_and_not_by_its_words() -> None:
    run = stored_run()
    first, *others = run.extractions
    changed = replay(replace(run, extractions=(replace(first, quote="Pythons", round_number=2), *others)))
    (difference,) = changed.differences
    assert (difference.of, difference.where) == (Comparison.EXTRACTION, "chunk 0, field skills")
    assert difference.says == "quote differs; round_number: stored 2, replayed 1"


def test_finding_and_cell_that_are_gone_are_told_once_each() -> None:
    run = stored_run()
    (record,) = run.records
    lacking = replay(replace(run, records=(replace(record, findings=()),), coverage=()))
    assert [(d.of, d.says.split(":")[0]) for d in lacking.differences] == [
        (Comparison.FINDING, "replayed only"),
        (Comparison.COVERAGE, "replayed only"),
    ]


def test_chunk_left_open_at_the_end_is_told() -> None:
    run = replace(stored_run(), max_rounds=2)
    assert [d.of for d in replay(run).differences] == [Comparison.DECISION]


def test_run_that_is_not_finished_is_compared_as_far_as_it_went() -> None:
    done = replay(replace(stored_run(), state="running", extractions=(), coverage=()))
    assert done.differences == ()
    assert any("running" in note for note in done.notes)
