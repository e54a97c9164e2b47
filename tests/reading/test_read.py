"""`countersign read` as a person and a program use it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from typer.testing import CliRunner

from infra.cli.read import read
from tasks.core.reading.limits import Limits
from tasks.core.reading.reader import take_reading
from tests.reading.pages import NOTE, blank, contract
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


def test_version_prints_the_text_alone(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "white.pdf"
    path.write_bytes(with_a_white_word())
    live = "The liability of the Company is capped in any one year.\n"
    assert CliRunner().invoke(app, ["read", str(path), "--version", "live"]).stdout == live
    shown = json.loads(CliRunner().invoke(app, ["read", str(path), "--version", "live", "--json"]).stdout)
    assert (shown["live"], "original" in shown) == (live, False)
    assert [shown["text"][m["start"] : m["end"]] for m in shown["marks"]] == ["not"]
    assert shown["hidden"] == [[m["start"], m["end"]] for m in shown["marks"]]


def with_a_white_word() -> bytes:
    buffer, canvas = blank()
    text = canvas.beginText(72, 700)
    text.textOut("The liability of the Company is")
    text.setFillColorRGB(1, 1, 1)
    text.textOut(" not")
    text.setFillColorRGB(0, 0, 0)
    text.textOut(" capped in any one year.")
    canvas.drawText(text)
    canvas.save()
    return buffer.getvalue()


def with_letters_beyond_16_bits(actual: str = "") -> bytes:
    """`x` is mapped to a letter of two UTF-16 units, `y` to the first half of one, as broken maps do."""
    buffer, canvas = blank()
    if actual:
        told = ("\ufeff" + actual).encode("utf-16-be").hex()
        canvas._code.append(f"/Span << /ActualText <{told}> >> BDC")
    canvas.drawString(72, 700, "Let x be the rent, and y the fee, EUR 4,200.")
    if actual:
        canvas._code.append("EMC")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(buffer))
    to_unicode = DecodedStreamObject()
    codes = b"".join(b"<%02x> <%04x>\n" % (code, code) for code in range(32, 120))
    to_unicode.set_data(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Odd def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <ff> endcodespacerange\n"
        b"88 beginbfchar\n" + codes + b"endbfchar\n"
        b"2 beginbfchar\n<78> <d835dc65>\n<79> <d835>\nendbfchar\nendcmap end end"
    )
    for resource in writer.pages[0]["/Resources"].get_object()["/Font"].get_object().values():
        font = resource.get_object()
        assert isinstance(font, DictionaryObject)
        font[NameObject("/ToUnicode")] = writer._add_object(to_unicode)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_letters_beyond_16_bits_are_one_letter_in_text_and_json(app: typer.Typer, tmp_path: Path) -> None:
    path, out = tmp_path / "math.pdf", tmp_path / "out"
    path.write_bytes(with_letters_beyond_16_bits())
    text = "Let \U0001d465 be the rent, and \ufffd the fee, EUR 4,200.\n"
    printed = json.loads(CliRunner().invoke(app, ["read", str(path), "--json"]).stdout)
    CliRunner().invoke(app, ["read", str(path), "--out", str(out)])
    assert printed == json.loads((out / "math.json").read_text())
    assert printed["text"] == text
    assert printed["lines"][0]["end"] == len(text)
    at = text.index("\ufffd")
    assert printed["corrections"] == [{"start": at, "end": at + 1, "original": "\ud835"}]


@pytest.mark.parametrize(("letter", "is_other"), [("\U0001d465", False), ("\U0001d466", True)])
def test_actual_text_of_such_a_letter_is_compared_as_one(letter: str, is_other: bool) -> None:
    actual = f"Let {letter} be the rent, and \ufffd the fee, EUR 4,200."
    reading = take_reading(with_letters_beyond_16_bits(actual), Limits(ocr=False))
    assert ("replaced_text" in reading.flags) is is_other


def test_refused_document_exits_with_3_and_says_why(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(b"<html></html>")
    result = CliRunner().invoke(app, ["read", str(path)])
    assert result.exit_code == 3
    assert "the file is a web page, not a PDF" in result.stdout


def test_refusal_is_no_text_of_a_version(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(b"<html></html>")
    result = CliRunner().invoke(app, ["read", str(path), "--version", "live"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the file is a web page, not a PDF" in result.stderr


def test_headers_and_footers_are_told_in_words_in_a_pipe(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(contract(3))
    lines = CliRunner().invoke(app, ["read", str(path)]).stdout.splitlines()
    assert "[header or footer: Page 2]" in lines, lines
    assert not [line for line in lines if "price is fixed" in line and "header" in line]


def test_kind_of_a_watermark_is_named_once(app: typer.Typer, tmp_path: Path) -> None:
    path, (buffer, canvas) = tmp_path / "draft.pdf", blank()
    for at in range(20):
        canvas.drawString(
            72, 700 - 14 * at, "The Company shall pay any amount due to the Investor on demand."
        )
    canvas.setFont("Helvetica", 90)
    canvas.setFillGray(0.85)
    canvas.translate(150, 300)
    canvas.rotate(45)
    canvas.drawString(0, 0, "DRAFT")
    canvas.save()
    path.write_bytes(buffer.getvalue())
    lines = CliRunner().invoke(app, ["read", str(path)]).stdout.splitlines()
    assert "watermark  DRAFT  page 1" in lines


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
