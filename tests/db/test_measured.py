"""What a backfill's forecast is made of is what the runs' rows say."""

from __future__ import annotations

import psycopg
import pytest

from tasks.core.backfill import Quantity
from tasks.core.forecast import Measured
from tasks.postgres.measured import measured
from tasks.postgres.store import Store
from tests.db import samples
from tests.db.test_cost import run


def _named(connection: psycopg.Connection) -> tuple[str, str]:
    row = connection.execute(
        "SELECT schema_name, name FROM run JOIN model_version ON model_version_id = generator_id LIMIT 1"
    ).fetchone()
    assert row is not None
    return row


def test_sums_are_those_of_the_runs_without_what_was_not_asked(
    store: Store, connection: psycopg.Connection
) -> None:
    for content in "ab":
        run(store, content)
    found = measured(connection, *_named(connection))
    pages = samples.reading().n_pages
    # Two rounds of one draft and one critique each; the call that the budget forbade is none.
    assert found[Quantity.CALLS] == Measured(2, 2 * pages, 8, 2 * pages**2, 8 * pages, 32)
    assert found[Quantity.SECONDS].amount == pytest.approx(8)
    assert (found[Quantity.TOKENS_IN].amount, found[Quantity.TOKENS_OUT].amount) == (4000, 400)


def test_no_runs_of_that_generator_measure_nothing(store: Store, connection: psycopg.Connection) -> None:
    run(store)
    schema_name, _ = _named(connection)
    assert measured(connection, schema_name, "another") == {}
