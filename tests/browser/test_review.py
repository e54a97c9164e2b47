"""The review in a real browser: sign in, select words, decide; two persons at once; hostile contracts."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.web.serve import address_of, open_socket, server_of
from tasks.core import reading as reader
from tasks.core.evidence.page import NoticeCode
from tasks.core.reading.version import FileKind
from tasks.core.review.records import ItemKind, ReviewDecision
from tests.unit.infra.web.review_standin import (
    LEASE,
    PASSWORD,
    ReviewStandIn,
    evidence,
    item_over,
    plain_reading,
    review_app,
    reviewers_in,
    schema,
)
from tests.unit.infra.web.standin import EVIL

PATIENCE_MS = 120_000
N_PAGES = 200
TABLE_PAGE = 150
RTL = (
    "اتفاقية الإيجار\nيدفع المستأجر إيجاراً شهرياً قدره 4200 يورو.\nתקופת השכירות מסתיימת ביום 31 במאי 2031.\n"
)
CLAUSE = "The Tenant pays a monthly rent of EUR 4,200.00 plus VAT."


def long_contract() -> bytes:
    """A PDF of many pages; page 3 has the rent, page 150 a table of a thousand cells, all have a script as text."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, A4, invariant=True)
    for number in range(1, N_PAGES + 1):
        canvas.setFont("Times-Roman", 12)
        canvas.drawString(72, 760, f"Section {number} <script>alert({number})</script>")
        canvas.drawString(72, 730, CLAUSE if number == 3 else f"This is sentence {number} of the lease.")
        canvas.drawString(
            72, 700, "It ends with the first words of" if number == 3 else "the following page."
        )
        if number == TABLE_PAGE:
            canvas.setFont("Times-Roman", 6)
            for row in range(60):
                for column in range(18):
                    canvas.drawString(60 + 27 * column, 680 - 10 * row, f"{row}.{column}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture(scope="module")
def contract() -> bytes:
    return long_contract()


class Office:
    """The application on a socket, over documents that were really read."""

    def __init__(self, review: ReviewStandIn, address: str) -> None:
        self.review, self.address = review, address
        self.drawn: list[tuple[int, ...]] = []


@pytest.fixture
def office(contract: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    import tasks.evidence
    from tasks.settings import settings

    for name, value in {
        "DATABASE_URL": "postgresql://",
        "TRITON_URL": "t:1",
        "S3_ENDPOINT_URL": "http://x",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    seen = reader.read_document(contract, kind=FileKind.PDF)
    review = ReviewStandIn()
    lease = evidence(seen, "deals/lease.pdf", schema("lease"), contract)
    texts = evidence(plain_reading(RTL + f"{EVIL}\n" + LEASE), f"deals/{EVIL}.txt", schema("lease", EVIL))
    gone = evidence(plain_reading(LEASE), "deals/gone.pdf", schema("lease"), b"gone")
    review.add(
        lease,
        item_over(lease, 1, "4,200.00", normal="<b>4200</b>"),
        item_over(lease, 2, CLAUSE, ItemKind.PASSAGE),
        item_over(lease, 3, "0.5", offset=seen.pages[TABLE_PAGE - 1].start),
    )
    review.add(texts, item_over(texts, 4, "4200 يورو", reason=EVIL, quote=EVIL))
    review.add(gone, item_over(gone, 5, "EUR 4,200.00"))
    made = Office(review, "")
    files = {lease.document_id: contract}

    def file_of(stored: Any) -> Any:
        data = files.get(stored.document_id)
        return NoticeCode.FILE_MISSING if data is None else tasks.evidence.FoundFile(stored.key, data)

    real = reader.show_pages

    def show_pages(data: bytes, request: Any, *more: Any, **named: Any) -> Any:
        made.drawn.append(request.pages)
        return real(data, request, *more, **named)

    monkeypatch.setattr(tasks.evidence, "file_of", file_of)
    monkeypatch.setattr(tasks.evidence, "password_of", lambda key: "")
    monkeypatch.setattr(reader, "show_pages", show_pages)
    with open_socket("127.0.0.1", 0, anyone_may_read=False) as listening:
        server = server_of(review_app(review, reviewers_in(tmp_path)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        made.address = address_of(listening).rstrip("/")
        yield made
        server.should_exit = True
        thread.join(60)
    settings.cache_clear()


@pytest.fixture
def person(request: pytest.FixtureRequest, office: Office) -> Iterator[Callable[..., Any]]:
    """Signs a person in, in a profile of their own. At the end it fails for every dialog and error of the script."""
    try:
        browser = request.getfixturevalue("browser")
    except pytest.FixtureLookupError:
        pytest.skip("there is no browser for these tests")
    problems: list[str] = []
    contexts = []

    def come(name: str = "anna", path: str = "/review", **options: Any) -> Any:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: (problems.append("a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda said: (
                problems.append(said.text) if said.type == "error" and "status of" not in said.text else None
            ),
        )
        page.goto(office.address + path)
        sign_in(page, name)
        return page

    yield come
    for context in contexts:
        context.close()
    assert problems == []


def sign_in(page: Any, name: str) -> None:
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile("/review"))


def open_item(page: Any, office: Office, item_id: int, shown: str = ".box.value") -> None:
    page.goto(f"{office.address}/review/items/{item_id}")
    page.wait_for_selector(shown)
    page.wait_for_timeout(300)  # the first quarter of a second takes no keys


def press_key(page: Any, key: str) -> None:
    page.wait_for_timeout(300)
    address = page.url
    page.keyboard.press(key)
    page.wait_for_url(lambda url: url != address)


def says(page: Any, selector: str, text: str) -> None:
    """Wait until it does."""
    from playwright.sync_api import expect

    expect(page.locator(selector)).to_have_text(text, timeout=PATIENCE_MS)


def place_of(page: Any, office: Office, word: str, number: int, after: int = 0) -> tuple[float, float]:
    """Where the middle of a word is on the screen, by the boxes that the page was given."""
    data = page.evaluate(f"fetch('/review/items/1/parts/{number}').then((answer) => answer.json())")
    text = office.review.documents[office.review.items[1].run_id].run.run_input.reading.text
    index = next(
        i for i, (start, end) in enumerate(data["words"]) if text[start:end] == word and start >= after
    )
    _, left, top, right, bottom = next(box for box in data["boxes"] if box[0] == index)
    frame = page.locator("#sheet img").bounding_box()
    return frame["x"] + frame["width"] * (left + right) / 2, frame["y"] + frame["height"] * (top + bottom) / 2


def test_a_person_signs_in_claims_corrects_by_dragging_and_takes_it_back(
    person: Callable[..., Any], office: Office
):
    page = person()
    page.click("button.start")
    page.wait_for_selector(".box.value")
    assert office.review.items[1].claimed_by == "anna"
    page.mouse.move(*place_of(page, office, "EUR", 3))
    page.mouse.down()
    page.mouse.move(*place_of(page, office, "4,200.00", 3), steps=5)
    page.mouse.move(*place_of(page, office, "VAT", 3), steps=5)
    page.mouse.up()
    says(page, "#selection bdi", "EUR 4,200.00 plus VAT")
    page.fill("textarea", "with <b>tax</b>")
    page.locator("textarea").press("Escape")
    press_key(page, "c")
    (stored,) = office.review.decided
    assert (stored.decision, stored.quote) == (ReviewDecision.CORRECTED, "EUR 4,200.00 plus VAT")
    assert stored.reason == "with <b>tax</b>"
    assert page.url.endswith("/review/items/2")
    press_key(page, "u")
    assert page.url.endswith("/review/items/1")
    assert office.review.items[1].is_open and office.review.decided[-1].withdraws == stored.review_id


def test_the_box_covers_the_words(person: Callable[..., Any], office: Office):
    page = person()
    open_item(page, office, 1)
    box = page.locator(".box.value").bounding_box()
    x, y = place_of(page, office, "4,200.00", 3)
    assert box["x"] <= x <= box["x"] + box["width"] and box["y"] <= y <= box["y"] + box["height"]
    assert page.locator(".box.value").count() == 1


def test_a_correction_by_pressing_the_first_and_the_last_word_on_two_pages(
    person: Callable[..., Any], office: Office
):
    page = person()
    open_item(page, office, 1)
    page.mouse.click(*place_of(page, office, "first", 3))
    page.keyboard.press("]")
    says(page, "#where", f"4 of {N_PAGES}")
    page.wait_for_selector("#sheet img[alt$='4']")
    page.mouse.click(*place_of(page, office, "Section", 4))
    says(page, "#selection bdi", "first words of Section")
    press_key(page, "c")
    assert re.sub(r"\s+", " ", office.review.decided[0].quote or "") == "first words of Section"


def test_only_the_pages_that_are_looked_at_are_drawn(person: Callable[..., Any], office: Office):
    page = person()
    open_item(page, office, 3)
    assert set(office.drawn) <= {(TABLE_PAGE,), (TABLE_PAGE + 1,)}
    assert page.locator("#where").text_content() == f"{TABLE_PAGE} of {N_PAGES}"


def test_everything_works_by_keyboard_alone(person: Callable[..., Any], office: Office):
    page = person()
    page.wait_for_selector("button.start:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector(".box.value")
    page.wait_for_timeout(300)
    page.keyboard.press("c")  # without words: the sheet gets the focus
    assert "Select the words" in page.locator("#selection").text_content()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    says(page, "#selection bdi", "EUR 4,200.00")
    press_key(page, "c")
    assert office.review.decided[0].quote == "EUR 4,200.00"
    press_key(page, "r")
    assert office.review.decided[1].quote == CLAUSE
    press_key(page, "s")
    assert 3 not in [one.item_id for one in office.review.decided]


def test_further_words_are_kept_shown_removed_and_stored_in_one_decision(
    person: Callable[..., Any], office: Office
):
    page = person()
    open_item(page, office, 1)
    assert page.locator("#also").is_hidden()
    page.keyboard.press("a")  # without words: nothing is kept
    assert "Select the words" in page.locator("#selection").text_content()
    for word in ("plus", "monthly", "VAT"):
        page.mouse.click(*place_of(page, office, word, 3))
        says(page, "#selection bdi", word)
        page.keyboard.press("a")
        page.wait_for_selector(f"#also li:has-text('{word}')")
        says(page, "#selection bdi", "nothing yet")
    assert page.locator(".box.also").count() >= 2
    page.locator("#also li", has_text="monthly").locator("button").click()
    assert page.locator("#also li").count() == 2
    page.reload()
    page.wait_for_selector(".box.value")
    page.wait_for_timeout(300)
    page.mouse.click(*place_of(page, office, "plus", 3))
    page.click("#keep")
    page.wait_for_selector("#also li")
    page.mouse.click(*place_of(page, office, "monthly", 3))
    press_key(page, "c")
    assert [one.quote for one in office.review.decided] == ["monthly", "plus"]
    press_key(page, "u")
    assert page.url.endswith("/review/items/1")
    says(page, "#also li q", "plus")
    says(page, "#selection bdi", "monthly")
    press_key(page, "r")
    assert [one.quote for one in office.review.decided[-2:]] == [None, "plus"]


def test_a_page_in_sight_keeps_its_claim(person: Callable[..., Any], office: Office):
    page = person()
    page.clock.install()
    page.goto(f"{office.address}/review/items/1")
    page.wait_for_selector(".box.value")
    before = office.review.items[1].claimed_until
    with page.expect_response("**/review/items/1/claim") as answered:
        page.clock.fast_forward("05:01")
    assert answered.value.status == 204
    assert office.review.items[1].claimed_until > before
    office.review.items[1] = replace(office.review.items[1], claimed_by="ben")
    with page.expect_response("**/review/items/1/claim"):
        page.clock.fast_forward("05:01")
    says(
        page,
        "#trouble",
        "ben is looking at this question now. You can read it; take the next question to decide.",
    )


def test_two_reviewers_at_once_are_told_of_each_other(person: Callable[..., Any], office: Office):
    anna, ben = person("anna"), person("ben")
    open_item(anna, office, 1)
    ben.goto(f"{office.address}/review/items/1")
    assert "anna is looking at this question now" in ben.locator(".ask").text_content()
    press_key(ben, "s")
    assert ben.url.endswith("/review/items/2")
    # The claim of the first ran out, and the second decides while the first is still typing.
    office.review.items[1] = replace(office.review.items[1], claimed_by=None)
    open_item(ben, office, 1)
    press_key(ben, "r")
    anna.fill("textarea", "no, it is the yearly rent")
    anna.locator("textarea").press("Escape")
    anna.keyboard.press("w")
    anna.wait_for_selector(".notice")
    said = anna.locator(".ask").text_content()
    assert "ben has decided this meanwhile" in said and "no, it is the yearly rent" in said
    assert [one.reviewer for one in office.review.decided] == ["ben"]


def test_a_session_that_ends_in_the_middle_of_a_correction_loses_nothing(
    person: Callable[..., Any], office: Office
):
    page = person()
    open_item(page, office, 1)
    page.mouse.click(*place_of(page, office, "EUR", 3))
    page.mouse.click(*place_of(page, office, "4,200.00", 3))
    page.fill("textarea", "the words before it belong to it")
    tab = page.context.new_page()
    tab.goto(f"{office.address}/review")
    tab.click("form.person button")
    tab.wait_for_url("**/sign-in")
    page.locator("textarea").press("Escape")
    press_key_here(page, "c")
    page.wait_for_selector("input[name=password]")
    assert "the words before it belong to it" in page.locator(".sign-in").text_content()
    sign_in(page, "anna")
    page.wait_for_selector(".box.pick")
    assert page.input_value("textarea") == "the words before it belong to it"
    assert page.locator("#selection bdi").text_content() == "EUR 4,200.00"
    press_key(page, "c")
    assert office.review.decided[0].quote == "EUR 4,200.00"


def press_key_here(page: Any, key: str) -> None:
    """A key whose answer has the same address."""
    with page.expect_navigation():
        page.keyboard.press(key)


@pytest.mark.parametrize("path", ["/review", *(f"/review/items/{n}" for n in range(1, 6))])
@pytest.mark.parametrize(
    "options",
    [{"viewport": {"width": 360, "height": 700}}, {"color_scheme": "dark", "locale": "zh-CN"}],
    ids=["narrow", "dark Chinese"],
)
def test_a_hostile_contract_does_nothing_on_any_page(
    person: Callable[..., Any], office: Office, path: str, options: dict[str, Any]
):
    page = person("ada", **options)
    page.goto(office.address + path)
    if "items" in path:
        page.wait_for_selector(".box, .w")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert (
        page.evaluate("document.querySelectorAll('main script, main img:not(#sheet img), b b').length") == 0
    )
    if "locale" in options:
        assert page.locator("html").get_attribute("lang") == "zh"
        assert int(page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")) < 60


def test_on_a_telephone_the_words_are_in_sight_and_can_be_tapped(
    person: Callable[..., Any], office: Office, tmp_path: Path
):
    page = person(viewport={"width": 400, "height": 740}, has_touch=True, is_mobile=True)
    assert page.locator(".queue td", has_text="in doubt").first.is_visible()
    assert page.locator(".queue td", has_text="lease.pdf").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.screenshot(path=str(tmp_path / "queue.png"))
    open_item(page, office, 1)
    page.screenshot(path=str(tmp_path / "item.png"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    box, bar = page.locator(".box.value").bounding_box(), page.locator(".bar").bounding_box()
    frame = page.locator("#sheet").bounding_box()
    assert box["height"] >= 14
    assert page.locator("#sheet img").bounding_box()["width"] >= 1.5 * frame["width"] - 3
    assert frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
    assert abs(box["x"] + box["width"] / 2 - 200) < 80
    assert box["y"] >= 0 and box["y"] + box["height"] <= bar["y"]
    assert bar["y"] + bar["height"] <= 740 + 1
    page.touchscreen.tap(*place_of(page, office, "EUR", 3))
    page.touchscreen.tap(*place_of(page, office, "4,200.00", 3))
    says(page, "#selection bdi", "EUR 4,200.00")
    page.tap("button.corrected")
    page.wait_for_url("**/review/items/2")
    assert office.review.decided[0].quote == "EUR 4,200.00"


def test_words_of_a_text_are_selected_from_right_to_left_too(person: Callable[..., Any], office: Office):
    page = person()
    open_item(page, office, 4, ".w.value")
    assert page.locator("#text p").first.evaluate("p => getComputedStyle(p).direction") == "rtl"
    page.locator(".w", has_text=re.compile("^قدره$")).click()
    page.locator(".w", has_text=re.compile("^يورو$")).click()
    says(page, "#selection bdi", "قدره 4200 يورو")
    press_key(page, "c")
    assert office.review.decided[0].quote == "قدره 4200 يورو"


def test_a_document_whose_file_is_gone_shows_its_text_and_why(person: Callable[..., Any], office: Office):
    page = person()
    open_item(page, office, 5, ".w.value")
    assert "no longer in the bucket" in page.locator("#trouble").text_content()
    page.locator(".w", has_text=re.compile("^monthly$")).click()
    page.locator(".w", has_text=re.compile("^rent$")).click()
    press_key(page, "c")
    assert office.review.decided[0].quote == "monthly rent"


def test_text_and_picture_are_two_views_of_one_selection(person: Callable[..., Any], office: Office):
    page = person()
    open_item(page, office, 1)
    page.mouse.click(*place_of(page, office, "EUR", 3))
    page.keyboard.press("t")
    page.wait_for_selector(".w.pick")
    assert page.locator(".w.pick").text_content() == "EUR"
    page.locator(".w.value").click()
    page.keyboard.press("t")
    page.wait_for_selector(".box.pick")
    assert page.locator("#selection bdi").text_content() == "EUR 4,200.00"


def test_without_a_script_right_and_wrong_can_be_decided(person: Callable[..., Any], office: Office):
    page = person(java_script_enabled=False)
    page.goto(f"{office.address}/review/items/1")
    assert CLAUSE in page.locator("#text").text_content()
    page.click("button[value=rejected]")
    page.wait_for_url("**/review/items/2")
    assert office.review.decided[0].decision is ReviewDecision.REJECTED
