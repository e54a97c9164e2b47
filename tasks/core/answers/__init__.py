"""Parse raw answers of models into candidates, verdicts and findings about the answer."""

from tasks.core.answers.critique import open_object, parse_critique
from tasks.core.answers.draft import parse_answer
from tasks.core.answers.models import Missing, ParsedAnswer, ParsedCritique, Verdict, malformed

__all__ = [
    "Missing",
    "ParsedAnswer",
    "ParsedCritique",
    "Verdict",
    "malformed",
    "open_object",
    "parse_answer",
    "parse_critique",
]
