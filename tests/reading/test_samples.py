"""The sample documents say what their truth file says they do, and the script makes them."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdf
import pypdfium2
import pytest
from pypdf.errors import PyPdfError

from tasks.core.reading import read_document
from tasks.core.records import ReadStatus
from tasks.core.schema import load_schema
from tests.samples import investment_en, investment_zh
from tests.samples.blocks import ParagraphBlock
from tests.samples.investment import blocks_of
from tests.samples.make_samples import FOLDER, MAKERS
from tests.samples.page_style import ENGLISH, find_song

TRUTH: dict[str, Any] = json.loads((FOLDER / "truth.json").read_text(encoding="utf-8"))
READABLE = [name for name, truth in TRUTH.items() if truth["schema"]]
AGREEMENTS = ("investment-agreement-en.pdf", "investment-agreement-zh.pdf")
OF_LOSS = {
    "investment-agreement-en.pdf": r"(?i)\b(?:principal|capital|invest\w*)\b[^.]{0,80}\b(?:los[est]\w*|repaid|forfeit\w*|risk of)\b"
    r"|\bguarantee[ds]?\b[^.]{0,40}\bprincipal\b|\bat risk\b",
    "investment-agreement-zh.pdf": r"本金|保本|亏损|兑付",
}


def fold(text: str, name: str) -> str:
    """Line breaks as spaces; nothing in their place where the document is Chinese."""
    return re.sub(r"\s+", "" if name == investment_zh.NAME else " ", text)


@cache
def page_texts(name: str) -> list[str]:
    """The pages as pdfium reads them, on its own and not through the product."""
    with pypdfium2.PdfDocument(FOLDER / name) as document:
        return [fold(page.get_textpage().get_text_range().replace("\ufffe", "-"), name) for page in document]


@pytest.mark.parametrize("name", READABLE)
def test_document_has_as_many_pages_as_the_truth_says(name: str):
    assert len(page_texts(name)) == TRUTH[name]["n_pages"]


def test_agreements_have_fifty_pages_and_the_services_agreement_ten():
    assert [TRUTH[name]["n_pages"] for name in (*AGREEMENTS, "services-agreement.pdf")] == [50, 50, 10]


@pytest.mark.parametrize("name", READABLE)
def test_everything_to_be_found_stands_on_its_page(name: str):
    pages = page_texts(name)
    lost = [
        e["quote"] for e in TRUTH[name]["found"] if fold(e["quote"], name) not in pages[e["page_number"] - 1]
    ]
    assert not lost


@pytest.mark.parametrize("name", READABLE)
def test_truth_speaks_of_the_fields_of_its_schema(name: str):
    truth = TRUTH[name]
    fields = {field.name for field in load_schema(truth["schema"]).fields}
    asked = {e["field"] for e in truth["found"]} | set(truth.get("absent_fields", ()))
    assert asked <= fields


@pytest.mark.parametrize("name", AGREEMENTS)
def test_only_page_48_says_that_principal_may_be_lost(name: str):
    pages = page_texts(name)
    said = [number for number, text in enumerate(pages, 1) for _ in re.finditer(OF_LOSS[name], text)]
    assert set(said) == {48}
    (once,) = TRUTH[name]["said_once"]
    assert sum(text.count(once) for text in pages) == 1


@pytest.mark.parametrize("name", AGREEMENTS)
def test_sentence_that_cites_the_note_praises_the_returns(name: str):
    ((marker, praise),) = TRUTH[name]["cited_by"].items()
    text = page_texts(name)[47]
    cited = fold(praise, name) + marker
    assert cited in text
    assert text.index(cited) < text.index(TRUTH[name]["said_once"][0])


@pytest.mark.parametrize("agreement", [investment_en, investment_zh])
def test_no_paragraph_is_repeated(agreement: ModuleType):
    look = replace(ENGLISH, is_chinese=agreement is investment_zh)
    blocks = blocks_of(agreement.edition(), look, n_factsheets=20)
    body = [block.text for block in blocks[10:] if isinstance(block, ParagraphBlock)]  # past the cover
    assert len(body) > 200
    assert [text for text, n in Counter(body).items() if n > 1] == []


@pytest.mark.parametrize("name", AGREEMENTS)
def test_product_reads_the_note_with_the_sentence_that_cites_it(name: str):
    reading = read_document(FOLDER / name)
    ((marker, praise),) = TRUTH[name]["cited_by"].items()
    (note,) = [note for note in reading.footnotes if note.page_number == 48]
    (reference,) = note.references
    before = fold(reading.text[: reference.start], name)
    assert (reading.status, note.marker) == (ReadStatus.OK, marker)
    assert before.endswith(fold(praise, name))


def test_cv_names_nothing_but_what_it_says():
    (text,) = page_texts("cv.pdf")
    assert "Python, Flask" in text
    assert not [word for word in TRUTH["cv.pdf"]["absent_words"] if word.lower() in text.lower()]


def test_broken_file_opens_in_no_reader():
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(FOLDER / "broken.pdf")
    with pytest.raises(PyPdfError):
        pypdf.PdfReader(FOLDER / "broken.pdf").pages[0]


@pytest.mark.parametrize("name", MAKERS)
def test_script_makes_the_committed_file(name: str, tmp_path: Path):
    if name == investment_zh.NAME and find_song() is None:
        pytest.skip("no Song typeface (Debian: fonts-arphic-gbsn00lp)")
    MAKERS[name](tmp_path)
    first = (tmp_path / name).read_bytes()
    MAKERS[name](tmp_path)
    assert (tmp_path / name).read_bytes() == first
    assert contents(tmp_path / name) == contents(FOLDER / name)


def contents(path: Path) -> list[bytes]:
    """What is drawn on each page, or the file where it is no PDF; zlib's own bytes differ from one version to the next."""
    if path.name == "broken.pdf":
        return [path.read_bytes()]
    drawn = (page.get_contents() for page in pypdf.PdfReader(path).pages)
    return [content.get_data() for content in drawn if content is not None]
