"""`make faults N=200`: the long run, which goes on where the last sitting stopped.

    python -m tests.faults --trials 200 --out FOLDER [--seed 1] [--part NAME] [--minutes M]

`FOLDER/results.jsonl` has a line for each trial that was done; those are not done again. Interrupt it at any time.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.faults import FAULTS
from tests.faults.stack import opened
from tests.faults.trials import Result, Trials, planned, table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument(
        "--trials", type=int, default=60, help="how many in all, those of earlier sittings included"
    )
    parser.add_argument("--out", type=Path, default=Path(".countersign/faults"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--part", action="append", choices=list(FAULTS), help="only these parts; default: all"
    )
    parser.add_argument("--minutes", type=float, default=0, help="stop after so long; 0: when all are done")
    said = parser.parse_args()
    said.out.mkdir(parents=True, exist_ok=True)
    path = said.out / "results.jsonl"
    results = _read(path)
    known = {(r.part, r.moment, r.seed) for r in results}
    wanted = [
        trial
        for trial in planned(said.trials, said.seed, said.part or tuple(FAULTS))
        if (trial.part, trial.moment, trial.seed) not in known
    ]
    print(
        f"{len(results)} trials are done, {len(wanted)} are left; one takes about half a minute", flush=True
    )
    until = time.monotonic() + said.minutes * 60
    home = Path(tempfile.mkdtemp(prefix="countersign-faults-"))
    for ends in (
        signal.SIGTERM,
        signal.SIGINT,
    ):  # also where a shell has it ignored; parts must not outlive this
        signal.signal(ends, signal.default_int_handler)
    try:
        if wanted:
            with opened(home) as stack:
                trials = Trials(stack, f"{int(time.time())}")
                for trial in wanted:
                    if said.minutes and time.monotonic() > until:
                        break
                    result = trials.run(trial)
                    with path.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(result.row()) + "\n")
                    results.append(result)
                    print(_line(result), flush=True)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(table(results))
    return int(any(r.faults for r in results))


def _line(result: Result) -> str:
    how = "; ".join(result.faults) or ("holds" if result.is_hit else "nothing to hit")
    return (
        f"{result.number:4} {result.part}, {result.moment}: {how} "
        f"({result.n_done} done in the batch, {' / '.join(result.ends)}, {result.seconds:.0f} s)"
    )


def _read(path: Path) -> list[Result]:
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Result(**{**row, "ends": tuple(row["ends"]), "faults": tuple(row["faults"])}) for row in rows]


if __name__ == "__main__":
    sys.exit(main())
