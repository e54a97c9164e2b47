"""A person's decisions are read from an export as spreadsheets and scripts save it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from infra.cli.schema.decisions import read_decisions
from tasks.core.errors import ConfigurationError
from tasks.core.schema import FieldType, Schema, SchemaField
from tasks.core.statistics.promised_bar import ScoredValue

BELOW = "its probability of being right, 0.62, is below the 0.84 that the promised precision asks for"
CONFLICT = "the document gives two values of a field that has one: the other stands on page 2"


def field(name: str, kind: FieldType = FieldType.MONEY, trained_as: str | None = None) -> SchemaField:
    items = FieldType.NAME if kind is FieldType.LIST else None
    return SchemaField(name=name, title=name, description="d", type=kind, trained_as=trained_as, items=items)


SCHEMA = Schema(
    name="berth",
    title="Berth",
    fields=(
        field("fee"),
        field("parties", FieldType.CLAUSE, "cuad/parties"),
        field("tenants", FieldType.LIST),
    ),
)


def row(
    right: Any, status: str = "verified", score: Any = 0.9, reason: str = "", name: str = "fee"
) -> dict[str, Any]:
    about = {"field": name, "status": status, "score": score, "reason": reason}
    return {**about, "critic": "critic/1-abc", "right": right}


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(r) + "\n" for r in rows)


def decided(tmp_path: Path, text: str) -> list[tuple[float, bool | None]]:
    file = tmp_path / "decisions"
    file.write_bytes(text.encode())
    return [(v.score, v.is_right) for v in read_decisions(file, SCHEMA).values]


def test_values_whose_probability_decides_count_with_or_without_decision(tmp_path: Path) -> None:
    rows = [
        row(True),
        row(False, "unsettled", 0.62, BELOW),
        row(None, "unsettled", 0.4, CONFLICT),
        row(True, "unsettled", 0.97, "its words leave open which sum they mean"),
        row(False, "rejected", 0.2, "the generator withdrew it"),
        row(True, score=None),
        row(True, name="parties"),
        row(True, name="tenants"),
        row(True, name="another_schemas"),
    ]
    file = tmp_path / "d.jsonl"
    file.write_text(lines(*rows), encoding="utf-8")
    read = read_decisions(file, SCHEMA)
    assert read.values == (ScoredValue(0.9, True), ScoredValue(0.62, False), ScoredValue(0.4, None))
    assert (read.n_decided, read.n_other, read.critics) == (2, 6, ("critic/1-abc",))


@pytest.mark.parametrize(
    "text",
    [
        "field,status,score,reason,right\r\nfee,verified,0.9,,TRUE\r\nfee,verified,0.8,,no\r\nfee,verified,0.7,,\r\n",
        "\ufefffield;status;score;reason;right\nfee;verified;0,9;;true\nfee;verified;0,8;;0\nfee;verified;0,7;; \n",
        "field\tstatus\tscore\treason\tright\nfee\tverified\t0.9\t\t1\nfee\tverified\t0.8\t\twrong\nfee\tverified\t0.7\t\t\n",
        lines(
            row("yes"), row(False, score=0.8), {k: v for k, v in row(0, score=0.7).items() if k != "right"}
        ),
    ],
    ids=["comma", "semicolon", "tab", "json"],
)
def test_every_form_that_a_spreadsheet_saves_reads_alike(tmp_path: Path, text: str) -> None:
    assert decided(tmp_path, text) == [(0.9, True), (0.8, False), (0.7, None)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("field,status,score,reason\nfee,verified,0.9,\n", ":2: no column `right`"),
        ("field,status,score,reason,right\nfee,verified,0.9,,maybe\n", ":2: `right` cannot be `maybe`"),
        ("field,status,score,reason,right\nfee,verified,high,,true\n", ":2: `score` is no number"),
        ("field,status,score,reason,right\nfee,done,0.9,,true\n", ":2: `status` is none of an export"),
        ("{}\n", ":1: no column `field`"),
        ("{\n", ":1: not a JSON object"),
    ],
)
def test_what_is_no_export_with_decisions_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        decided(tmp_path, text)


def test_bytes_that_are_no_utf_8_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "d.csv"
    file.write_bytes(b"field;value\nfee;\xe4\n")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_decisions(file, SCHEMA)


def test_an_export_with_reviews_needs_no_column_right(tmp_path: Path) -> None:
    def reviewed(
        status: str, found: str | None, decision: str = "accepted", score: float | None = 0.9
    ) -> dict[str, Any]:
        said = row("", status, score, BELOW if found == "unsettled" else "")
        del said["right"]
        return said | {"review": {"decision": decision, "reviewer": "ada", "found": found}}

    rows = [
        reviewed("accepted", "unsettled"),
        reviewed("rejected", "verified", "rejected", 0.8),
        reviewed("rejected", "verified", "corrected", 0.7),
        reviewed("accepted", None, "corrected", None),
        row(None) | {"review": None},
        row(False, score=0.5) | {"review": {"decision": "accepted", "reviewer": "ada", "found": "verified"}},
    ]
    expected = [(0.9, True), (0.8, False), (0.7, False), (0.9, None), (0.5, False)]
    assert decided(tmp_path, lines(*rows)) == expected
    table = io.StringIO()
    writer = csv.DictWriter(table, [*row(None), "review"])
    writer.writeheader()
    writer.writerows({**r, "review": json.dumps(r["review"])} for r in rows)
    assert decided(tmp_path, table.getvalue()) == expected
