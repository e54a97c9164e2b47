"""A critic's raw answer to verdicts and what is missing, findings about the answer, and repairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from tasks.core.answers.aliases import MISSING_KEYS, VERDICT_KEYS, mended_keys, plain
from tasks.core.answers.failure import CUT_OFF, NO_ITEMS, UNREADABLE, error_reason, reason_of_nothing
from tasks.core.answers.json_blocks import find_blocks, plain_object
from tasks.core.answers.lenient_json import CutList, CutObject, CutText
from tasks.core.answers.models import Missing, ParsedCritique, Repair, Verdict, first_problem, malformed
from tasks.core.answers.repair import probability
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
_OPTIONAL = frozenset({"reason", "part", "right"})


@dataclass(frozen=True, slots=True)
class OpenedObject:
    """What an answer holds, as one object."""

    body: dict[str, Any] | None
    problem: str
    """Why there is none, or what of it could not be read; empty when all is well."""
    is_cut: bool
    """The answer ends before its end: what is not in it may have been meant to be."""
    repairs: frozenset[Repair] = frozenset()


def open_object(raw: str) -> OpenedObject:
    """The one object of an answer, whatever stands around it. The lists of several objects are put together."""
    body = plain_object(raw)
    if body is not None:
        return OpenedObject(body, "", False)
    blocks = find_blocks(raw)
    bodies = [cast("dict[str, Any]", v) for v in blocks.values if isinstance(v, dict)]
    if not bodies:
        return OpenedObject(None, reason_of_nothing(blocks, raw), False, frozenset(blocks.repairs))
    repairs = set(blocks.repairs)
    if len(bodies) > 1:
        repairs.add(Repair.SEVERAL_BLOCKS)
    joined: dict[str, Any] = {}
    for one in bodies:
        for key, value in one.items():
            both = isinstance(joined.get(key), list) and isinstance(value, list)
            joined[key] = joined[key] + value if both else joined.get(key, value)
    problem = UNREADABLE if blocks.n_noise else ""
    return OpenedObject(joined, problem, any(map(_is_cut, bodies)), frozenset(repairs))


def _is_cut(value: Any) -> bool:
    if isinstance(value, CutObject | CutList | CutText):
        return True
    if isinstance(value, dict):
        return any(map(_is_cut, cast("dict[str, Any]", value).values()))
    return isinstance(value, list) and any(map(_is_cut, cast("list[Any]", value)))


def parse_critique(raw: str) -> ParsedCritique:
    """A critic's raw answer; unreadable verdicts are problems, and their candidates stay without a verdict."""
    opened = open_object(raw)
    repairs, body = set(opened.repairs), opened.body
    if body is None:
        reason = NO_CRITIQUE if opened.problem == NO_ITEMS else opened.problem
        return ParsedCritique((), (), (malformed(reason),), tuple(sorted(repairs)))
    if "error" in body:
        return ParsedCritique((), (), (malformed(error_reason([body]) or ""),), tuple(sorted(repairs)))
    problems = [malformed(p) for p in (opened.problem, CUT_OFF if opened.is_cut else "") if p]
    body = _named_lists(_as_critique(body), repairs)
    verdicts = _each(Verdict, body.get("verdicts"), "verdicts", VERDICT_KEYS, repairs, problems)
    missing = _each(Missing, body.get("missing"), "missing", MISSING_KEYS, repairs, problems)
    return ParsedCritique(
        _one_each(verdicts, problems), tuple(missing), tuple(problems), tuple(sorted(repairs))
    )


def _as_critique(body: dict[str, Any]) -> dict[str, Any]:
    """One verdict alone is a list of one."""
    return {"verdicts": [body], "missing": []} if "candidate" in body else body


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
    for position, row in enumerate(cast("list[Any]", rows)):
        if isinstance(row, CutObject | CutText):
            continue  # told once, for the whole answer
        try:
            read.append(kind.model_validate(_mended(row, keys, repairs)))
        except ValidationError as error:
            problems.append(malformed(f"{name}[{position}]: {first_problem(error)}"))
    return read


def _mended(row: Any, keys: Mapping[str, Sequence[str]], repairs: set[Repair]) -> Any:
    """A row with its keys by their names and its probability as one; a row that is as agreed is left as it is."""
    if not isinstance(row, dict):
        return row
    body = cast("dict[str, Any]", row)
    needed = {
        key: tuple(others) for key, others in keys.items() if key in body or not _is_optional(key, keys)
    }
    if needed.keys() - body.keys():
        mended = mended_keys(body, needed)
        if mended.keys() - body.keys():
            repairs.add(Repair.KEY_NAME)
            body = body | mended
    for key in ("right", "score"):
        if key in keys and key in body and not _is_probability(body[key]):
            body = body | {key: probability(body[key], repairs)}
    return body


def _is_optional(key: str, keys: Mapping[str, Sequence[str]]) -> bool:
    return key in _OPTIONAL or (key == "candidate" and "quote" in keys)


def _is_probability(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value is None or (is_number and math.isfinite(value) and 0.0 <= value <= 1.0)


def _one_each(verdicts: list[Verdict], problems: list[Finding]) -> tuple[Verdict, ...]:
    """Of two verdicts that differ the one that doubts more, and a finding: a critic that contradicts itself is no witness."""
    chosen: dict[tuple[int, str | None], Verdict] = {}
    for verdict in verdicts:
        key = verdict.candidate, verdict.part
        other = chosen.get(key)
        if other is not None and (other.right, other.flagged) != (verdict.right, verdict.flagged):
            problems.append(malformed(f"two verdicts on candidate {verdict.candidate}"))
            verdict = min(other, verdict, key=lambda v: (not v.flagged, 0.0 if v.right is None else v.right))
        chosen[key] = verdict
    return tuple(chosen.values())
