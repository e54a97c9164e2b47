"""Broken answers of models against `parse_answer` and `parse_critique`.

    python -m tests.fuzz.answers [--minutes 20] [--seed 0] [--first N] [--state FILE]

The recorded answers of `answers.jsonl` are broken further. Laws: nothing is raised, no case takes long, every candidate is
of a field of the schema with a probability for a score.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from tasks.core.answers import parse_answer, parse_critique
from tests.fuzz.clock import run
from tests.fuzz.texts import broken
from tests.unit.core.breaking import FIELDS
from tests.unit.core.builders import small_schema

RECORDED = [
    str(json.loads(line)["raw"])
    for line in (Path(__file__).parent / "answers.jsonl").read_text("utf-8").splitlines()
]
SCHEMA = small_schema(*FIELDS)
MOST_S = 2.0


def play(dice: random.Random) -> tuple[str, str]:
    """One broken answer."""
    raw = broken(dice, dice.choice(RECORDED), RECORDED)
    parsed = parse_answer(raw, SCHEMA)
    parse_critique(raw)
    for candidate in parsed.candidates:
        if candidate.field not in FIELDS:
            return "wrong", "a candidate of a field that the schema lacks"
        if candidate.score is not None and not 0 <= candidate.score <= 1:
            return "wrong", "a score that is no probability"
    return (
        f"{'items' if parsed.candidates else 'none'}, {'problems' if parsed.problems else 'no problem'}",
        "",
    )


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", play, MOST_S))
