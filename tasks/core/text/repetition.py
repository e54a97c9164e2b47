"""Finds an answer that repeats itself without end, while it is written and afterwards. Pure.

A language model can come to write the same words again and again, or to count ("1. 2. 3. ..."); a
schema does not stop that inside a string. Contracts repeat themselves, too: leaders of dots, columns
of numbers, blanks to fill in. So what stands in the prompt in the same words is no loop.

Source: the limits are those of vLLM's `repetition_detection` (0.17), more careful; they were tried on
the texts in tests/unit/core/text/test_repetition.py and on the quotes of CUAD.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MIN_CHARS = 120
"""A shorter stretch is no loop, whatever it repeats."""
MIN_TIMES = 4
MIN_ITEMS = 6
"""Of whole items, which are read one by one and could be right."""
MAX_PERIOD_CHARS = 400
CHECK_EVERY_CHARS = 32
EXTRA_CHARS = 200
"""A text may be longer than what it is taken from by so much."""

_WINDOW_CHARS = MAX_PERIOD_CHARS * MIN_ITEMS
_PROBE_CHARS = MIN_CHARS // (MIN_TIMES + 1)
_TAIL_CHARS = 2 * _WINDOW_CHARS
_DIGITS = re.compile(r"\d+")
_BLANK = re.compile(r"\s+")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u[0-9a-fA-F]{0,3}$|(.)|$)")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": ""}
_VALUE = re.compile(r'"quote"\s*:\s*"((?:[^"\\]|\\.)*)"\s*,\s*"value"\s*:\s*\[?\s*"((?:[^"\\]|\\.)*)\\?$')


def repeats_at_end(answer: str, prompt: str = "") -> bool:
    """Whether the end of an answer repeats itself: within a string four times or more, digits not
    counted; of whole items six times or more.

    Args:
        prompt: What stands in it in the same words is no loop.
    """
    tail = answer[-_TAIL_CHARS:]
    text = _unescaped(_open_text(tail))
    if stretch := _stretch(_DIGITS.sub("0", text), MIN_TIMES):
        return not _stands_in(_unfolded(text, stretch), prompt)
    items = tail[-n_chars:] if (n_chars := _stretch(tail, MIN_ITEMS)) else ""
    return items.count('"') >= 2 * MIN_ITEMS and not _stands_in(items, prompt)


def outgrows_its_field(answer: str, prompt: str = "") -> bool:
    """Whether the string at the end of an answer is longer than it can be: a value much longer than
    the quote it is taken from, or any text longer than the whole prompt."""
    if (found := _VALUE.search(answer[-_TAIL_CHARS:])) is not None:
        return len(_unescaped(found[2])) > 2 * len(_unescaped(found[1])) + EXTRA_CHARS
    if not prompt or len(answer) <= len(prompt) + EXTRA_CHARS:
        return False
    return len(_unescaped(_open_text(answer))) > len(prompt) + EXTRA_CHARS


@dataclass(slots=True)
class RepetitionGuard:
    """Watches an answer as its parts come."""

    prompt: str
    repeats: bool = False
    """Whether it repeated itself, or outgrew its field, when it was last looked at."""
    _answer: str = ""
    _n_unseen: int = field(default=0)

    def add(self, text: str) -> None:
        self._answer += text
        self._n_unseen += len(text)
        if self._n_unseen >= CHECK_EVERY_CHARS:
            self._n_unseen = 0
            self.repeats = repeats_at_end(self._answer, self.prompt) or outgrows_its_field(
                self._answer, self.prompt
            )


def _open_text(answer: str) -> str:
    """What follows the last quotation mark that is not escaped: in most cases, an unfinished string."""
    end = len(answer)
    while (mark := answer.rfind('"', 0, end)) >= 0:
        first = mark
        while first and answer[first - 1] == "\\":
            first -= 1
        if (mark - first) % 2 == 0:
            break
        end = mark
    return answer[mark + 1 :]


def _stretch(text: str, min_times: int) -> int:
    """Characters at the end that repeat one piece often enough; 0 if none do.

    The failure function of Knuth, Morris and Pratt over the reversed text gives the shortest period
    of every ending in one pass.
    """
    reverse = text[: -_WINDOW_CHARS - 1 : -1]
    if reverse.count(reverse[:_PROBE_CHARS]) < MIN_TIMES - 1:
        return 0  # the usual case, in a thousandth of the time
    borders, longest = [0] * (len(reverse) + 1), 0
    border = 0
    for size in range(2, len(reverse) + 1):
        while border and reverse[border] != reverse[size - 1]:
            border = borders[border]
        border += reverse[border] == reverse[size - 1]
        borders[size] = border
        period = size - border
        if size >= max(MIN_CHARS, min_times * period) and period <= MAX_PERIOD_CHARS:
            longest = size
    return longest


def _unfolded(text: str, n_folded: int) -> str:
    """The end of a text that is `n_folded` long once its numbers are one digit each."""
    n_left, start = n_folded, len(text)
    while n_left and start:
        start -= 1
        if not (text[start].isdigit() and start and text[start - 1].isdigit()):
            n_left -= 1
    return text[start:]


def _stands_in(text: str, prompt: str) -> bool:
    """Whether the prompt has these words, white space aside."""
    plain = _BLANK.sub("", text)
    return bool(plain) and plain in _BLANK.sub("", prompt)


def _unescaped(text: str) -> str:
    """A string of JSON as it is meant; an escape that is cut off is left out."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _CONTROLS.get(found[2], found[2]) if found[2] else ""
