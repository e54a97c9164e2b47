"""`countersign read` as a person and a program use it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.cli.read import read
from tests.reading.pages import NOTE, contract
from tests.reading.test_extras import with_extras


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.callback()(lambda: None)
    app.command("read")(read)
    return app


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "deal.pdf"
    path.write_bytes(contract(2))
    return path


def test_person_sees_pages_notes_and_what_cites_them(app: typer.Typer, pdf: Path) -> None:
    result = CliRunner().invoke(app, ["read", str(pdf)])
    assert result.exit_code == 0
    shown = " ".join(result.stdout.split())
    assert "deal.pdf: ok, 2 pages, 1 note" in shown
    assert NOTE in shown
    assert "cited by: The price is fixed.1" in shown


def test_person_sees_what_stands_beside_the_text(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "commented.pdf"
    path.write_bytes(with_extras())
    shown = " ".join(CliRunner().invoke(app, ["read", str(path)]).stdout.split())
    assert "annotation Text: We never agreed to this. page 2" in shown
    assert "attachment price list.csv" in shown


def test_json_is_one_object(app: typer.Typer, pdf: Path) -> None:
    result = CliRunner().invoke(app, ["read", str(pdf), "--json"])
    shown = json.loads(result.stdout)
    assert (shown["status"], shown["n_pages"], len(shown["footnotes"])) == ("ok", 2, 1)


def test_refused_document_exits_with_3_and_says_why(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(b"<html></html>")
    result = CliRunner().invoke(app, ["read", str(path)])
    assert result.exit_code == 3
    assert "the file is a web page, not a PDF" in result.stdout


def test_missing_file_is_a_usage_error(app: typer.Typer, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["read", str(tmp_path / "none.pdf")]).exit_code == 2


def test_out_writes_one_file_for_each_document_and_names_never_clash(
    app: typer.Typer, pdf: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "deal.pdf"
    other.parent.mkdir()
    other.write_bytes(b"no pdf")
    out = tmp_path / "out"
    result = CliRunner().invoke(app, ["read", str(pdf), str(other), "--out", str(out)])
    assert result.exit_code == 3
    statuses = {path.name: json.loads(path.read_text())["status"] for path in out.iterdir()}
    assert statuses == {"deal.json": "ok", "deal-2.json": "error"}


def test_reading_imports_no_prefect() -> None:
    program = "import sys, infra.cli.read, tasks.core.reading, tasks.core.chunking.chunks; print('prefect' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
