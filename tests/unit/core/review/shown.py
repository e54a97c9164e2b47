"""Items for a reviewer, small enough to order by hand."""

from __future__ import annotations

from tasks.core.records import Citation, FieldName, MatchKind, Span
from tasks.core.review.questions import Question, QuestionKind
from tasks.core.review.worth import COLUMNS, KindWeights, Worth


def place(start: int, end: int) -> Citation:
    return Citation((Span(start, end),), (1,), None, MatchKind.EXACT)


def value_item(
    kind: QuestionKind, field: str, text: str, start: int, score: float = 0.5, unsettled: bool = False
) -> Question:
    where = place(start, start + len(text))
    signals = (score, 0.5, float(unsettled), 1.0, 0.0)
    return Question(kind, FieldName(field), 0, (where,), (text,), signals)


def passage_item(field: str, text: str, start: int, right: float = 0.1) -> Question:
    where = place(start, start + len(text))
    return Question(QuestionKind.PASSAGE, FieldName(field), 0, (where,), (text,), (-0.5, right, right, 1.0))


def worth(**weights: dict[str, float]) -> Worth:
    """Weights by kind and column; a column that is not named weighs nothing."""
    rows = {kind: weights.get(kind.value, {}) for kind in QuestionKind}
    return Worth(
        {
            kind: KindWeights(
                row.get("constant", 0.0), tuple(row.get(n, 0.0) for n in COLUMNS[kind]), row.get("gain", 1.0)
            )
            for kind, row in rows.items()
        }
    )
