"""A chunk's rounds are rebuilt from the raw answers as the run decided them, or shown as they are stored."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tasks.core.cost.budget import CutOff
from tasks.core.evidence import chunk_trail
from tasks.core.evidence.chunk_trail import ChunkTrail, chunk_trails
from tasks.core.evidence.stored import StoredEvidence
from tasks.core.records import ModelAnswer, RoundRecord, Stage
from tests.unit.core.evidence.trails import stored


def draft(number: int, *quotes: str, error: str | None = None) -> ModelAnswer:
    raw = "" if error else json.dumps({"items": [{"field": "skills", "quote": q} for q in quotes]})
    return ModelAnswer(0, number, Stage.GENERATE, raw, "generator/1", 1.0, error=error)


def judged(number: int, *rights: float) -> ModelAnswer:
    verdicts = [{"candidate": i, "right": p, "flagged": p < 0.5} for i, p in enumerate(rights)]
    raw = json.dumps({"verdicts": verdicts, "missing": []})
    return ModelAnswer(0, number, Stage.CRITIQUE, raw, "critic/1", 1.0)


def of(*answers: ModelAnswer, max_rounds: int = 3) -> StoredEvidence:
    numbers = sorted({a.round_number for a in answers})
    records = [RoundRecord(n, tuple(a for a in answers if a.round_number == n), ()) for n in numbers]
    return stored(*records, max_rounds=max_rounds)


def trail(*answers: ModelAnswer, max_rounds: int = 3) -> ChunkTrail:
    return chunk_trails(of(*answers, max_rounds=max_rounds).run, [0])[0]


FIRST = draft(1, "Python", "Flask"), judged(1, 0.9, 0.4)


@pytest.mark.parametrize(
    ("answers", "max_rounds", "stop", "accepted"),
    [
        ((draft(1, "Python"), judged(1, 0.9)), 3, "clean", [True]),
        ((*FIRST, draft(2, "Python", "Flask"), judged(2, 0.9, 0.4)), 3, "fixed_point", [True, True]),
        ((*FIRST, draft(2, "and"), judged(2, 0.1), *(draft(3, "Python", "Flask"), judged(3, 0.9, 0.4))), 9,
         "cycle", [True, False, True]),
        ((*FIRST, draft(2, "and"), judged(2, 0.1)), 2, "max_rounds", [True, False]),
        ((*FIRST, draft(2, error=CutOff.DOCUMENT_TOKENS.value)), 3, "budget", [True, False]),
        ((draft(1, "Python"),), 3, "no_critic", [True]),
        (FIRST, 3, "", [True]),
    ],
    ids=["clean", "fixed_point", "cycle", "max_rounds", "budget", "no_critic", "open"],
)  # fmt: skip
def test_why_the_loop_ended_and_which_rounds_it_went_on_from(
    answers: tuple[ModelAnswer, ...], max_rounds: int, stop: str, accepted: list[bool]
) -> None:
    rebuilt = trail(*answers, max_rounds=max_rounds)
    assert (rebuilt.stop, [r.is_accepted for r in rebuilt.rounds]) == (stop, accepted)
    assert rebuilt.is_rebuilt


def test_probabilities_and_places_are_those_of_each_round() -> None:
    rebuilt = trail(*FIRST, draft(2, "Python"), judged(2, 0.95))
    assert [r.rights for r in rebuilt.rounds] == [(0.9, 0.4), (0.95,)]
    assert all(c.citation for r in rebuilt.rounds for c in r.candidates)
    assert [len(r.findings) for r in rebuilt.rounds] == [1, 0]


def test_findings_are_the_stored_ones() -> None:
    run = of(*FIRST).run
    (record,) = run.records
    reworded = tuple((i, replace(f, reason="as stored")) for i, f in record.findings)
    changed = replace(run, records=(replace(record, findings=reworded),))
    assert [f.reason for f in chunk_trails(changed, [0])[0].rounds[0].findings] == ["as stored"]


def test_values_that_todays_code_does_not_find_leave_the_raw_answers() -> None:
    run = of(*FIRST).run
    moved = tuple(replace(e, value=f"old {e.value}") for e in run.extractions)
    bare = chunk_trails(replace(run, extractions=moved), [0])[0]
    assert (bare.stop, bare.is_rebuilt, bare.rounds[0].rights) == ("", False, ())
    assert [c.value for c in bare.rounds[0].candidates] == ["Python", "Flask"]
    assert len(bare.rounds[0].findings) == 1


def test_answers_on_which_todays_code_fails_leave_the_stored_findings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> Any:
        raise KeyError("a form of answers that is gone")

    run = of(*FIRST).run
    monkeypatch.setattr(chunk_trail, "assess_chunk", fail)
    monkeypatch.setattr(chunk_trail, "parse_answer", fail)
    bare = chunk_trails(run, [0])[0]
    assert (bare.stop, bare.rounds[0].candidates, len(bare.rounds[0].findings)) == ("", (), 1)


def test_chunk_that_was_never_asked_has_no_rounds() -> None:
    assert chunk_trails(stored().run, [0]) == {0: ChunkTrail((), "", is_rebuilt=False)}
