"""Raw model answers to candidates and findings. Nothing is dropped: what cannot be read becomes a `malformed` finding.

A schema sent is not a schema enforced, so every answer is read (`blocks`: what in the text is JSON; `lenient`: JSON as language
models write it), its rows are found (`rows`), mended where that is safe (`keys`, `mending`) and validated. Three laws hold:

- nothing is raised, whatever the answer;
- nothing is invented: every string that comes out stands in the raw answer;
- nothing is dropped silently: what was not plain JSON in the agreed shape is either mended, and the kind of repair recorded in
  `repairs`, or it is a finding.

The same raw answer gives the same result, so repairs need no store of their own: the trail holds the raw answer.
"""

from tasks.core.answers.critique import parse_critique
from tasks.core.answers.generation import parse_answer
from tasks.core.answers.shapes import (
    Item,
    Missing,
    ParsedAnswer,
    ParsedCritique,
    Repair,
    Verdict,
    malformed,
)

__all__ = [
    "Item",
    "Missing",
    "ParsedAnswer",
    "ParsedCritique",
    "Repair",
    "Verdict",
    "malformed",
    "parse_answer",
    "parse_critique",
]
