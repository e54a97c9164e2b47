"""Superscripts of a scanned row are told by their ink. The rows are made of boxes, without an engine."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.reading.ocr import superscripts
from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import LetterRow, PixelBox
from tasks.core.reading.ocr.superscripts import mark_superscripts

BASE, TALL, LOW, WIDTH = 60, 20, 14, 12
TAILS = "gpqy,"


def row(text: str, raised: str = "", missing: str = "") -> tuple[LetterRow, Ink]:
    """A row whose letters that stand in `raised` (with `missing`, also left out of the text) are high."""
    blots: list[PixelBox] = []
    shown, middles = "", []
    left = 20
    for letter in text:
        high = letter in raised or letter in missing
        height = TALL if letter.isupper() or letter.isdigit() or letter in "bdfhkl" else LOW
        bottom = BASE - 11 if high else BASE
        height = 12 if high else height
        if not letter.isspace():
            blots.append(PixelBox(left, bottom - height, left + (8 if high else WIDTH - 2), bottom))
        if letter not in missing:
            shown += letter
            middles.append(left + WIDTH / 2 - 1 if not letter.isspace() else (middles or [left])[-1])
        left += WIDTH
    box = PixelBox(15, BASE - 28, left + 5, BASE + 8)
    blots.sort(key=lambda blot: blot.top)
    ink = Ink(blots, [blot.top for blot in blots], np.zeros((100, left + 50), dtype=bool))
    return LetterRow(box, shown, middles, 1.0), ink


PICTURE = np.full((100, 800), 255, dtype=np.uint8)


def test_high_small_figure_is_raised() -> None:
    letters, ink = row("under clause K3 and the", raised="3")
    mark_superscripts(letters, ink, PICTURE)
    assert [letters.text[a:b] for a, b in letters.raised] == ["3"]


def test_figures_on_the_line_are_not_raised() -> None:
    letters, ink = row("within 30 days of Delivery 2025")
    mark_superscripts(letters, ink, PICTURE)
    assert letters.raised == ()


def test_size_comes_from_the_tall_letters() -> None:
    letters, ink = row("All Holders hold Bonds")
    mark_superscripts(letters, ink, PICTURE)
    assert letters.size_px == pytest.approx(TALL / 0.69)


def test_mark_that_was_left_out_is_read_alone_and_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superscripts, "read_alone", lambda cut: ("7", 0.95))
    letters, ink = row("the Closing7 shall be held", missing="7")
    mark_superscripts(letters, ink, PICTURE)
    assert letters.text == "the Closing7 shall be held"
    assert [letters.text[a:b] for a, b in letters.raised] == ["7"]


def test_quotation_mark_that_is_a_figure_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superscripts, "read_alone", lambda cut: ("1", 0.95))
    letters, ink = row("under clause K'and the", raised="'")
    mark_superscripts(letters, ink, PICTURE)
    assert letters.text == "under clause K1and the"


def test_ink_that_is_no_mark_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superscripts, "read_alone", lambda cut: ("?!", 0.9))
    letters, ink = row("the Closing7 shall be held", missing="7")
    mark_superscripts(letters, ink, PICTURE)
    assert letters.text == "the Closing shall be held"
    assert letters.raised == ()
