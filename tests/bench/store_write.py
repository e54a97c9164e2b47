"""How long the store takes to write and read one contract: 60 chunks, 41 fields, 3 rounds, 120 questions.

usage: python -m tests.bench.store_write

On a PostgreSQL of the bench's own (`tests.bench.own_postgres`), commits flushed to disk as by default. Prints milliseconds, the median of
a few contracts, of two kinds:

    with the client   from the call to its end, our side included (rows made, sent, read)
    database time     what the server itself counts as spent on the statements of a session (`pg_stat_database.active_time`): from
                      claim to finish all of it, the commits, and the waiting for rows while COPY is fed; the reading, written before, apart
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tasks.core.records import (
    CellState,
    Chunk,
    ChunkKind,
    Citation,
    CoverageCell,
    DocumentId,
    Extraction,
    ExtractionStatus,
    FieldName,
    Finding,
    FindingKind,
    FindingSource,
    Line,
    LineTag,
    MatchKind,
    ModelAnswer,
    ModelIdentity,
    Page,
    Passage,
    PassageKind,
    Reading,
    ReadStatus,
    RoundRecord,
    RunId,
    RunIdentity,
    Segment,
    Span,
    Stage,
)
from tasks.core.review.items import ItemDraft
from tasks.core.review.records import ItemKind
from tasks.core.schema import Schema, SchemaField
from tasks.postgres.store import Store
from tests.bench.own_postgres import own_database
from tests.db.samples import BOX, document_id

Timed = Callable[[str], AbstractContextManager[None]]
SESSIONS = "SELECT FROM pg_stat_activity WHERE datname = %(name)s AND backend_type = 'client backend'"
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
        (
            *(ModelAnswer(i, number, Stage.GENERATE, answer, "generator/1", 3.0) for i in indices),
            *(ModelAnswer(i, number, Stage.CRITIQUE, critique, "critic/1", 3.0) for i in indices),
        ),
        tuple((i, finding) for i in indices for _ in range(2)),
    )


def citation(start: int) -> Citation:
    return Citation((Span(start, start + 200),), (1,), None, MatchKind.EXACT)


def results() -> tuple[list[Extraction], list[CoverageCell], dict[str, float], list[ItemDraft]]:
    found = [
        Extraction(i, field, ExtractionStatus.VERIFIED, TEXT[:200], TEXT[:200], citation(i * 100), 1, 0.9, "")
        for i in range(N_CHUNKS)
        for field in FIELDS[:2]
    ]
    cells = [CoverageCell(i, field, CellState.ABSENT, "") for i in range(N_CHUNKS) for field in FIELDS]
    items = [
        ItemDraft(ItemKind.VALUE, value.field, value.chunk_index, index, None, 0.9, 0.1, "nearly_wrong")
        for index, value in enumerate(found)
    ]
    return found, cells, {}, items


def main() -> None:
    with own_database() as url:
        tell(url)


def tell(database_url: str) -> None:
    """On a migrated database, which may be full."""
    for name, figures in _write_all(database_url).items():
        print(f"{name:28} {statistics.median(figures):7.1f} ms   (worst {max(figures):.1f})")


def _write_all(database_url: str) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        spent[name].append((time.perf_counter() - started) * 1000)

    with Store(database_url) as store:
        store.runs.register_schema(SCHEMA)
    # From another database: what the watcher spends must not count.
    with psycopg.connect(database_url, dbname="postgres", autocommit=True) as watching:
        for _ in range(N_CONTRACTS):
            document = document_id(uuid.uuid4().hex)
            before = _active_ms(watching, database_url)
            with Store(database_url) as store:
                _write_reading(store, document, timed)
            with_reading = _active_ms(watching, database_url)
            with Store(database_url) as store:
                run_id = _write_run(store, document, timed)
            with_run = _active_ms(watching, database_url)
            spent["reading, database time"].append(with_reading - before)
            spent["run, database time"].append(with_run - with_reading)
            with Store(database_url) as store:
                with timed("load reading"):
                    store.readings.load(document, "bench")
                with timed("verify trail"):
                    assert store.trail.verify(run_id).holds
            _active_ms(watching, database_url)
    return spent


def _write_reading(store: Store, document: DocumentId, timed: Timed) -> None:
    store.sources.record("bench", document, "v", None, 1, document)
    read, chunks = reading()
    with timed("reading, with the client"):
        store.readings.save(document, read, chunks, {})


def _write_run(store: Store, document: DocumentId, timed: Timed) -> RunId:
    models = ModelIdentity("generator", "1"), ModelIdentity("critic", "1")
    rounds, ending = [round_record(n) for n in (1, 2, 3)], results()
    with (
        timed("run, with the client"),
        store.runs.claim(RunIdentity(document, SCHEMA.digest, *models, "bench", 3)) as claim,
    ):
        for record in rounds:
            with timed(f"  round {record.round_number}"):
                store.runs.save_round(claim.run_id, record)
        with timed("  finish"):
            store.runs.finish(claim.run_id, *ending)
    return claim.run_id


def _active_ms(watching: psycopg.Connection, database_url: str) -> float:
    """Of the whole database so far. A session tells what it spent when it ends: so every one must have ended."""
    bench = {"name": conninfo_to_dict(database_url)["dbname"]}
    while watching.execute(SESSIONS, bench).rowcount:
        time.sleep(0.005)
    row = watching.execute(
        "SELECT active_time FROM pg_stat_database WHERE datname = %(name)s", bench
    ).fetchone()
    assert row is not None
    return row[0]


if __name__ == "__main__":
    main()
