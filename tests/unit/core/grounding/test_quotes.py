import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.grounding.quotes import cited_text, ground, passage_citation, placements
from tasks.core.records import (
    Candidate,
    Chunk,
    ChunkKind,
    FieldName,
    MatchKind,
    Passage,
    PassageKind,
    Segment,
    Span,
)
from tasks.core.text.folding import fold
from tests.unit.core.builders import body_chunk, page

FIELD = FieldName("skills")


def candidate(quote: str, field: FieldName = FIELD) -> Candidate:
    return Candidate(field, quote, quote, None, None)


def ground_one(quote: str, text: str):
    return ground([candidate(quote)], body_chunk(text), text, [page(1, 0, len(text))])[0][0]


def test_exact_quote_is_cited_with_its_offsets():
    found = ground_one("Flask", "Python, Flask and more")
    assert found.citation is not None
    assert (found.citation.spans, found.citation.match) == ((Span(8, 13),), MatchKind.EXACT)


def test_quote_with_other_white_space_quotes_and_dashes_is_normalised():
    text = "the “Term”\nshall be three – four\u00a0years"
    found = ground_one('the "Term" shall be three - four years', text)
    assert found.citation is not None and found.citation.match is MatchKind.NORMALISED
    assert found.quote == text


def test_word_broken_at_a_line_end_is_found():
    found = ground_one("any obligation arises", "when any obliga-\ntion arises here")
    assert found.quote == "any obliga-\ntion arises"


def test_hyphenated_word_broken_at_a_line_end_is_found():
    assert ground_one("a non-compete clause", "has a non-\ncompete clause").citation is not None


def test_chinese_quote_is_found_across_a_line_break_and_full_width_forms():
    text = "如遇不可抗力，本金可能\n无法全额兑付。"
    found = ground_one("如遇不可抗力,本金可能无法全额兑付", text)
    assert found.quote == "如遇不可抗力，本金可能\n无法全额兑付"


def test_changed_word_is_absent():
    assert ground_one("shall not exceed", "shall never exceed").citation is None


def test_word_inside_another_word_is_absent():
    assert ground_one("SQL", "MySQL and NoSQL").citation is None


def test_space_inside_a_word_is_not_folded_away():
    assert ground_one("notable", "there is no table here").citation is None


def test_same_quote_twice_takes_two_places_in_order():
    text = "Acme sold it. Acme bought it."
    grounded = ground([candidate("Acme"), candidate("Acme")], body_chunk(text), text, [page(1, 0, len(text))])
    assert [c.citation.spans[0].start for c, _ in grounded if c.citation] == [0, 14]


def test_repeated_quote_is_placed_after_the_fields_previous_value():
    text = "ten days. Notice: ten days."
    grounded = ground(
        [candidate("Notice"), candidate("ten days")], body_chunk(text), text, [page(1, 0, len(text))]
    )
    assert [c.citation.spans[0].start for c, _ in grounded if c.citation] == [10, 18]


def test_clause_broken_by_a_page_foot_has_one_span_a_page():
    document = "the seller shall\nPage 1\nHeader\npay the price"
    passage = Passage(
        PassageKind.BODY, "the seller shall\npay the price", (Segment(0, 0, 17), Segment(17, 31, 13))
    )
    chunk = Chunk(0, ChunkKind.BODY, (passage,), "", "", "", (), 0.0)
    pages = [page(1, 0, 24), page(2, 24, len(document))]
    found = ground([candidate("shall pay")], chunk, document, pages)[0][0]
    assert found.citation is not None
    assert found.citation.pages == (1, 2)
    assert found.quote == "shall\npay"


def test_span_over_a_page_border_without_a_gap_is_split_there():
    text = "one two"
    citation = passage_citation(body_chunk(text).passages[0], 0, 7, [page(1, 0, 4), page(2, 4, 7)])
    assert citation.spans == (Span(0, 4), Span(4, 7))


def test_empty_quote_is_absent():
    assert placements("  ", body_chunk("text")) == ()


@given(st.text(max_size=80), st.booleans())
def test_fold_maps_every_character_back_into_the_text(text: str, join: bool):
    folded = fold(text, join)
    origin = [folded.original(i, i + 1)[0] for i in range(len(folded.text))]
    assert origin == sorted(origin)
    assert all(0 <= at < len(text) for at in origin)


@given(st.text(alphabet="ab \n-，中1", min_size=1, max_size=60), st.data())
def test_what_is_grounded_is_always_the_documents_own_text(text: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = ground_one(text[start:end], text)
    if found.citation is not None:
        assert cited_text(found.citation, text) == found.quote
        assert fold(found.quote, True).text == fold(text[start:end], True).text


@given(st.text(alphabet="ab1 \n-\u2013\u00ad\u200b，中é½ﬁ「\u3000㈱", max_size=2500), st.booleans())
def test_a_folded_range_comes_from_its_original(text: str, join: bool):
    folded = fold(text, join)
    for start in range(0, len(folded.text), 97):
        first, last = folded.original(start, min(len(folded.text), start + 30))
        piece = folded.text[start : start + 30].strip()
        assert piece in fold(text[first:last], join).text or not piece.isalnum()


@given(
    st.lists(
        st.sampled_from(["obliga-\ntion", "中文 ", "“Term”", "x" * 150, " - ", "ﬁve\u00a0", "１２"]),
        max_size=40,
    )
)
def test_a_long_text_folds_as_its_parts_do_at_word_borders(words: list[str]):
    text = "|".join(words)
    assert (
        fold(text, True).text == "|".join(fold(w, True).text for w in words)
        or " |" in fold(text, True).text
        or "| " in fold(text, True).text
    )


CLAUSE = "The Licensee may not assign this Agreement, in whole or in part, without the prior written consent of the Licensor."


@pytest.mark.parametrize("dots", ["...", " … ", " [...] ", ". . . ", "……"])
def test_quote_that_joins_two_places_has_a_span_for_each(dots: str):
    found = ground_one(f"assign this Agreement,{dots}without the prior written consent", CLAUSE)
    assert found.citation is not None and len(found.citation.spans) == 2
    assert found.quote == "assign this Agreement, without the prior written consent" == found.value


def test_the_critic_is_shown_what_a_joined_quote_leaves_out():
    joined = candidate("The Licensee ... assign this Agreement")
    place = ground([joined], body_chunk(CLAUSE), CLAUSE, [page(1, 0, len(CLAUSE))])[0][1]
    assert place is not None and "may not" in CLAUSE[place.start : place.end]


def test_chinese_quote_that_joins_two_places_is_found():
    text = "投资者应当充分了解风险，如遇不可抗力，本金可能无法全额兑付。"
    found = ground_one("投资者应当充分……本金可能无法全额兑付", text)
    assert found.quote == "投资者应当充分本金可能无法全额兑付"


@pytest.mark.parametrize(
    "quote",
    [
        "without the prior written consent ... assign this Agreement",
        "assign this Agreement ... without any written consent",
        "may ... assign",
        "...",
    ],
)
def test_joined_quote_out_of_order_changed_or_of_crumbs_is_absent(quote: str):
    assert ground_one(quote, CLAUSE).citation is None


def test_quote_cut_short_with_an_ellipsis_is_what_it_says():
    found = ground_one("The Licensee may not assign...", CLAUSE)
    assert (found.quote, found.value) == ("The Licensee may not assign",) * 2


def test_joined_quote_takes_the_nearest_beginning():
    text = "Either party may terminate at will. Either party may terminate for cause on thirty days notice."
    found = ground_one("Either party may terminate ... thirty days notice", text)
    assert found.citation is not None and found.citation.spans[0].start == 36
