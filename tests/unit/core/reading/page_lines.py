"""Lines of a page as the reader sees them, without a PDF."""

from __future__ import annotations

from tasks.core.reading.lines import PageLine


def line(
    text: str,
    *,
    y: float = 400,
    x: float = 72,
    size: float = 11,
    page_index: int = 0,
    raised: tuple[tuple[int, int], ...] = (),
) -> PageLine:
    return PageLine(page_index, text, size, (x, y, x + 5 * len(text), y + size), raised, False)
