"""One contract under one setting: one pass, three passes and the loop, with results and costs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import TypeVar

from tasks.core.cost.budget import BudgetLimits
from tasks.core.loop.assessment import Assessment
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState
from tasks.core.records import (
    Candidate,
    Extraction,
    ExtractionStatus,
    FindingSource,
    RoundRecord,
)
from tasks.core.text.folding import fold
from tasks.learning.evaluation.matching import MatchTally
from tasks.verify.rounds import LoopPlan, run_rounds
from tests.bench.loop_documents import Contract
from tests.bench.prefix_cache import PrefixCache, rough_tokens
from tests.scripted.client import Call, ScriptedModels
from tests.scripted.critic import ScriptedCritic
from tests.scripted.dice import Dice
from tests.scripted.generator import ScriptedGenerator
from tests.scripted.habits import CriticHabits, Habits
from tests.scripted.speech import n_tokens

Rates = TypeVar("Rates", Habits, CriticHabits)

N_PASSES = 3
MAX_ROUNDS = 3
GENERATOR, CRITIC = "generator", "critic"

ONE, UNION, MAJORITY = "one pass", "three passes, any", "three passes, two of three"
GROUNDED = ", grounded"
VERIFIED, WITH_UNSETTLED = "loop, verified", "loop, with unsettled"
SYSTEMS = (
    ONE,
    ONE + GROUNDED,
    UNION,
    UNION + GROUNDED,
    MAJORITY,
    MAJORITY + GROUNDED,
    VERIFIED,
    WITH_UNSETTLED,
)

TALKATIVE = Habits(
    invents=0.03,
    misreads=0.3,
    forgets=0.15,
    forgets_notes=0.4,
    paraphrases=0.1,
    miscuts=0.05,
    chats=0.3,
    truncates=0.03,
    corrects=0.8,
    yields=0.3,
    relapses=0.2,
    drifts=0.03,
)
"""The middle of the sweeps: a guess at a small instruction-following model, not measured."""
MIDDLING = CriticHabits(passes=0.2, alarms=0.05, overlooks=0.3, imagines=0.12)
"""As of the shipped critic, about 4 of 5 doubts are right, and 2 of 5 `missing` findings."""
_SLIPS = ("invents", "misreads", "forgets", "forgets_notes", "paraphrases", "miscuts", "truncates")


@dataclass(frozen=True, slots=True)
class Setting:
    generator: Habits = TALKATIVE
    critic: CriticHabits = MIDDLING
    habit: float = 0.5
    """Of the generator's mistakes in each pass, those that every pass makes alike."""
    by_labels: bool = True
    """The critic judges items by labels; else in words."""


RARER = Setting(replace(TALKATIVE, invents=0.005), replace(MIDDLING, imagines=0.03))
"""For 41 fields: mistakes that can happen for every field of every chunk happen more rarely."""


def slips(factor: float) -> Habits:
    """The generator's own mistakes so many times as often; how it takes correction stays."""
    return _times(TALKATIVE, factor, _SLIPS)


def errs(factor: float) -> CriticHabits:
    """The critic's mistakes so many times as often."""
    return _times(MIDDLING, factor, tuple(f.name for f in fields(CriticHabits)))


def _times(habits: Rates, factor: float, names: Sequence[str]) -> Rates:
    rates = {f.name: getattr(habits, f.name) for f in fields(habits)}
    return type(habits)(**rates | {name: min(1.0, factor * rates[name]) for name in names})


@dataclass(frozen=True, slots=True)
class Cost:
    """Tokens of prompts that a server with a prefix cache has to read, and of answers.

    Rules and fields are one text for a batch and not counted, of the passes and of the loop alike.
    """

    n_calls: int = 0
    generator_tokens: int = 0
    critic_tokens: int = 0
    in_full: int = 0
    """Tokens of all prompts and answers, as a server without a prefix cache has to read them."""

    @property
    def n_tokens(self) -> int:
        return self.generator_tokens + self.critic_tokens

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Round:
    """What stands after a round, and what the round took."""

    verified: MatchTally
    n_asked: int
    """Chunks that went through it."""
    cost: Cost


@dataclass(frozen=True, slots=True)
class Trial:
    tallies: Mapping[str, MatchTally]
    passes: Cost
    """Of the three together, each with a cache of its own: a batch is larger than a cache."""
    samples: Cost
    """Of three answers to one reading: what the cache holds of the first pass, the others need not read."""
    loop: Cost
    rounds: tuple[Round, ...]
    n_chunks: int
    n_repeated: int
    """Calls of the loop's generator that repeat an earlier prompt word for word."""


