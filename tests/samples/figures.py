"""The invented figures of the Programme, month by month: reckoned, never drawn at random, and the same in both languages."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

N_BORROWERS = 24
_LAST = (2023, 5)
_RETURNS = (0.48, 0.52, 0.41, 0.55, 0.47, 0.61, 0.39, 0.50, 0.58, 0.44, 0.53, 0.49, 0.42)  # per cent
_WEIGHTS = (
    24.6,
    18.2,
    15.4,
    12.1,
    9.8,
    8.3,
    6.9,
    4.7,
)  # per cent; the last class takes up what the others leave


@dataclass(frozen=True, slots=True)
class AssetClass:
    """A kind of thing the Programme may invest in, and the facts that vary its clauses."""

    name: str
    what: str
    limit: str
    single: str
    life: str
    security: str
    valued: str
    extra: str


@dataclass(frozen=True, slots=True)
class Deal:
    """A purchase or a repayment in a month."""

    borrower_index: int
    amount: int
    rate: float
    is_purchase: bool


@dataclass(frozen=True, slots=True)
class Month:
    """What a fact sheet shows. Rates and weights in per cent, sums in USD."""

    index: int
    last_day: date
    unit_value: float
    gain: float
    gain_of_year: float
    net_assets: int
    n_loans: int
    duration_years: float
    weights: tuple[float, ...]
    deals: tuple[Deal, ...]


def months(n_months: int) -> list[Month]:
    """The last months before the agreement, oldest first."""
    found: list[Month] = []
    value, gain_of_year = 121.37, 0.0
    for index in range(n_months):
        year, month = _month_before(n_months - 1 - index)
        gain = round(_RETURNS[index % len(_RETURNS)] + (index * 7 % 5 - 2) * 0.01, 2)
        gain_of_year = gain if month == 1 or index == 0 else round(gain_of_year + gain, 2)
        value = round(value * (1 + gain / 100), 2)
        found.append(
            Month(
                index=index,
                last_day=date(year, month, calendar.monthrange(year, month)[1]),
                unit_value=value,
                gain=gain,
                gain_of_year=gain_of_year,
                net_assets=214_300_000 + index * 1_870_000 + index * index * 31_000,
                n_loans=138 + index * 5 % 11,
                duration_years=round(2.1 + index * 3 % 7 * 0.1, 1),
                weights=_weights(index),
                deals=_deals(index),
            )
        )
    return found


def money(amount: float, mark: str = "USD ") -> str:
    return f"{mark}{amount:,.0f}"


def pick(choices: Sequence[str], index: int) -> str:
    return choices[index % len(choices)]


def _month_before(n_back: int) -> tuple[int, int]:
    whole = _LAST[0] * 12 + _LAST[1] - 1 - n_back
    return whole // 12, whole % 12 + 1


def _weights(index: int) -> tuple[float, ...]:
    moved = [round(w + ((index * (3 + place)) % 9 - 4) * 0.1, 1) for place, w in enumerate(_WEIGHTS[:-1])]
    return (*moved, round(100 - sum(moved), 1))


def _deals(index: int) -> tuple[Deal, ...]:
    return tuple(
        Deal(
            borrower_index=(index * 5 + place * 7) % N_BORROWERS,
            amount=1_150_000 + (index * 37 + place * 53) % 61 * 85_000,
            rate=round(5.4 + (index * 11 + place * 17) % 23 * 0.1, 1),
            is_purchase=(index + place) % 3 != 0,
        )
        for place in range(5)
    )
