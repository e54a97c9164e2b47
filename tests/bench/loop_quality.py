"""The loop compared with three passes, at rising error rates of generator and critic.

python -m tests.bench.loop_quality [--contracts 40] [--seed 0] [--processes 2] [--data CUAD]
    [--write]

Generator and critic are scripted (`tests/scripted`): they know the truth of made contracts
(`loop_documents`) and make mistakes at set rates. Prompts, parser, grounding, acceptance and results
are the product's own. The figures do not say how good a real model is, but what the loop makes of its
mistakes. `--write` puts tables and plots into `docs/`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tasks.learning.evaluation.scores import Interval
from tests.bench.loop_cuad import cuad_contracts
from tests.bench.loop_documents import Contract, made_contract
from tests.bench.loop_figures import FIGURES, share
from tests.bench.loop_plots import write_plots
from tests.bench.loop_trials import (
    MAX_ROUNDS,
    RARER,
    SYSTEMS,
    VERIFIED,
    Setting,
    Trial,
    errs,
    play,
    slips,
)

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "loop-quality.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
FACTORS = (0.25, 0.5, 1.0, 1.5, 2.0)
HABITS = (0.0, 0.5, 1.0)
_SEEDS_PER_CONTRACT = 10


@dataclass(frozen=True, slots=True)
class Sweep:
    """One thing that is varied; the rest stays in the middle."""

    title: str
    label: str
    settings: Mapping[float, Setting]


SWEEPS = (
    Sweep(
        "Error rates of the generator",
        "generator's mistakes, times the middle",
        {x: Setting(generator=slips(x)) for x in FACTORS},
    ),
    Sweep(
        "Error rates of the critic",
        "critic's mistakes, times the middle",
        {x: Setting(critic=errs(x)) for x in (0.0, *FACTORS)},
    ),
    Sweep(
        "Mistakes that every pass makes alike",
        "share of the generator's mistakes that every pass makes",
        {x: Setting(habit=x) for x in HABITS},
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contracts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--data", type=Path, help="CUAD: its training contracts, too, gold being what is true"
    )
    parser.add_argument("--write", action="store_true", help="put the results into docs/")
    options = parser.parse_args()
    generated, real = (
        Source(options.contracts, options.seed),
        Source(options.contracts, options.seed, options.data),
    )
    with ProcessPoolExecutor(options.processes) as pool:
        run = partial(trials, pool.map, generated)
        middle = run(Setting())
        played = [(sweep, {x: run(setting) for x, setting in sweep.settings.items()}) for sweep in SWEEPS]
        real_text = real_tables(trials(pool.map, real, RARER)) if options.data else ""
    text = "\n\n".join([middle_table(middle), round_table(middle), *(sweep_table(s, t) for s, t in played)])
    text += real_text
    print(text)
    if options.write:
        write_page(text)
        write_plots(DOCS, {sweep.label: results for sweep, results in played})


@dataclass(frozen=True, slots=True)
class Source:
    """Which contracts; every process makes them for itself."""

    n: int
    seed: int
    data: Path | None = None
    """None: made contracts."""

    def contract(self, number: int) -> Contract:
        if self.data is None:
            return made_contract(number, self.seed)
        return cuad_contracts(self.data, self.n, self.seed)[number]


def trials(each: Callable[..., Iterable[Trial]], source: Source, setting: Setting) -> list[Trial]:
    return list(each(partial(trial, setting, source), range(source.n)))


def trial(setting: Setting, source: Source, number: int) -> Trial:
    return play(source.contract(number), setting, source.seed + _SEEDS_PER_CONTRACT * number)


# ---------------------------------------------------------------- tables


def middle_table(results: Sequence[Trial], title: str = "In the middle") -> str:
    rows = [
        [
            name,
            *(with_interval(figure(results, name)) for figure in FIGURES.values()),
            *token_shares(results, name),
        ]
        for name in SYSTEMS
    ]
    head = [title, *FIGURES, "generator's tokens", "all tokens", "all tokens, nothing cached"]
    samples = share([t.loop.n_tokens for t in results], [t.samples.n_tokens for t in results])
    beside = f"Against three answers to one reading instead of three passes: {with_interval(samples)} of all tokens."
    return f"{table(head, rows)}\n\n{beside}"


def real_tables(results: Sequence[Trial]) -> str:
    title = f"### {len(results)} contracts of CUAD's training split, 41 fields"
    return "\n\n".join(["", title, middle_table(results, "CUAD"), round_table(results)])


def token_shares(results: Sequence[Trial], name: str) -> tuple[str, ...]:
    """As shares of three passes'."""
    if name.startswith("loop"):
        shares = (generator_share(results), token_share(results), full_share(results))
        return tuple(map(with_interval, shares))
    return (f"{1 / 3:.2f}" if name.startswith("one") else "1.00",) * 3


