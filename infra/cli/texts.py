"""Texts of contracts that come as JSON lines, as files: so that they take the same way as any document. Imports no flow and no task."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from tasks.core.errors import ConfigurationError


def written_texts(texts: Path, wanted: Iterable[str], folder: Path) -> dict[str, Path]:
    """Write the wanted texts as DOC_ID.txt.

    Raises:
        ConfigurationError: the file is not there or not of this form.
    """
    names = set(wanted)
    written: dict[str, Path] = {}
    try:
        for row in _rows(texts):
            if row["doc_id"] in names:
                written[row["doc_id"]] = folder / f"{row['doc_id']}.txt"
                written[row["doc_id"]].write_text(row["text"], encoding="utf-8", newline="")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{texts} cannot be read ({type(error).__name__}). It needs JSON lines with `doc_id` and `text`."
        ) from error
    return written


def _rows(path: Path) -> Iterator[dict[str, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())
