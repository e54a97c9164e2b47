"""A user's own fields: eight CUAD fields without annotations, as schema entries with some examples.

    python -m tests.bench.own_fields --data CUAD [--out REPORT.json] [--critic FOLDER] [--draws 3]
        [--counts 0,3,10,30]

The critic is trained on contracts whose gold and drafts lack the eight fields, and the schema names
them without `trained_as`. Their definitions and cues are those of the shipped schema, but its examples
are replaced by 0, 3, 10 or 30 from the training contracts' gold; each count is also tried without
cues. Contracts and readings are those of `tests.bench.native_f1`. The generator is `fewshot`: alone at
the best threshold on a sample of training contracts (no example is drawn from these), and with the
critic through all rounds.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.by_schema import read_field
from tasks.core.native.generator.fewshot import Fewshot
from tasks.core.native.serving.in_process import play
from tasks.core.native.text.cues import compile_cues
from tasks.core.native.text.lines import TextLine, lay_out_document
from tasks.core.reading import close_workers
from tasks.core.schema import Schema, load_schema
from tasks.learning.evaluation.ablations import CONTROL, VERIFIED, systems_of
from tasks.learning.evaluation.matching import MatchTally, sweep, tally
from tasks.learning.evaluation.replayed_run import ReplayedContract, replay
from tasks.learning.evaluation.scores import f1_interval, gain_interval, scores, total
from tasks.learning.labelled import GoldContract
from tasks.learning.training.corpus import Contract, load_corpus
from tasks.learning.training.fit_clauses import CHUNK_CHARS
from tasks.learning.training.train_critic import train_critic, write_critic
from tests.bench.books import load_books
from tests.bench.likeliest import recall_at
from tests.bench.native_f1 import MODELS, readings

HELD_OUT = (
    "insurance",
    "audit_rights",
    "cap_on_liability",
    "non_compete",
    "exclusivity",
    "renewal_term",
    "termination_for_convenience",
    "license_grant",
)
"""Some have words of their own (insurance, audits), some differ from others only in meaning."""
N_SAMPLE = 100
"""Number of training contracts on which the threshold is chosen."""
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Variant:
    n_examples: int
    with_cues: bool
    draw: int


@dataclass(frozen=True, slots=True)
class Sampled:
    """A training contract of the sample."""

    gold: GoldContract
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    variant: Variant
    threshold: float
    systems: dict[str, list[MatchTally]]
    """System to one tally for each contract."""
    recall_at_5: dict[str, float]


def main() -> None:
    options = _options()
    started = time.monotonic()

    def progress(line: str) -> None:
        print(f"{time.monotonic() - started:7.1f} s  {line}", flush=True)

    critic = held_out_critic(options.data, options.critic, options.seed, progress)
    sample, texts = split_train(options.data, options.seed)
    contracts = [
        (GoldContract(name, "test", *_held_out_gold(gold)), reading)
        for name, gold, reading in readings(options.data, "test_visible", options.limit)
    ]
    close_workers()
    run_inputs = [(gold, reading, chunk_document(reading)) for gold, reading in contracts]
    outcomes: list[Outcome] = []
    for variant in variants(options.counts, options.draws):
        schema = own_schema(texts, variant, options.seed)
        threshold = best_bar(schema, sample)
        labelled = [(gold, RunInput(r, c, schema)) for gold, r, c in run_inputs]
        contracts = [play_contract(gold, run_input, critic) for gold, run_input in labelled]
        recall = recall_at(5, labelled, critic)
        outcomes.append(Outcome(variant, threshold, tallies(contracts, threshold), recall))
        progress(_in_short(outcomes[-1]))
    report = [row_of(same) for same in grouped(outcomes)]
    for row in report:
        print_row(row)
    if options.out:
        options.out.write_text(json.dumps({"held_out": HELD_OUT, "rows": report}, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--critic", type=Path, help="where the held-out critic is kept between runs")
    parser.add_argument("--counts", type=lambda s: [int(n) for n in s.split(",")], default=[0, 3, 10, 30])
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def held_out_critic(data: Path, folder: Path | None, seed: int, progress: Any) -> Critic:
    """A critic that has not seen the eight fields; trained anew unless the folder has one."""
    folder = folder or Path(tempfile.mkdtemp(prefix="countersign-own-fields-"))
    if not (folder / "critic.npz").exists():
        books = load_books(data, seed, progress, HELD_OUT)
        write_critic(train_critic(books, seed, progress), folder, seed)
    return Critic.load(folder)


def split_train(data: Path, seed: int) -> tuple[list[Sampled], dict[str, list[str]]]:
    """Contracts to choose thresholds on, and the gold texts of all others, by held-out field."""
    contracts = list(load_corpus(data).contracts)
    random.Random(seed).shuffle(contracts)
    texts = {
        f: sorted({g.text for c in contracts[N_SAMPLE:] for g in c.gold if g.field == f}) for f in HELD_OUT
    }
    return [_sampled(c) for c in contracts[:N_SAMPLE]], texts


def _sampled(contract: Contract) -> Sampled:
    gold = GoldContract(contract.doc_id, "train", *_held_out_gold(contract.quotes()))
    return Sampled(gold, lay_out_document(contract.text, CHUNK_CHARS))


def _held_out_gold(
    quotes: Mapping[str, Sequence[str]],
) -> tuple[dict[str, list[str]], dict[str, list[frozenset[int]]]]:
    """Quotes and pages of the held-out fields; pages are unknown."""
    kept = {f: list(quotes[f]) for f in HELD_OUT if quotes.get(f)}
    return kept, {f: [frozenset()] * len(q) for f, q in kept.items()}


def variants(counts: Sequence[int], n_draws: int) -> Iterator[Variant]:
    """Without examples there is one draw; without cues and examples nothing can be drafted."""
    for with_cues in (True, False):
        for count in counts:
            for draw in range(n_draws if count else 1):
                if count or with_cues:
                    yield Variant(count, with_cues, draw)


def own_schema(texts: Mapping[str, Sequence[str]], variant: Variant, seed: int) -> Schema:
    """The eight fields as a user would write them."""
    shipped = load_schema("cuad")
    fields = []
    for name in HELD_OUT:
        draw = random.Random(f"{seed} {variant.draw} {name}")
        examples = tuple(draw.sample(texts[name], len(texts[name]))[: variant.n_examples])
        cues = shipped.field(name).cues if variant.with_cues else ()
        changed = {"examples": examples, "cues": cues, "trained_as": None}
        fields.append(shipped.field(name).model_copy(update=changed))
    return Schema(name="own", title="Own fields", fields=tuple(fields))


def best_bar(schema: Schema, sample: Sequence[Sampled]) -> float:
    """The generator's own best threshold on training contracts."""
    cues = compile_cues(schema)
    values = [
        [
            (f.name, line.text, reading.score)
            for f in schema.fields
            for line, reading in read_field(cues[f.name], s.lines)
        ]
        for s in sample
    ]
    return max(sweep([s.gold for s in sample], values), key=lambda p: p.f1).threshold


