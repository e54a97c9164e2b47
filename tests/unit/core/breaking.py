"""Broken answers of a language model: hypothesis strategies for the fuzz tests.

A `Broken` knows what the good answer held, so that nothing of it can be lost without a test seeing it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

FIELDS = ("governing_law", "effective_date", "parties", "cap_on_liability")
TYPOS = {
    "governing_law": ("governing law", "Governing Law", "goveming_law", "governing-law", "governinglaw"),
    "effective_date": ("EffectiveDate", "effective_dates", "efective_date"),
    "parties": ("Parties", "partes", "PARTIES"),
    "cap_on_liability": ("cap on liability", "cap_of_liability", "cap_on_liabilty"),
}
TALK_BEFORE = (
    "Sure! Here is what I found:\n",
    "好的，以下是提取结果：\n",
    "As requested (see section [3]), it's below.\n\n",
    "<think>Is {this} a clause? I'd say so: [1, 2].</think>\n",
    "{the answer}\n",
)
TALK_AFTER = (
    "\n希望能帮到您!",
    "\nLet me know if there's anything else {or not}.",
    "\n\nNote: [1] is uncertain.",
    "\n说明：以上内容“仅供参考”。",
)
WRAPPERS = ("results", "extractions", "Items", "item", "提取结果", "data")
QUOTE_KEYS = ("evidence", "text", "qoute", "Quote", "原文")
FIELD_KEYS = ("field_name", "feild", "Field", "字段")

words = st.sampled_from(
    ("Agreement", "shall", "be governed", "by", "the laws of", "New York", "12(b)", "5%", "Bob's", "本合同", "适用", "中华人民共和国法律。", "，", "$1,000.00", "(a)", "“Company”", "[REDACTED]", "and/or", "; provided,", "see #4", "a // b", "x: y", "{sic}", "---", "—")
)  # fmt: skip
phrases = st.lists(words, min_size=1, max_size=6).map(" ".join)
"""Marks that mean something in JSON, but no quotation mark that would have to be escaped."""
quoted = st.lists(st.one_of(words, st.sampled_from(('"Company"', '("Buyer")', '"x", "y"', "a\nb", "a\tb", "C:\\d"))), min_size=1, max_size=6).map(" ".join)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Broken:
    raw: str
    items: tuple[tuple[str, str, str, float | None], ...]
    """(field, value, quote, score) as the good answer has them."""
    is_cut: bool
    repairs: frozenset[str]
    """Kinds that must be recorded."""


@st.composite
def items(draw: st.DrawFn, texts: st.SearchStrategy[str] = quoted) -> list[dict[str, Any]]:
    row = st.fixed_dictionaries(
        {
            "field": st.sampled_from(FIELDS),
            "value": texts,
            "quote": texts,
            "score": st.integers(0, 100).map(lambda n: n / 100),
        }
    )
    return draw(st.lists(row, min_size=0, max_size=4))


@st.composite
def broken_answers(draw: st.DrawFn) -> Broken:
    """A good answer, broken in several ways that can be repaired, or cut off."""
    rows = draw(items())
    told = tuple((r["field"], r["value"], r["quote"], r["score"]) for r in rows)
    repairs: set[str] = set()
    body = _misnamed(draw, [dict(r) for r in rows], repairs)
    raw = _written(draw, _wrapped(draw, body, repairs), repairs)
    cut = draw(st.integers(0, 5)) == 0 and len(raw) > 2
    if cut:
        raw = raw[: draw(st.integers(1, len(raw) - 1))]
    elif "encoded" not in repairs and draw(st.booleans()):
        raw = _with_talk(draw, raw, repairs)
    return Broken(raw, told, cut, frozenset() if cut else frozenset(repairs))


def _misnamed(draw: st.DrawFn, rows: list[dict[str, Any]], repairs: set[str]) -> list[dict[str, Any]]:
    quote_key = draw(st.sampled_from(("quote",) * 5 + QUOTE_KEYS))
    field_key = draw(st.sampled_from(("field",) * 5 + FIELD_KEYS))
    spelling = draw(st.integers(0, 3))
    scores = draw(st.sampled_from(("as_is", "as_is", "text", "percent", "hundred")))
    renamed: list[dict[str, Any]] = []
    for row in rows:
        name = row["field"]
        if spelling == 0:
            name = draw(st.sampled_from(TYPOS[name]))
            repairs.add("field_name")
        renamed.append({field_key: name, "value": row["value"], quote_key: row["quote"], "score": _score(row["score"], scores)})  # fmt: skip
        if (quote_key, field_key) != ("quote", "field"):
            repairs.add("key_name")
        if scores in ("text", "percent") or (scores == "hundred" and row["score"] > 0.01):
            repairs.add("number")
    return renamed


def _score(score: float, how: str) -> Any:
    if how == "text":
        return str(score)
    if how == "percent":
        return f"{score * 100:.0f}%"
    return round(score * 100) if how == "hundred" and score > 0.01 else score


def _wrapped(draw: st.DrawFn, rows: list[dict[str, Any]], repairs: set[str]) -> Any:
    shape = draw(st.sampled_from(("items", "items", "items", "other", "list", "nested")))
    if shape == "items":
        return {"items": rows}
    repairs.add("wrapper")
    if shape == "list":
        return rows
    wrapper = draw(st.sampled_from(WRAPPERS))
    return {wrapper: rows} if shape == "other" else {"response": {wrapper: rows}}


def _written(draw: st.DrawFn, body: Any, repairs: set[str]) -> str:
    style = draw(st.sampled_from(("json", "json", "python", "loose")))
    if style == "python":
        raw = repr(body)
        if "{" in raw:
            repairs.add("quotes")
        return raw
    raw = json.dumps(body, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from((None, 2))))
    if style == "json":
        if draw(st.integers(0, 9)) == 0:
            repairs.add("encoded")
            return json.dumps(raw, ensure_ascii=False)
        return raw
    return _loosened(draw, body, repairs)


def _loosened(draw: st.DrawFn, body: Any, repairs: set[str]) -> str:
    """The same with trailing commas, comments, and bare or typographically quoted keys."""
    comma = draw(st.sampled_from(("", ",", " ,\n")))
    comment = draw(st.sampled_from(("", " // as found\n", ' /* sic, "x" */ ', " # ok\n")))
    mark = draw(st.sampled_from(('""', "''", "“”", "  ")))
    colon = draw(st.sampled_from((":", ": ", "：")))

    def write(value: Any) -> str:
        if isinstance(value, dict):
            pairs = [f"{mark[0].strip()}{k}{mark[1].strip()}{colon}{write(v)}" for k, v in value.items()]
            return "{" + ", ".join(pairs) + comma + comment + "}"
        if isinstance(value, list):
            return (
                "[" + comment + f",{comment}".join(write(v) for v in value) + (comma if value else "") + "]"
            )
        return json.dumps(value, ensure_ascii=False)

    raw = write(body)
    has_object = "{" in raw
    if has_object and comma:
        repairs.add("comma")
    if comment:
        repairs.add("comment")
    if has_object and mark != '""':
        repairs.add("quotes")
    return raw


def _with_talk(draw: st.DrawFn, raw: str, repairs: set[str]) -> str:
    if draw(st.booleans()):
        repairs.add("fence")
        raw = f"```{draw(st.sampled_from(('json', '', 'JSON')))}\n{raw}\n```"
    before = draw(st.sampled_from(("", *TALK_BEFORE)))
    after = draw(st.sampled_from(("", *TALK_AFTER)))
    if before.startswith("<think>"):
        repairs.add("thinking")
    elif before or after:
        repairs.add("small_talk")
    return before + raw + after
