"""What people take away: export lines, the table of a batch, and the way of one value."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from infra.cli.explain import show
from infra.cli.export import write_csv, write_jsonl
from tasks.core.errors import StoreMissing
from tasks.core.loop.check_results import CheckOutcome, CheckResult
from tasks.core.records import (
    Agreement,
    Citation,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Mark,
    MarkKind,
    MatchKind,
    RunId,
    Span,
    TableCell,
)
from tasks.postgres.store import Store
from tests.db import samples

FORM = [
    "document", "run", "field", "status", "value", "normal", "day_type", "quote", "display",
    "spans", "pages", "footnote", "round", "score",
]  # fmt: skip
FORM += [
    "generator",
    "critic",
    "parts",
    "agreement",
    "places",
    "reason",
    "promise",
    "review",
    "bucket",
    "version",
    "state",
    "since",
]


def test_export_line_has_the_agreed_form(store: Store) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    found, invented = store.reports.export()
    number, since = found.pop("extraction"), found["since"]
    assert datetime.fromisoformat(since) <= datetime.now(UTC)
    assert found == {
        "document": "deals/a.pdf",
        "run": run_id,
        "field": "principal_at_risk",
        "status": "verified",
        "value": "Principal may be lost.",
        "normal": None,
        "day_type": None,
        "quote": "Principal may be lost.",
        "display": "Principal may be lost.",
        "spans": [[samples.NOTE_START, samples.NOTE_START + 22]],
        "pages": [1],
        "footnote": "1",
        "round": 2,
        "score": 0.93,
        "generator": "generator/1",
        "critic": "critic/1",
        "parts": [],
        "agreement": None,
        "places": [],
        "reason": "",
        "promise": None,
        "review": None,
        "bucket": "contracts",
        "version": "etag-a",
        "state": "current",
        "since": since,
    }
    assert isinstance(number, int)
    assert list(found) == FORM
    assert invented["normal"] == "5 %"
    assert (invented["spans"], invented["pages"], invented["footnote"]) == ([], [], None)


def test_export_gives_a_record_with_its_parts(store: Store) -> None:
    run_id = _run_with_a_record(store)
    (row,) = (row for row in store.reports.export(run=run_id) if row["parts"])
    risk = [samples.NOTE_START + 17, samples.NOTE_START + 21]
    assert row["parts"] == [
        {"name": "rate", "value": "4 %", "normal": "4 %", "quote": "The \u2400yield", "spans": [[0, 5], [6, 9]], "pages": [1], "footnote": None},
        {"name": "risk", "value": "lost", "normal": None, "quote": "lost", "spans": [risk], "pages": [1], "footnote": "1"},
        {"name": "term", "value": "P1Y", "normal": None, "quote": "one year", "spans": [], "pages": [], "footnote": None},
    ]  # fmt: skip
    table = io.StringIO()
    write_csv([row], table)
    (read,) = csv.DictReader(io.StringIO(table.getvalue()))
    assert json.loads(read["parts"]) == row["parts"] and json.loads(read["value"])["risk"] == "lost"


def test_explain_shows_where_each_part_stands_and_what_was_found_about_it(store: Store) -> None:
    run_id = _run_with_a_record(store)
    (row,) = (row for row in store.reports.export(run=run_id) if row["parts"])
    console = Console(file=io.StringIO(), width=160, highlight=False)
    show(store.trail.explain(row["extraction"]), console)
    shown = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    assert re.search(r"rate +4 %: page 1, characters 0-5, 6-9 of the document text", shown)
    assert re.search(r"risk +lost: page 1, .*, in note 1", shown)
    assert re.search(r"term +P1Y: the quote was not found in the text", shown)
    assert "grounding flags this value as redundant (1.00): risk: another fund's" in shown
    assert "rate: 4 %; risk: lost" in shown


def _run_with_a_record(store: Store) -> RunId:
    samples.put_document(store)
    record, plain = samples.record(), samples.round_record(1)
    doubted = Finding(
        FindingKind.REDUNDANT, FindingSource.GROUNDING, record.field, 0, "lost", record.parts[1].citation, 1.0, "another fund's", "risk"
    )  # fmt: skip
    parts = [{"name": "rate", "value": "4 %", "quote": "4 %"}, {"name": "risk", "quote": "lost"}]
    raw = json.dumps({"items": [{"field": "yield", "value": "", "quote": record.quote, "parts": parts}]})
    drafted = replace(plain.generations[0], raw=raw)
    with store.runs.claim(samples.identity("a")) as claim:
        store.runs.save_round(
            claim.run_id,
            replace(
                plain, answers=(drafted, plain.generations[1], *plain.critiques), findings=((0, doubted),)
            ),
        )
        assert store.runs.load_rounds(claim.run_id)[0].findings == ((0, doubted),)
        store.runs.finish(claim.run_id, [record], samples.coverage(), {})
    return claim.run_id


def test_export_gives_the_newest_done_run_of_each_document_and_schema(store: Store) -> None:
    samples.put_document(store, "a", "deals/a.pdf")
    samples.put_document(store, "b", "deals/b.pdf")
    old, only = samples.do_run(store, "a"), samples.do_run(store, "b")
    new = samples.do_run(store, "a", version="2")
    assert {line["run"] for line in store.reports.export()} == {new, only}
    assert {line["run"] for line in store.reports.export(run=RunId(old))} == {old}


@pytest.mark.parametrize("name", ["deals/b.pdf", "b.pdf", samples.document_id("b")])
def test_export_finds_a_document_by_key_file_name_and_digest(store: Store, name: str) -> None:
    samples.put_document(store, "a", "deals/a.pdf")
    samples.put_document(store, "b", "deals/b.pdf")
    samples.do_run(store, "a")
    run_id = samples.do_run(store, "b")
    assert {line["run"] for line in store.reports.export(document=name)} == {run_id}


def test_export_since_takes_runs_by_their_end(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    now = datetime.now(UTC)
    assert list(store.reports.export(since=now + timedelta(minutes=1))) == []
    assert len(list(store.reports.export(since=now - timedelta(minutes=1)))) == 2


def test_export_of_an_unknown_document_is_refused(store: Store) -> None:
    with pytest.raises(StoreMissing, match="nobody"):
        list(store.reports.export(document="nobody.pdf"))


def test_export_is_streamed_and_may_be_left_early(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    rows = store.reports.export()
    next(rows)
    rows.close()
    assert len(list(store.reports.export())) == 2


def test_csv_and_jsonl_say_the_same(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    rows = list(store.reports.export())
    lines, table = io.StringIO(), io.StringIO()
    assert write_jsonl(rows, lines) == write_csv(rows, table) == 2
    assert [json.loads(line) for line in lines.getvalue().splitlines()] == rows
    read = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert [row["quote"] for row in read] == [row["quote"] for row in rows]
    assert [json.loads(row["spans"]) for row in read] == [row["spans"] for row in rows]


def test_export_shows_a_chinese_quote_on_one_line_beside_the_stored_one(store: Store) -> None:
    samples.put_document(store)
    chinese = replace(samples.extractions()[0], value="补\n足", quote="不得要求补\n足。")
    row = next(iter(store.reports.export(run=samples.do_run(store, values=(chinese,)))))
    assert (row["quote"], row["display"], row["value"]) == ("不得要求补\n足。", "不得要求补足。", "补\n足")
    table = io.StringIO()
    write_csv([row], table)
    (read,) = csv.DictReader(io.StringIO(table.getvalue()))
    assert (read["quote"], read["display"]) == (row["quote"], row["display"])


def test_explain_names_the_other_places_of_a_value(store: Store) -> None:
    samples.put_document(store)
    found = samples.extractions()[0]
    elsewhere = Citation((Span(0, 9),), (3,), None, MatchKind.EXACT)
    spaced = replace(
        found, value="Principal\nmay be lost.", chunk_index=0, citation=elsewhere, round_number=1
    )
    another = replace(
        found, value="Another value.", citation=Citation((Span(10, 19),), (4,), None, MatchKind.EXACT)
    )
    run_id = samples.do_run(store, values=(found, spaced, another))
    by_value = {row["value"]: row["extraction"] for row in store.reports.export(run=run_id)}
    way = store.trail.explain(by_value["Principal may be lost."])
    assert way["also_found"] == [
        {
            "extraction": by_value["Principal\nmay be lost."],
            "status": "verified",
            "pages": [3],
            "footnote": None,
        }
    ]
    shown = _shown(way)
    assert f"page 3: extraction {by_value[spaced.value]}, verified" in shown
    back = _shown(store.trail.explain(by_value[spaced.value]))
    assert f"page 1, in note 1: extraction {by_value[found.value]}, verified" in back
    assert "also found" not in _shown(store.trail.explain(by_value["Another value."]))


def test_value_that_is_said_several_times_has_its_places(store: Store) -> None:
    samples.put_document(store)
    places = (samples.note_citation(), Citation((Span(0, 9),), (1, 2), None, MatchKind.EXACT))
    said = replace(samples.record(), places=places)
    run_id = samples.do_run(store, values=(said,))
    (row,) = store.reports.export(run=run_id)
    note = places[0].spans[0]
    assert row["places"] == [
        {"spans": [[note.start, note.end]], "pages": [1], "footnote": "1"},
        {"spans": [[0, 9]], "pages": [1, 2], "footnote": None},
    ]
    assert row["reason"] == said.reason
    table = io.StringIO()
    write_csv([row], table)
    (read,) = csv.DictReader(io.StringIO(table.getvalue()))
    assert json.loads(read["places"]) == row["places"]
    assert re.findall(r"also on +(.*\S)", _shown(store.trail.explain(row["extraction"]))) == [
        "page 1, in note 1; page 1, 2"
    ]


def test_explain_shows_the_checks_of_the_field(store: Store) -> None:
    samples.put_document(store)
    says = "Yield (4 %) is not at most Cap (3 %)"
    failed = CheckResult(
        "yield <= cap", CheckOutcome.FAILS, (FieldName("yield"), FieldName("cap")), says, "LEASE"
    )
    other = CheckResult("a < b", CheckOutcome.HOLDS, (FieldName("a"), FieldName("b")))
    summary = {"checks": [failed.as_json(), other.as_json()]}
    samples.do_run(store, values=(samples.record(), samples.extractions()[0]), summary=summary)
    rows = {row["field"]: row["extraction"] for row in store.reports.export()}
    assert re.findall(r"checks +(.*\S)", _shown(store.trail.explain(rows["yield"]))) == [
        f"yield <= cap: fails in LEASE ({says})"
    ]
    assert store.trail.explain(rows["principal_at_risk"])["checks"] is None


def test_value_names_the_agreement_that_it_stands_in(store: Store) -> None:
    lease, services = (
        Agreement(0, samples.NOTE_START, "LEASE", 1),
        Agreement(samples.NOTE_START, len(samples.TEXT), "EXHIBIT A: SERVICES", 1),
    )
    seen = replace(samples.reading(), agreements=(lease, services))
    samples.put_document(store, seen=(seen, samples.chunks()))
    in_note = samples.extractions()[0]
    in_body = replace(samples.record(), chunk_index=0)
    run_id = samples.do_run(store, values=(in_note, in_body, samples.extractions()[1]))
    rows = {row["status"]: row for row in store.reports.export(run=run_id)}
    titles = {status: row["agreement"] for status, row in rows.items()}
    assert titles == {"verified": "EXHIBIT A: SERVICES", "unsettled": "LEASE", "rejected": None}
    shown = [_shown(store.trail.explain(row["extraction"])) for row in rows.values()]
    assert [re.findall(r"agreement  +(.*\S)", page) for page in shown] == [
        [title] if title else [] for title in titles.values()
    ]


def test_explain_says_what_a_reader_sees_of_the_words_and_beside_them(store: Store) -> None:
    at = samples.NOTE_START
    marks = (
        Mark(0, 3, MarkKind.STRUCK),  # far from the quote
        Mark(at - 2, at - 1, MarkKind.INSERTED),
        Mark(at + 10, at + 13, MarkKind.STRUCK),
    )
    cell = TableCell(at, at + 9, "Risk", "Principal [1]")
    elsewhere = TableCell(0, 3, "Yield", "The")
    body, note = samples.chunks()
    seen = replace(samples.reading(), marks=marks, cells=(elsewhere, cell))
    samples.put_document(store, seen=(seen, (body, replace(note, cells=(elsewhere, cell)))))
    found = samples.extractions()[0]
    skipped = Citation((Span(at, at + 10), Span(at + 14, at + 22)), (1,), 0, MatchKind.EXACT)
    run_id = samples.do_run(store, values=(replace(found, citation=skipped),))
    (row,) = store.reports.export(run=run_id)
    assert row["spans"] == [[at, at + 10], [at + 14, at + 22]]
    way = store.trail.explain(row["extraction"])
    assert [(m["kind"], m["inside"]) for m in way["marks"]] == [("inserted", False), ("struck", True)]
    shown = _shown(way)
    assert "1 word struck out inside the quote: may" in shown
    assert "1 word inserted beside the quote: 1" in shown
    assert "column 'Risk', row 'Principal [1]'" in shown and "Yield" not in shown
    assert f"characters {at}-{at + 10}, {at + 14}-{at + 22}" in shown


def test_explain_of_a_rejected_value_has_no_place(store: Store) -> None:
    seen = replace(samples.reading(), marks=(Mark(0, 3, MarkKind.STRUCK),))
    samples.put_document(store, seen=(seen, samples.chunks()))
    rows = list(store.reports.export(run=samples.do_run(store)))
    way = store.trail.explain(next(row["extraction"] for row in rows if row["status"] == "rejected"))
    assert (way["agreement"], way["marks"], way["cells"]) == (None, None, None)


def test_explain_shows_chinese_without_blanks_and_only_headings_that_hold_the_place(store: Store) -> None:
    samples.put_document(store)
    chinese = replace(samples.extractions()[0], value="补\n足", quote="不得要求补\n足。")
    way = store.trail.explain(
        next(iter(store.reports.export(run=samples.do_run(store, values=(chinese,)))))["extraction"]
    )
    shown = _shown(way | {"headings": ["FACT SHEET: DECEMBER", "FACT SHEET: JANUARY"]})
    assert "补足" in shown and "不得要求补足。" in shown
    long = "本计划的目标年化收益率以成立日的份额净值为基数" * 8
    assert long in "".join(_shown(way | {"quote": long, "citing_sentence": long}).split())
    assert "FACT SHEET: JANUARY" in shown and "DECEMBER" not in shown


def _shown(way: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    show(way, console)
    return console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def test_batch_table_has_a_row_for_each_run_and_each_refusal(store: Store) -> None:
    samples.put_document(store)
    run_id = RunId(samples.do_run(store))
    refused = store.sources.quarantine(
        "contracts", "z.pdf", None, "not_a_pdf", "no PDF", etag="e", reader_version="r"
    )
    done, quarantined = store.reports.batch_table([run_id], [refused])
    assert done == {
        "document": "deals/a.pdf",
        "run": run_id,
        "schema": "small",
        "state": "done",
        "verified": 1,
        "unsettled": 0,
        "rejected": 1,
        "rounds": 2,
        "seconds": 1.5,
        "reason": None,
    }
    assert (quarantined["document"], quarantined["state"]) == ("z.pdf", "quarantined")
    assert quarantined["reason"] == "not_a_pdf: no PDF"


def test_explain_leads_from_a_value_to_everything_that_made_it_in_order(store: Store) -> None:
    samples.put_document(store)
    run_id = samples.do_run(store)
    number = next(store.reports.export())["extraction"]
    way = store.trail.explain(number)
    (source,) = way["sources"]
    assert datetime.fromisoformat(source.pop("since")) <= datetime.now(UTC)
    assert source == {"bucket": "contracts", "key": "deals/a.pdf", "version": "etag-a", "state": "current"}
    assert (way["document_id"], way["run_id"]) == (samples.document_id("a"), run_id)
    assert (way["pages"], way["marker"], way["citing_sentence"]) == ([1], "1", samples.CITING)
    assert (way["cell"], way["chunk_index"]) == ("found", 1)
    steps = [(step["round"], step["step"]) for step in way["trail"]]
    assert steps == [(n, step) for n in (1, 2) for step in ("generate", "critique", "finding")]
    assert [step["round"] for step in way["trail"] if step.get("made_it")] == [2]


def test_explain_shows_a_person_page_note_and_citing_sentence(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store)
    page = io.StringIO()
    show(store.trail.explain(next(store.reports.export())["extraction"]), Console(file=page, width=120))
    shown = page.getvalue()
    for expected in (
        "principal_at_risk",
        "verified",
        "page 1, characters",
        "1 on page 1",
        samples.CITING,
        "Round 2",
        "repaired: fence",
    ):
        assert expected in shown
    assert "\x1b" not in shown


def test_export_and_explain_say_what_the_run_promised(store: Store) -> None:
    samples.put_document(store)
    samples.do_run(store, promise=0.97)
    found, _ = store.reports.export()
    assert found["promise"] == 0.97
    trace, page = store.trail.explain(found["extraction"]), io.StringIO()
    show(trace, Console(file=page, width=140))
    assert trace["promise"] == 0.97
    assert "a share of 0.97 must be right" in page.getvalue()


def test_explain_of_an_unknown_extraction_is_refused(store: Store) -> None:
    with pytest.raises(StoreMissing, match="no extraction 4711"):
        store.trail.explain(4711)
