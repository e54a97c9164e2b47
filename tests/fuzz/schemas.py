"""Broken schema files, and odd patterns, against `parse_schema` and the search for cues.

    python -m tests.fuzz.schemas [--minutes 20] [--seed 0] [--first N] [--state FILE]

The shipped schemas are broken, and patterns are made from pieces. Laws: a file is a schema or is refused in words
with its line; no case takes long; what was loaded is equal when it is loaded again from its JSON; its patterns search odd
lines in time.
"""

from __future__ import annotations

import json
import random
import re
import sys
from pathlib import Path

from tasks.core.errors import SchemaError
from tasks.core.native.text.cues import compile_cues, find_hits
from tasks.core.schema import Schema, builtin_schemas, parse_schema
from tests.fuzz.clock import run
from tests.fuzz.texts import broken

MOST_S = 10.0
_SHIPPED = [
    (Path(sys.modules[Schema.__module__].__file__ or "").parent / "builtin" / f"{name}.yaml").read_text(
        "utf-8"
    )
    for name in builtin_schemas()
]
_SMALL = """name: small
title: Small
fields:
  - name: rent
    title: Rent
    description: The rent.
    type: {type}
    cues: [{cues}]
    examples: ["A rent of EUR 5 is paid.", {{text: "due on 1 May 2020", value: 1 May 2020}}]
"""
_PIECES = (
    "a", "ab", "rent", "甲", "é", " ", "  ", ".", "\\w", "\\d", "\\s", "\\S", "\\W", "\\D", "[^.;]", "[a-z]", "[\\w&'’-]", "[ -~]", "[^\\W\\d]",
    "(", ")", "(?:", "(?i:", "(?-i:", "(?s:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?P<n>", "|", "*", "+", "?", "*?", "+?", "??", "*+", "{2}",
    "{0,3}", "{,4}", "{2,}", "{1000}", "{99999}", "^", "$", "\\b", "\\B", "\\A", "\\Z", "\\1", "\\g<1>", "\\p{L}", "\\X", "\\R", "[[:alpha:]]",
    "(?x)", "(?#c)", "\\u0130", "İ", "ſ", "K", "[", "]", "\\", "/", "-", "\\N{DASH}", "(a|aa)+", "(.*,)*", "(?R)", "\\K", "\\G", "{e<=2}",
)  # fmt: skip
_LINES = (
    "a" * 3000 + "!", "rent rent rent " * 200, "ab,ab,ab," * 300, "甲乙丙" * 500, "The rent of EUR 5 is paid on 1 May 2020.", " " * 4000,
    "aA1.,-甲é İſK\u0301_\n" * 100,
)  # fmt: skip


def play(dice: random.Random) -> tuple[str, str]:
    """One file."""
    if dice.random() < 0.5:
        text = broken(dice, dice.choice(_SHIPPED) if dice.random() < 0.3 else _small(dice), _SHIPPED, 30_000)
    else:
        text = _small(dice)
    try:
        schema = parse_schema(text, "file.yaml")
    except SchemaError as error:
        return "refused", _law_of_refusals(str(error))
    again = Schema.model_validate(json.loads(json.dumps(schema.model_dump(mode="json"))))
    if again.digest != schema.digest:
        return "loaded", "another digest after JSON"
    for cues in compile_cues(schema).values():
        line = dice.choice(_LINES)
        for hit in find_hits(cues, line):
            value_is_inside = 0 <= hit.value_start <= hit.value_end <= len(line)
            if not (0 <= hit.start < hit.end <= len(line) and value_is_inside):
                return "loaded", "a hit outside the line"
        if cues.slow_patterns:
            return "too slow for its time limit", ""
    return "loaded", ""


def _law_of_refusals(message: str) -> str:
    if not re.match(r"file\.yaml:\d+: ", message):
        return "a refusal without its line"
    return f"a refusal of {len(message)} characters" if len(message) > 5000 else ""


def _small(dice: random.Random) -> str:
    patterns = [
        "".join(dice.choice(_PIECES) for _ in range(dice.randint(1, 12))) for _ in range(dice.randint(1, 3))
    ]
    cues = ", ".join(json.dumps(f"/{pattern}/", ensure_ascii=False) for pattern in patterns)
    return _SMALL.format(type=dice.choice(("text", "clause", "date", "money", "list")), cues=cues)


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", play, MOST_S))
