"""What a night's summary says: the sources that need a look first, with links to the batches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tasks.core.text.markdown import literal
from tasks.documents import Source
from tasks.nightly.report import Night, _total, by_need, night_markdown, night_summary


def row(prefix: str, **more: Any) -> dict[str, Any]:
    names = ("documents", "done", "failed", "quarantined", "verified", "unsettled", "left", "withheld")
    counts = dict.fromkeys(names, 0)
    blank = {"money": "", "slowest": "", "not listed": "", "left out": "", "empty": "", "not given": ""}
    return {"prefix": prefix, "schema": "cv", **counts, "seconds": 0.0, **blank, **more}


def with_total(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [*rows, _total(rows)]


def night(*runs: str, broken: tuple[str, ...] = ()) -> Night:
    source = Source(prefix="a/", schema_name="cv")
    return Night((source,), "b", datetime(2026, 1, 1, tzinfo=UTC), ((),), runs, not_completed=broken)


def test_sources_that_need_a_look_come_first_and_the_totals_last():
    unsettled, failed, unlisted = (
        row("u/", unsettled=9),
        row("f/", failed=1),
        row("n/", **{"not listed": "no"}),
    )
    ordered = by_need(with_total(row("a/"), unsettled, failed, unlisted))
    assert [r["prefix"] for r in ordered] == ["n/", "f/", "u/", "a/", "all"]


def test_summary_names_sources_batches_and_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.nightly.report.url_for", lambda _, obj_id: f"https://p/runs/{obj_id}")
    rows = with_total(
        row("[x](y)/", documents=3, done=2, failed=1, verified=5), row("fine/", documents=1, done=1)
    )
    text = night_markdown(rows, night("r1", "r2", broken=("r2",)))
    assert "- `[x](y)/` (cv): 1 failed" in text
    assert "fine/" not in text
    assert text.index("[batch 1](https://p/runs/r2): **did not complete**") < text.index(
        "runs/r1): completed"
    )
    assert "Failed: open the batch" in text and "Quarantined:" not in text


def test_quiet_night_says_that_nothing_needs_a_look():
    assert "Nothing needs a look." in night_markdown(with_total(row("a/", documents=1, done=1)), night())


def test_objects_that_the_store_withholds_are_named_with_what_to_do():
    rows = with_total(
        row("a/", withheld=2, **{"not given": "2 withheld objects left out: a/x.pdf (archived)"})
    )
    text = night_markdown(rows, night())
    assert f"- `a/` (cv): {literal('2 withheld objects left out: a/x.pdf (archived)')}" in text
    assert "Restore those that are archived" in text
    assert night_summary(rows[-1]) == "nothing new, 2 objects withheld"


def test_rise_of_refusals_is_part_of_the_summary():
    rows = with_total(row("a/", documents=9, quarantined=9))
    assert r"9 of 9 \(100\%\)" in night_markdown(rows, night(), "9 of 9 (100%)")
