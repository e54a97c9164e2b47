"""A length of time as its words allow it: where it stands, its parts, and its form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tasks.core.values.numerals import plain_decimal

_SIZES = ("Y", "M", "W", "D", "TH", "TM", "TS")
_HALF_YEAR = Decimal("0.5")
_LONGEST_YEARS = 999  # 2016 years are a date


@dataclass(frozen=True, slots=True)
class DurationSpan:
    """A length in a text."""

    start: int
    end: int
    parts: tuple[tuple[str, Decimal], ...] | None
    """ISO 8601's letters with their amounts, longest first; None: a range, or it contradicts itself."""
    counted: str = ""
    """Which days count: `business`, `trading`; empty: all."""
    is_listed: bool = False
    """Only commas stand between its parts, so it is a sum or a list."""

    @property
    def form(self) -> str | None:
        """ISO 8601 in the units of the text; half a year is six months, as ISO wants whole years."""
        if self.parts is None or self.is_listed:
            return None
        parts = dict(self.parts)
        years = parts.get("Y", Decimal(0))
        if years > _LONGEST_YEARS:
            return None
        if years % 1 == _HALF_YEAR and "M" not in parts:
            parts["M"] = Decimal(6)
            parts["Y"] = years - _HALF_YEAR
        kept = {letter: n for letter, n in parts.items() if n or len(parts) == 1}
        days = "".join(plain_decimal(kept[x]) + x for x in _SIZES if x in kept and x[0] != "T")
        hours = "".join(plain_decimal(kept[x]) + x[1] for x in _SIZES if x in kept and x[0] == "T")
        return f"P{days}{'T' if hours else ''}{hours}"

    def goes_before(self, other: DurationSpan) -> bool:
        """Whether both are parts of one sum: whole numbers, larger units first, no weeks."""
        if not self.parts or not other.parts or self.counted or other.counted:
            return False
        letters = [letter for letter, _ in (*self.parts, *other.parts)]
        whole = all(n == int(n) for _, n in (*self.parts, *other.parts))
        return whole and "W" not in letters and letters == sorted(set(letters), key=_SIZES.index)
