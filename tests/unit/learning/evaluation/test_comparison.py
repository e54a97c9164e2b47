import pytest

from tasks.learning.evaluation.ablations import CONTROL, FIRST_DRAFT, VERIFIED
from tasks.learning.evaluation.comparison import OtherPage, compare, compare_fields, page_right
from tasks.learning.evaluation.matching import pairs_of
from tests.unit.learning.evaluation.contracts import gold, replayed, value

GOLDS = [gold("a", term=["five years", "ten days"]), gold("b", law=["the laws of Texas"])]
SYSTEMS = {
    FIRST_DRAFT: [{"term": ["five years", "blue sky"]}, {"law": ["the laws of Texas"]}],
    CONTROL: [{"term": ["blue sky"]}, {"law": ["the laws of Texas"]}],
    VERIFIED: [{"term": ["five years"]}, {"law": ["the laws of Texas"]}],
}


def test_a_gain_is_official_f1_above_the_controls() -> None:
    rows = compare(GOLDS, SYSTEMS)
    assert rows[VERIFIED].scores.f1_off == pytest.approx(0.8)
    assert rows[CONTROL].scores.f1_off == pytest.approx(0.4)
    gain = rows[VERIFIED].gain_over_control
    assert gain is not None and gain.value == pytest.approx(0.4)
    assert rows[CONTROL].gain_over_control is None


def test_without_a_control_there_is_no_gain() -> None:
    rows = compare(GOLDS, {n: s for n, s in SYSTEMS.items() if n != CONTROL})
    assert rows[VERIFIED].gain_over_control is None


def test_each_field_stands_alone_and_one_that_nobody_names_is_listed() -> None:
    rows = compare_fields(GOLDS, SYSTEMS, ("term", "law", "price"))
    assert list(rows) == ["law", "price", "term"]
    gain = rows["term"].gain_over_control
    assert gain is not None and gain.value == pytest.approx(2 / 3)
    assert (rows["term"].n_gold, rows["price"].n_gold) == (2, 0)


def test_a_page_is_right_where_the_gold_has_the_paired_span() -> None:
    contracts = [
        replayed(GOLDS[0], verified=(value("term", "five years", 1), value("term", "ten days", 4))),
        replayed(GOLDS[1], verified=(value("law", "the laws of Texas", 1),)),
    ]
    result = page_right(contracts)
    assert (result.n_pairs, result.n_right, result.share) == (3, 2, pytest.approx(2 / 3))
    assert result.others == (OtherPage("a", "term", (4,), (1,)),)


def test_pages_that_nobody_knows_are_not_judged() -> None:
    unknown = gold("a", term=["five years"])
    unknown.pages["term"] = [frozenset()]
    result = page_right([replayed(unknown, verified=(value("term", "five years", 9),))])
    assert (result.n_pairs, result.share) == (0, None)


def test_the_most_similar_pair_up_first() -> None:
    assert pairs_of("term", ["five years", "five years from now"], ["five years from now", "five years"]) == [
        (1, 0),
        (0, 1),
    ]
