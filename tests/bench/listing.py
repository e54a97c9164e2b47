"""What a bucket of unchanged keys costs: its listing, and as much memory for a million as for a thousand.

usage: python -m tests.bench.listing [--keys N ...]

Each size is a bucket of `tests.bench.endless_bucket` whose keys all stand in a PostgreSQL of the bench's own, with a run done each.
`tasks.nightly.discover` compares the two in a fresh process and finds nothing to do. Beside it the two halves alone: the listing
through boto3, and the rows. Memory is the peak of the process, imports included.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context

import psycopg

from tests.bench.endless_bucket import endless_bucket
from tests.bench.own_postgres import own_database

PREFIX = "deals/"
FILL = """
    INSERT INTO document SELECT encode(sha256(({bucket} || n)::bytea), 'hex'), 1 FROM generate_series(0, {n_keys} - 1) n;
    INSERT INTO source (bucket, key, object_version, etag, size_bytes, document_id)
    SELECT {bucket}, 'deals/' || to_char(n / 1000, 'FM0000') || '/contract-' || to_char(n, 'FM0000000') || '.pdf',
           lpad(to_hex(n), 32, '0'), lpad(to_hex(n), 32, '0'), 1, encode(sha256(({bucket} || n)::bytea), 'hex')
    FROM generate_series(0, {n_keys} - 1) n;
    INSERT INTO object (bucket, key, etag, since, seen_at)
    SELECT bucket, key, etag, created_at, created_at FROM source WHERE bucket = {bucket};
    INSERT INTO run (run_key, attempt, state, document_id, schema_version_id, schema_name, generator_id, reader_version, max_rounds,
                     summary, finished_at)
    SELECT document_id, 1, 'done', document_id, repeat('0', 64), 'cuad', 1, 'r', 3, jsonb_build_object('lines', repeat('x', 1000)), now()
    FROM source WHERE bucket = {bucket};
"""


@dataclass(frozen=True, slots=True)
class Spent:
    n_found: int
    seconds: float
    cpu_s: float
    """Of the client's process; the endpoint and PostgreSQL have their own."""
    peak_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--keys", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    sizes = parser.parse_args().keys
    with own_database() as url, endless_bucket() as endpoint:
        _fill(url, sizes)
        os.environ.update(
            DATABASE_URL=url,
            S3_ENDPOINT_URL=endpoint,
            TRITON_URL="127.0.0.1:1",
            AWS_ACCESS_KEY_ID="bench",
            AWS_SECRET_ACCESS_KEY="bench",
            AWS_DEFAULT_REGION="us-east-1",
            PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW="ignore",
        )
        print(
            f"{'keys':>10} {'what':10} {'found':>8} {'seconds':>9} {'CPU s':>8} {'keys/s':>9} {'peak MB':>9}"
        )
        for n_keys in sizes:
            for work in (listed, rows, compared):
                spent = _in_a_fresh_process(work, f"n{n_keys}")
                rate, peak = n_keys / spent.seconds, spent.peak_bytes / 1e6
                print(
                    f"{n_keys:10,} {work.__name__:10} {spent.n_found:8,} {spent.seconds:9.2f} {spent.cpu_s:8.2f} {rate:9,.0f} {peak:9.1f}",
                    flush=True,
                )


def listed(bucket: str) -> int:
    """The listing alone."""
    from tasks.s3 import list_objects

    return sum(1 for _ in list_objects(bucket, PREFIX))


def rows(bucket: str) -> int:
    """Our rows alone."""
    from tasks.store import store

    return sum(1 for _ in store().sources.known_objects(bucket, PREFIX, "cuad"))


def compared(bucket: str) -> int:
    """What a night does: both side by side. Gives what is to be done."""
    from tasks.documents import Source
    from tasks.nightly.discover import discover

    return len(discover.fn([Source(prefix=PREFIX, schema_name="cuad")], bucket).requests)


def _in_a_fresh_process(work: Callable[[str], int], bucket: str) -> Spent:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (work, bucket))


def _measured(work: Callable[[str], int], bucket: str) -> Spent:
    import tasks.nightly.discover  # noqa: F401 -- outside the clock

    started, cpu_before = time.perf_counter(), time.process_time()
    n_found = work(bucket)
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - cpu_before
    return Spent(n_found, seconds, cpu_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def _fill(database_url: str, sizes: list[int]) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        for n_keys in sizes:
            connection.execute(FILL.format(bucket=f"'n{n_keys}'", n_keys=n_keys))
        connection.execute("VACUUM ANALYZE")


if __name__ == "__main__":
    main()
