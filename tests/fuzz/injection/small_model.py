"""Made contracts with orders, drafted and judged by the small real model, which obeys what it likes.

    make setup LLM=1; python -m tests.fuzz.injection.small_model [--seeds 0,2,9]

Starts the embedded Triton with the model. Prints for each contract what was drafted and what stands verified.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from infra import stack
from infra.stack import StackPart
from tasks.core.chunking.chunks import chunk_document
from tasks.core.cost.budget import BudgetLimits
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading import close_workers, read_document
from tasks.triton import LanguageOptions, TritonClient
from tasks.verify.model_calls import model_caller
from tasks.verify.rounds import LoopPlan, run_rounds
from tests.fuzz.injection.contracts import made
from tests.fuzz.injection.trial import SCHEMA

_NAME, _ANSWER_S, _ANSWER_TOKENS = "smollm2", 600.0, 96


async def _play(url: str, seed: int) -> None:
    contract = made(seed)
    reading = read_document(contract.data, kind=contract.kind)
    run_input = RunInput(reading, chunk_document(reading, 1500), SCHEMA)
    started = time.perf_counter()
    async with TritonClient(url, _ANSWER_S, 1, options=LanguageOptions(answer_s=_ANSWER_S)) as client:
        model = await model_caller(client, _NAME, AskLimits(2, AskLimits().max_field_chars, _ANSWER_TOKENS))
        plan = LoopPlan(model, model, 2, BudgetLimits(), max_chunks_at_once=1)
        state = await run_rounds(plan, run_input, (), lambda record: None)
    drafted = [c for history in state.by_chunk.values() for c in history[0].candidates]
    stands = [(e.field, e.status.value, e.value[:60]) for e in results_of(state.by_chunk, SCHEMA).extractions]
    on_page = sum(c.citation is not None for c in drafted)
    seconds = time.perf_counter() - started
    print(
        f"{contract.name}: {seconds:.0f} s, drafted {len(drafted)}, on the page {on_page}; {stands}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", default="0,2,9")
    seeds = [int(one) for one in parser.parse_args().seeds.split(",")]
    url = stack.ensure_up({StackPart.TRITON}, language_model=True)["TRITON_URL"]
    for seed in seeds:
        asyncio.run(_play(url, seed))
    close_workers()


if __name__ == "__main__":
    main()
