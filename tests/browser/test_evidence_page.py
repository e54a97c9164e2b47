"""An evidence page in Chromium, opened from disk, as a lawyer uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.core.records import Mark, MarkKind
from tests.samples import evidence_pages

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tasks.core.evidence.page import EvidencePage

Opened = Callable[..., "Page"]


@pytest.fixture(autouse=True, scope="module")
def patient() -> Iterator[None]:
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


def words() -> EvidencePage:
    return evidence_pages.in_text_form(evidence_pages.small())


def shown(page: Page) -> list[str]:
    return [value.get_attribute("id") or "" for value in page.locator("details.value:visible").all()]


def in_view(page: Page, what: Locator) -> bool:
    box, frame = what.bounding_box(), page.locator("main").bounding_box()
    assert box is not None and frame is not None
    return frame["y"] <= box["y"] and box["y"] + box["height"] <= frame["y"] + frame["height"]


def test_click_on_value_scrolls_to_its_boxes_and_opens_its_history(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator("#v9 summary").click()
    boxes = page.locator(".box.on")
    expect(boxes).to_have_count(3)
    assert in_view(page, boxes.first)
    expect(page.locator("#v9 .history")).to_be_visible()
    assert page.url.endswith("#v9")


def test_box_covers_the_words_at_any_width(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    sheet = page.locator("#page-1 .sheet").bounding_box()
    box = page.locator('#page-1 .box[data-v="1"]').first.bounding_box()
    expected = evidence_pages.small().values[0].ranges[0].boxes[0]
    assert sheet is not None and box is not None
    assert box["x"] - sheet["x"] == pytest.approx(expected.left * sheet["width"], abs=5)
    assert box["y"] - sheet["y"] == pytest.approx(expected.top * sheet["height"], abs=5)


def test_words_stand_in_the_middle_of_every_kind_of_box(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator("#v9 summary").click()  # the chosen box has a thicker edge
    off = page.evaluate(
        """() => [...document.querySelectorAll('#page-1 .box[data-v], .box.on')].map(box => {
          const sheet = box.closest('.sheet').getBoundingClientRect(), edge = box.getBoundingClientRect();
          const left = parseFloat(box.style.left) / 100 * sheet.width, width = parseFloat(box.style.width) / 100 * sheet.width;
          const top = parseFloat(box.style.top) / 100 * sheet.height, height = parseFloat(box.style.height) / 100 * sheet.height;
          return [edge.left + edge.right - 2 * sheet.left - 2 * left - width, edge.top + edge.bottom - 2 * sheet.top - 2 * top - height];
        }).flat()"""
    )
    assert len(off) > 4
    assert (
        max(map(abs, off)) < 1.5
    )  # twice the way; an edge of 1.5 pixels is drawn as one where pixels are large


def test_of_boxes_around_the_same_words_one_is_coloured(opened: Opened) -> None:
    def crowded() -> EvidencePage:
        page = evidence_pages.small()
        first = page.values[0]
        others = [replace(first, extraction_id=900 + n, status="rejected") for n in range(4)]
        return replace(page, values=(*others, *page.values))

    page = opened(crowded)
    coloured = page.locator('.box:not(.under)[data-v="1"], .box:not(.under)[data-v^="90"]')
    expect(coloured).to_have_attribute("data-v", "1")
    page.locator("#v902 summary").click()
    expect(coloured).to_have_attribute("data-v", "902")


def test_click_on_box_opens_its_value(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator('#page-1 .box[data-v="3"]').first.click()
    expect(page.locator("#v3")).to_have_attribute("open", "")
    expect(page.locator("#v3")).to_have_attribute("aria-current", "true")


def test_note_leads_to_its_citation_and_back(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator("#v7 summary").click()
    label = page.locator("#page-2 .jump", has_text="note 8: cited on page 1")
    label.click()
    assert in_view(page, page.locator('#page-1 .box.cite[data-jump="body 1"]'))
    page.locator("#page-1 .jump", has_text="note 8, page 2").click()
    assert in_view(page, page.locator("#page-2 .box.note").first)


def cited_twice() -> object:
    """Notes 7 and 8 are cited in the same line."""
    page = evidence_pages.small()
    *before, seventh, eighth = page.values[:7]
    assert seventh.note is not None and eighth.note is not None
    moved = replace(eighth, note=replace(eighth.note, citations=seventh.note.citations))
    return replace(page, values=(*before, seventh, moved, *page.values[7:]))


def test_labels_of_one_line_do_not_cover_each_other(opened: Opened) -> None:
    page = opened(cited_twice)
    labels = page.locator('#page-1 .jump[data-jump^="body"]')
    expect(labels).to_have_count(2)
    upper, lower = sorted((label.bounding_box() for label in labels.all()), key=lambda box: box["y"])
    assert upper["y"] + upper["height"] <= lower["y"]


def test_line_joins_note_and_citation_of_one_page(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator("#v6 summary").click()
    expect(page.locator("#page-1 svg path")).to_have_count(1)
    page.locator("#v1 summary").click()
    expect(page.locator("svg path")).to_have_count(0)


def test_filters_leave_what_fits_and_hide_the_other_boxes(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator(".chips [data-status=rejected]").click()
    assert shown(page) == ["v11", "v12"]
    expect(page.locator('#page-1 .box[data-v="1"]').first).to_be_hidden()
    page.locator("#clear").click()
    page.locator("#by-note").check()
    assert shown(page) == ["v6", "v7"]
    page.locator("#by-page").select_option("1")
    assert shown(page) == ["v6"]
    page.locator("#clear").click()
    page.locator("#by-round").select_option("2")
    assert shown(page) == ["v4"]
    page.locator("#clear").click()
    page.locator("#by-field").select_option(label="Yearly minimum fee")
    assert shown(page) == ["v5", "v12"]
    expect(page.locator("#shown")).to_have_text("2 of 12 values shown")


def test_fields_with_nothing_found_can_be_seen_alone(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator(".chips [data-status=absent]").click()
    expect(page.locator(".field:visible h2 bdi")).to_have_text(["Exclusivity", "Insurance"])


def test_search_finds_values_and_steps_through_the_text(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator("#search").fill("yearly minimum fee")
    assert shown(page) == ["v5", "v12"]
    page.locator("#search").press("Enter")
    expect(page.locator("#hits [role=status]")).to_have_text("1 of 2 in the document")
    expect(page.locator("#page-1 mark.now")).to_have_text(["yearly minimum fee"])
    page.locator("#search").press("Enter")
    expect(page.locator("#page-3 mark.now").first).to_be_visible()
    expect(page.locator("#page-1 .sheet img")).to_be_visible()


def test_keys_step_through_values(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('details').id") == "v11"
    page.keyboard.press("k")
    expect(page.locator("#v1")).to_have_attribute("aria-current", "true")
    expect(page.locator("#v1 .history")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#v1 .history")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[aria-current]")).to_have_count(0)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()


def test_link_to_a_value_opens_it(opened: Opened) -> None:
    page = opened(evidence_pages.small, "#v10")
    expect(page.locator("#v10 .history")).to_be_visible()
    assert in_view(page, page.locator("#page-3 .box.on").first)


def test_language_follows_the_browser_and_the_switch(opened: Opened) -> None:
    page = opened(evidence_pages.small, locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.locator("#v1 .status")).to_contain_text("已核实")
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#v1 .status")).to_contain_text("verified")


def test_dark_follows_the_system_and_the_switch(opened: Opened) -> None:
    page = opened(evidence_pages.small, color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).color")
    page.locator("#theme").click()
    assert page.evaluate("getComputedStyle(document.body).color") != dark


def test_statuses_differ_without_colour(opened: Opened) -> None:
    page = opened(evidence_pages.small)
    page.locator("#page-3").scroll_into_view_if_needed()
    styles = {
        number: page.locator(f'.box[data-v="{number}"]').first.evaluate(
            "box => getComputedStyle(box).borderTopStyle"
        )
        for number in (1, 8, 11)
    }
    assert styles == {1: "solid", 8: "dashed", 11: "dotted"}


def test_struck_and_inserted_words_of_a_text_look_so(opened: Opened) -> None:
    def redlined() -> EvidencePage:
        page = words()
        first = page.pages[0]
        line = first.lines[0]
        marks = (
            Mark(line.start, line.start + 4, MarkKind.STRUCK),
            Mark(line.start + 4, line.start + 9, MarkKind.INSERTED),
        )
        return replace(page, pages=(replace(first, marks=marks), *page.pages[1:]))

    page = opened(redlined)
    line = page.locator("#page-1 .line").first
    whole = line.inner_text()
    assert line.locator("del").inner_text() == whole[:4].rstrip()
    expect(line.locator("del")).to_have_attribute("title", "struck out")
    assert line.locator("ins").inner_text().strip() == whole[4:9].strip()
    assert "line-through" in line.locator("del").evaluate("el => getComputedStyle(el).textDecorationLine")


def test_print_has_the_histories_that_are_open_and_the_pages_with_values(
    opened: Opened, tmp_path: Path
) -> None:
    page = opened(evidence_pages.small)
    page.locator("details.value", has_text="compared with the signed copy").locator("summary").click()
    file = tmp_path / "page.pdf"
    page.pdf(path=file, format="A4")
    import pypdfium2

    with pypdfium2.PdfDocument(file) as printed:
        texts = [sheet.get_textpage().get_text_bounded() for sheet in printed]
        images = [
            [thing for thing in sheet.get_objects() if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
            for sheet in printed
        ]
    whole = " ".join(" ".join(texts).split())
    assert whole.count("How it came to stand here") == 1
    assert "compared with the signed copy" in whole
    assert sum(map(bool, images)) == 3


def test_narrow_screen_shows_list_or_pages(opened: Opened) -> None:
    page = opened(evidence_pages.small, viewport={"width": 400, "height": 800})
    expect(page.locator("main")).to_be_hidden()
    page.locator("#v8 summary").click()
    page.locator("#v8 [data-show=value]").click()
    expect(page.locator("#page-2 .box.on").first).to_be_visible()
    assert in_view(page, page.locator("#page-2 .box.on").first)
    page.locator("#page-2 .box.on").first.click()
    expect(page.locator("#v8")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_text_form_marks_values_over_lines(opened: Opened) -> None:
    page = opened(words)
    page.locator("#v9 summary").click()
    marked = "".join(page.locator("mark.on").all_text_contents())
    assert " ".join(marked.split()).startswith("The Buyer may assign")
    assert marked.endswith("consent of the Seller")


def test_offsets_hold_after_letters_outside_the_basic_plane(opened: Opened) -> None:
    page = opened(evidence_pages.chinese)
    page.locator("#v3 summary").click()
    expect(page.locator("mark.on")).to_have_text(["𠮷田株式会社"])
    page.locator("#search").fill("验收合格之后三十日内")
    page.locator("#search").press("Enter")
    expect(page.locator("#hits [role=status]")).to_have_text("1 of 1 in the document")


def test_hostile_texts_are_shown_and_do_nothing(opened: Opened) -> None:
    page = opened(evidence_pages.hostile)
    expect(page.locator("#v2 .said")).to_have_text(evidence_pages.HOSTILE[0])
    for button in ("#language", "#theme"):
        page.locator(button).click()
    page.locator("#search").fill("<script>")
    page.locator("#search").press("Enter")
    page.locator("#search").fill("")
    page.locator("#v1 summary").click()
    expect(page.locator("#v1 .history")).to_contain_text("<script>")
    assert page.evaluate("window.stolen") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("img, svg, iframe").count() == 0


def test_long_document_draws_only_what_is_near(opened: Opened) -> None:
    page = opened(evidence_pages.hostile)
    assert page.locator(".sheet:has(.line)").count() < 40
    page.locator("#go input").fill("200")
    page.locator("#go input").press("Enter")
    expect(page.locator("#page-200 .line")).to_have_count(1)


def test_values_are_read_without_script(opened: Opened) -> None:
    page = opened(evidence_pages.small, java_script_enabled=False)
    page.locator("#v4 summary").click()
    expect(page.locator("#v4 .history")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    # Playwright says of a `noscript` itself that it has no text.
    expect(page.locator("noscript p")).to_contain_text("Scripts are off")
    expect(page.locator("noscript p")).to_be_visible()
