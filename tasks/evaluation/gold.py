"""Gold spans of labelled contracts. Reads CUAD's JSON lines, knows no store and no model."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class GoldContract:
    doc_id: str
    split: str
    quotes: dict[str, list[str]]
    """Field name -> gold spans' texts."""
    pages: dict[str, list[frozenset[int]]]
    """Aligned with `quotes`: the pages on which the span's text stands; empty where the gold does not say."""
    near_duplicates: tuple[str, ...] = ()
    """Contracts that share most of their text with this one."""


def field_name(category: str) -> str:
    """CUAD's category in lower snake case: `Rofr/Rofo/Rofn` is `rofr_rofo_rofn`."""
    return re.sub(r"[^a-z0-9]+", "_", category.lower()).strip("_")


def read_gold(path: Path) -> Iterator[GoldContract]:
    """Stream the contracts of a gold file, gzipped or not.

    Raises:
        ConfigurationError: the file is not there or not of this form.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    n_read = 0
    try:
        with opener(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                n_read += 1
                if line.strip():
                    yield _contract(json.loads(line))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"gold file {path}: line {n_read} cannot be read ({type(error).__name__}). It needs JSON lines with `doc_id` and `spans`."
        ) from error


def _contract(row: dict[str, Any]) -> GoldContract:
    quotes: dict[str, list[str]] = defaultdict(list)
    pages: dict[str, list[frozenset[int]]] = defaultdict(list)
    for span in row["spans"]:
        name = field_name(span["category"])
        quotes[name].append(span["text"])
        pages[name].append(frozenset(span.get("pages_any") or span.get("pages") or ()))
    like = tuple(n["doc_id"] if isinstance(n, dict) else str(n) for n in row.get("near_duplicates") or ())
    return GoldContract(row["doc_id"], row.get("split", ""), dict(quotes), dict(pages), like)
