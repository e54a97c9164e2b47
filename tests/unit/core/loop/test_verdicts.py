"""The verdicts on one candidate, joined: a value is as right as its least right part, and silence is not consent."""

from __future__ import annotations

from typing import Any

from tasks.core.answers import Verdict
from tasks.core.loop.verdicts import NO_VERDICT, judgement
from tasks.core.records import Candidate, FieldName, FindingKind, Part

PLAIN = Candidate(FieldName("skills"), "Python", "Python", None, None)
RECORD = Candidate(
    FieldName("payment"),
    "{}",
    "EUR 5 to Tarn",
    None,
    None,
    (Part("amount", "EUR 5", "EUR 5", None), Part("payee", "Tarn", "Tarn", None)),
)


def said(right: float | None, part: str | None = None, **more: Any) -> Verdict:
    flagged = right is not None and right < 0.5
    return Verdict(candidate=0, right=right, part=part, **{"flagged": flagged, "reason": "so", **more})


def test_candidate_without_a_verdict_is_flagged() -> None:
    judged = judgement(3, PLAIN, [])
    assert judged.right is None
    assert [(f.candidate_index, f.reason) for f in judged.findings] == [(3, NO_VERDICT)]


def test_critic_that_abstains_neither_doubts_nor_verifies() -> None:
    judged = judgement(0, PLAIN, [said(None, reason="no such field was learned")])
    assert (judged.right, judged.findings) == (None, ())
    assert judged.abstained == "no such field was learned"


def test_record_is_as_right_as_the_least_right_of_it() -> None:
    judged = judgement(0, RECORD, [said(0.9), said(0.6, "payee")])
    assert (judged.right, judged.findings) == (0.6, ())


def test_parts_stand_for_the_whole_only_if_all_of_them_are_judged() -> None:
    assert judgement(0, RECORD, [said(0.8, "amount"), said(0.7, "payee")]).right == 0.7
    some = judgement(0, RECORD, [said(0.8, "amount")])
    assert some.right is None
    assert [f.reason for f in some.findings] == [NO_VERDICT]


def test_doubt_about_a_part_names_it_and_a_part_that_is_not_there_is_malformed() -> None:
    judged = judgement(0, RECORD, [said(0.9), said(0.1, "payee"), said(0.2, "colour")])
    doubt, unknown = judged.findings
    assert (doubt.kind, doubt.part, doubt.quote, doubt.score) == (
        FindingKind.REDUNDANT,
        "payee",
        "Tarn",
        0.9,
    )
    assert unknown.kind is FindingKind.MALFORMED


def test_bar_of_a_record_is_the_highest_of_its_whole_and_parts() -> None:
    verdicts = [said(0.9, bar=0.7), said(0.8, "payee", bar=0.85), said(0.9, "colour", bar=0.99)]
    assert judgement(0, RECORD, verdicts).bar == 0.85
    assert judgement(0, PLAIN, [said(0.9)]).bar is None
