"""The boards in a real browser: what a reader sees and does, in light and dark and on a narrow screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.web.serve import address_of, application, open_socket, server_of
from tasks.core.evidence.html import write_page
from tasks.postgres.boards import BOARDS
from tests.samples import evidence_pages
from tests.unit.infra.web.standin import EVIL, RUN, StandIn

PATIENCE_MS = 120_000


@pytest.fixture(scope="module", params=["investment", EVIL], ids=["plain", "hostile"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    with serving(StandIn(request.param)) as address:
        yield address


@contextmanager
def serving(data: StandIn) -> Iterator[str]:
    with open_socket("127.0.0.1", 0, anyone_may_read=False) as listening:
        server = server_of(application(data, "127.0.0.1", ""))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield address_of(listening).rstrip("/")
        server.should_exit = True
        thread.join(60)


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page of the folder's browser."""
    try:
        browser = request.getfixturevalue("browser")
    except pytest.FixtureLookupError:
        pytest.skip("there is no browser for these tests")
    shown = browser.new_page()
    shown.set_default_timeout(PATIENCE_MS)
    yield shown
    shown.close()


@pytest.mark.parametrize("name", [board.name for board in BOARDS])
def test_a_board_breaks_no_policy_runs_nothing_and_fits_a_narrow_screen(address: str, name: str, page: Any):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(f"{address}/boards/{name}")
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour != "rgba(0, 0, 0, 0)", "the style sheet was loaded"


def test_an_evidence_page_works_as_well_as_from_disk(page: Any):
    data = StandIn("investment", page=write_page(evidence_pages.small()))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with serving(data) as address:
        page.goto(f"{address}/runs/{RUN}")
        page.locator("#v9 summary").click()
        page.locator(".sheet .box.on").first.wait_for()
    assert said == []


def test_dark_is_dark(address: str, page: Any):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/boards/night")
    red = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
    assert int(red) < 60


def test_a_reader_chooses_days_and_opens_the_numbers_by_keyboard(address: str, page: Any):
    page.goto(f"{address}/boards/night")
    page.fill("input[name=days]", "7")
    page.press("input[name=days]", "Enter")
    page.wait_for_url("**days=7**")
    summary = page.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] table").count() == 1


def test_the_first_tab_leads_past_the_menu(address: str, page: Any):
    page.goto(f"{address}/boards/night")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
