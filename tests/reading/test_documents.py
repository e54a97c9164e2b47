"""Documents as they come, read and verified with the native models: nothing struck, covered or hidden is verified.

`documents/cases.json` has for each file what must never be verified, what must be, and which flag tells it.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.reading import Limits, read_document
from tasks.core.records import Extraction, ExtractionStatus
from tasks.core.schema import load_schema

FOLDER = Path(__file__).parent / "documents"
MODELS = Path(__file__).parents[2] / "infra" / "deploy" / "triton" / "models"
CASES: list[dict[str, Any]] = json.loads((FOLDER / "cases.json").read_text("utf-8"))


@lru_cache
def models() -> tuple[Generator, Critic]:
    return Generator.load(MODELS / "generator" / "1"), Critic.load(MODELS / "critic" / "1")


def folded(text: str) -> str:
    return " ".join(text.split())


def as_text(extraction: Extraction) -> str:
    return f"{folded(extraction.quote)} | {folded(extraction.value)}"


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_what_the_page_says_is_verified_and_nothing_else(case: dict[str, Any]) -> None:
    reading = read_document(FOLDER / case["file"], Limits(ocr=False))
    own = FOLDER / case["schema"]
    schema = load_schema(str(own) if own.exists() else case["schema"])
    state, _ = play(RunInput(reading, chunk_document(reading), schema), *models(), 3)
    rows = results_of(state.by_chunk, schema).extractions
    verified = [row for row in rows if row.status is ExtractionStatus.VERIFIED]
    said = [(row.field, as_text(row)) for row in verified]
    assert not [(words, text) for words in case["never"] for _, text in said if words in text]
    assert not [
        want for want in case["want"] if not any(want[0] == f and want[1] in text for f, text in said)
    ]
    assert not [pattern for pattern in case["told"] if not re.search(pattern, " ".join(reading.flags))]
    for row in verified:
        assert row.citation is not None
        assert row.quote == "".join(reading.text[span.start : span.end] for span in row.citation.spans)
