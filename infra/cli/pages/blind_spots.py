"""Blind spots as a page on which a lawyer ticks who is right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from infra.cli.pages import render
from tasks.core.error_book.blind_spots import BlindSpot, CriticSays, GoldSays
from tasks.core.schema import Schema
from tasks.core.text.display import counted, one_line

_FULL_LINE = 0.7
"""A line of at least this share of the longest line counts as full."""
_CRITIC = {
    CriticSays.RIGHT: "This is a value of the field.",
    CriticSays.OVERLOOKED: "This is a value of the field that no draft contains.",
    CriticSays.WRONG: "This is not a value of the field.",
}
_GOLD = {
    GoldSays.NOTHING: "marks nothing here",
    GoldSays.ANOTHER_EXTENT: "marks a shorter or longer passage",
    GoldSays.RIGHT: "marks this as a value of the field",
}
_CHOICES = {"gold": "gold is right", "critic": "critic is right", "open": "open"}


def page(spots: Sequence[BlindSpot], schema: Schema, made_by: str, n_contracts: int) -> str:
    """The whole page as HTML.

    Args:
        made_by: The critic and the generator.
        n_contracts: The number of compared contracts.
    """
    return render(
        "blind_spots.html.j2",
        title=f"Blind spots: {schema.title}",
        spots=spots,
        schema=schema,
        n_contracts=n_contracts,
        made_by=made_by,
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        critic=_CRITIC,
        gold=_GOLD,
        choices=_CHOICES,
        clause=_clause,
        key=_key,
        counted=counted,
        one_line=one_line,
    )


def _clause(spot: BlindSpot) -> Iterator[tuple[str, bool, bool]]:
    """Pieces of the clause without the line breaks of the page: text, marked by the critic, marked by the gold."""
    flowing = flowed("".join(text for text, _, _ in spot.clause))
    start, last = 0, len(spot.clause) - 1
    for index, (text, by_critic, by_gold) in enumerate(spot.clause):
        shown = flowing[start : start + len(text)]
        start += len(text)
        shown = shown.lstrip() if index == 0 else shown
        yield (shown.rstrip() if index == last else shown), by_critic, by_gold


def flowed(text: str) -> str:
    """Join lines that end only because they are full; the text keeps its length."""
    lines = text.split("\n")
    full = _FULL_LINE * max(map(len, lines))
    ends = [" " if len(line) >= full else "\n" for line in lines[:-1]]
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))


def _key(spot: BlindSpot) -> str:
    """The key under which the browser stores a decision: document, field and place."""
    return json.dumps([spot.document, spot.field, [[span.start, span.end] for span in spot.spans]])
