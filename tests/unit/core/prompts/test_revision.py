"""Fields without findings keep their candidates, at the same places, through a revision."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.loop.grounded_answer import GroundedAnswer, ground_answer
from tasks.core.prompts.revision import kept_answer
from tests.unit.core.builders import body_chunk, page, small_schema

SCHEMA = small_schema("skills", "employers")
WORDS = st.sampled_from(["rent", "gas", "the Tenant", "of the house", "EUR 5", "租金", "\n", "."])
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
QUOTES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join) | st.lists(
    st.sampled_from(["rent of the house", "the Tenant EUR 5", "gas the Tenant"]), min_size=2, max_size=2
).map(" ... ".join)
ITEMS = st.lists(
    st.fixed_dictionaries({"field": st.sampled_from(SCHEMA.field_names), "quote": QUOTES}), max_size=5
)


def grounded(raw: str, text: str) -> GroundedAnswer:
    return ground_answer(raw, SCHEMA, body_chunk(text), text, (page(1, 0, len(text)),), UnprovableWords())


def summary(answer: GroundedAnswer) -> list[tuple[str, str, str, list[int]]]:
    """All but the kind of match: a folded or joined quote is kept in the words of the document."""
    return [
        (
            c.field,
            c.value,
            c.quote,
            [i for s in c.citation.spans for i in range(s.start, s.end)] if c.citation else [],
        )
        for c in answer.candidates
    ]


@settings(max_examples=300)
@given(TEXTS, ITEMS)
def test_kept_answer_gives_every_candidate_again_at_its_place(text: str, items: list[dict[str, str]]):
    first = grounded(json.dumps({"items": items}), text)
    again = grounded(kept_answer(first.candidates, body_chunk(text), text), text)
    assert summary(again) == summary(first)
