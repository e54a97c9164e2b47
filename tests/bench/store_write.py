"""How long the store takes to write and read one contract: 60 chunks, 41 fields, 3 rounds.

`DATABASE_URL=... python -m tests.bench.store_write` on a migrated database that may be filled; prints milliseconds, client side
included, the median of a few contracts.
"""

from __future__ import annotations

import os
import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.core.records import (
    CellState,
    Chunk,
    ChunkKind,
    Citation,
    CoverageCell,
    CriticAnswer,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Generation,
    Line,
    LineTag,
    MatchKind,
    ModelIdentity,
    Page,
    Passage,
    PassageKind,
    Reading,
    ReadStatus,
    RoundRecord,
    RunIdentity,
    Segment,
    Span,
)
from tasks.core.schema import Schema, SchemaField
from tasks.postgres.store import Store
from tests.db.samples import BOX, document_id

N_CHUNKS, N_FIELDS, CHUNK_CHARS, N_CONTRACTS = 60, 41, 6000, 9
TEXT = ("The provider shall deliver the services with care. " * (CHUNK_CHARS // 50))[:CHUNK_CHARS] * N_CHUNKS
FIELDS = tuple(FieldName(f"f{n}") for n in range(N_FIELDS))
SCHEMA = Schema(
    name="bench", title="b", fields=tuple(SchemaField(name=f, title=f, description=f) for f in FIELDS)
)


def reading() -> tuple[Reading, tuple[Chunk, ...]]:
    starts = range(0, len(TEXT), CHUNK_CHARS)
    pages = tuple(Page(n + 1, start, start + CHUNK_CHARS, "ok") for n, start in enumerate(starts))
    lines = tuple(
        Line(at, at + 100, at // CHUNK_CHARS + 1, LineTag.BODY, BOX, 11.0) for at in range(0, len(TEXT), 100)
    )
    chunks = tuple(
        Chunk(n, ChunkKind.BODY, (_passage(start),), "", "", "", (), start / len(TEXT))
        for n, start in enumerate(starts)
    )
    return Reading(ReadStatus.OK, None, (), N_CHUNKS, TEXT, pages, lines, (), "bench"), chunks


def _passage(start: int) -> Passage:
    return Passage(PassageKind.BODY, TEXT[start : start + CHUNK_CHARS], (Segment(0, start, CHUNK_CHARS),))


def round_record(number: int) -> RoundRecord:
    """All chunks in round 1, a third of them in the rounds after it; two findings each."""
    indices = range(0, N_CHUNKS, 1 if number == 1 else 3)
    answer = '{"items":[' + ",".join(f'{{"field":"f1","quote":"{TEXT[:200]}"}}' for _ in range(6)) + "]}"
    critique = (
        '{"verdicts":[' + ",".join(['{"candidate":0,"right":0.9,"flagged":false}'] * 6) + '],"missing":[]}'
    )
    finding = Finding(
        FindingKind.REDUNDANT, FindingSource.CRITIC, FIELDS[1], 0, TEXT[:200], citation(0), 0.7, "doubted"
    )
    return RoundRecord(
        number,
        tuple(Generation(i, number, answer, "generator/1", 3.0, None, None, None) for i in indices),
        tuple(CriticAnswer(i, number, critique, "critic/1", 3.0, None) for i in indices),
        tuple((i, finding) for i in indices for _ in range(2)),
    )


def citation(start: int) -> Citation:
    return Citation((Span(start, start + 200),), (1,), None, MatchKind.EXACT)


def results() -> tuple[list[Extraction], list[CoverageCell]]:
    found = [
        Extraction(i, field, ExtractionStatus.VERIFIED, TEXT[:200], TEXT[:200], citation(i * 100), 1, 0.9, "")
        for i in range(N_CHUNKS)
        for field in FIELDS[:2]
    ]
    return found, [CoverageCell(i, field, CellState.ABSENT, "") for i in range(N_CHUNKS) for field in FIELDS]


def main() -> None:
    spent: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        spent[name].append((time.perf_counter() - started) * 1000)

    (read, chunks), rounds, ending = reading(), [round_record(n) for n in (1, 2, 3)], results()
    with Store(os.environ["DATABASE_URL"]) as store:
        store.register_schema(SCHEMA)
        for _ in range(N_CONTRACTS):
            document = document_id(uuid.uuid4().hex)
            store.record_source("bench", document, "v", None, 1, document)
            with timed("save reading"):
                store.save_reading(document, read, chunks, {})
            with timed("load reading"):
                store.load_reading(document, "bench")
            models = ModelIdentity("generator", "1"), ModelIdentity("critic", "1")
            with (
                timed("run"),
                store.claim_run(RunIdentity(document, SCHEMA.digest, *models, "bench", 3)) as claim,
            ):
                for record in rounds:
                    with timed(f"round {record.round_number}"):
                        store.save_round(claim.run_id, record)
                with timed("finish"):
                    store.finish_run(claim.run_id, *ending, {})
            with timed("verify"):
                assert store.verify_trail(claim.run_id).holds
    for name, figures in spent.items():
        print(f"{name:14} {statistics.median(figures):7.1f} ms")


if __name__ == "__main__":
    main()
