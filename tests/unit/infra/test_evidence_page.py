"""`countersign page` writes a file for each run that is meant, whole, under a name that says what it is."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import tasks.evidence  # now, and not in a test: urllib3 tries a socket when it is imported
from infra.cli.pages import evidence
from infra.cli.pages.evidence import counts, notice_lines, page, path_of, write_whole
from tasks.core.errors import ConfigurationError, StackError, StoreMissing
from tasks.core.evidence.assemble import assembled
from tasks.core.evidence.html import write_page
from tasks.core.evidence.page import EvidencePage, Notice, NoticeCode
from tasks.core.evidence.stored import RunLabel
from tasks.core.reading.pictures.records import PagePicture, PagesSeen
from tasks.core.records import DocumentId, RoundRecord, RunId
from tests.unit.core.evidence.test_chunk_trail import draft, judged
from tests.unit.core.evidence.trails import stored

RUN = RunId("11111111-2222-3333-4444-555555555555")


def test_only_an_evidence_page_is_replaced(called: dict[str, Any], tmp_path: Path) -> None:
    contract = tmp_path / "contract.txt"
    contract.write_text("the contract itself")
    with pytest.raises(ConfigurationError, match="is no evidence page"):
        page("a.pdf", out=contract)
    assert contract.read_text() == "the contract itself"
    ours = tmp_path / "ours.html"
    ours.write_text(write_page(shown()))
    page("a.pdf", out=ours)
    assert "values" in ours.read_text()


def test_name_without_a_suffix_is_a_folder(tmp_path: Path) -> None:
    assert path_of(label(), tmp_path / "new") == tmp_path / "new" / "a.pdf.11111111.html"


def test_local_file_that_was_never_processed_is_called_by_its_path(
    called: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unknown(name: str, schema: str | None) -> list[RunLabel]:
        raise StoreMissing(f"no document and no run is called `{name}`.")

    store = SimpleNamespace(evidence=SimpleNamespace(runs_called=unknown))
    monkeypatch.setattr("tasks.store.store", lambda: store)
    (tmp_path / "new.pdf").write_bytes(b"%PDF")
    with pytest.raises(StoreMissing, match=r"the file new\.pdf has no page.*countersign extract"):
        page("new.pdf")


def label(key: str = "deals/a.pdf", schema: str = "small", run_id: RunId = RUN) -> RunLabel:
    return RunLabel(run_id, schema, DocumentId("d" * 64), key)


def shown(*notices: Notice) -> EvidencePage:
    record = RoundRecord(1, (draft(1, "Python", "Flask"), judged(1, 0.9, 0.4)), ())
    return assembled(stored(record), PagesSeen((PagePicture(1, "image/webp", 1, 1, b"x"),)), notices)


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A command line in an empty folder, whose store knows one run; what the command asked for."""
    asked: dict[str, Any] = {"opened": [], "parts": [], "labels": [label()]}

    def runs_called(name: str, schema: str | None) -> list[RunLabel]:
        asked["name"] = name
        return [found for found in asked["labels"] if schema in (None, found.schema_name)]

    def make(run_id: RunId, *, is_text_only: bool) -> EvidencePage:
        asked["is_text_only"] = is_text_only
        return shown()

    html = ModuleType("tasks.core.evidence.html")
    html.write_page = lambda made: f"<p>{len(made.values)} values"  # type: ignore[attr-defined]
    kept = SimpleNamespace(evidence=SimpleNamespace(runs_called=runs_called))
    monkeypatch.setitem(sys.modules, html.__name__, html)
    monkeypatch.setattr("infra.cli.database.start_parts", lambda *parts: asked["parts"].extend(parts))
    monkeypatch.setattr("tasks.settings.settings", lambda: SimpleNamespace(password_blocks={}))
    monkeypatch.setattr("tasks.store.store", lambda: kept)
    monkeypatch.setattr(tasks.evidence, "evidence_page", make)
    monkeypatch.setattr(evidence.webbrowser, "open", lambda url: asked["opened"].append(url) or True)
    monkeypatch.chdir(tmp_path)
    return asked


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("deals/a.pdf", "a.pdf"),
        ("in/offer.eml!/deed: final?.pdf", "offer.eml!_deed_ final_.pdf"),
        ("合同.pdf", "合同.pdf"),
        ("deals/..", "document"),
        ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
    ],
)
def test_name_of_the_file_is_that_of_document_and_run(key: str, name: str) -> None:
    assert path_of(label(key), None) == Path("evidence") / f"{name}.11111111.html"


