"""A generator and a critic that know one thing, tags (`T-0145`), and the ways in which a generator stops too early."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.core.cost.budget import BudgetLimits
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import RunResults, results_of
from tasks.core.prompts.limits import AskLimits
from tasks.core.records import CellState, Chunk, ExtractionStatus, ModelIdentity, Reading
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tasks.core.wire.prompt import Prompt
from tasks.triton import Answer, Dialect, Served
from tasks.verify.model_calls import LanguageCaller
from tasks.verify.rounds import LoopPlan, run_rounds
from tests.scripted.asked import Draft, read_draft, read_question

TAG = re.compile(r"T-\d{4}")
FIELD = "tag"
SCHEMA = Schema(
    name="tags",
    title="Tags",
    fields=(
        SchemaField(
            name=FIELD, title="Tag", description="A tag", type=FieldType.TEXT, cardinality=Cardinality.MANY
        ),
    ),
)
Said = tuple[str, bool]
"""The answer, and whether the limit of tokens ended it."""


def _items(tags: Sequence[str]) -> list[str]:
    return [json.dumps({"field": FIELD, "quote": name, "value": name}) for name in tags]


def _whole(tags: Sequence[str]) -> str:
    return f'{{"items": [{", ".join(_items(tags))}]}}'


def _lines(tags: Sequence[str]) -> str:
    return "".join(f"{item}\n" for item in _items(tags))


def _torn(tags: Sequence[str]) -> Said:
    text = _whole(tags)
    return text[: random.Random(text).randrange(len(text))], True


GENERATORS: dict[str, Callable[[Sequence[str]], Said]] = {
    "honest": lambda tags: (_whole(tags), False),
    "stops at 256 tokens": lambda tags: (_whole(tags)[:1024], len(_whole(tags)) > 1024),
    "stops between two lines": lambda tags: (_lines(tags[:20]), len(tags) > 20),
    "torn anywhere": _torn,
    "the first ten": lambda tags: (_whole(tags[:10]), False),
    "an empty list": lambda _: (_whole([]), False),
    "one tag many times": lambda tags: (_whole([*tags[:1]] * 40), False),
    "an empty answer": lambda _: ("", False),
}
"""What a generator makes of the tags that it should give."""


@dataclass(frozen=True, slots=True)
class TagModels:
    """Both models behind the methods of `TritonClient` that the loop calls."""

    generator: str
    critic_tokens: int = 4096
    is_critic_blind: bool = False
    """It never says that something is lacking; else it sees every tag."""

    async def complete(self, model: str, prompt: Prompt, request_id: str = "") -> Answer:
        await asyncio.sleep(0)
        text = "\n".join(message.text for message in prompt.messages)
        raw, is_cut = self._draft(read_draft(text)) if model == "generator" else self._critique(text)
        return Answer(raw, 0.0, "1", 0, 0, "length" if is_cut else "stop")

    def _draft(self, asked: Draft) -> Said:
        kept = {item["quote"] for item in asked.kept}
        tags = [name for name in _tags(asked.passage, *asked.notes) if name not in kept]
        return GENERATORS[self.generator](tags)

    def _critique(self, text: str) -> Said:
        asked = read_question(text)
        rows: list[dict[str, Any]] = []
        if asked.is_missing and not self.is_critic_blind:
            drafted = {item["quote"] for item in asked.items}
            rows = [
                {"field": FIELD, "quote": t} for t in _tags(asked.passage, *asked.notes) if t not in drafted
            ]
        key = "add" if asked.is_missing else "drop"
        raw = json.dumps({"verdict": "revise" if rows else "right", key: rows})
        limit = self.critic_tokens * 4
        return raw[:limit], len(raw) > limit


def _tags(*texts: str) -> list[str]:
    return list(dict.fromkeys(name for text in texts for name in TAG.findall(text)))


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of the tags of one document."""

    verified: frozenset[str]
    told: frozenset[str]
    """Not verified; a value or the cell of a chunk that has the tag says so."""
    lost: frozenset[str]
    """Of these nothing says that they are there."""

    @property
    def in_words(self) -> str:
        return f"{len(self.verified)} verified, {len(self.told)} told, {len(self.lost)} lost"


def play(reading: Reading, chunks: tuple[Chunk, ...], models: TagModels, rounds: int = 3) -> RunResults:
    """The product's loop over a document, with these models."""
    generator, critic = (
        LanguageCaller(models, Served(ModelIdentity(name, "1-tags"), Dialect.VLLM), AskLimits())  # pyright: ignore[reportArgumentType]
        for name in ("generator", "critic")
    )
    run_input = RunInput(reading, chunks, SCHEMA)
    plan = LoopPlan(generator, critic, rounds, BudgetLimits(600))
    state = asyncio.run(run_rounds(plan, run_input, (), lambda _: None))
    return results_of(state.by_chunk, SCHEMA, facts_of(reading))


def fates(wanted: Sequence[str], chunks: Sequence[Chunk], results: RunResults) -> Fates:
    """What the stored rows say of each tag."""
    open_states = (CellState.UNSETTLED, CellState.FAILED)
    open_chunks = {cell.chunk_index for cell in results.coverage if cell.state in open_states}
    told = {
        name
        for chunk in chunks
        if chunk.chunk_index in open_chunks
        for name in _tags(*(p.text for p in chunk.passages))
    }
    told |= {row.value for row in results.extractions if row.status is ExtractionStatus.UNSETTLED}
    verified = {row.value for row in results.extractions if row.status is ExtractionStatus.VERIFIED}
    tags = set(wanted)
    return Fates(
        frozenset(tags & verified), frozenset(tags & told - verified), frozenset(tags - told - verified)
    )
