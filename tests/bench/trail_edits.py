"""How many edits by a superuser `audit verify` finds, and whether it calls something broken that is whole.

usage: python -m tests.bench.trail_edits [N] [FIRST_SEED]

On a PostgreSQL of its own. Each edit is drawn by a seed (`tests/db/edits.py`), made after a head was signed, looked for with that
head, and rolled back. Edits that change no row are drawn again and not counted.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import psycopg

from tasks.postgres.store import Store
from tests.bench.own_postgres import own_database
from tests.db import trail_prover


def main(n_edits: int = 1000, first_seed: int = 0) -> None:
    with own_database() as url, Store(url) as store, psycopg.connect(url, autocommit=True) as connection:
        trail_prover.fill(store, connection)
        head = trail_prover.signed(store)
        n_made, seed, n_void = 0, first_seed, 0
        made: Counter[str] = Counter()
        missed: list[str] = []
        began = time.monotonic()
        while n_made < n_edits:
            name, n_rows, faults = trail_prover.trial(connection, head, seed)
            seed += 1
            if not n_rows:
                n_void += 1
                continue
            n_made += 1
            made[name] += 1
            if not faults:
                missed.append(f"seed {seed - 1}: {name}")
            if n_made % 100 == 0:
                print(
                    f"{n_made} edits, {len(missed)} not found, {time.monotonic() - began:.0f} s", flush=True
                )
                with connection.transaction():
                    false = trail_prover.faults(connection, head)
                assert not false, false
        for name, count in sorted(made.items()):
            print(f"{name:28} {count:5} made, {sum(name in line for line in missed):3} not found")
        print(
            f"{n_made} edits, {len(missed)} not found; nothing false in {n_made // 100} looks in between; {n_void} drawn that change nothing"
        )
        print("\n".join(missed[:40]))
        if missed:
            sys.exit(1)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
