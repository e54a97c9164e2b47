"""A Chromium for the tests of this folder, and sample pages on disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasks.core.evidence.html import write_page
from tasks.core.evidence.page import EvidencePage

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 120_000
"""For a busy machine; what should happen happens at once."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium.

    For this folder and no longer: Playwright's own loop runs as long as it does, and a test that
    follows in the same worker could not call `asyncio.run`.
    """
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=arguments, timeout=PATIENCE_MS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[], EvidencePage]], Path]:
    """Writes a sample page once and says where it is."""
    files: dict[Callable[[], EvidencePage], Path] = {}

    def write(sample: Callable[[], EvidencePage]) -> Path:
        if sample not in files:
            files[sample] = tmp_path_factory.mktemp("evidence") / "page.html"
            files[sample].write_text(write_page(sample()), encoding="utf-8")
        return files[sample]

    return write


@pytest.fixture
def opened(
    browser: Browser, written: Callable[[Callable[[], EvidencePage]], Path]
) -> Iterator[Callable[..., Page]]:
    """Opens a sample page from disk in a fresh profile.

    At the end it fails for every request but the file itself, every dialog, and every error of the script.
    """
    problems: list[str] = []
    contexts = []

    def open_page(sample: Callable[[], EvidencePage], fragment: str = "", **options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options}
        context = browser.new_context(**options)  # pyright: ignore[reportArgumentType]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        address = written(sample).as_uri()
        page.on("dialog", lambda dialog: (problems.append("a dialog"), dialog.dismiss()))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "data:")) else problems.append(request.url)
            ),
        )
        page.goto(address + fragment)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
