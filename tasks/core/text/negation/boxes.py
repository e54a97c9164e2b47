"""Tick boxes of a sentence: what is not ticked is not said."""

from __future__ import annotations

import re

_BOX = re.compile(r"(?P<ticked>[☑☒✓✔🗹🗷]|\[\s?[xX]\s?\])|(?P<open>[☐□◻]|\[[\s_]{0,3}\])")


def without_unticked(text: str, start: int, end: int) -> str | None:
    """The text with blanks in place of boxes and of options that are not ticked; None if it says nothing.

    It says nothing of the range if the range stands in such an option, or if no box is ticked.
    """
    boxes = list(_BOX.finditer(text))
    if not boxes:
        return text
    options = _options(text, boxes)
    if not any(box["ticked"] for box in boxes):
        # A box of another row may stand in the same text; the range must lie before or in an option.
        return None
    letters = list(text)
    for box, (first, last) in zip(boxes, options, strict=True):
        letters[box.start() : box.end()] = " " * len(box[0])
        if box["open"]:
            if first < end and start < last:
                return None
            letters[first:last] = " " * (last - first)
    return "".join(letters)


def _options(text: str, boxes: list[re.Match[str]]) -> list[tuple[int, int]]:
    """The range of the words of each box: after it, or before it where the text ends with a box."""
    if text.rstrip().endswith(boxes[-1][0]):
        colon = max(text.find(":", 0, boxes[0].start()), text.find("：", 0, boxes[0].start()))
        firsts = [colon + 1, *(b.end() for b in boxes[:-1])]
        return [(first, b.start()) for first, b in zip(firsts, boxes, strict=True)]
    lasts = [*(b.start() for b in boxes[1:]), len(text)]
    return [(b.end(), last) for b, last in zip(boxes, lasts, strict=True)]
