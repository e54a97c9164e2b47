"""Parse a critic's raw answer into verdicts, missing items, findings and repairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from tasks.core.answers.aliases import MISSING_KEYS, VERDICT_KEYS, plain_name, repaired_keys
from tasks.core.answers.failure import CUT_OFF, NO_ITEMS, UNREADABLE, error_reason, reason_of_nothing
from tasks.core.answers.json_blocks import find_blocks, plain_object
from tasks.core.answers.loose_values import CutObject, CutText, Siblings, is_cut, is_mixed
from tasks.core.answers.models import Missing, ParsedCritique, Repair, Verdict, first_problem, malformed
from tasks.core.answers.repair import is_probability, probability
from tasks.core.records import Finding

Model = TypeVar("Model", bound=BaseModel)
TWO_ROWS = "a row runs into another one: what belongs to which is not certain"
NO_CRITIQUE = "the critique has no list `verdicts`"
_NAMES = {
    "verdicts": ("verdict", "judgements", "judgments", "candidates", "results", "items", "判断", "结论", "评审"),
    "missing": ("missed", "omitted", "missing_items", "遗漏", "缺失"),
}  # fmt: skip
_OPTIONAL = frozenset({"reason", "part", "right", "bar"})


@dataclass(frozen=True, slots=True)
class OpenedObject:
    """The content of an answer as one object."""

    body: dict[str, Any] | None
    problem: str  # why there is no object, or that a part cannot be read; empty if all is well
    is_cut: bool  # the answer breaks off, so something may be missing
    repairs: frozenset[Repair] = frozenset()
    is_mixed: bool = False  # an object in it may hold members of another


def open_object(raw: str) -> OpenedObject:
    """The object in an answer, with any text around it; the lists of several objects are joined."""
    body = plain_object(raw)
    if body is not None:
        return OpenedObject(body, "", False)
    blocks = find_blocks(raw)
    values = [each for v in blocks.values for each in (v if isinstance(v, Siblings) else (v,))]
    bodies = [cast("dict[str, Any]", v) for v in values if isinstance(v, dict)]
    if not bodies:
        return OpenedObject(None, reason_of_nothing(blocks, raw), False, frozenset(blocks.repairs))
    repairs = set(blocks.repairs)
    if len(bodies) > 1:
        repairs.add(Repair.SEVERAL_BLOCKS)
    # A row that lost its list is joined with no other: its members are not those of another row.
    loose = [b for b in bodies if not any(isinstance(v, list | dict) for v in b.values())]
    loose = loose if len(bodies) > len(loose) else loose[1:]
    joined: dict[str, Any] = {}
    for each in (b for b in bodies if not any(b is row for row in loose)):
        for key, value in each.items():
            both = isinstance(joined.get(key), list) and isinstance(value, list)
            joined[key] = joined[key] + value if both else joined.get(key, value)
    problem = UNREADABLE if blocks.n_noise else ""
    mixed = bool(loose) or any(map(is_mixed, bodies))
    return OpenedObject(joined, problem, any(map(is_cut, bodies)), frozenset(repairs), mixed)


def parse_critique(raw: str) -> ParsedCritique:
    """Parse the answer of a native critic; an unreadable verdict is a problem."""
    opened = open_object(raw)
    repairs, body = set(opened.repairs), opened.body
    if body is None or "error" in body:
        problem = NO_CRITIQUE if opened.problem == NO_ITEMS else opened.problem
        reason = error_reason([body]) or problem
        return ParsedCritique((), (), (malformed(reason),), tuple(sorted(repairs)))
    problems = [malformed(p) for p in (opened.problem, CUT_OFF if opened.is_cut else "") if p]
    if opened.is_mixed:
        problems.append(malformed(TWO_ROWS))
    named = _named_lists(body, repairs)
    if "candidate" in body and "verdicts" not in named:  # a single verdict without its list
        named = {"verdicts": [body], "missing": []}
    body = named
    verdicts = _rows(Verdict, body.get("verdicts"), "verdicts", VERDICT_KEYS, repairs, problems)
    missing = _rows(Missing, body.get("missing"), "missing", MISSING_KEYS, repairs, problems)
    unique = _one_for_each(verdicts, problems)
    return ParsedCritique(unique, tuple(missing), tuple(problems), tuple(sorted(repairs)))


def _named_lists(body: dict[str, Any], repairs: set[Repair]) -> dict[str, Any]:
    if "verdicts" in body and "missing" in body:
        return body
    spare = {plain_name(k): k for k in body}
    renamed = dict(body)
    for name, others in _NAMES.items():
        alias = next((spare[o] for o in (name, *others) if o in spare), None)
        if name not in renamed and alias is not None:
            repairs.add(Repair.KEY_NAME)
            renamed[name] = renamed.pop(alias)
    return renamed


def _rows(
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
    valid: list[Model] = []
    for position, row in enumerate(cast("list[Any]", rows)):
        if isinstance(row, CutObject | CutText):
            continue  # reported once, for the whole answer
        if is_mixed(row):
            continue
        try:
            valid.append(kind.model_validate(_repaired(row, keys, repairs)))
        except ValidationError as error:
            problems.append(malformed(f"{name}[{position}]: {first_problem(error)}"))
    return valid


def _repaired(row: Any, keys: Mapping[str, Sequence[str]], repairs: set[Repair]) -> Any:
    """A row with its keys and its probability repaired where necessary."""
    if not isinstance(row, dict):
        return row
    body = cast("dict[str, Any]", row)
    needed = {
        key: tuple(others) for key, others in keys.items() if key in body or not _is_optional(key, keys)
    }
    if needed.keys() - body.keys():
        repaired = repaired_keys(body, needed)
        if repaired.keys() - body.keys():
            repairs.add(Repair.KEY_NAME)
            body = body | repaired
    for key in ("right", "score", "bar"):
        if key in keys and key in body and not is_probability(body[key]):
            body = body | {key: probability(body[key], repairs)}
    return body


def _is_optional(key: str, keys: Mapping[str, Sequence[str]]) -> bool:
    return key in _OPTIONAL or (key == "candidate" and "quote" in keys)


def _one_for_each(verdicts: list[Verdict], problems: list[Finding]) -> tuple[Verdict, ...]:
    """One verdict for each candidate; of two that differ, the lower one, with a finding."""
    chosen: dict[tuple[int, str | None], Verdict] = {}
    for verdict in verdicts:
        key = verdict.candidate, verdict.part
        other = chosen.get(key)
        if other is not None and (other.right, other.flagged) != (verdict.right, verdict.flagged):
            problems.append(malformed(f"two verdicts on candidate {verdict.candidate}"))
            verdict = min(other, verdict, key=lambda v: (not v.flagged, 0.0 if v.right is None else v.right))
        chosen[key] = verdict
    return tuple(chosen.values())
