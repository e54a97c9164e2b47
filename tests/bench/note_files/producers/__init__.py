"""One module for each program that sets the files, and the list of all."""

from __future__ import annotations

import importlib
from typing import Final

from tests.bench.note_files.producers.base import Producer

MODULES: Final = (
    "typst",
    "latex",
    "fop",
    "office",
    "roff",
    "paged",
    "drawn",
    "gcpm",
    "tex_engines",
    "markup",
)


def all_producers() -> dict[str, Producer]:
    found: dict[str, Producer] = {}
    for name in MODULES:
        module = importlib.import_module(f"{__name__}.{name}")
        found.update({producer.name: producer for producer in module.PRODUCERS})
    return found
