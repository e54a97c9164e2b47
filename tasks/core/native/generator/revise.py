"""The generator's later rounds: what it does with findings. Deterministic.

- A flagged value is dropped unless the generator is sure (`SURE`) and surer than the critic doubts; kept, it ends unsettled for a person.
- A value whose quote or words were not in the source is dropped: no score outweighs that.
- A missing value is added when the generator's own score for those words passes a bar lower than the draft's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasks.core.native.request import BadRequest, Request

SURE = 0.5

ReadQuote = Callable[[str, str], tuple[str, float] | None]
"""(field, quote) -> the value the generator reads there and its own score, None where it reads none."""


def revise_answer(
    request: Request, look_again: ReadQuote, add_bar: Callable[[str], float]
) -> list[dict[str, Any]]:
    """The next answer: the previous one, revised.

    Args:
        request: A request of round 2 or later.
        look_again: The generator's own opinion of a quote.
        add_bar: By field, the score from which a missing value is added.
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
        opinion = look_again(name, quote)
        if opinion is not None and opinion[1] >= add_bar(name):
            held.add((name, quote))
            row = {"field": name, "value": opinion[0], "quote": quote, "score": round(opinion[1], 4)}
            _insert(items, row, request)
    return items


def _doubts(request: Request) -> dict[tuple[str, str, str], float]:
    """The strongest doubt about each value of the previous answer."""
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
    return {
        "field": str(row.get("field")),
        "value": str(row.get("value")),
        "quote": str(row.get("quote")),
        "score": score,
    }


def _number(value: object, default: float) -> float:
    if value is None:
        return default
    if isinstance(value, int | float):
        return float(value)
    raise BadRequest("a score must be a number")


def _insert(items: list[dict[str, Any]], row: dict[str, Any], request: Request) -> None:
    """Add a row among its field's values where it stands in the text; the others keep their order, since grounding goes by it."""
    rank = {name: i for i, name in enumerate(request.schema.field_names)}
    place = _place(row["quote"], request)
    at = 0
    for position, other in enumerate(items):
        earlier_field = rank.get(other["field"], 0) < rank[row["field"]]
        earlier_value = other["field"] == row["field"] and _place(other["quote"], request) <= place
        if earlier_field or earlier_value:
            at = position + 1
    items.insert(at, row)


def _place(quote: str, request: Request) -> tuple[int, int]:
    for index, text in enumerate(request.passages):
        at = text.find(quote)
        if at >= 0:
            return index, at
    return len(request.passages), 0
