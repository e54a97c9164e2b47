"""Every form of an answer that a server is sent, with answers that fit it and answers that do not.

Grammar engines of servers are walked byte by byte through them: by a test with llguidance, and by
`tests.bench.answer_grammars` with any engine that is installed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.core.prompts.critic import JudgedDraft
from tasks.core.prompts.digest import sample_prompts
from tasks.core.prompts.generator import first_draft_prompts
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import Candidate, FieldName, Part
from tasks.core.schema import Schema, builtin_schemas, load_schema
from tests.unit.core.builders import body_chunk

TEXTS = (
    "The fee is 2%.",
    'the "Fee"; see C:\\x {a: [b]}\nand\ttab \u2028',
    "本合同适用纽约州法律。",
    "",
    "𝒳 é — “x” 😀",
    "1. " * 200,
)
_SOURCE = "The rent is EUR 5."
WHOLE = AskLimits(max_fields=1000, max_field_chars=1_000_000)


def sent_forms() -> dict[str, Mapping[str, Any]]:
    """Each JSON Schema once, by where it is from."""
    forms: dict[str, Mapping[str, Any]] = {}
    for text in (_SOURCE, "租金为5元。"):
        for number, prompt in enumerate(sample_prompts(text, AskLimits())):
            if not prompt.labels:  # the answer is one token, and its probabilities are read
                _add(forms, f"sample {number}", prompt.answer_schema)
    for name in builtin_schemas():
        schema = load_schema(name)
        chunk = body_chunk(_SOURCE)
        for limits in (AskLimits(), WHOLE):
            for number, prompt in enumerate(first_draft_prompts(schema, chunk, (), limits)):
                _add(forms, f"{name} {number} of {len(prompt.fields)} fields", prompt.answer_schema)
            drafted = _draft(schema)
            judged = JudgedDraft(schema, chunk, (), drafted, limits)
            for call in (judged.redundancy(range(len(drafted))), judged.missing(schema.field_names)):
                _add(forms, f"{name} {call.task}", call.prompt.answer_schema)
    return forms


def _add(forms: dict[str, Mapping[str, Any]], name: str, form: Mapping[str, Any] | None) -> None:
    assert form is not None, f"{name} asks for an answer without a form"
    if form not in forms.values():
        forms[name] = form


def _draft(schema: Schema) -> list[tuple[Candidate, int, int, int]]:
    return [
        (
            Candidate(
                FieldName(f.name),
                "",
                _SOURCE,
                None,
                None,
                tuple(Part(p.name, "5", "5", None) for p in f.parts),
            ),
            *(0, 0, len(_SOURCE)),
        )
        for f in schema.fields[:25]
    ]


def fitting(form: Mapping[str, Any]) -> Iterator[str]:
    """Answers that fit: with no item, with one of each kind, and with more than twenty."""
    for n_items in (0, 1, 25):
        for text in TEXTS:
            yield json.dumps(_value(form, text, n_items), ensure_ascii=False)


def escaped(form: Mapping[str, Any]) -> str:
    """An answer with escapes that JSON allows and does not need; llguidance takes none of them."""
    return json.dumps(_value(form, "本合同\u2028", 1))


def _value(form: Mapping[str, Any], text: str, n_items: int) -> Any:
    if "enum" in form:
        return form["enum"][-1]
    if form["type"] == "string":
        return text
    if form["type"] == "array":
        kinds = form["items"].get("anyOf", [form["items"]])
        return [_value(kinds[i % len(kinds)], text, min(n_items, 2)) for i in range(n_items)]
    return {key: _value(inner, text, n_items) for key, inner in form["properties"].items()}


def unfitting(form: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what is wrong, answer)."""
    good = json.dumps(_value(form, "The fee", 2), ensure_ascii=False)
    yield "cut off", good[:-1]
    yield "cut in a string", good[: good.rindex("The fee") + 3]
    yield "words after it", good + " Hope it helps"
    yield "words before it", "Sure! " + good
    yield "a raw line break in a string", good.replace("The fee", "The\nfee", 1)
    yield "a mark without a backslash", good.replace("The fee", 'The "fee"', 1)
    yield "a lost mark", good.replace('The fee"', "The fee", 1)
    yield "a lost brace", good.replace("}, {", ", {", 1)
    yield "single marks", good.replace('"', "'")
    yield "an unknown escape", good.replace("The fee", "The \\q", 1)
    yield "a key that is not asked for", good.replace('"quote"', '"evidence"', 1)
    names = {name for name in ("field", "name") if f'"{name}": "' in good}
    for name in sorted(names):
        yield f"an unknown {name}", good.replace(f'"{name}": "', f'"{name}": "zz', 1)
