"""The page for a lawyer: whole in itself, and nothing of a contract is taken for markup."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from infra.cli.pages.blind_spots import flowed, page
from tasks.core.error_book.blind_spots import BlindSpot, CriticSays, GoldSays
from tasks.core.records import FieldName, Span
from tests.unit.core.builders import small_schema

SCHEMA = small_schema("law")
SPOT = BlindSpot(
    document="deal",
    field=FieldName("law"),
    critic_says=CriticSays.RIGHT,
    confidence=0.987,
    gold_says=GoldSays.NOTHING,
    quote="New York",
    spans=(Span(11, 19),),
    pages=(3, 4),
    gold_quote=None,
    elsewhere=("Delaware",),
    clause=(("The law of ", False, False), ("New York", True, False), (" governs.", False, False)),
)


class Seen(HTMLParser):
    """Tags, and the text inside `mark`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.marked = ""
        self._inside = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag == "mark"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.marked += data


def shown(*spots: BlindSpot) -> str:
    return page(spots, SCHEMA, "critic/1 over generator/1", 7)


def test_card_shows_clause_place_critic_and_gold() -> None:
    html = shown(SPOT)
    expected = (
        "The law of <mark>New York</mark> governs.",
        "deal, page 3, 4",
        "98.7 %",
        "marks nothing here",
        "Delaware",
    )
    assert all(part in html for part in expected)


def test_every_card_has_room_for_each_decision() -> None:
    seen = Seen(shown(SPOT, replace(SPOT, spans=(Span(40, 48),))))
    choices = [(a["name"], a["value"]) for tag, a in seen.tags if tag == "input" and a.get("type") == "radio"]
    assert choices == [(f"verdict-{n}", v) for n in (1, 2) for v in ("gold", "critic", "open")]


def test_words_of_a_contract_are_never_markup() -> None:
    evil = '<script>alert("x")</script>$cards'
    spot = replace(SPOT, document=evil, gold_quote=evil, elsewhere=(evil,), clause=((evil, True, False),))
    seen = Seen(shown(replace(spot, gold_says=GoldSays.ANOTHER_EXTENT)))
    assert sum(tag == "script" for tag, _ in seen.tags) == 1
    assert evil in seen.marked


def test_page_needs_no_other_file() -> None:
    seen = Seen(shown(SPOT))
    assert [
        a for tag, a in seen.tags if a.get("src") or a.get("href") or tag in ("link", "img", "iframe")
    ] == []
    assert "http" not in shown(SPOT)


def test_page_without_blind_spots_says_so() -> None:
    assert "agree everywhere" in shown()


def test_full_lines_flow_on_and_short_ones_stay() -> None:
    text = "1. This line is as long as the page is wide and\ngoes on here.\n2. Next"
    assert flowed(text) == "1. This line is as long as the page is wide and goes on here.\n2. Next"
