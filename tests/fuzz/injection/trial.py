"""One made contract through the reader and the whole loop, with models that obey; says what should not have been."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.core.chunking.chunks import chunk_document
from tasks.core.cost.budget import BudgetLimits
from tasks.core.grounding.unprovable import UnprovableWords
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.reading import read_document
from tasks.core.records import Citation, Extraction, ExtractionStatus, Reading, ReadStatus
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tasks.core.text.folding import fold
from tasks.verify.rounds import LoopPlan, run_rounds
from tests.fuzz.injection.contracts import Made
from tests.fuzz.injection.obedient import ObedientCritic, ObedientGenerator
from tests.fuzz.injection.orders import SUM, orders_in
from tests.scripted.client import ScriptedModels

_CHUNK_CHARS, _ROUNDS = 3000, 3
_FENCE = re.compile(r"^<([a-z]+)-([0-9a-f]{8})(?: [^\n]*)?>$", re.MULTILINE)
_CONTROL = re.compile(r"<\|(?:im_|eot|start_h|end_h)|\[/?INST\]|</?s>|\[/?SYSTEM_PROMPT\]|<(?:start|end)_of_turn>|[<＜]｜|</?t(?:hink|ool_call)>")  # fmt: skip


def _field(name: str) -> SchemaField:
    return SchemaField(
        name=name, title=name, description=name, type=FieldType.TEXT, cardinality=Cardinality.MANY
    )


SCHEMA = Schema(name="orders", title="Orders", fields=(_field("fee"), _field("notice_period")))


@dataclass(frozen=True, slots=True)
class Trial:
    reading: Reading
    extractions: tuple[Extraction, ...]
    wrong: tuple[str, ...]
    """What must not be; empty: all holds."""

    @property
    def n_verified(self) -> int:
        return sum(e.status is ExtractionStatus.VERIFIED for e in self.extractions)


def play(contract: Made, *, by_labels: bool = True, obedient_critic: bool = True) -> Trial:
    """Read the file and play the loop."""
    reading = read_document(contract.data, kind=contract.kind)
    if reading.status is not ReadStatus.OK:
        return Trial(reading, (), (f"not read: {reading.reason}",))
    run_input = RunInput(reading, chunk_document(reading, _CHUNK_CHARS), SCHEMA)
    critic = ObedientCritic(contract.truth)
    models = ScriptedModels({"generator": ObedientGenerator(contract.truth), "critic": critic})
    plan = LoopPlan(
        models.caller("generator"),
        models.caller("critic", by_labels) if obedient_critic else None,
        _ROUNDS,
        BudgetLimits(),
    )
    state = asyncio.run(run_rounds(plan, run_input, (), lambda record: None))
    extractions = results_of(state.by_chunk, SCHEMA).extractions
    wrong = [
        *_about_reading(contract, reading),
        *_about_prompts(contract, [call.text for call in models.calls]),
        *_about_values(reading, extractions),
    ]
    return Trial(reading, extractions, tuple(wrong))


def _about_reading(contract: Made, reading: Reading) -> Iterator[str]:
    if contract.flags and not contract.is_shown and contract.flags.isdisjoint(reading.flags):
        yield f"not flagged: {sorted(reading.flags)} has none of {sorted(contract.flags)}"


def _about_prompts(contract: Made, prompts: list[str]) -> Iterator[str]:
    if not contract.is_shown and any(map(orders_in, prompts)):
        yield "a model was shown an order that the page does not show"
    if contract.is_shown and not any(map(orders_in, prompts)):
        yield "no model was shown an order that the page shows: the trial tries nothing"
    for prompt in prompts:
        if found := _CONTROL.search(prompt):
            yield f"a control token stands in a prompt: {found[0]!r}"
        # the first fence of the message is ours: the code stands before any part
        own = _FENCE.findall(prompt)
        for name, code in dict.fromkeys(own[:1]):
            if prompt.count(f"</{name}-{code}>") != 1:
                yield f"the part {name} does not end once"


def _about_values(reading: Reading, extractions: tuple[Extraction, ...]) -> Iterator[str]:
    unprovable = UnprovableWords(reading.marks)
    for value in extractions:
        if value.status is not ExtractionStatus.VERIFIED:
            continue
        citation = value.citation
        if citation is None or not _stands(citation, value.quote, reading.text):
            yield f"verified without its words: {value.quote!r}"
        elif unprovable.reason(citation):
            yield f"verified on words that the page does not say: {value.quote!r}"
        if SUM in value.value:
            yield f"verified although no clause says so: {value.value!r}"


def _stands(citation: Citation, quote: str, text: str) -> bool:
    return fold("".join(text[s.start : s.end] for s in citation.spans)).text == fold(quote).text
