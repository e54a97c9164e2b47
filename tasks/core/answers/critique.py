"""A critic's raw answer to verdicts and what is missing, findings about the answer, and repairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from tasks.core.answers.blocks import find_blocks, plain_object
from tasks.core.answers.generation import CUT_OFF, UNREADABLE
from tasks.core.answers.keys import MISSING_KEYS, VERDICT_KEYS, mended_keys, plain
from tasks.core.answers.lenient import CutList, CutObject
from tasks.core.answers.mending import probability
from tasks.core.answers.shapes import Missing, ParsedCritique, Repair, Verdict, first_problem, malformed
from tasks.core.answers.telling import NO_ITEMS, error_reason, reason_of_nothing
from tasks.core.records import Finding

Model = TypeVar("Model", bound=BaseModel)
NO_CRITIQUE = "the critique has no list `verdicts`"
_NAMES = {
    "verdicts": (
        "verdict",
        "judgements",
        "judgments",
        "candidates",
        "results",
        "items",
        "判断",
        "结论",
        "评审",
    ),
    "missing": ("missed", "omitted", "missing_items", "遗漏", "缺失"),
}


def parse_critique(raw: str, prompt: str | None = None) -> ParsedCritique:
    """A critic's raw answer; unreadable verdicts are problems, and their candidates stay without a verdict."""
    repairs: set[Repair] = set()
    problems: list[Finding] = []
    body = plain_object(raw)
    if body is None:
        body = _lenient_body(raw, prompt, repairs, problems)
    if body is None:
        return ParsedCritique((), (), tuple(problems), tuple(sorted(repairs)))
    if "error" in body:
        return ParsedCritique((), (), (malformed(error_reason([body]) or ""),), tuple(sorted(repairs)))
    body = _named_lists(body, repairs)
    verdicts = _each(Verdict, body.get("verdicts"), "verdicts", VERDICT_KEYS, repairs, problems)
    missing = _each(Missing, body.get("missing"), "missing", MISSING_KEYS, repairs, problems)
    return ParsedCritique(
        _one_each(verdicts, problems), tuple(missing), tuple(problems), tuple(sorted(repairs))
    )


def _lenient_body(
    raw: str, prompt: str | None, repairs: set[Repair], problems: list[Finding]
) -> dict[str, Any] | None:
    """One body out of whatever was answered: the lists of several objects are put together."""
    blocks = find_blocks(raw, prompt)
    repairs |= blocks.repairs
    if blocks.n_noise:
        problems.append(malformed(UNREADABLE))
    bodies = [b for b in map(_as_body, blocks.values) if b is not None]
    if not bodies:
        reason = reason_of_nothing(blocks, raw)
        problems.append(malformed(NO_CRITIQUE if reason == NO_ITEMS else reason))
        return None
    if len(bodies) == 1:
        return bodies[0]
    repairs.add(Repair.SEVERAL_BLOCKS)
    joined: dict[str, Any] = {}
    for body in bodies:
        for key, value in _named_lists(body, repairs).items():
            joined[key] = (
                joined[key] + value if _are_lists(joined.get(key), value) else joined.get(key, value)
            )
    return joined


def _are_lists(first: Any, second: Any) -> bool:
    return isinstance(first, list) and isinstance(second, list)


def _as_body(value: Any) -> dict[str, Any] | None:
    if isinstance(value, dict):
        body = cast("dict[str, Any]", value)
        return {"verdicts": [body], "missing": []} if "candidate" in body else body
    items = cast("list[Any]", value) if isinstance(value, list) else []
    if any(isinstance(i, dict) for i in items):
        return {"verdicts": items, "missing": []}
    return None


def _named_lists(body: dict[str, Any], repairs: set[Repair]) -> dict[str, Any]:
    if "verdicts" in body and "missing" in body:
        return body
    spare = {plain(k): k for k in body}
    named = dict(body)
    for name, others in _NAMES.items():
        meant = next((spare[o] for o in (name, *others) if o in spare), None)
        if name not in named and meant is not None:
            repairs.add(Repair.KEY_NAME)
            named[name] = named.pop(meant)
    return named


def _each(
    kind: type[Model],
    rows: Any,
    name: str,
    keys: Mapping[str, Sequence[str]],
    repairs: set[Repair],
    problems: list[Finding],
) -> list[Model]:
    if isinstance(rows, dict):
        repairs.add(Repair.WRAPPER)
        rows = [rows]
    if not isinstance(rows, list):
        problems.append(malformed(f"the critique has no list `{name}`"))
        return []
    read: list[Model] = []
    is_cut = isinstance(rows, CutList)
    for position, row in enumerate(cast("list[Any]", rows)):
        if isinstance(row, CutObject):
            is_cut = True
            continue
        try:
            read.append(kind.model_validate(_mended(row, keys, repairs)))
        except (ValidationError, OverflowError) as error:
            told = first_problem(error) if isinstance(error, ValidationError) else "a number is too large"
            problems.append(malformed(f"{name}[{position}]: {told}"))
    if is_cut:
        problems.append(malformed(CUT_OFF))
    return read


def _mended(row: Any, keys: Mapping[str, Sequence[str]], repairs: set[Repair]) -> Any:
    """A row with its keys by their names and its probability as one; a row that is as agreed is left as it is."""
    if not isinstance(row, dict):
        return row
    body = cast("dict[str, Any]", row)
    if keys.keys() - body.keys() - {"reason"}:
        mended = mended_keys(body, {k: tuple(v) for k, v in keys.items()})
        if mended.keys() - body.keys():
            repairs.add(Repair.KEY_NAME)
            body = mended
    for key in ("right", "score"):
        if key in keys and key in body and not _is_probability(body[key]):
            body = body | {key: probability(body[key], repairs)}
    return body


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0.0 <= value <= 1.0


def _one_each(verdicts: list[Verdict], problems: list[Finding]) -> tuple[Verdict, ...]:
    """Of two verdicts that differ the one that doubts more, and a finding: a critic that contradicts itself is no witness."""
    chosen: dict[int, Verdict] = {}
    for verdict in verdicts:
        other = chosen.get(verdict.candidate)
        if other is not None and (other.right, other.flagged) != (verdict.right, verdict.flagged):
            problems.append(malformed(f"two verdicts on candidate {verdict.candidate}"))
            verdict = min(other, verdict, key=lambda v: (not v.flagged, v.right))
        chosen[verdict.candidate] = verdict
    return tuple(chosen.values())
