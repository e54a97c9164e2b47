"""Blind spots as one page for a lawyer: read, tick, print. Self-contained: no other file, no network.

Everything that comes from a contract, a schema or a model is escaped here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template

from tasks.core.blind_spots import BlindSpot, CriticSays, GoldSays
from tasks.core.schema import Schema

_TEMPLATE = Path(__file__).parent / "pages" / "blind_spots.html"
_SHOWN_ELSEWHERE = 3
_ELSEWHERE_CHARS = 220
_FULL_LINE = 0.7
"""Share of the longest line from which on a line counts as full."""
_SAYS = {
    CriticSays.RIGHT: "This is a value of the field.",
    CriticSays.OVERLOOKED: "This was overlooked: it is a value of the field, and no draft has it.",
    CriticSays.WRONG: "This is no value of the field.",
}
_GOLD = {
    GoldSays.NOTHING: "marks nothing here",
    GoldSays.ANOTHER_EXTENT: "marks another extent",
    GoldSays.RIGHT: "marks it as a value of the field",
}
_CHOICES = (("gold", "gold is right"), ("critic", "critic is right"), ("open", "open"))


def page(spots: Sequence[BlindSpot], schema: Schema, made_by: str, n_contracts: int) -> str:
    """The whole page as HTML.

    Args:
        made_by: Which critic over which generator.
        n_contracts: How many contracts were compared.
    """
    cards = "\n".join(_card(number, spot, schema) for number, spot in enumerate(spots, 1))
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"Blind spots: {schema.title}"),
        n_spots=len(spots),
        n_contracts=n_contracts,
        made_by=escape(made_by),
        made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        cards=cards or "<p>Critic and gold agree everywhere.</p>",
    )


def _card(number: int, spot: BlindSpot, schema: Schema) -> str:
    field = schema.field(spot.field)
    pages = ", ".join(map(str, spot.pages))
    heading = (
        f'<span class="number">{number}</span> {escape(field.title)}'
        f'<span class="place">{escape(spot.document)}, page {pages}</span>'
    )
    verdict = f'{escape(_SAYS[spot.critic_says])} <b class="sure">{100 * spot.confidence:.1f} % sure.</b>'
    return f"""<article class="{spot.critic_says.value}" data-key="{escape(_key(spot))}">
<h2>{heading}</h2>
<p class="definition">{escape(field.description)}</p>
<blockquote>{_clause(spot)}</blockquote>
<dl>
<dt>Critic</dt><dd>{verdict}</dd>
<dt>Gold</dt><dd>{_gold(spot)}</dd>
</dl>
<form>{_choices(number)}<label class="note">note <input type="text" name="note"></label></form>
</article>"""


def _clause(spot: BlindSpot) -> str:
    flowing = flowed("".join(text for text, _, _ in spot.clause))
    shown: list[str] = []
    for text, by_critic, by_gold in spot.clause:
        shown.append(_marked(flowing[: len(text)], by_critic, by_gold))
        flowing = flowing[len(text) :]
    return f"&hellip;{''.join(shown).strip()}&hellip;"


def flowed(text: str) -> str:
    """Lines that break only because the page was full flow on; the text keeps its length."""
    lines = text.split("\n")
    full = _FULL_LINE * max(map(len, lines))
    ends = [" " if len(line) >= full else "\n" for line in lines[:-1]]
    return "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))


def _marked(text: str, by_critic: bool, by_gold: bool) -> str:
    shown = escape(text)
    if by_gold:
        shown = f"<u>{shown}</u>"
    return f"<mark>{shown}</mark>" if by_critic else shown


def _gold(spot: BlindSpot) -> str:
    said = escape(_GOLD[spot.gold_says])
    if spot.gold_says is GoldSays.ANOTHER_EXTENT and spot.gold_quote:
        said += f": <q>{escape(spot.gold_quote)}</q>"
    if not spot.elsewhere:
        return f"{said}, and nothing of this field anywhere else in the contract."
    shown = "".join(f"<li>{escape(_short(text))}</li>" for text in spot.elsewhere[:_SHOWN_ELSEWHERE])
    more = len(spot.elsewhere) - _SHOWN_ELSEWHERE
    rest = f"<li>and {more} more</li>" if more > 0 else ""
    return f"{said}. Elsewhere in the contract it has for this field:<ul>{shown}{rest}</ul>"


def _choices(number: int) -> str:
    return "".join(
        f'<label><input type="radio" name="verdict-{number}" value="{value}"> {label}</label>'
        for value, label in _CHOICES
    )


def _key(spot: BlindSpot) -> str:
    """What a decision is kept under: the same place of the same document, whatever page it stands on."""
    return json.dumps([spot.document, spot.field, [[span.start, span.end] for span in spot.spans]])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _ELSEWHERE_CHARS else f"{line[: _ELSEWHERE_CHARS - 1]}…"
