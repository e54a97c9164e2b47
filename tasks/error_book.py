"""The error book: labelled contracts are read as any other, drafted once by a generator, compared with their gold, and stored.

Requires:
    PostgreSQL, the bucket, and Triton with the generator's model. Running it twice stores nothing twice; killed, the next run
    goes on with the first contract that is not stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from tasks.asking import identified
from tasks.at_once import at_once
from tasks.core.assessment import GroundedAnswer
from tasks.core.error_book import Compared, Entry, compare_draft, gold_digest
from tasks.core.errors import DocumentError, ModelChanged
from tasks.core.gold import place_gold
from tasks.core.records import DocumentId, FieldName, ModelIdentity
from tasks.core.schema import Schema
from tasks.evaluation.gold import GoldContract
from tasks.evaluation.matching import matches, word_set
from tasks.fetch import fetch
from tasks.first_draft import first_draft
from tasks.outcome import DocumentRequest
from tasks.read import ReadDocument, Refused, read, reader_version
from tasks.settings import settings
from tasks.store import store
from tasks.triton import Served, TritonClient, open_client

MAX_DOCUMENTS_AT_ONCE = 4
"""Reading takes a core each, drafting waits for Triton."""

_words = lru_cache(maxsize=50_000)(word_set)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A contract with gold, as a file of this machine."""

    gold: GoldContract
    path: Path
    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class Drafter:
    """Who drafts."""

    model: str
    """Name of the Triton model."""
    identity: ModelIdentity
    """What the book calls it: the generator whose mistakes these are, and which weights made them."""


class EnteredStatus(StrEnum):
    ENTERED = "entered"
    KNOWN = "known"
    """The same comparison is stored; nothing was drafted again."""
    REFUSED = "refused"
    """The reader refused the document; it stands in quarantine."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of one contract."""

    gold_name: str
    status: EnteredStatus
    n_entries: int = 0
    n_unplaced: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Build:
    """What is the same for every contract of one build."""

    schema: Schema
    fields: frozenset[str]
    """The schema's fields that the gold speaks of. Of the others nobody knows what is right."""
    drafter: Drafter
    put: Callable[[Path], str]
    """Puts a local file into the bucket and gives its key."""


def build_error_book(
    build: Build, contracts: Iterable[Labelled], on_entered: Callable[[Entered], None]
) -> None:
    """Draft, compare and store every contract that is not stored yet.

    Raises:
        ModelChanged: another version of the generator was published meanwhile.
        ModelError, StoreError, SourceError: what was stored stays; the next build goes on there.
    """
    store().runs.register_schema(build.schema)
    asyncio.run(_build(build, list(contracts), on_entered))


async def _build(build: Build, contracts: Sequence[Labelled], on_entered: Callable[[Entered], None]) -> None:
    limits = settings()
    slots = asyncio.Semaphore(MAX_DOCUMENTS_AT_ONCE)

    async def enter(contract: Labelled) -> None:
        async with slots:
            on_entered(await _enter(build, contract, client, served))

    async with open_client(limits) as client:
        served = await _pin(client, build.drafter)
        await at_once(enter(contract) for contract in contracts)


async def _pin(client: TritonClient, drafter: Drafter) -> Served:
    """From here on only this version answers; the book names it.

    Raises:
        ModelChanged: another one was published since.
    """
    served = await identified(client, drafter.model, settings().ask_limits)
    identity = served.identity
    if identity.name == drafter.identity.name and identity != drafter.identity:
        raise ModelChanged(f"{identity.name} {identity.version} was published meanwhile: begin anew with it")
    return served


async def _enter(build: Build, contract: Labelled, client: TritonClient, served: Served) -> Entered:
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
    answers = await first_draft(client, served, document, build.schema, settings().ask_limits)
    compared, entries = await asyncio.to_thread(_compare, build, contract, document, answers, compared)
    stored = await asyncio.to_thread(store().error_book.save_comparison, compared, entries)
    status = EnteredStatus.ENTERED if stored else EnteredStatus.KNOWN
    return Entered(name, status, len(entries), compared.n_unplaced)


def _compared(build: Build, contract: Labelled) -> Compared:
    return Compared(
        document_id=contract.document_id,
        reader_version=reader_version(contract.path.name),
        schema_digest=build.schema.digest,
        generator=build.drafter.identity,
        gold_name=contract.gold.doc_id,
        gold_digest=gold_digest(_golds(build, contract)),
    )


def _golds(build: Build, contract: Labelled) -> list[tuple[FieldName, str]]:
    quotes = contract.gold.quotes
    return [(FieldName(f), text) for f in sorted(quotes) if f in build.fields for text in quotes[f]]


def _read(build: Build, contract: Labelled) -> ReadDocument | Refused:
    """The way of every document: into the bucket, fetched, read. The steps are called as functions: this is no flow."""
    key = build.put(contract.path)
    return read.fn(fetch.fn(DocumentRequest(key=key, schema_name=build.schema.name)))


def _compare(
    build: Build,
    contract: Labelled,
    document: ReadDocument,
    answers: dict[int, GroundedAnswer],
    compared: Compared,
) -> tuple[Compared, tuple[Entry, ...]]:
    golds = place_gold(_golds(build, contract), document.reading, document.chunks)
    drafts = {i: [c for c in a.candidates if c.field in build.fields] for i, a in answers.items()}
    counted = replace(
        compared,
        n_gold=len(golds),
        n_unplaced=sum(not g.places for g in golds),
        n_ungrounded=sum(c.citation is None for draft in drafts.values() for c in draft),
        n_malformed=sum(f.kind == "malformed" for a in answers.values() for f in a.findings),
    )
    return counted, compare_draft(drafts, golds, _is_match)


def _is_match(field: str, gold: str, quote: str) -> bool:
    return matches(field, _words(gold), _words(quote))
