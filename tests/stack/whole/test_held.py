"""A document that another worker is at: left to it, and no failure of the batch."""

from __future__ import annotations

import psycopg
import pytest

from tests.stack.whole.conftest import SAMPLES, Product

pytestmark = pytest.mark.timeout(300)
NAME = "cv.pdf"
RUN_OF_CV = """
    SELECT run_key FROM run JOIN source USING (document_id)
    WHERE source.key LIKE '%/cv.pdf' ORDER BY run.created_at DESC LIMIT 1
"""
LOCK = "SELECT pg_advisory_lock(hashtextextended('run ' || %s, 0))"
"""As `sql/queries/run.sql` takes it."""


def test_document_that_another_worker_holds_is_postponed_and_then_done(product: Product):
    product.extracted(NAME, "cv")
    with psycopg.connect(product.environment()["DATABASE_URL"], autocommit=True) as other:
        found = other.execute(RUN_OF_CV).fetchone()
        assert found is not None
        other.execute(LOCK, found)
        held = product.run("extract", str(SAMPLES / NAME), "--schema", "cv", "--force")
    assert held.returncode == 1
    assert "postponed" in held.stdout and "held by another worker" in held.stdout
    done = product.run("extract", str(SAMPLES / NAME), "--schema", "cv", "--force")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "postponed" not in done.stdout