def round_table(results: Sequence[Trial]) -> str:
    rows: list[list[str]] = []
    for index in range(MAX_ROUNDS):
        reached = [t.rounds[min(index, len(t.rounds) - 1)] for t in results]
        played = [t.rounds[index] for t in results if len(t.rounds) > index]
        verified = [r.verified for r in reached]
        rows.append(
            [
                str(index + 1),
                with_interval(share([v.right for v in verified], [v.n_predicted for v in verified])),
                with_interval(share([v.gold_found for v in verified], [v.n_gold for v in verified])),
                f"{sum(r.n_asked for r in played) / sum(t.n_chunks for t in results):.0%}",
                *(
                    f"{sum(getattr(r.cost, name) for r in played) / len(results):,.0f}"
                    for name in ("n_calls", "generator_tokens", "critic_tokens")
                ),
            ]
        )
    head = ["Round", "precision", "recall", "chunks asked", "calls", "generator's tokens", "critic's tokens"]
    repeated = sum(t.n_repeated for t in results) / sum(t.loop.n_calls for t in results)
    return (
        table(head, rows)
        + f"\n\nOf all calls, {repeated:.1%} asked the generator again, word for word, what it had been asked."
    )


def sweep_table(sweep: Sweep, results: Mapping[float, Sequence[Trial]]) -> str:
    names = [name for name in SYSTEMS if "unsettled" not in name]
    rows = [
        [
            f"{x:g}",
            *(pair(t, name) for name in names),
            with_interval(generator_share(t)),
            with_interval(token_share(t)),
            with_interval(regenerated(t)),
        ]
        for x, t in results.items()
    ]
    head = [sweep.label, *names, "generator's tokens", "all tokens", "regenerated"]
    return f"### {sweep.title}\n\nPrecision / recall; tokens of the loop as a share of three passes'.\n\n{table(head, rows)}"


def pair(results: Sequence[Trial], name: str) -> str:
    precision, recall, _ = (figure(results, name).value for figure in FIGURES.values())
    shown = f"{precision:.2f} / {recall:.2f}"
    return f"**{shown}**" if name == VERIFIED else shown


def token_share(results: Sequence[Trial]) -> Interval:
    return share([t.loop.n_tokens for t in results], [t.passes.n_tokens for t in results])


def full_share(results: Sequence[Trial]) -> Interval:
    return share([t.loop.in_full for t in results], [t.passes.in_full for t in results])


def generator_share(results: Sequence[Trial]) -> Interval:
    return share([t.loop.generator_tokens for t in results], [t.passes.n_tokens for t in results])


def regenerated(results: Sequence[Trial]) -> Interval:
    """Share of chunks that were generated again; two more rounds count twice."""
    return share([sum(r.n_asked for r in t.rounds[1:]) for t in results], [t.n_chunks for t in results])


def with_interval(figure: Interval) -> str:
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    align = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, align, *rows))


def write_page(text: str) -> None:
    """What stands around the measured part is written by hand and stays."""
    path = DOCS / PAGE
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
