"""How the scripted generator puts its items: small talk around them, and an end that comes too early."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from tests.scripted.dice import Dice
from tests.scripted.habits import Habits

_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_CHARS_PER_TOKEN = 4
_OPENINGS = {
    False: ("Sure! Here is what I found:\n\n```json\n", "Of course. I have read the passage with care.\n"),
    True: ("好的，以下是抽取结果：\n```json\n", "根据您提供的文本，我整理如下：\n"),
}
_ENDINGS = {
    False: (
        "\n```\nI hope this helps! Let me know if you need {anything} else.",
        "\nHope this helps! 希望能帮到您!",
    ),
    True: ("\n```\n希望能帮到您!", "\n如需进一步说明，请告诉我。"),
}


def said(
    items: Sequence[dict[str, Any]], passage: str, habits: Habits, dice: Dice, key: tuple[str, ...]
) -> str:
    """The answer's text."""
    text = json.dumps({"items": list(items)}, ensure_ascii=False)
    if dice.falls(habits.truncates, "truncates", *key):
        return text[: int(len(text) * (0.3 + 0.6 * dice.draw("cut", *key)))]
    if dice.falls(habits.chats, "chats", *key):
        is_chinese = 2 * len(_WIDE.findall(passage)) > len(passage)
        opening, ending = _OPENINGS[is_chinese], _ENDINGS[is_chinese]
        text = dice.pick(opening, "opening", *key) + text + dice.pick(ending, "ending", *key)
    return text


def n_tokens(text: str) -> int:
    """Reckoned, not tokenised: one for each wide character and one for each four of the others."""
    n_wide = len(_WIDE.findall(text))
    return n_wide + -(-(len(text) - n_wide) // _CHARS_PER_TOKEN)


def within(text: str, max_tokens: int) -> tuple[str, bool]:
    """The text up to the limit, and whether that cut anything."""
    if n_tokens(text) <= max_tokens:
        return text, False
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if n_tokens(text[:middle]) <= max_tokens else (low, middle - 1)
    return text[:low], True
