"""The evidence page is one file in which nothing but its own script runs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest

from tasks.core.evidence.html import percent, write_page, write_page_to
from tasks.core.evidence.page import EvidencePage, NoticeCode
from tasks.core.evidence.words import LANGUAGES, fill, read_words
from tasks.core.loop.check_results import CheckOutcome
from tasks.core.loop.revision import StopReason
from tasks.core.reading.legend import MARK_WORDS
from tasks.core.records import CellState, ExtractionStatus, FindingKind, FindingSource, MarkKind, MatchKind
from tasks.core.review.records import ReviewDecision, Via
from tests.samples import evidence_pages

CODES = {
    "notice": NoticeCode,
    "status": ExtractionStatus,
    "state": CellState,
    "change": ("first", "kept", "changed", "added", "dropped", "back", "absent"),
    "finding": FindingKind,
    "source": FindingSource,
    "stop": StopReason,
    "match": MatchKind,
    "review": (*ReviewDecision, *(f"via_{via}" for via in Via)),
    "run": ("running", "done", "failed", "superseded"),
    "page": ("needs_ocr", "failed", "ocr"),
    "check": tuple(outcome.replace(" ", "_") for outcome in CheckOutcome),
    "not_drawn": ("broken_page", "too_large", "budget", "timeout", "reader_died", "password_required"),
}


@cache
def small() -> str:
    return write_page(evidence_pages.small())


class Elements(HTMLParser):
    """What a browser makes of a file: its elements with their attributes, and the text of inert blocks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, str] = {}
        self._block = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._block = (dict(attrs).get("id") or tag) if tag in ("script", "style") else ""

    def handle_data(self, data: str) -> None:
        if self._block:
            self.blocks[self._block] = self.blocks.get(self._block, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._block = ""


def test_policy_allows_exactly_the_style_and_the_script_of_the_file() -> None:
    page = Elements(small())
    policy = next(
        attrs["content"] or "" for tag, attrs in page.elements if tag == "meta" and "http-equiv" in attrs
    )
    digests = [
        base64.b64encode(hashlib.sha256(page.blocks[name].encode()).digest()).decode()
        for name in ("style", "script")
    ]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_file_names_nothing_that_a_browser_would_fetch() -> None:
    for tag, attrs in Elements(small()).elements:
        assert not attrs.get("src"), tag
        assert (attrs.get("href") or "#").startswith(("#", "data:,")), tag
        assert not [name for name in attrs if name.startswith("on") or name == "style"], tag


def test_hostile_texts_add_no_element_and_no_attribute() -> None:
    page = evidence_pages.hostile(4)
    tags = {tag for tag, _ in Elements(write_page(page)).elements}
    assert tags <= {tag for tag, _ in Elements(small()).elements} | {"noscript"}
    names = {name for _, attrs in Elements(write_page(page)).elements for name in attrs}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src")]


def test_data_of_a_hostile_page_comes_back_as_it_was() -> None:
    page = evidence_pages.hostile(4)
    blocks = Elements(write_page(page)).blocks
    lines = json.loads(blocks["lines-1"])
    assert [line[1] for line in lines] == [line.text for line in page.pages[0].lines]
    assert json.loads(blocks["data"])["notes"][0]["marker"] == " ".join(evidence_pages.HOSTILE)


def test_line_ends_that_only_scripts_know_are_escaped_in_data() -> None:
    html = write_page(evidence_pages.hostile(4))
    start = html.index('<script type="application/json"')
    assert not {"\u2028", "\u2029"} & set(html[start:])


def test_every_value_has_its_place_in_the_data() -> None:
    page = evidence_pages.small()
    data = json.loads(Elements(small()).blocks["data"])
    assert [value["id"] for value in data["values"]] == [value.extraction_id for value in page.values]
    over_break = next(value for value in data["values"] if value["id"] == 9)
    assert [box[0] for box in over_break["at"]["b"]] == [2, 2, 3]
    assert [one["marker"] for one in data["notes"]] == ["7", "8"]


def test_values_that_stand_in_the_same_note_share_it() -> None:
    page = evidence_pages.small()
    noted = page.values[6]
    twice = replace(page, values=(*page.values, replace(noted, extraction_id=70)))
    data = json.loads(Elements(write_page(twice)).blocks["data"])
    assert len(data["notes"]) == 2
    assert data["values"][-1]["note"] == data["values"][6]["note"]


def test_absent_field_says_what_was_searched() -> None:
    assert "12 of 12 chunks read, nothing found." in small()
    assert "2 of 12 chunks gave no usable answer: a value may be missing here." in small()


def test_value_of_a_field_that_the_schema_does_not_name_is_shown() -> None:
    page = evidence_pages.small()
    odd = replace(page.values[0], extraction_id=99, field="of_another_schema")
    html = write_page(replace(page, values=(*page.values, odd)))
    assert 'id="v99"' in html
    assert "of_another_schema" in html


def test_pieces_in_a_file_are_the_same_page() -> None:
    file = io.StringIO()
    write_page_to(evidence_pages.small(), file)
    assert file.getvalue() == small()


def test_picture_is_in_the_file_once() -> None:
    page = evidence_pages.small()
    picture = page.pages[0].picture
    assert picture is not None
    assert small().count(base64.b64encode(picture.data).decode()) == 1


def test_both_languages_have_the_same_words() -> None:
    english, chinese = (set(read_words(language)) for language in LANGUAGES)
    marks = {f"mark.{kind}" for kind in MARK_WORDS}
    assert english | marks == {key for key in chinese if not key.startswith("flag.")}


@pytest.mark.parametrize("key", sorted(read_words("en")))
def test_both_languages_fill_in_the_same(key: str) -> None:
    blanks = [set(re.findall(r"\{\w+\}", read_words(language)[key])) for language in LANGUAGES]
    assert blanks[0] == blanks[1]


@pytest.mark.parametrize("group", CODES)
def test_every_code_has_words_in_both_languages(group: str) -> None:
    for language in LANGUAGES:
        assert {f"{group}.{code}" for code in CODES[group]} <= set(read_words(language))


def test_every_mark_has_words_in_both_languages() -> None:
    assert set(MARK_WORDS) == set(MarkKind)
    assert {f"mark.{kind}" for kind in MarkKind} <= set(read_words("zh"))


def test_every_warning_of_the_reader_has_chinese_words() -> None:
    from tasks.core.reading import legend

    known = {key.removeprefix("flag.") for key in read_words("zh") if key.startswith("flag.")}
    assert known == set(legend._WARNINGS)  # pyright: ignore[reportPrivateUsage]


def test_every_notice_is_shown_in_words() -> None:
    html = write_page(evidence_pages.every_notice())
    for code in NoticeCode:
        assert f'data-code="{code}"' in html
    assert "Nobody read these pages: 2, 3." in html
    assert "Nobody read this page: it is an image without text." in html


def test_code_of_another_version_is_shown_as_it_is() -> None:
    page = evidence_pages.small()
    html = write_page(
        replace(page, pages=(replace(page.pages[0], not_drawn="eaten_by_dog"), *page.pages[1:]))
    )
    assert "eaten by dog" in html


@pytest.mark.parametrize(
    ("share", "shown"), [(1.0, "100 %"), (0.997, ">99 %"), (0.42, "42 %"), (0.003, "<1 %"), (0.0, "0 %")]
)
def test_probability_is_not_rounded_to_certainty(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_what_fills_a_text_in_is_not_filled_in_again() -> None:
    assert fill("{a} and {b}", {"a": "{b}", "b": "x"}) == "{b} and x"


@pytest.mark.parametrize(
    "form", [evidence_pages.chinese, lambda: evidence_pages.in_text_form(evidence_pages.small())]
)
def test_text_form_holds_lines_and_no_picture(form: object) -> None:
    page = form()  # type: ignore[operator]
    assert isinstance(page, EvidencePage)
    blocks = Elements(write_page(page)).blocks
    assert not [name for name in blocks if name.startswith("picture-")]
    assert "".join(line[1] for line in json.loads(blocks["lines-1"])) == "".join(
        line.text for line in page.pages[0].lines
    )
