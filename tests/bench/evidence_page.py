"""What an evidence page costs: to write, on disk, and in Chromium.

usage: python -m tests.bench.evidence_page [--clicks N] [--small]

A contract of 60 pages with 100 values, and an archive of 2,000 pages of which 100 have pictures (`--small`: 6 and 20 pages). First
view is from navigation to the first contentful paint, with a fresh profile each time (the median of 5); a click is from the event to
the frame that has the emphasised box, in the page's own clock (the median of N). The pages are opened from disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.table import Table

from tasks.core.evidence.html import write_page
from tasks.core.evidence.page import EvidencePage
from tests.samples import evidence_pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TIMES = 5
_CLICK = """id => new Promise(done => {
  const begun = performance.now();
  document.querySelector(`#v${id} summary`).click();
  const seen = () => document.querySelector('.sheet .on') ? done(performance.now() - begun) : requestAnimationFrame(seen);
  requestAnimationFrame(seen);
})"""
_PAINT = """() => new Promise(done => {
  new PerformanceObserver((list, observer) => {
    const paint = list.getEntries().find(entry => entry.name === 'first-contentful-paint');
    if (paint) { observer.disconnect(); done(paint.startTime); }
  }).observe({type: 'paint', buffered: true});
})"""


class PageFigures(NamedTuple):
    """Of one sample page."""

    name: str
    write_s: float
    size_mb: float
    first_view_s: float
    click_ms: float
    slowest_click_ms: float


def main() -> None:
    """Measure both pages and print one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    sizes = ((6, 6), (20, 5)) if options.small else ((60, 60), (2_000, 100))
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    rows: list[PageFigures] = []
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=program, args=arguments, timeout=300_000)
        for n_pages, n_pictures in sizes:
            page = evidence_pages.archive(n_pages, n_pictures)
            rows.append(
                measure(
                    f"{n_pages} pages, {n_pictures} pictures", page, browser, Path(folder), options.clicks
                )
            )
        browser.close()
    show(rows)


def measure(name: str, page: EvidencePage, browser: Browser, folder: Path, n_clicks: int) -> PageFigures:
    """Write the page, open it and click its values."""
    write_page(evidence_pages.chinese())  # reads the templates
    begun = time.perf_counter()
    html = write_page(page)
    write_s = time.perf_counter() - begun
    file = folder / f"{len(html)}.html"
    file.write_text(html, encoding="utf-8")
    views = [first_view(browser, file) for _ in range(TIMES)]
    tab = opened(browser, file)
    clicks = [
        tab.evaluate(_CLICK, value.extraction_id) for value in page.values[1 :: max(1, 100 // n_clicks)]
    ]
    tab.context.close()
    return PageFigures(
        name,
        write_s,
        file.stat().st_size / 1e6,
        statistics.median(views) / 1000,
        statistics.median(clicks),
        max(clicks),
    )


def first_view(browser: Browser, file: Path) -> float:
    tab = opened(browser, file)
    paint_ms = tab.evaluate(_PAINT)
    tab.context.close()
    return float(paint_ms)


def opened(browser: Browser, file: Path) -> Page:
    tab = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    tab.set_default_timeout(300_000)
    tab.goto(file.as_uri())
    return tab


def show(rows: list[PageFigures]) -> None:
    table = Table("page", "write s", "MB", "first view s", "click ms", "slowest click ms")
    for row in rows:
        table.add_row(
            row.name, *(f"{figure:.2f}" for figure in row[1:4]), *(f"{figure:.0f}" for figure in row[4:])
        )
    Console().print(table)


if __name__ == "__main__":
    main()
