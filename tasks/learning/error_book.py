"""The error book: reads labelled contracts like any other, lets a generator draft them once, compares the drafts with gold, and stores the result.

Requires:
    PostgreSQL, the bucket, and Triton with the generator's model. A second run stores nothing twice. After a crash, the
    next run continues with the first contract that is not stored.
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
from tasks.core.loop.grounded_answer import GroundedAnswer
from tasks.core.loop.state import RunInput
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
        ModelError: some chunk got no answer. In a draft with holes, unanswered fields would look like missing values.
    """
    run_input = RunInput(document.reading, document.chunks, schema)
    turns = [Turn(run_input, chunk, 1) for chunk in document.chunks]
    generations = await asyncio.gather(*map(generator.draft, turns))
    for generation in generations:
        if (code := _error_code(generation)) is not None:
            raise ModelError(
                f"model {generator.served.identity.name} answered chunk {generation.chunk_index} of {document.source.key} with the error "
                f"`{code}`: is it a generator?"
            )
    return {g.chunk_index: run_input.ground(g) for g in generations}


def _error_code(generation: ModelAnswer) -> str | None:
    """Why there is no answer, or none to one of several calls; whatever a generator writes else is one."""
    if generation.error is not None:
        return generation.error
    parts = split_answers(generation.raw)
    if parts is not None:
        return next((part.error for part in parts if part.error), None)
    return _native_error(generation.raw)


def _native_error(raw: str) -> str | None:
    """The native dialect's error object."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code", "unknown"))[:40] if isinstance(error, dict) else None


MAX_DOCUMENTS_AT_ONCE = 4
"""Each reading needs a core, while drafting waits for Triton."""


@dataclass(frozen=True, slots=True)
class Drafter:
    """The model that drafts."""

    model: str
    """Name of the Triton model."""
    identity: ModelIdentity
    """The name in the book: the generator whose mistakes these are, and the weights that made them."""


class EnteredStatus(StrEnum):
    ENTERED = "entered"
    KNOWN = "known"
    """The same comparison is stored already; nothing was drafted."""
    REFUSED = "refused"
    """The reader refused the document; it is in quarantine."""


@dataclass(frozen=True, slots=True)
class Entered:
    """The outcome for one contract."""

    gold_name: str
    status: EnteredStatus
    n_entries: int = 0
    n_unplaced: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Build:
    """The options of one build."""

    schema: Schema
    fields: frozenset[str]
    """The schema's fields that the gold file annotates. For the others it cannot say what is right."""
    drafter: Drafter
    put: Callable[[Path], str]
    """Puts a local file into the bucket and returns its key."""


def build_error_book(
    build: Build, contracts: Iterable[LabelledContract], on_entered: Callable[[Entered], None]
) -> None:
    """Draft, compare and store every contract that is not stored yet.

    Raises:
        ModelChanged: another version of the generator was published meanwhile.
        ModelError, StoreError, SourceError: what was stored stays; the next build continues there.
    """
    store().runs.register_schema(build.schema)
    asyncio.run(_build(build, list(contracts), on_entered))


async def _build(
    build: Build, contracts: Sequence[LabelledContract], on_entered: Callable[[Entered], None]
) -> None:
    limits = settings()
    slots = asyncio.Semaphore(MAX_DOCUMENTS_AT_ONCE)

    async def enter(contract: LabelledContract) -> None:
        async with slots:
            on_entered(await _enter(build, contract, generator))

    async with open_client(limits) as client:
        generator = await _pin(client, build.drafter)
        await gather_or_raise(enter(contract) for contract in contracts)


async def _pin(client: TritonClient, drafter: Drafter) -> GeneratorModel:
    """The generator in the version that the book names; any other is refused.

    Raises:
        ModelChanged: another version was published meanwhile.
    """
    generator = await model_caller(client, drafter.model, settings().ask_limits)
    identity = generator.served.identity
    if identity.name == drafter.identity.name and identity != drafter.identity:
        raise ModelChanged(f"{identity.name} {identity.version} was published meanwhile: start again with it")
    return generator


async def _enter(build: Build, contract: LabelledContract, generator: GeneratorModel) -> Entered:
    name = contract.gold.doc_id
    compared = _compared(build, contract)
    if await asyncio.to_thread(store().error_book.is_compared, compared):
        return Entered(name, EnteredStatus.KNOWN)
    try:
        document = await asyncio.to_thread(_read, build, contract)
    except DocumentError as error:
        return Entered(name, EnteredStatus.REFUSED, reason=error.code)
    if isinstance(document, Refused):
        return Entered(name, EnteredStatus.REFUSED, reason=document.code)
    answers = await first_draft(generator, document, build.schema)
    compared, entries = await asyncio.to_thread(_compare, build, contract, document, answers, compared)
    stored = await asyncio.to_thread(store().error_book.save_comparison, compared, entries)
    status = EnteredStatus.ENTERED if stored else EnteredStatus.KNOWN
    return Entered(name, status, len(entries), compared.n_unplaced)


def _compared(build: Build, contract: LabelledContract) -> DraftComparison:
    return DraftComparison(
        document_id=contract.document_id,
        reader_version=reader_version(contract.path.name),
        schema_digest=build.schema.digest,
        generator=build.drafter.identity,
        gold_name=contract.gold.doc_id,
        gold_digest=gold_digest(contract.gold.spans_of(build.fields)),
    )


def _read(build: Build, contract: LabelledContract) -> ReadDocument | Refused:
    """Upload, fetch and read like any document. The steps are called as functions because this is not a flow."""
    key = build.put(contract.path)
    return read.fn(fetch.fn(DocumentRequest(key=key, schema_name=build.schema.name)))


def _compare(
    build: Build,
    contract: LabelledContract,
    document: ReadDocument,
    answers: dict[int, GroundedAnswer],
    compared: DraftComparison,
) -> tuple[DraftComparison, tuple[Entry, ...]]:
    golds = place_gold(contract.gold.spans_of(build.fields), document.reading, document.chunks)
    drafts = {i: [c for c in a.candidates if c.field in build.fields] for i, a in answers.items()}
    counted = replace(
        compared,
        n_gold=len(golds),
        n_unplaced=sum(not g.places for g in golds),
        n_ungrounded=sum(c.citation is None for draft in drafts.values() for c in draft),
        n_malformed=sum(f.kind == "malformed" for a in answers.values() for f in a.findings),
    )
    return counted, compare_draft(drafts, golds, texts_match)
