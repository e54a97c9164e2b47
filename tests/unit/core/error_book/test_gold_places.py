"""Gold is found where it stands, however the reader laid the text out, and told where it does not."""

from __future__ import annotations

from tasks.core.error_book.gold_places import PlacedGold, place_gold
from tasks.core.records import Chunk, FieldName, Reading, ReadStatus, Span
from tests.unit.core.builders import body_chunk, page

FIELD = FieldName("governing_law")
CLAUSE = (
    "This Agreement is governed by the laws of the State of New York, without regard to conflicts of law."
)


def reading(text: str, n_pages: int = 1) -> Reading:
    size = len(text) // n_pages
    cuts = [size * i for i in range(n_pages)] + [len(text)]
    pages = tuple(page(i + 1, cuts[i], cuts[i + 1]) for i in range(n_pages))
    return Reading(ReadStatus.OK, None, (), n_pages, text, pages, (), (), "r")


def placed(gold: str, text: str, chunks: tuple[Chunk, ...] | None = None) -> PlacedGold:
    (found,) = place_gold([(FIELD, gold)], reading(text), chunks or (body_chunk(text),))
    return found


def test_gold_stands_where_its_words_are() -> None:
    found = placed(CLAUSE, f"Law. {CLAUSE} End.")
    assert [p.citation.spans for p in found.places] == [(Span(5, 5 + len(CLAUSE)),)]
    assert found.places[0].quote == CLAUSE


def test_gold_of_another_layout_is_found() -> None:
    laid_out = CLAUSE.replace("laws of", "laws\nof").replace("regard", "re-\ngard")
    assert placed(CLAUSE, f"Law. {laid_out} End.").places[0].quote == laid_out


def test_gold_with_a_letter_read_otherwise_is_found_by_likeness() -> None:
    read_otherwise = CLAUSE.replace("State", "Statc").replace("New York", "New-York")
    found = placed(CLAUSE, f"Payment is due in thirty days. {read_otherwise} Notices go to the seat.")
    assert found.places[0].quote.strip(" .") == read_otherwise.strip(" .")


def test_other_clause_of_the_same_length_is_not_taken_for_gold() -> None:
    other = "The Supplier delivers the Goods to the Buyer's warehouse within ten days of each order, at its own cost."
    assert placed(CLAUSE, f"{other} {other}").places == ()


def test_short_gold_that_is_not_there_has_no_place() -> None:
    assert placed("1st May 2018", "Dated 1s t May 2O18.").places == ()


def test_same_words_annotated_twice_stand_in_two_places() -> None:
    text = "Acme Inc. sells. Acme Inc. delivers."
    golds = place_gold([(FIELD, "Acme Inc."), (FIELD, "Acme Inc.")], reading(text), (body_chunk(text),))
    assert [g.places[0].citation.spans[0].start for g in golds] == [0, 17]


def test_copy_of_a_note_is_no_second_place() -> None:
    note = body_chunk("Principal may be lost.", index=1, doc_start=20)
    body = body_chunk("The yield is 4 %.   ")
    citing = Chunk(0, body.kind, (*body.passages, *note.passages), "", "", "", (), 0.0)
    found = placed("Principal may be lost.", "The yield is 4 %.   Principal may be lost.", (citing, note))
    assert [p.chunk_index for p in found.places] == [1]
