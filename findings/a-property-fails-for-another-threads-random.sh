#!/usr/bin/env bash
# Guess: hypothesis watches its own test: what a thread of some other test or library does meanwhile cannot fail a property.
# What happens: it compares the state of the *global* `random` before and after each draw. If any thread of the process calls
#   `random.random()` in between, it blames the strategy: "Do not use the `random` module inside strategies". With warnings as errors
#   the property fails, and then as FlakyFailure, for it does not happen twice. Alone, the same test passes.
# Versions: hypothesis 6.170.17, pytest 9.2.0, CPython 3.11.
# Why here: a Prefect server or client that a test started leaves threads behind which use `random` (for jitter), and our tests turn
#   warnings into errors. Such tests must not run before properties in one process; pytest-xdist mixes them unless they are kept apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet hypothesis==6.170.17 pytest==9.2.0
cat >"$folder/test_property.py" <<'PY'
import os
import random
import threading

from hypothesis import given, settings, strategies

if os.environ.get("JITTER"):

    def jitter() -> None:
        while True:
            random.random()

    threading.Thread(target=jitter, daemon=True).start()


@settings(deadline=None, database=None, max_examples=300)
@given(strategies.lists(strategies.text(), max_size=20))
def test_a_list_is_itself(items: list[str]):
    assert items == list(items)
PY
run() { (cd "$folder" && venv/bin/python -m pytest -q -W error -p no:cacheprovider test_property.py >"$folder/said" 2>&1); }

"$folder/venv/bin/python" -c 'import hypothesis, pytest; print("hypothesis", hypothesis.__version__, "pytest", pytest.__version__)'
alone=0
run || alone=$?
echo "alone: pytest exits $alone"
beside=0
JITTER=1 run || beside=$?
echo "beside a thread that uses random: pytest exits $beside"
grep --only-matching --max-count=1 'Do not use the `random` module inside strategies' "$folder/said" || beside=0
[ "$alone" = 0 ] && [ "$beside" = 1 ]
