"""Denials and their scope, the stand of a phrase, and the answers of sentences to yes-or-no fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.text.negation import Proposition, Stand, denials, denials_of, read_boolean, stands
from tests.unit.core.text.yes_no_cases import KEPT, LATER, PROPOSITIONS, SENTENCES, Case


def marked(text: str) -> tuple[str, int, int]:
    """The text without its braces, and the range that they held."""
    start, end = text.index("{"), text.index("}") - 1
    return text.replace("{", "").replace("}", ""), start, end


def proposition(name: str) -> Proposition:
    cues = tuple(dict.fromkeys(s[slice(*_cue(s))] for s, n, _ in (*SENTENCES, *KEPT, *LATER) if n == name))
    return Proposition(*PROPOSITIONS[name], cues)


def _cue(sentence: str) -> tuple[int, int]:
    return sentence.index("{") + 1, sentence.index("}")


@pytest.mark.parametrize(("sentence", "name", "answer"), (*SENTENCES, *KEPT))
def test_a_sentence_answers_a_field(sentence: str, name: str, answer: bool | None) -> None:
    assert read_boolean(*marked(sentence), proposition(name))[0] is answer


@pytest.mark.parametrize(("sentence", "name", "answer"), [case for case in LATER if case[2] is not None])
def test_no_sentence_is_read_as_its_opposite(sentence: str, name: str, answer: bool) -> None:
    assert read_boolean(*marked(sentence), proposition(name))[0] in (answer, None)


def test_at_most_one_sentence_in_ten_is_left_open_that_decides() -> None:
    decided = [case for case in LATER if case[2] is not None]
    left_open = [s for s, name, _ in decided if read_boolean(*marked(s), proposition(name))[0] is None]
    assert len(left_open) <= len(decided) / 10


@pytest.mark.parametrize(
    ("text", "n_denials"),
    [
        ("Tenant shall keep no {pets}.", 1),
        ("Tenant isn't to keep {pets}.", 1),
        ("Tenant isn’t to keep {pets}.", 1),
        ("Tenant shall not be prohibited from {subletting}.", 2),
        ("The Loan is not un{secured}.", 2),
        ("Leverage shall not {exceed} 3.50:1.", 0),
        ("{Leverage} shall not exceed 3.50:1.", 0),
        ("In no event shall the {liability} of the Supplier exceed the fees.", 0),
        ("a {guarantee} of not less than EUR 5", 0),
        ("without limitation, the {guarantee}", 0),
        ("without prejudice to clause 4, the {guarantee}", 0),
        ("Tenant shall not assign, but may {sublet}.", 0),
        ("Tenant shall not assign and Landlord shall {insure}.", 0),
        ("Tenant shall not assign or {sublet}.", 1),
        ("neither assign nor {sublet}", 1),
        ("Disputes that are not settled within a month shall go to {arbitration}.", 0),
        ("No known illness except {diabetes}.", 2),
        ("utilities other than {parking}", 1),
        ("{Parking} is excluded.", 1),
        ("{Pets} are not allowed.", 1),
        ("The {insurance} shall not be changed.", 0),
        ("合同不得{转让}", 1),
        ("并非不得{转让}", 2),
        ("不可抗力发生时支付{违约金}", 0),
        ("违约金不超过百分之五，另付{利息}", 0),
        ("未经同意不得{转让}", 1),
        ("未经{同意}不得转让", 2),
        ("无须{同意}即可转让", 1),
        ("乙方不得转让，但可以{转租}", 0),
        ("Der Mieter darf keine {Haustiere} halten.", 1),
    ],
)
def test_denials_reach_as_far_as_their_clause(text: str, n_denials: int) -> None:
    assert len(denials_of(*marked(text))) == n_denials


@pytest.mark.parametrize(
    ("text", "stand"),
    [
        ("The Borrower shall give a {guarantee}.", Stand.AFFIRMED),
        ("The Borrower shall not give a {guarantee}.", Stand.DENIED),
        ("Tenant may not {sublet} without Landlord's consent.", Stand.CONDITIONAL),
        ("Tenant may {sublet} without Landlord's consent.", Stand.AFFIRMED),
        ("Tenant shall not {sublet} unless Landlord agrees.", Stand.CONDITIONAL),
        ("The Term {renews} unless notice is given.", Stand.AFFIRMED),
        ("If a {guarantee} is given, the margin falls.", Stand.HYPOTHETICAL),
        ("The licence is {exclusive} if sales exceed USD 5.", Stand.CONDITIONAL),
        ("If rent is late, it bears {interest}.", Stand.AFFIRMED),
        ("“{Guarantee}” means the guarantee of Orrin Vale.", Stand.HYPOTHETICAL),
        ("Is there a {guarantee}?", Stand.UNCERTAIN),
        ("The Lender hopes to obtain a {guarantee}.", Stand.UNCERTAIN),
        ("The {guarantee} may be waived.", Stand.UNCERTAIN),
        ("The Bank shall not disclose the {guarantee}.", Stand.UNCERTAIN),
        ("☐ {guarantee}", Stand.UNCERTAIN),
        ("☑ {guarantee}", Stand.AFFIRMED),
        ("{Guarantee}: ☐ yes ☒ no", Stand.DENIED),
        ("未经对方书面同意不得{转让}", Stand.CONDITIONAL),
        ("若乙方{转让}，甲方可解除合同", Stand.HYPOTHETICAL),
        ("乙方拟{转让}其权利", Stand.UNCERTAIN),
    ],
)
def test_a_sentence_takes_a_stand(text: str, stand: Stand) -> None:
    assert stands(*marked(text)).stand is stand


def test_only_the_sentence_around_a_phrase_counts() -> None:
    text, start, end = marked("No pets. The Borrower gives a {guarantee}. Nothing else is due.")
    assert stands(text, start, end).stand is Stand.AFFIRMED


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("3. {Personal guarantee}. No personal guarantee is given.", None),
        ("3. Personal guarantee. No {personal guarantee} is given.", False),
        ("VII. {PERSONAL GUARANTEE}", None),
        ("第三条 {个人担保}", None),
        ("{Personal guarantee}: yes", True),
        ("Ruvane Okell gives a {personal guarantee}.", True),
    ],
)
def test_a_heading_says_nothing(text: str, answer: bool | None) -> None:
    assert read_boolean(*marked(text), Proposition("Personal guarantee"))[0] is answer


def test_the_reason_is_in_words() -> None:
    text, start, end = marked("Tenant may not {sublet} without Landlord's consent.")
    assert "consent" in read_boolean(text, start, end, Proposition("Subletting allowed"))[1]


@given(st.text(alphabet="abc no.,not ☐☒不未经(if)unless'’;:", max_size=60), st.data())
def test_any_text_has_a_stand_and_scopes_within_it(text: str, data: st.DataObject) -> None:
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert stands(text, start, end).stand in Stand
    assert all(0 <= d.start < d.end <= len(text) for d in denials(text))
    assert all(0 <= d.scope_start <= d.scope_end <= len(text) for d in denials(text))


@given(st.sampled_from(SENTENCES))
def test_curly_quotes_change_nothing(case: Case) -> None:
    sentence, name, answer = case
    curly = marked(sentence.replace("'", "’"))
    assert read_boolean(*curly, proposition(name))[0] is answer
