"""Raw model answers to candidates, verdicts and findings. Nothing is dropped: what cannot be read becomes a `malformed` finding.

A schema sent is not a schema enforced: models talk around their JSON, write it loosely, cut it off, rename keys, refuse. What can be
mended for certain is mended and recorded as a repair, what cannot is a finding, and an item that the answer ends in is never taken: half
a quote might still stand in the source. Raises nothing on bad answers.

    shapes      what comes out, and the kinds of repair
    joined      several answers to one chunk in one envelope
    strings     where a string ends, what its escapes mean
    lenient     JSON as language models write it
    blocks      the JSON values of an answer, between small talk, fences and echoes
    keys        names close to the right ones
    rows        values of any shape to one row an item
    mending     one row to one valid item
    telling     why an answer holds nothing
    generation  a generator's answer
    critique    a critic's
"""

from tasks.core.answers.critique import open_object, parse_critique
from tasks.core.answers.draft import parse_answer
from tasks.core.answers.models import (
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
    "open_object",
    "parse_answer",
    "parse_critique",
]
