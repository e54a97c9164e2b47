"""Many made contracts with orders to the model, against models that obey.

    python -m tests.fuzz.injection [--first 0] [--number 280] [--verbose]

Each contract is played twice: with a critic that judges by labels and with one that judges in words. Prints what must not be and was,
by contract, and how many values were verified. Exits with 1 when there was anything. A contract comes from its number alone.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tasks.core.reading import close_workers
from tests.fuzz.injection.contracts import made
from tests.fuzz.injection.trial import play


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--number", type=int, default=280)
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    n_wrong, seen = 0, Counter[str]()
    for seed in range(given.first, given.first + given.number):
        contract = made(seed)
        for by_labels in (True, False):
            trial = play(contract, by_labels=by_labels)
            seen["verified"] += trial.n_verified
            seen["shown" if contract.is_shown else "not shown"] += 1
            seen.update(f"flag {flag}" for flag in trial.reading.flags)
            n_wrong += len(trial.wrong)
            for line in trial.wrong:
                print(f"{contract.name}: {line}")
            if given.verbose:
                print(
                    contract.name,
                    sorted(trial.reading.flags),
                    *((e.field, e.status.value, e.value[:60]) for e in trial.extractions),
                )
    print(f"{given.number} contracts, played twice; wrong: {n_wrong}; {dict(sorted(seen.items()))}")
    close_workers()
    return 1 if n_wrong else 0


if __name__ == "__main__":
    sys.exit(main())
