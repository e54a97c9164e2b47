"""What drifts under load: memory, threads, files and connections of every part, over many documents or over an hour of everything at once.

    python -m tests.bench.load backfill --documents 10000 --home FOLDER
    python -m tests.bench.load hour --minutes 60 --home ANOTHER_FOLDER
    python -m tests.bench.load table --home FOLDER

`backfill` puts small contracts of one page into the bucket, each another one, and runs them as a backfill of batches of 50, two in flight, on a
stack of its own in FOLDER with the native models. It samples all processes into FOLDER/samples.jsonl and prints the progress, and at the end a
table: the first thousand documents, the second, and the last. A command that was stopped goes on where it was when it is given again; the
FOLDER stays until somebody removes it. `hour` is a day of 24 nights in so many minutes, beside a backfill and reviewers (`load_hour.py`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.generated import contract_pdf
from tests.bench.load_samples import Samples, Table
from tests.bench.own_stack import BUCKET, own_stack, put_documents

NAME, PREFIX, SCHEMA = "load", "backfill/", "cuad"
LOOK_S, TELL_S = 2.0, 30.0
_ENDED = ("done", "paused", "cancelled")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("mode", choices=("backfill", "hour", "table"))
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--step", type=int, default=1000, help="documents of a column of the table")
    options = parser.parse_args()
    samples = options.home / "samples.jsonl"
    if options.mode == "backfill":
        options.home.mkdir(parents=True, exist_ok=True)
        with own_stack(home=options.home), Samples(file=samples):
            backfill(options.documents)
    if options.mode == "hour":
        hour(options.home, options.minutes, options.documents)
    table = Table.of(samples)
    print("\n".join(table.thirds() if options.mode == "hour" else table.lines(options.step)), flush=True)


def hour(home: Path, minutes: float, n_documents: int) -> None:
    from tests.bench.load_hour import add_reviewers, play_day

    home.mkdir(parents=True, exist_ok=True)
    os.environ["COUNTERSIGN_HOME"] = str(home.absolute())
    add_reviewers()
    with (
        own_stack(home=home, COUNTERSIGN_RESULTS=f"s3://{BUCKET}/results/"),
        Samples(file=home / "samples.jsonl"),
    ):

        def start() -> None:
            put_documents([f"{PREFIX}{n:06}.pdf" for n in range(n_documents)], lambda n: contract_pdf(n, 1))
            countersign("backfill", "plan", NAME, "--schema", SCHEMA, "--prefix", PREFIX, "--json")
            countersign("backfill", "run", NAME)

        def stop() -> None:
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                found = standing(connection) or {}
            print(f"the backfill is {found}", flush=True)
            if found.get("state") not in _ENDED:
                countersign("backfill", "pause", NAME)

        play_day(minutes, start, stop)


def countersign(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli.main", *words], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"countersign {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def backfill(n_documents: int) -> None:
    """Plan and run it, or go on with it, until it ends."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        if standing(connection) is None:
            put_documents([f"{PREFIX}{n:06}.pdf" for n in range(n_documents)], lambda n: contract_pdf(n, 1))
            countersign("backfill", "plan", NAME, "--schema", SCHEMA, "--prefix", PREFIX, "--json")
        found = standing(connection)
        if found and found["state"] != "done":
            countersign("backfill", "run" if found["state"] == "planned" else "resume", NAME)
        follow(connection)


def follow(connection: psycopg.Connection) -> None:
    began, told, n_before = time.monotonic(), 0.0, None
    while True:
        found = standing(connection) or {}
        n_over = found["n_done"] + found["n_unchanged"]
        n_before = n_over if n_before is None else n_before
        now = time.monotonic()
        is_over = found["state"] in _ENDED
        if is_over or now - told > TELL_S:
            told, rate = now, (n_over - n_before) / max(now - began, 1)
            print(
                f"{now - began:6.0f} s {found['state']}: {n_over} of {found['n_documents']}, {found['n_failed']} failed, {rate:.1f}/s",
                flush=True,
            )
        if is_over:
            return
        time.sleep(LOOK_S)


def standing(connection: psycopg.Connection) -> dict[str, Any] | None:
    row = connection.execute(
        "SELECT to_jsonb(backfill_overview) FROM backfill_overview WHERE name = %s", [NAME]
    ).fetchone()
    return row[0] if row else None


if __name__ == "__main__":
    main()
