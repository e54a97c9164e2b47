"""Quotes that a model wrote in another case, with escaped line breaks, or in short Chinese pieces."""

import pytest

from tasks.core.grounding.quotes import answer_placements, ground, placements
from tasks.core.records import Candidate, FieldName, MatchKind
from tests.unit.core.builders import body_chunk, page

CAPITALS = (
    "IN NO EVENT SHALL EITHER PARTY BE LIABLE FOR ANY INDIRECT DAMAGES,\n"
    "EXCEPT AS REQUIRED BY THE LAWS OF THE US AND WITHIN 30 DAYS."
)
MIXED = "The Licensee, Acme Holdings Inc., may not assign this Agreement to anybody in the US."
CHINESE = "投资者应当充分了解风险，如遇不可抗力，本金可能无法全额兑付。"


def ground_one(quote: str, text: str, value: str = "") -> Candidate:
    candidate = Candidate(FieldName("clause"), value or quote, quote, None, None)
    return ground([candidate], body_chunk(text), text, [page(1, 0, len(text))])[0][0]


@pytest.mark.parametrize(
    ("quote", "text", "words"),
    [
        ("in no event shall either party be liable", CAPITALS, "IN NO EVENT SHALL EITHER PARTY BE LIABLE"),
        ("In no event shall either Party be liable", CAPITALS, "IN NO EVENT SHALL EITHER PARTY BE LIABLE"),
        ("the laws of the us and within 30 days", CAPITALS, "THE LAWS OF THE US AND WITHIN 30 DAYS"),
        ("any indirect damages, except as required", CAPITALS, "ANY INDIRECT DAMAGES,\nEXCEPT AS REQUIRED"),
        ("ACME HOLDINGS INC.", MIXED, "Acme Holdings Inc."),
        ("the Licensee, ACME Holdings Inc.", MIXED, "The Licensee, Acme Holdings Inc."),
    ],
)
def test_quote_in_another_case_is_cited_in_the_words_of_the_page(quote: str, text: str, words: str):
    found = ground_one(quote, text)
    assert found.citation is not None and found.citation.match is MatchKind.NORMALISED
    assert found.quote == found.value == words


def test_a_shorter_value_in_another_case_stays_as_the_model_wrote_it():
    found = ground_one("acme holdings inc., may not assign", MIXED, "Acme Holdings")
    assert (found.value, found.quote) == ("Acme Holdings", "Acme Holdings Inc., may not assign")


def test_joined_quote_in_another_case_has_its_pieces():
    found = ground_one("in no event shall either party ... any indirect damages", CAPITALS)
    assert found.citation is not None and len(found.citation.spans) == 2
    assert found.quote == "IN NO EVENT SHALL EITHER PARTY ANY INDIRECT DAMAGES"


CHANGED = ("shall", "may"), ("either", "any"), ("liable", "reliable"), ("indirect", "direct"), ("no", "one")


@pytest.mark.parametrize(("word", "other"), CHANGED)
@pytest.mark.parametrize("dots", ["", " ... "])
def test_another_case_and_one_word_changed_is_absent(word: str, other: str, dots: str):
    quote = "in no event shall either party be liable for any indirect damages"
    if dots:
        quote = quote.replace(" be liable for", dots + "be liable for")
    changed = f" {quote} ".replace(f" {word} ", f" {other} ").strip()
    assert changed != quote and ground_one(quote, CAPITALS).citation is not None
    assert ground_one(changed, CAPITALS).citation is None
    assert ground_one(changed.upper(), CAPITALS).citation is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("a power of 5 mW at most", "has a power of 5 MW at most"),
        ("A POWER OF 5 MW AT MOST", "has a power of 5 mW at most"),
        ("at least 100Mb per second", "at least 100MB per second"),
        ("as Section 4(a) and Schedule 2 say", "as Section 4(A) and Schedule 2 say"),
        ("payable to us within ten days, Buyer", "payable to US within ten days, buyer"),
        ("will", "the last Will of Mr May"),
        ("US", "let us agree"),
        ("the us", "in the US only"),
        ("art is", "The ARTIST sings"),
        ("delaware corpor", "a DELAWARE CORPORATION"),
    ],
)
def test_what_only_the_case_tells_apart_is_absent(quote: str, text: str):
    assert answer_placements(quote, body_chunk(text)) == ()


def test_words_in_the_case_of_the_quote_are_preferred():
    text = "GOVERNING LAW OF FRANCE. The governing law of France applies."
    (place,) = answer_placements("governing law of France", body_chunk(text))
    assert (place.start, place.match) == (29, MatchKind.EXACT)


def test_a_name_in_two_cases_has_two_places_for_a_third():
    text = "Acme Holdings sold it. ACME HOLDINGS bought it."
    found = answer_placements("acme holdings", body_chunk(text))
    assert [p.start for p in found] == [0, 23]
    chunk, pages = body_chunk(text), [page(1, 0, len(text))]
    name = Candidate(FieldName("party"), "acme holdings", "acme holdings", None, None)
    cited = [c.quote for c, _ in ground([name, name, name], chunk, text, pages)]
    assert cited == ["Acme Holdings", "ACME HOLDINGS", "Acme Holdings"]


def test_only_quotes_of_models_may_differ_in_case():
    assert placements("acme holdings inc.", body_chunk(MIXED)) == ()


def test_letters_that_grow_in_small_letters_keep_their_places():
    text = "İSTANBUL İŞLETME A.Ş. AND ACME HOLDINGS AGREE"
    assert ground_one("acme holdings agree", text).quote == "ACME HOLDINGS AGREE"


@pytest.mark.parametrize(
    "quote",
    [
        r"indirect damages,\nexcept as required",
        r"INDIRECT DAMAGES,\nEXCEPT AS REQUIRED",
        r"INDIRECT DAMAGES, \r\n EXCEPT AS REQUIRED",
        r"INDIRECT DAMAGES,\\nEXCEPT AS REQUIRED",
        r"INDIRECT\tDAMAGES, EXCEPT AS REQUIRED\n",
    ],
)
def test_escaped_line_break_is_read_as_white_space(quote: str):
    found = ground_one(quote, CAPITALS)
    assert found.citation is not None and found.citation.match is MatchKind.NORMALISED
    assert found.quote.strip() == found.value.strip() == "INDIRECT DAMAGES,\nEXCEPT AS REQUIRED"


def test_escaped_line_break_in_chinese_needs_no_space():
    assert ground_one(r"充分了解风险，\n如遇不可抗力", CHINESE).quote == "充分了解风险，如遇不可抗力"


@pytest.mark.parametrize(
    "quote", [r"indirect\nloss, except", r"DAMAGES\nAS REQUIRED", r"SH\nALL EITHER", r"\n"]
)
def test_escaped_line_break_hides_no_changed_word(quote: str):
    assert ground_one(quote, CAPITALS).citation is None


def test_backslash_of_the_page_is_its_own():
    text = r"stored at C:\new\text and nowhere else"
    found = ground_one(r"C:\new\text", text)
    assert found.citation is not None and found.citation.match is MatchKind.EXACT


def test_chinese_piece_of_five_characters_is_found_and_of_four_is_not():
    assert ground_one("投资者应当……本金可能无法", CHINESE).quote == "投资者应当本金可能无法"
    assert ground_one("投资者应……本金可能无法", CHINESE).citation is None
    assert ground_one("投资者必须……本金可能无法", CHINESE).citation is None
    assert ground_one("本金可能无……投资者应当", CHINESE).citation is None
