"""The error book: a generator's first drafts of labelled contracts, compared with gold and stored.

Requires:
    PostgreSQL, the bucket, and Triton with the generator's model. A second run stores nothing
    twice, and after a crash the next run continues with the first contract that is not stored.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from tasks.core.answers.envelope import split_answers
from tasks.core.error_book.entries import DraftComparison, Entry, compare_draft, gold_digest
from tasks.core.error_book.gold_places import place_gold
from tasks.core.errors import DocumentError, ModelChanged, ModelError
from tasks.core.loop.grounded_answer import GroundedAnswer, RunInput
from tasks.core.records import ModelAnswer, ModelIdentity
from tasks.core.schema import Schema
from tasks.documents import DocumentRequest
from tasks.fetch import fetch
from tasks.learning.evaluation.matching import texts_match
from tasks.learning.labelled import LabelledContract
from tasks.read import ReadDocument, Refused, read, reader_version
from tasks.runtime.concurrency import gather_or_raise
from tasks.settings import settings
from tasks.store import store
from tasks.triton import TritonClient, open_client
from tasks.verify.model_calls import GeneratorModel, Turn, model_caller


async def first_draft(
    generator: GeneratorModel, document: ReadDocument, schema: Schema
) -> dict[int, GroundedAnswer]:
    """Every chunk's answer, by chunk index.

    Raises:
        ModelError: a chunk got no answer.
    """
    run_input = RunInput(document.reading, document.chunks, schema)
    turns = [Turn(run_input, chunk, 1) for chunk in document.chunks]
    generations = await asyncio.gather(*map(generator.draft, turns))
    for generation in generations:
        # A draft with holes is refused: fields without an answer would count as overlooked values.
        if (code := _error_code(generation)) is not None:
            raise ModelError(
                f"model {generator.served.identity.name} answered chunk {generation.chunk_index} of {document.source.key} with the error "
                f"`{code}`. Check that this model is a generator, then build again."
            )
    return {g.chunk_index: run_input.ground(g) for g in generations}


def _error_code(generation: ModelAnswer) -> str | None:
    """The error of a call, of one of several calls, or in a native model's answer."""
    if generation.error is not None:
        return generation.error
    parts = split_answers(generation.raw)
    if parts is not None:
        return next((part.error for part in parts if part.error), None)
    try:
        body = json.loads(generation.raw)
    except ValueError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code", "unknown"))[:40] if isinstance(error, dict) else None


MAX_DOCUMENTS_AT_ONCE = 4
"""Each reading needs a core, while drafting waits for Triton."""


@dataclass(frozen=True, slots=True)
class Drafter:
    """The model that drafts.

    Attributes:
        model: Name of the Triton model.
        identity: Name and weights in the book; a fold model has the name of its generator.
    """

    model: str
    identity: ModelIdentity


class ContractStatus(StrEnum):
    ENTERED = "entered"
    KNOWN = "known"
    """The same comparison is stored already; nothing was drafted."""
    REFUSED = "refused"
    """The reader refused the document; it is in quarantine."""


@dataclass(frozen=True, slots=True)
class ContractResult:
    """What became of one contract."""

    gold_name: str
    status: ContractStatus
    n_entries: int = 0
    n_unplaced: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What one build drafts, with which model.

    Attributes:
        fields: The schema's fields that the gold file annotates.
        upload: Puts a local file into the bucket and returns its key.
    """

    schema: Schema
    fields: frozenset[str]
    drafter: Drafter
    upload: Callable[[Path], str]


def build_error_book(
    build: BuildOptions, contracts: Iterable[LabelledContract], on_result: Callable[[ContractResult], None]
) -> None:
    """Draft, compare and store every contract that is not stored yet.

    Raises:
        ModelChanged: another version of the generator was published since the build was planned.
        ModelError, StoreError, SourceError: stored comparisons stay.
    """
    store().runs.register_schema(build.schema)
    asyncio.run(_build(build, list(contracts), on_result))


async def _build(
    build: BuildOptions, contracts: Sequence[LabelledContract], on_result: Callable[[ContractResult], None]
) -> None:
    slots = asyncio.Semaphore(MAX_DOCUMENTS_AT_ONCE)

    async def enter(contract: LabelledContract) -> None:
        async with slots:
            on_result(await _enter(build, contract, generator))

    async with open_client(settings()) as client:
        generator = await _pin(client, build.drafter)
        await gather_or_raise(enter(contract) for contract in contracts)


async def _pin(client: TritonClient, drafter: Drafter) -> GeneratorModel:
    """The generator in the version that the book names.

    Raises:
        ModelChanged: the server serves another version now.
    """
    generator = await model_caller(client, drafter.model, settings().ask_limits)
    identity = generator.served.identity
    if identity.name == drafter.identity.name and identity != drafter.identity:
        raise ModelChanged(
            f"{identity.name} {identity.version} was published after this build began. Run the command again to draft with it."
        )
    return generator


async def _enter(
    build: BuildOptions, contract: LabelledContract, generator: GeneratorModel
) -> ContractResult:
    name = contract.gold.doc_id
    comparison = _new_comparison(build, contract)
    if await asyncio.to_thread(store().error_book.is_compared, comparison):
        return ContractResult(name, ContractStatus.KNOWN)
    try:
        document = await asyncio.to_thread(_read, build, contract)
    except DocumentError as error:
        return ContractResult(name, ContractStatus.REFUSED, reason=error.code)
    if isinstance(document, Refused):
        return ContractResult(name, ContractStatus.REFUSED, reason=document.code)
    answers = await first_draft(generator, document, build.schema)
    comparison, entries = await asyncio.to_thread(_compare, build, contract, document, answers, comparison)
    stored = await asyncio.to_thread(store().error_book.save_comparison, comparison, entries)
    status = ContractStatus.ENTERED if stored else ContractStatus.KNOWN
    return ContractResult(name, status, len(entries), comparison.n_unplaced)


def _new_comparison(build: BuildOptions, contract: LabelledContract) -> DraftComparison:
    return DraftComparison(
        document_id=contract.document_id,
        reader_version=reader_version(contract.path.name),
        schema_digest=build.schema.digest,
        generator=build.drafter.identity,
        gold_name=contract.gold.doc_id,
        gold_digest=gold_digest(contract.gold.spans_of(build.fields)),
    )


def _read(build: BuildOptions, contract: LabelledContract) -> ReadDocument | Refused:
    """Upload, fetch and read like any document."""
    key = build.upload(contract.path)
    # No flow runs here: the functions of the tasks are called.
    return read.fn(fetch.fn(DocumentRequest(key=key, schema_name=build.schema.name)))


def _compare(
    build: BuildOptions,
    contract: LabelledContract,
    document: ReadDocument,
    answers: dict[int, GroundedAnswer],
    comparison: DraftComparison,
) -> tuple[DraftComparison, tuple[Entry, ...]]:
    golds = place_gold(contract.gold.spans_of(build.fields), document.reading, document.chunks)
    drafts = {i: [c for c in a.candidates if c.field in build.fields] for i, a in answers.items()}
    counted = replace(
        comparison,
        n_gold=len(golds),
        n_unplaced=sum(not g.places for g in golds),
        n_ungrounded=sum(c.citation is None for draft in drafts.values() for c in draft),
        n_malformed=sum(f.kind == "malformed" for a in answers.values() for f in a.findings),
    )
    return counted, compare_draft(drafts, golds, texts_match)
