"""`prefect`, with memory that it has freed given back each minute: run as a script, with the words of a command that goes on for long.

Prefect's worker makes several HTTP clients for each run. Each has an SSL context, about 0.7 MB
outside of Python's objects, and after a request it ends in a cycle that only Python's collector
frees. The collector counts objects, not bytes: after an import as large as Prefect's, a full
collection comes once in tens of thousands of new objects. (Seen with httpx 0.28 and the collector
off; which clients wait in the worker was not traced.) What a client frees between other memory
stays with the C library until `malloc_trim`. Without either the worker grew by 1 MB a run
(docs/performance.md).

Objects that live after the first minute (modules, classes) are set aside, so that each collection
looks at new ones only.

Source: Python's manual on `gc.freeze`, and CPython's `gc_collect_generations` for the rule that full
collections wait until a quarter of the objects is new. Checked with Prefect 3.9.1 and Python 3.11.
"""

from __future__ import annotations

import ctypes
import gc
import runpy
import sys
import threading
import time
from collections.abc import Callable

EVERY_S = 60.0


def give_back() -> None:
    """Free what only the collector can free, and return free memory to the system."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
    if trim is not None:
        trim(0)


def keep_giving_back(every_s: float = EVERY_S, sleep: Callable[[float], None] = time.sleep) -> None:
    """Never ends."""
    sleep(every_s)
    give_back()
    gc.freeze()
    while True:
        sleep(every_s)
        give_back()


if __name__ == "__main__":
    threading.Thread(target=keep_giving_back, daemon=True, name="memory").start()
    sys.argv[0] = "prefect"
    runpy.run_module("prefect", run_name="__main__")