def play_contract(gold: GoldContract, run_input: RunInput, critic: Critic) -> ReplayedContract:
    generator = Fewshot.load(MODELS / "fewshot/1")
    _, records = play(run_input, generator, critic, ROUNDS)
    return replay(run_input, records, ROUNDS, gold)


def tallies(contracts: Sequence[ReplayedContract], threshold: float) -> dict[str, list[MatchTally]]:
    return {
        name: [tally(c.gold.quotes, quotes) for c, quotes in zip(contracts, answers, strict=True)]
        for name, answers in systems_of(contracts, threshold).items()
    }


def grouped(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """The draws of one count together."""
    groups: dict[tuple[int, bool], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.variant.n_examples, outcome.variant.with_cues), []).append(outcome)
    return list(groups.values())


def row_of(same: Sequence[Outcome]) -> dict[str, Any]:
    """Figures of one count: all draws pooled, with an interval over contracts, and their range."""
    first = same[0]
    pooled = {name: _pooled([o.systems[name] for o in same]) for name in first.systems}
    systems: dict[str, Any] = {}
    for name, rows in pooled.items():
        alone = [scores(total(o.systems[name])).f1_off for o in same]
        systems[name] = {
            **asdict(scores(total(rows))),
            "interval": asdict(f1_interval(rows)),
            "gain": asdict(gain_interval(rows, pooled[CONTROL])),
            "draws": alone,
        }
    recalls = {key: [o.recall_at_5[key] for o in same] for key in first.recall_at_5}
    return {
        "n_examples": first.variant.n_examples,
        "with_cues": first.variant.with_cues,
        "thresholds": [o.threshold for o in same],
        "recall_at_5": {key: sum(values) / len(values) for key, values in recalls.items()},
        "systems": systems,
    }


def _in_short(outcome: Outcome) -> str:
    alone, verified = (scores(total(outcome.systems[name])).f1_off for name in (CONTROL, VERIFIED))
    return f"{outcome.variant}: alone {alone:.3f}, with the critic {verified:.3f}"


def _pooled(draws: Sequence[Sequence[MatchTally]]) -> list[MatchTally]:
    return [total(rows) for rows in zip(*draws, strict=True)]


def print_row(row: Mapping[str, Any]) -> None:
    kind = f"{row['n_examples']:2d} examples, {'cues' if row['with_cues'] else 'no cues'}"
    recall = row["recall_at_5"]
    print(f"{kind}: in the five likeliest lines {recall['whole']:.3f} (or part of it {recall['part']:.3f})")
    for name, s in row["systems"].items():
        interval, gain, draws = s["interval"], s["gain"], s["draws"]
        print(
            f"  {name:64s} F1_off {s['f1_off']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}] "
            f"draws {min(draws):.3f}-{max(draws):.3f}  P {s['precision_off']:.3f} R {s['recall_off']:.3f} "
            f"gain {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]",
            flush=True,
        )


if __name__ == "__main__":
    main()
