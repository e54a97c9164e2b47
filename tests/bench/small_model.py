"""The small language model as generator and the native critic: what is drafted, and what stands.

    python -m tests.bench.small_model --cases ../shared/cases/own [--chars 1500] [--fields 4]
        [--answer-tokens 256] [--tells all|asked] [--rounds 3] [--only lease_us_firm.pdf,...] [--minutes M] [--out REPORT.json]

Plays the documents of a folder with `truth.json` and `schemas/` through the embedded Triton
(`countersign up --language-model`, which it starts if need be). A first draft is what one pass of the
model would have given: every value of its first answers, each once. What stands is what is verified
after all rounds. Which value is right is decided by the folder's scorer (`score_own.py` beside it), whose
rules are read from its source: the truth is looked at after all documents were played, and by nothing
else. `--out` holds every value with its judgement, and the time and tokens of each document.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra import stack
from infra.stack import StackPart
from infra.stack.language_model import NAME
from tasks.core.answers.failure import CUT_OFF, OUTGROWN, REPEATED
from tasks.core.chunking.chunks import chunk_document
from tasks.core.cost.budget import BudgetLimits
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading import close_workers, read_document
from tasks.core.records import Finding, RoundRecord
from tasks.core.schema import Schema, load_schema, promise_of
from tasks.core.values.forms import normal_form
from tasks.settings import Settings
from tasks.triton import LanguageOptions, TritonClient
from tasks.verify.model_calls import model_caller
from tasks.verify.rounds import LoopPlan, run_rounds

DRAFT, VERIFIED = "first draft", "verified"
CUTS = {REPEATED: "repeated", OUTGROWN: "outgrown", CUT_OFF: "cut off"}
ANSWER_S = 600
Row = dict[str, Any]
"""`field`, `value`, `normal`, and `right` once it is judged."""


@dataclass(slots=True)
class Played:
    """One document."""

    file: str
    drafted: list[Row]
    verified: list[Row]
    n_chunks: int
    n_cells: int
    seconds: float
    counts: Counter[str] = field(default_factory=Counter[str])


def main() -> None:
    options = _options()
    files = _files(options.cases, options.only)
    url = stack.ensure_up({StackPart.TRITON}, language_model=True)["TRITON_URL"]
    played: list[Played] = []
    started = time.monotonic()
    for number, (name, kind) in enumerate(files, 1):
        if time.monotonic() - started > 60 * options.minutes:
            print(f"{options.minutes:g} minutes are over: {len(files) - number + 1} documents are left out")
            break
        schema = load_schema(options.cases / "schemas" / f"{kind}.yaml")
        one = asyncio.run(play(url, options.cases / name, schema, options))
        played.append(one)
        print(
            f"{number:2d}/{len(files)} {name:28s} {one.n_chunks:3d} chunks  {one.seconds:6.1f} s  drafted {len(one.drafted):3d}  "
            f"of them on the page {sum(row['grounded'] for row in one.drafted):3d}  verified {len(one.verified):3d}  {dict(one.counts)}",
            flush=True,
        )
    close_workers()
    judge(played, options.cases, options.scorer)
    print_table(played)
    if options.out:
        report = [
            {"file": p.file, "chunks": p.n_chunks, "cells": p.n_cells, "seconds": round(p.seconds, 1)}
            | {"counts": dict(p.counts), DRAFT: p.drafted, VERIFIED: p.verified}
            for p in played
        ]
        told = {name: str(value) for name, value in vars(options).items()}
        text = json.dumps({"options": told, "documents": report}, indent=1, ensure_ascii=False)
        options.out.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, help="default: tools/score_own.py two folders above the cases")
    parser.add_argument("--chars", type=int, default=1500)
    parser.add_argument("--fields", type=int, default=4)
    parser.add_argument("--answer-tokens", type=int, default=256)
    parser.add_argument("--tells", choices=("all", "asked"), default="all", help="as COUNTERSIGN_ASK_TELLS")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--in-flight", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no document after so many")
    parser.add_argument("--only", type=lambda s: s.split(","), default=[])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    options.scorer = options.scorer or options.cases.resolve().parents[1] / "tools" / "score_own.py"
    return options


def _files(cases: Path, only: Sequence[str]) -> list[tuple[str, str]]:
    """Each document with the name of its schema."""
    truth = json.loads((cases / "truth.json").read_text(encoding="utf-8"))["truth"]
    kinds = {row["file"]: row["schema"] for row in truth}
    return sorted((name, kind) for name, kind in kinds.items() if not only or name in only)


async def play(url: str, path: Path, schema: Schema, options: argparse.Namespace) -> Played:
    """All rounds of one document."""
    reading = read_document(path)
    run_input = RunInput(reading, chunk_document(reading, options.chars), schema)
    records: list[RoundRecord] = []
    started = time.perf_counter()
    async with TritonClient(
        url, ANSWER_S, options.in_flight, options=LanguageOptions(answer_s=ANSWER_S)
    ) as client:
        tells_all = options.tells == "all"
        limits = AskLimits(options.fields, AskLimits().max_field_chars, options.answer_tokens, tells_all)
        generator = await model_caller(client, NAME, limits)
        critic = await model_caller(client, "critic", limits)
        promise = promise_of(schema, Settings.model_fields["promise"].default)
        plan = LoopPlan(
            generator,
            critic,
            options.rounds,
            BudgetLimits(),
            max_chunks_at_once=options.in_flight,
            promise=promise,
        )
        state = await run_rounds(plan, run_input, (), records.append)
    facts = facts_of(reading)
    results = results_of(state.by_chunk, schema, facts)
    cells = {(c.chunk_index, c.field) for c in results.coverage}
    assert len(cells) == len(run_input.chunks) * len(schema.fields), "a cell is not accounted for"
    drafts = [
        {
            "field": c.field,
            "value": c.value,
            "normal": normal_form(schema.field(c.field), c.value, facts.habit),
            "grounded": c.citation is not None,
        }
        for history in state.by_chunk.values()
        for c in history[0].candidates
    ]
    verified = [
        {"field": e.field, "value": e.value, "normal": e.normal, "score": e.score}
        for e in results.extractions
        if e.status == "verified"
    ]
    counts = _counts(records, [f for h in state.by_chunk.values() for a in h for f in a.findings])
    counts |= Counter(str(e.status) for e in results.extractions)
    seconds = time.perf_counter() - started
    return Played(path.name, drafts, verified, len(run_input.chunks), len(cells), seconds, counts)


def _counts(records: Sequence[RoundRecord], findings: Sequence[Finding]) -> Counter[str]:
    """Tokens of the generator, its failed answers, and why answers were cut."""
    generations = [g for record in records for g in record.generations]
    counts = Counter({"tokens_in": sum(g.tokens_in or 0 for g in generations)})
    counts["tokens_out"] = sum(g.tokens_out or 0 for g in generations)
    counts["failed"] = sum(g.error is not None for g in generations)
    counts.update(CUTS[f.reason] for f in findings if f.reason in CUTS)
    return counts


def judge(played: Sequence[Played], cases: Path, scorer: Path) -> None:
    """Mark each value right or wrong; a value that is said again counts once."""
    rules = _rules(scorer)
    stored = json.loads((cases / "truth.json").read_text(encoding="utf-8"))
    truth: dict[tuple[str, str], list[Row]] = defaultdict(list)
    traps: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in stored["truth"]:
        if not row.get("absent"):
            truth[row["file"], row["field"]].append(row)
    for row in stored["traps"]:
        traps[row["file"], row["field"]].append(row["value"])
    for one in played:
        for name in ("drafted", "verified"):
            unique: dict[tuple[str, str], Row] = {}
            for row in getattr(one, name):
                said = str(rules["normal"](row["normal"]) or rules["tight"](row["value"]))
                unique.setdefault((row["field"], said), row)
            for (name_of_field, _), row in unique.items():
                place = one.file, name_of_field
                row["right"] = any(rules["is_it"](row, t, traps[place]) for t in truth[place])
            setattr(one, name, list(unique.values()))


def _rules(scorer: Path) -> dict[str, Callable[..., Any]]:
    """The scorer's own functions: it is a script, which runs when it is imported."""
    source = scorer.read_text(encoding="utf-8")
    rules: dict[str, Any] = {}
    imports = "import collections, decimal, json, os, re, unicodedata\n"
    exec(imports + source[source.index("def fold(") : source.index("work = tempfile")], rules)
    return rules


def print_table(played: Sequence[Played]) -> None:
    print(
        f"\n{'':30s} {'drafted':>8s} {'right':>6s} {'precision':>9s}   {'verified':>8s} {'right':>6s} {'precision':>9s}"
    )
    for name, of in [(one.file, [one]) for one in played] + [("all", list(played))]:
        cells: list[str] = []
        for rows in ([r for p in of for r in p.drafted], [r for p in of for r in p.verified]):
            right = sum(row["right"] for row in rows)
            cells.append(f"{len(rows):8d} {right:6d} {right / len(rows) if rows else float('nan'):9.3f}")
        print(f"{name:30s} {'   '.join(cells)}")


if __name__ == "__main__":
    main()
