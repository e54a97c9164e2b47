"""A document's own habit of writing values, which decides what one value alone leaves open.

`250.000` is a quarter of a million where the document writes `1.480,00`, and a quarter where it
writes `1,480.00`. Without a habit such a value has no normal form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tasks.core.schema import FieldSpec

_DESCRIBED_ORDER = re.compile(r"\b(DD[-/.]MM|MM[-/.]DD)[-/.]YY", re.IGNORECASE)

_DESCRIBED_SIGN = re.compile(r"([$¥元]|\b(?:kr|Rs|Fr)\b)\s*(?:means|is|=|为|指)\s*([A-Z]{3})\b")


@dataclass(frozen=True, slots=True)
class Habit:
    """How a document writes numbers, dates and currencies; None and absent: not known."""

    decimal_comma: bool | None = None
    """True: `1.234,5`; False: `1,234.5`."""
    day_first: bool | None = None
    """True: 3/4/2014 is in April; False: in March."""
    currencies: Mapping[str, str] = field(default_factory=dict[str, str])
    """ISO 4217 code by sign, for signs of several currencies: `{"$": "AUD"}`."""


UNKNOWN_HABIT = Habit()


def described(spec: FieldSpec, habit: Habit) -> Habit:
    """The habit, with what a field's description says of it: `DD/MM/YYYY`, `$ means AUD`."""
    order = _DESCRIBED_ORDER.search(spec.description)
    signs = dict(_DESCRIBED_SIGN.findall(spec.description))
    if signs:
        habit = replace(habit, currencies={**habit.currencies, **signs})
    return habit if order is None else replace(habit, day_first=order[1][0] in "Dd")
