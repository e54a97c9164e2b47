"""What the database says of cost is what the rounds say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from infra.cli.cost import By, cost
from tasks.core.cost.costs import cost_of
from tasks.core.cost.prices import Price, Prices
from tasks.core.records import CountedBy, ModelAnswer, RoundRecord, RunId, Stage
from tasks.postgres.reports import CostQuery
from tasks.postgres.store import Store
from tests.db import samples

PRICES = Prices(currency="EUR", models={"generator": Price(per_million_tokens_in=2)})


def costly(number: int) -> RoundRecord:
    stage, by = Stage.GENERATE, CountedBy.ESTIMATE
    drafted = ModelAnswer(0, number, stage, "{}", "generator/1", 1500.0, 1000, 100, tokens_by=by)
    unasked = ModelAnswer(1, number, stage, "", "generator/1", 0.0, error="budget_document_tokens")
    critique = ModelAnswer(0, number, Stage.CRITIQUE, "{}", "critic/1", 500.0)
    return RoundRecord(number, (drafted, unasked, critique), ())


def run(store: Store, content: str = "a", flow_run_id: str = "f1") -> RunId:
    """A run of two rounds, its cost in its summary."""
    samples.put_document(store, content, f"deals/{content}.pdf")
    rounds = costly(1), costly(2)
    with store.runs.claim(samples.identity(content), flow_run_id=flow_run_id) as claim:
        for record in rounds:
            store.runs.save_round(claim.run_id, record)
        values = [replace(e, chunk_index=0, round_number=1) for e in samples.extractions()]
        store.runs.finish(
            claim.run_id, values, samples.coverage(), {"cost": cost_of(rounds, PRICES).as_json()}
        )
    return claim.run_id


def lines(store: Store, asked: CostQuery = CostQuery(), by: str = "model") -> list[Any]:  # noqa: B008
    return [line for _, line in store.reports.cost_lines(asked, by)]


def test_database_and_rounds_say_the_same(store: Store) -> None:
    run(store)
    assert tuple(lines(store)) == cost_of((costly(1), costly(2))).lines


def test_who_counted_the_tokens_comes_back(store: Store) -> None:
    assert store.runs.load_rounds(run(store)) == (costly(1), costly(2))


def test_cost_is_of_the_runs_that_were_asked_for(store: Store) -> None:
    one, _ = run(store, "a", "f1"), run(store, "b", "f2")
    later = datetime.now(UTC) + timedelta(minutes=1)
    n_answers = [
        sum(line.n_answers for line in lines(store, asked))
        for asked in (
            CostQuery(),
            CostQuery(run_id=one),
            CostQuery(batch="f2"),
            CostQuery(since=later),
            CostQuery(one, "f2"),
        )
    ]
    assert n_answers == [8, 4, 4, 0, 0]
    assert {label for label, _ in store.reports.cost_lines(CostQuery(), "document")} == {
        "deals/a.pdf",
        "deals/b.pdf",
    }


def test_unasked_chunks_are_no_answers_and_no_round(store: Store, connection: psycopg.Connection) -> None:
    run_id = run(store)
    assert connection.execute("SELECT sum(n_answers), sum(seconds) FROM run_cost").fetchone() == (4, 4.0)
    samples.put_document(store, "c", "deals/c.pdf")
    with store.runs.claim(samples.identity("c")) as cut:
        store.runs.save_round(cut.run_id, costly(1))
        store.runs.save_round(cut.run_id, RoundRecord(2, (costly(2).generations[1],), ()))
    rounds = dict(connection.execute("SELECT run_id::text, n_rounds FROM run_overview").fetchall())
    assert rounds == {run_id: 2, cut.run_id: 1}


def test_sql_can_sum_the_cost_of_finished_runs(store: Store, connection: psycopg.Connection) -> None:
    run(store, "a")
    run(store, "b")
    row = connection.execute(
        "SELECT currency, n_runs, money, tokens_in, tokens_out, seconds FROM day_cost"
    ).fetchone()
    assert row == ("EUR", 2, pytest.approx(0.008), 4000, 400, 8.0)


def test_command_prices_stored_runs_today(
    store: Store,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(store)
    monkeypatch.setattr("infra.cli.database.open_store", lambda: Store(database_url))
    table = tmp_path / "prices.yaml"
    table.write_text("currency: USD\nmodels: {generator: {per_million_tokens_in: 3}}\n")
    cost(prices=table, by=By.DOCUMENT, as_json=True)
    output = json.loads(capsys.readouterr().out)
    assert (output["total"]["money"], output["total"]["currency"]) == (0.006, "USD")
    assert [(row["document"], row["answers"], row["money"]) for row in output["rows"]] == [
        ("deals/a.pdf", 4, 0.006)
    ]
    cost(by=By.ROUND)
    assert "estimated for 2 of 4 answers" in capsys.readouterr().out
    cost(since=datetime(2999, 1, 1, tzinfo=UTC))
    assert capsys.readouterr().out.strip() == "no model was called"