def test_file_and_folder_are_taken_as_they_are_given(tmp_path: Path) -> None:
    assert path_of(label(), tmp_path) == tmp_path / "a.pdf.11111111.html"
    assert path_of(label(), tmp_path / "p.html") == tmp_path / "p.html"


def test_page_is_written_below_this_folder_and_its_counts_are_printed(
    called: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    page("a.pdf")
    written = Path("evidence/a.pdf.11111111.html")
    assert written.read_text() == "<p>2 values"
    assert list(written.parent.iterdir()) == [written]
    assert capsys.readouterr().out.splitlines() == [
        f"{written}: 0.0 MB, 2 values (1 verified, 1 unsettled), 1 of 1 page as pictures, "
        f"schema small, run {RUN}"
    ]
    assert (called["name"], called["is_text_only"], called["opened"]) == ("a.pdf", False, [])
    assert [part.value for part in called["parts"]] == ["postgres", "s3"]


def test_each_schema_has_a_file_unless_one_is_chosen(called: dict[str, Any], tmp_path: Path) -> None:
    other = RunId(RUN.replace("1", "9"))
    called["labels"].append(label(schema="cv", run_id=other))
    with pytest.raises(ConfigurationError, match=r"2 finished runs \(cv, small\).*--schema"):
        page("a.pdf", out=tmp_path / "p.html")
    assert list(tmp_path.iterdir()) == []
    page("a.pdf", out=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf.11111111.html", "a.pdf.99999999.html"]
    page("a.pdf", schema="cv", out=tmp_path / "new" / "p.html")
    assert (tmp_path / "new" / "p.html").exists()


def test_local_file_is_found_by_its_bytes(called: dict[str, Any], tmp_path: Path) -> None:
    Path("mine.pdf").write_bytes(b"%PDF")
    page("mine.pdf", open_browser=True, text_only=True)
    assert called["name"] == hashlib.sha256(b"%PDF").hexdigest()
    assert called["opened"] == [(tmp_path / "evidence/a.pdf.11111111.html").as_uri()]
    assert (called["is_text_only"], [part.value for part in called["parts"]]) == (True, ["postgres"])


def test_store_of_files_that_does_not_start_leaves_the_stored_text(
    called: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def start(*parts: Any) -> None:
        if "s3" in [part.value for part in parts]:
            raise StackError("s3 did not start.")

    monkeypatch.setattr("infra.cli.database.start_parts", start)
    page("a.pdf")
    assert "s3 did not start. The page will show the stored text." in capsys.readouterr().err
    assert Path("evidence/a.pdf.11111111.html").exists()


def test_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_whole(tmp_path / "folder" / "p.html", "new")
    (tmp_path / "p.html").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "p.html", "\ud800")
    assert (tmp_path / "p.html").read_text() == "old"
    assert not (tmp_path / "p.html.partial").exists()


def test_notices_are_told_in_words_with_what_they_name() -> None:
    given = shown(Notice(NoticeCode.FILE_CHANGED), Notice(NoticeCode.SUPERSEDED, "later"))
    assert notice_lines(given)[:2] == ["the page says: file changed", "the page says: superseded (later)"]


def test_page_without_values_has_counts_too() -> None:
    empty = replace(shown(), values=(), pages=())
    assert next(iter(counts(empty))) == "0 values"
