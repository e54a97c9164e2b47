"""Revises a native generator's answer by the findings about it. Deterministic.

- A doubted value is dropped, unless its score is at least `SURE` and at least the critic's doubt.
  A value that is kept ends `unsettled`, for a person to decide.
- A value that is not in the source (doubt 1) is always dropped.
- A missing value is added if the generator's score for it reaches a bar, lower than the draft's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasks.core.native.request import BadRequest, Request

SURE = 0.5

ReadQuote = Callable[[str, str], tuple[str, float] | None]
"""From field and quote to the value that the generator reads there, and its score."""


def revise_answer(
    request: Request, read_quote: ReadQuote, add_bar: Callable[[str], float]
) -> list[dict[str, Any]]:
    """The items of the next answer: the previous ones, revised.

    Args:
        request: A request of round 2 or later.
        add_bar: From a field to the score from which a missing value is added.
    """
    known = set(request.schema.field_names)
    doubts = _doubts(request)
    items = [
        row for row in map(_item, request.rows("previous")) if row["score"] is None or _stays(row, doubts)
    ]
    held = {(row["field"], row["quote"]) for row in items}
    for finding in request.rows("findings"):
        name, quote = str(finding.get("field") or ""), str(finding.get("quote") or "")
        if finding.get("kind") != "missing" or name not in known or not quote or (name, quote) in held:
            continue
        reading = read_quote(name, quote)
        if reading is not None and reading[1] >= add_bar(name):
            held.add((name, quote))
            row = {"field": name, "value": reading[0], "quote": quote, "score": round(reading[1], 4)}
            _insert(items, row, request)
    return items


def _doubts(request: Request) -> dict[tuple[str, str, str], float]:
    """The strongest doubt, by field, value and quote."""
    doubts: dict[tuple[str, str, str], float] = {}
    for finding in request.rows("findings"):
        if finding.get("kind") == "redundant":
            key = (str(finding.get("field")), str(finding.get("value")), str(finding.get("quote")))
            doubts[key] = max(doubts.get(key, 0.0), _number(finding.get("score"), 1.0))
    return doubts


def _stays(row: dict[str, Any], doubts: dict[tuple[str, str, str], float]) -> bool:
    doubt = doubts.get((row["field"], row["value"], row["quote"]))
    return doubt is None or (doubt < 1.0 and row["score"] >= max(SURE, doubt))


def _item(row: dict[str, Any]) -> dict[str, Any]:
    score = None if row.get("score") is None else _number(row.get("score"), 0.0)
    return {**{key: str(row.get(key)) for key in ("field", "value", "quote")}, "score": score}


def _number(value: object, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, int | float):
        return float(value)
    raise BadRequest("a score must be a number")


def _insert(items: list[dict[str, Any]], row: dict[str, Any], request: Request) -> None:
    """Add a row in schema order and, within its field, in text order."""
    # The other rows keep their order, because grounding depends on it.
    rank = {name: i for i, name in enumerate(request.schema.field_names)}
    place = _place(row["quote"], request)
    index = 0
    for number, other in enumerate(items):
        earlier_field = rank.get(other["field"], 0) < rank[row["field"]]
        earlier_value = other["field"] == row["field"] and _place(other["quote"], request) <= place
        if earlier_field or earlier_value:
            index = number + 1
    items.insert(index, row)


def _place(quote: str, request: Request) -> tuple[int, int]:
    """Passage index and offset of a quote's first occurrence; behind all passages without one."""
    starts = ((i, text.find(quote)) for i, text in enumerate(request.passages))
    return next((place for place in starts if place[1] >= 0), (len(request.passages), 0))
