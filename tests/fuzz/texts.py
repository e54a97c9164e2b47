"""Breaks a text at random: cuts, copies, swaps, foreign marks, long runs and deep nesting."""

from __future__ import annotations

import random
from collections.abc import Sequence

MARKS = (
    "", '"', "'", ",", ":", "{", "}", "[", "]", "\\", "\\u0000", "\\ud800", "\x00", "\n", "\t", "\r", "\u2028", "\ufeff", "```", "<think>",
    "</think>", "“", "：", "，", "#", "//", "/*", "<!--", "&a ", "*a", "!!python/object:os.system ", "<<: *a", "---\n", "%YAML 9.9\n", "? ",
    "| ", "> ", "~", "null", "NaN", ".inf", "-.inf", "1e999", "-0", "9" * 400, "1_000", "0x10", "true", "\U0001f600", "\u0301", "\u202e",
)  # fmt: skip
_OPENERS = ("[", "{", '{"a":', "(", "- ", "<", "[[", '"')


def broken(dice: random.Random, text: str, others: Sequence[str] = (), most_chars: int = 20_000) -> str:
    """The text after one to six blows."""
    for _ in range(dice.randint(1, 6)):
        at, to = sorted((dice.randint(0, len(text)), dice.randint(0, len(text))))
        to = min(to, at + 2 ** dice.randint(0, 12))
        blow = dice.randrange(9)
        if blow == 0:
            text = text[:at] + text[to:]
        elif blow == 1:
            text = text[:at] + text[at:to] * dice.choice((2, 3, 50)) + text[to:]
        elif blow == 2:
            text = text[:at] + dice.choice(MARKS) + text[at:]
        elif blow == 3:
            text = text[:at] + dice.choice(MARKS) + text[to:]
        elif blow == 4:
            text = text[:at] + dice.choice(_OPENERS) * 2 ** dice.randint(0, 12) + text[at:]
        elif blow == 5:
            text = (
                text[:at] + chr(dice.choice((dice.randrange(0x80), dice.randrange(0xD800)))) + text[at + 1 :]
            )
        elif blow == 6 and others:
            other = dice.choice(others)
            cut = dice.randint(0, len(other))
            text = text[:at] + other[cut : cut + 2 ** dice.randint(0, 12)] + text[to:]
        elif blow == 7:
            text = text[:at] + dice.choice(MARKS) * 2 ** dice.randint(0, 11) + text[at:]
        else:
            text = text[:at]
        text = text[:most_chars]
    return text
