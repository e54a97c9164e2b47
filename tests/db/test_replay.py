"""A stored run is done again from its trail: the same rows, or every difference."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest
import typer

from infra.cli.replay import replay as command
from tasks.core.cost.budget import BudgetLimits
from tasks.core.errors import StoreMissing
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.replay import Comparison, Replay, replay
from tasks.core.loop.results import results_of
from tasks.core.loop.state import assess_round
from tasks.core.records import (
    Citation,
    CoverageCell,
    Mark,
    MarkKind,
    MatchKind,
    ModelAnswer,
    Part,
    RoundRecord,
    RunId,
    Span,
    Stage,
)
from tasks.postgres.store import Store
from tasks.verify.rounds import run_rounds
from tests.db import samples
from tests.db.conftest import unguarded
from tests.unit.noisy import NoisyClient
from tests.unit.scripted import loop_plan


def run(store: Store, seed: int, n_rounds: int = 9) -> RunId:
    """A run with noisy models; given up after so many rounds."""
    samples.put_document(store)
    run_input = RunInput(samples.reading(), samples.chunks(), samples.SCHEMA)
    with store.runs.claim(samples.identity("a", str(seed))) as claim:
        saved: list[RoundRecord] = []
        plan = loop_plan(NoisyClient(seed), limits=BudgetLimits(max_tokens=1100))

        def save(record: RoundRecord) -> None:
            if len(saved) == n_rounds:
                raise InterruptedError
            store.runs.save_round(claim.run_id, record)
            saved.append(record)

        try:
            played = run_rounds(plan, run_input, (), save)
            done = results_of(asyncio.run(played).by_chunk, samples.SCHEMA)
            store.runs.finish(claim.run_id, done.extractions, done.coverage, {})
        except InterruptedError:
            pass
    return claim.run_id


def replayed(store: Store, run_id: RunId) -> Replay:
    return replay(store.runs.load(run_id))


@pytest.mark.parametrize("seed", range(12))
def test_replay_of_a_stored_run_finds_no_difference(store: Store, seed: int) -> None:
    done = replayed(store, run(store, seed))
    assert done.differences == ()
    assert done.n_compared[Comparison.COVERAGE] == 4
    assert done.n_compared[Comparison.DECISION] >= 2


@pytest.mark.parametrize(
    ("tampering", "of", "says"),
    [
        ("UPDATE extraction SET score = 0.123", Comparison.EXTRACTION, "score: stored 0.123"),
        ("DELETE FROM extraction", Comparison.EXTRACTION, "replayed only"),
        ("UPDATE coverage SET reason = 'quite sure'", Comparison.COVERAGE, "reason differs"),
    ],
)
def test_row_that_was_changed_shows(
    store: Store, connection: psycopg.Connection, tampering: str, of: Comparison, says: str
) -> None:
    run_id = next(r for r in (run(store, seed) for seed in range(20)) if store.runs.load(r).extractions)
    with unguarded(connection, "extraction", "coverage"):
        connection.execute(tampering)  # pyright: ignore[reportArgumentType]
    differences = replayed(store, run_id).differences
    assert {d.of for d in differences} == {of}
    assert says in differences[0].says


def test_finding_and_round_that_do_not_follow_from_the_answers_show(store: Store) -> None:
    stored = store.runs.load(run(store, 3))
    first, *rest = stored.records
    without = replace(first, findings=first.findings[1:], answers=(first.generations[0], *first.critiques))
    differences = replay(replace(stored, records=(without, *rest))).differences
    assert {Comparison.DECISION, Comparison.FINDING} <= {d.of for d in differences}


def test_difference_never_tells_the_words_of_the_document(store: Store) -> None:
    stored = store.runs.load(run(store, 3))
    cells = [CoverageCell(0, c.field, c.state, samples.NOTE_TEXT) for c in stored.coverage]
    values = [replace(e, value=samples.NOTE_TEXT, quote=samples.NOTE_TEXT) for e in stored.extractions]
    done = replay(replace(stored, coverage=tuple(cells), extractions=tuple(values)))
    assert done.differences
    assert not any("Principal" in d.says + d.where for d in done.differences)


def test_unfinished_run_is_compared_as_far_as_it_went(store: Store) -> None:
    done = replayed(store, run(store, 3, n_rounds=1))
    assert (done.differences, done.n_compared[Comparison.COVERAGE]) == ((), 0)
    assert any("is running" in note for note in done.notes)


def test_run_of_another_reader_is_replayed_over_its_own_reading_and_says_so(store: Store) -> None:
    done = replayed(store, run(store, 1))
    assert any("stored reading is from reader-1" in note for note in done.notes)


def test_chunk_that_still_holds_hidden_words_is_decided_as_it_was(
    store: Store, connection: psycopg.Connection
) -> None:
    """Readers before reader-6 left hidden words in their chunks; 0012 makes marks of their ranges."""
    hidden = (Mark(4, 9, MarkKind.HIDDEN),)
    samples.put_document(store, seen=(replace(samples.reading(), marks=hidden), samples.chunks()))
    raw = json.dumps({"items": [{"field": "yield", "quote": "The yield is 4 %", "value": "4 %"}]})
    with store.runs.claim(samples.identity("a")) as claim:
        run_input = RunInput(replace(samples.reading(), marks=hidden), samples.chunks(), samples.SCHEMA)
        answers = tuple(ModelAnswer(i, 1, Stage.GENERATE, raw, "g/1", 1.0) for i in range(2))
        record = RoundRecord(1, answers, ())
        findings = [(i, f) for i, a in assess_round(run_input, record).items() for f in a.findings]
        store.runs.save_round(claim.run_id, replace(record, findings=tuple(findings)))
    assert connection.execute("SELECT DISTINCT reason FROM finding ORDER BY reason").fetchall() == [
        ("the quote does not stand in the source",),
        ("the words are hidden on the page",),
    ]
    assert replayed(store, claim.run_id).differences == ()
    assert store.trail.verify(claim.run_id).holds


def test_results_come_back_as_they_were_stored(store: Store) -> None:
    samples.put_document(store)
    cited = Part("who", "Principal", "Principal", samples.note_citation(), None)
    parts = (cited, Part("when", "never", "never", None, "P0D"))
    found, invented = samples.extractions()
    places = (samples.note_citation(), Citation((Span(0, 3),), (1,), None, MatchKind.EXACT))
    rows = replace(found, parts=parts, places=places), invented
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(claim.run_id, samples.round_record(1))
        store.runs.save_round(claim.run_id, samples.round_record(2))
        store.runs.finish(claim.run_id, rows, samples.coverage(), {})
    stored = store.runs.load(claim.run_id)
    assert set(stored.extractions) == set(rows)
    assert set(stored.coverage) == set(samples.coverage())
    assert (stored.state, stored.max_rounds, stored.run_input.schema) == ("done", 3, samples.SCHEMA)


def test_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(StoreMissing):
        store.runs.load(RunId("00000000-0000-0000-0000-000000000000"))


def test_command_says_same_or_lists_the_differences(
    store: Store,
    connection: psycopg.Connection,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_id = UUID(run(store, 3))
    monkeypatch.setattr("infra.cli.database.open_store", lambda: Store(database_url))
    command(run_id)
    assert capsys.readouterr().out.startswith(f"same: run {run_id}")
    with unguarded(connection, "coverage"):
        connection.execute("UPDATE coverage SET reason = 'other'")
    with pytest.raises(typer.Exit) as ended:
        command(run_id, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (ended.value.exit_code, said["result"]) == (1, "4 differences")
    assert {d["of"] for d in said["differences"]} == {"coverage"}
