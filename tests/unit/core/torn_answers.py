"""Answers torn where items meet: seeded, with the truth, so that no quote can change its field unseen.

Marks, braces, commas, brackets and colons are lost or doubled, an answer breaks off and begins
again, a field stands twice. Each item has words of its own, so that a piece of its quote shows whose it is.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.core.answers import parse_answer
from tasks.core.grounding.quotes import answer_placements
from tasks.core.schema import Schema, parse_schema
from tests.unit.core.builders import body_chunk

SCHEMA = parse_schema(
    """
name: torn
title: Torn
fields:
  - {name: fees, title: Fees, description: What., type: text}
  - {name: governing_law, title: Governing law, description: Which., type: text}
  - {name: notice_period, title: Notice, description: How long., type: text}
  - {name: effective_date, title: Effective date, description: When., type: text}
  - {name: term, title: Term, description: How long., type: text}
  - name: payment
    title: Payment
    description: Who pays whom.
    type: record
    parts:
      - {name: payer, title: Payer, description: Who pays., type: text}
      - {name: amount, title: Amount, description: How much., type: text}
""",
    "torn.yaml",
)
PLAIN = ("fees", "governing_law", "notice_period", "effective_date", "term")
_BEFORE = (
    "a fee of",
    "the laws of",
    "not less than",
    'the "Fee" means',
    "as of (and from)",
    "see {4}:",
    "5% of, or",
    "[***] per",
)
_AFTER = (
    "per year",
    "and all else",
    'as "Final"',
    "(net, of tax)",
    "; provided, that: x",
    "under 4.2[b]",
    "at Bob's",
)
_ZH_BEFORE = ("费用为", "适用", "通知期不少于", "自", "“费用”指", "合同第3条：")
_ZH_AFTER = ("的法律", "，含税", "（不含附件）", "起生效；", "，“最终”者", "以内")
_SMART = {'"': "“”", "'": "‘’"}
TALK = (
    "Sure! Here:\n",
    "好的，以下是结果：\n",
    '\nLet me know, if "more": is needed.',
    "```json\n",
    "\n```",
    "\n希望有帮助。",
)


@dataclass(frozen=True, slots=True)
class Row:
    field: str
    value: str
    quote: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Torn:
    raw: str
    rows: tuple[Row, ...]
    tears: tuple[str, ...]

    @property
    def page(self) -> str:
        """All that the items quote, each in its own sentence."""
        words = [text for row in self.rows for text in (row.quote, *(quote for _, quote in row.parts))]
        return "\n".join(f"Then {text} ends." for text in words)


def torn_answer(seed: int) -> Torn:
    rng = random.Random(seed)
    rows = _rows(rng)
    raw, tears = torn(rng, *_written(rng, rows))
    return Torn(raw, tuple(rows), tears)


def torn(rng: random.Random, raw: str, marks: str) -> tuple[str, tuple[str, ...]]:
    """A good answer with one to three tears, and their names."""
    names = rng.choices(tuple(_TEARS), k=rng.choice((1, 1, 1, 2, 2, 3)))
    for name in names:
        raw = _TEARS[name](rng, raw, marks)
    return raw, tuple(names)


def _rows(rng: random.Random) -> list[Row]:
    is_chinese = rng.random() < 0.4
    before, after = (_ZH_BEFORE, _ZH_AFTER) if is_chinese else (_BEFORE, _AFTER)
    space = "" if is_chinese else " "
    own = iter(rng.sample(range(1000, 9999), 40))

    def words() -> tuple[str, str]:
        # Its own number stands at both ends, so that no piece of a quote is without one.
        mark = str(next(own))
        value = f"{mark} " + rng.choice(("Acme", "甲方" if is_chinese else "Tarn"))
        return value, space.join((rng.choice(before), value, rng.choice(after), mark))

    rows: list[Row] = []
    for _ in range(rng.randint(2, 5)):
        if rng.random() < 0.2:
            quote = words()[1]
            parts = tuple((name, words()[1]) for name in ("payer", "amount"))
            rows.append(Row("payment", "", quote, parts))
        else:
            rows.append(Row(rng.choice(PLAIN), *words()))
    return rows


def _written(rng: random.Random, rows: Sequence[Row]) -> tuple[str, str]:
    """The answer, and the marks around its strings."""
    order = rng.choice(
        (("field", "value", "quote"), ("field", "quote", "value"), ("field", "quote"), ("quote", "field"))
    )
    quote_key = rng.choice(("quote", "quote", "quote", "evidence", "原文"))
    scored = rng.random() < 0.3
    items: list[dict[str, Any]] = []
    for row in rows:
        item = {(quote_key if k == "quote" else k): getattr(row, k) for k in order}
        if row.parts:
            item.pop("value", None)
            item["parts"] = [{"name": name, "quote": quote} for name, quote in row.parts]
        if scored:
            item["score"] = 0.9
        items.append(item)
    shape = rng.choice(("items", "items", "items", "items", "list", "by_field"))
    body: Any = {"items": items} if shape == "items" else items
    if shape == "by_field":
        body = {}
        for row, item in zip(rows, items, strict=True):
            rest = {k: v for k, v in item.items() if k != "field"}
            body.setdefault(row.field, []).append(rest if rng.random() < 0.7 or row.parts else row.quote)
    if rng.random() < 0.15:
        return repr(body), "''"
    indent = rng.choice((None, None, 1))
    raw = json.dumps(body, ensure_ascii=False, indent=indent)
    if rng.random() < 0.15:
        raw = re.sub(r'\\"', '"', raw)  # its strings have marks of their own
    if rng.random() < 0.2:
        raw = re.sub(r'(?<!\\)"((?:[^"\\]|\\.)*)"', r"“\1”", raw)
        return raw, "“”"
    return raw, '""'


def _places(rng: random.Random, raw: str, signs: str) -> int | None:
    """One of these signs where it stands as JSON, as far as can be seen from its neighbours."""
    structural = [
        m.start()
        for m in re.finditer(rf"[{re.escape(signs)}]", raw)
        if re.search(r"[\[{:,}\]\"'“”]\s*$", raw[max(0, m.start() - 8) : m.start()])
        or re.match(r"\s*[\[{:,}\]\"'“”]", raw[m.end() :])
    ]
    return rng.choice(structural) if structural else None


def _lost(signs: str) -> Any:
    def tear(rng: random.Random, raw: str, marks: str) -> str:
        at = _places(rng, raw, signs or marks)
        return raw if at is None else raw[:at] + raw[at + 1 :]

    return tear


def _doubled(rng: random.Random, raw: str, marks: str) -> str:
    at = _places(rng, raw, marks + "{}[],:")
    return raw if at is None else raw[:at] + raw[at] + raw[at:]


def _smart(rng: random.Random, raw: str, marks: str) -> str:
    at = _places(rng, raw, marks[0])
    if at is None or raw[at] not in _SMART:
        return raw
    return raw[:at] + rng.choice(_SMART[raw[at]]) + raw[at + 1 :]


def _between(pattern: str) -> Any:
    def tear(rng: random.Random, raw: str, marks: str) -> str:
        borders = list(re.finditer(pattern, raw))
        if not borders:
            return raw
        border = rng.choice(borders)
        kept = rng.choice(("", " ", ",", "\n"))
        return raw[: border.start()] + kept + raw[border.end() :]

    return tear


def _cut(rng: random.Random, raw: str, marks: str) -> str:
    return raw[: rng.randint(1, len(raw))]


def _begun_again(rng: random.Random, raw: str, marks: str) -> str:
    """Broken off anywhere; then the model writes that item, an earlier one, or all of them again."""
    at = rng.randint(1, len(raw))
    starts = [m.start() for m in re.finditer(r"""\{(?!\s*["'“]name)""", raw[:at])]
    talk = rng.choice(("", "\n", "\n```json\n", "\nContinuing:\n"))
    return raw[:at] + talk + raw[rng.choice(starts) :] if starts else raw


def _stutter(rng: random.Random, raw: str, marks: str) -> str:
    """Some of its text stands twice."""
    start = rng.randint(0, len(raw) - 1)
    end = min(len(raw), start + rng.randint(1, 30))
    return raw[:end] + raw[start:]


def _second_field(rng: random.Random, raw: str, marks: str) -> str:
    """A field is named twice in one item."""
    names = list(re.finditer(r"""["'“]field["'”]\s*:\s*["'“]\w+["'”],""", raw))
    if len(names) < 2:
        return raw
    one, other = rng.sample(names, 2)
    return raw[: one.end()] + " " + other.group() + raw[one.end() :]


def _talk(rng: random.Random, raw: str, marks: str) -> str:
    return rng.choice(TALK) + raw if rng.random() < 0.5 else raw + rng.choice(TALK)


def _full_width(rng: random.Random, raw: str, marks: str) -> str:
    at = _places(rng, raw, ",:")
    return raw if at is None else raw[:at] + {",": "，", ":": "："}[raw[at]] + raw[at + 1 :]


_TEARS: dict[str, Any] = {
    "mark": _lost(""),
    "mark again": _lost(""),
    "brace": _lost("{}"),
    "comma": _lost(","),
    "bracket": _lost("[]"),
    "colon": _lost(":"),
    "anything": _lost("\"'“”{}[],:"),
    "border": _between(r"\}\s*,\s*\{"),
    "marked border": _between(r"[\"'”]\s*\}\s*,\s*\{"),
    "border and mark": _between(r"\}\s*,\s*\{\s*[\"'“]"),
    "doubled": _doubled,
    "smart mark": _smart,
    "cut": _cut,
    "begun again": _begun_again,
    "stutter": _stutter,
    "second field": _second_field,
    "talk": _talk,
    "full width": _full_width,
}


@dataclass(slots=True)
class Count:
    """What became of the items of many torn answers."""

    n_items: int = 0
    n_read: int = 0
    """Items that came back with their field and their whole quote."""
    n_lost_silently: int = 0
    """Items that did not, in answers without any finding by parser or grounding."""
    misplaced: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """(seed, field) of each value on the page whose quote, or a word of whose value, is another field's."""

    @property
    def n_misplaced(self) -> int:
        return len(self.misplaced)


def counted(seeds: Sequence[int], schema: Schema = SCHEMA) -> Count:
    count = Count()
    for seed in seeds:
        _count_one(torn_answer(seed), seed, schema, count)
    return count


def native_critique(seed: int) -> tuple[str, dict[int, tuple[float, bool]]]:
    """A torn answer of a native critic, and each candidate's probability and flag in the good one."""
    rng = random.Random(seed)
    truth = {i: (round(0.11 + i / 20, 2), rng.random() < 0.5) for i in range(rng.randint(2, 6))}
    rows: list[dict[str, Any]] = [
        {"candidate": i, "right": right, "flagged": flagged} for i, (right, flagged) in truth.items()
    ]
    for row in rows:
        if rng.random() < 0.5:
            row["reason"] = rng.choice((*_AFTER, *_ZH_AFTER))
    raw = json.dumps({"verdicts": rows, "missing": []}, ensure_ascii=False)
    return torn(rng, raw, '""')[0], truth


def language_critique(seed: int) -> tuple[str, tuple[Row, ...], set[int]]:
    """A torn answer to the first question of a critic, the draft's items, and those that it drops."""
    rng = random.Random(seed)
    rows = [Row(r.field, r.value, r.quote) for r in _rows(rng) if not r.parts]
    dropped = {i for i in range(len(rows)) if rng.random() < 0.6}
    drop = [
        {"item": i + 1, "field": rows[i].field, "quote": rows[i].quote, "why": "redundant"}
        for i in sorted(dropped)
    ]
    raw = json.dumps({"verdict": "revise" if drop else "right", "drop": drop}, ensure_ascii=False)
    return torn(rng, raw, '""')[0], tuple(rows), dropped


def _count_one(torn: Torn, seed: int, schema: Schema, count: Count) -> None:
    parsed = parse_answer(torn.raw, schema)
    chunk = body_chunk(torn.page)
    owner = {n: r for r in torn.rows for t in (r.quote, *(q for _, q in r.parts)) for n in _numbers(t)}
    part_of = {n: name for r in torn.rows for name, quote in r.parts for n in _numbers(quote)}
    found: set[tuple[str, str]] = set()
    has_finding = bool(parsed.problems)
    for candidate in parsed.candidates:
        subjects = [(None, candidate.value, candidate.quote)]
        subjects += [(part.name, part.value, part.quote) for part in candidate.parts]
        whose: set[int] = set()
        for name, value, quote in subjects:
            if not answer_placements(quote, chunk):
                has_finding = True
                continue
            # A value that is not on the page is a finding, too.
            numbers = _numbers(quote) | (_numbers(value) if value in torn.page else set())
            whose |= {id(owner[n]) for n in numbers if n in owner}
            is_other = any(owner[n].field != candidate.field for n in numbers if n in owner)
            is_other_part = name is not None and any(part_of.get(n) not in (None, name) for n in numbers)
            if is_other or is_other_part:
                count.misplaced.append((seed, candidate.field))
        if len(whose) > 1:
            count.misplaced.append((seed, candidate.field))
        found.add((candidate.field, candidate.quote))
    count.n_items += len(torn.rows)
    n_read = sum((row.field, row.quote) in found for row in torn.rows)
    count.n_read += n_read
    count.n_lost_silently += 0 if has_finding else len(torn.rows) - n_read


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d{4}", text))