def play(contract: Contract, setting: Setting, seed: int) -> Trial:
    """The loop's generator is the first pass's, so that they begin with the same answers."""
    gold = {(f.field, fold(f.value).text) for f in contract.truth.facts}
    drafts, calls = zip(*(_pass(contract, setting, seed + n) for n in range(N_PASSES)), strict=True)
    state, records, n_repeated, loop_calls = _loop(contract, setting, seed)
    keys = {ONE: _raw(drafts[0]), ONE + GROUNDED: _grounded(drafts[0])}
    for suffix, taken in (("", _raw), (GROUNDED, _grounded)):
        votes = Counter(key for draft in drafts for key in taken(draft))
        keys[UNION + suffix] = set(votes)
        keys[MAJORITY + suffix] = {key for key, n in votes.items() if 2 * n > N_PASSES}
    after = [_standing(state, n) for n in range(1, len(records) + 1)]
    keys |= {VERIFIED: after[-1][0], WITH_UNSETTLED: after[-1][1]}
    cache = _warm(loop_calls[0])
    rounds = tuple(
        Round(_tally(gold, verified), len(record.generations), _cost_of(asked, cache))
        for (verified, _), record, asked in zip(after, records, loop_calls, strict=True)
    )
    tallies = {name: _tally(gold, keys[name]) for name in SYSTEMS}
    passes = sum((_cost_of(asked, _warm(asked)) for asked in calls), Cost())
    once = _warm(calls[0])
    samples = sum((_cost_of(asked, once) for asked in calls), Cost())
    loop = sum((r.cost for r in rounds), Cost())
    return Trial(tallies, passes, samples, loop, rounds, len(contract.run_input.chunks), n_repeated)


Key = tuple[str, str]
"""Field and folded value: what is voted on, and what stands twice is one."""


def _generator(contract: Contract, setting: Setting, seed: int) -> ScriptedGenerator:
    return ScriptedGenerator(contract.truth, setting.generator, Dice(seed, setting.habit))


def _pass(contract: Contract, setting: Setting, seed: int) -> tuple[list[Assessment], list[Call]]:
    models = ScriptedModels({GENERATOR: _generator(contract, setting, seed)})
    plan = LoopPlan(models.caller(GENERATOR), None, 1, BudgetLimits())
    state = asyncio.run(run_rounds(plan, contract.run_input, (), lambda record: None))
    return [h[0] for h in state.by_chunk.values()], models.calls


def _loop(
    contract: Contract, setting: Setting, seed: int
) -> tuple[RunState, list[RoundRecord], int, list[list[Call]]]:
    """The state at the end, the rounds, repeated calls, and the calls of each round."""
    critic = ScriptedCritic(contract.truth, setting.critic, Dice(seed))
    models = ScriptedModels({GENERATOR: _generator(contract, setting, seed), CRITIC: critic})
    records: list[RoundRecord] = []
    ends = [0]

    def save(record: RoundRecord) -> None:
        records.append(record)
        ends.append(len(models.calls))

    critic_model = models.caller(CRITIC, setting.by_labels)
    plan = LoopPlan(models.caller(GENERATOR), critic_model, MAX_ROUNDS, BudgetLimits())
    state = asyncio.run(run_rounds(plan, contract.run_input, (), save))
    calls = [models.calls[start:end] for start, end in pairwise(ends)]
    return state, records, models.n_repeated[GENERATOR], calls


def _raw(draft: Sequence[Assessment]) -> set[Key]:
    return {_key(c) for a in draft for c in a.candidates}


def _grounded(draft: Sequence[Assessment]) -> set[Key]:
    """Without what the check against the text refuses, which needs no model."""
    return {
        _key(c)
        for a in draft
        for index, c in enumerate(a.candidates)
        if not any(f.source is FindingSource.GROUNDING for f in a.flags_of(index))
    }


def _standing(state: RunState, n_rounds: int) -> tuple[set[Key], set[Key]]:
    """What is verified after so many rounds, and that with what is unsettled."""
    so_far = {index: history[:n_rounds] for index, history in state.by_chunk.items()}
    rows = results_of(so_far, state.run_input.schema).extractions
    verified = {_key(e) for e in rows if e.status is ExtractionStatus.VERIFIED}
    return verified, {_key(e) for e in rows if e.status is not ExtractionStatus.REJECTED}


def _key(value: Candidate | Extraction) -> Key:
    return value.field, fold(value.value).text


def _tally(gold: set[Key], keys: set[Key]) -> MatchTally:
    """By equal values: values of one field may differ in a number alone, and similarity ignores that."""
    n_right = len(gold & keys)
    return MatchTally(n_right, n_right, n_right, len(gold), len(keys))


def _warm(calls: Sequence[Call]) -> PrefixCache:
    """A cache that knows what all contracts of a batch share: what comes before the first call's chunk."""
    cache = PrefixCache()
    shared, _, _ = calls[0].text.partition("\nCode: ")
    cache.read(rough_tokens(shared))
    return cache


def _cost_of(calls: Sequence[Call], cache: PrefixCache) -> Cost:
    tokens = dict.fromkeys((GENERATOR, CRITIC), 0)
    in_full = 0
    for call in calls:
        prompt, n_out = rough_tokens(call.text), n_tokens(call.raw)
        tokens[call.model] += cache.read(prompt) + n_out
        in_full += len(prompt) + n_out
    return Cost(len(calls), tokens[GENERATOR], tokens[CRITIC], in_full)
