"""The value of a roman number."""

from __future__ import annotations

ROMAN_LETTERS = {"I": 1, "V": 5, "X": 10, "L": 50}


def roman_value(numeral: str) -> int:
    """What a numeral of `ROMAN_LETTERS`, in either case, counts; it need not be a regular one.

    Raises:
        KeyError: it has another letter.
    """
    values = [ROMAN_LETTERS[letter] for letter in numeral.upper()]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))
