"""The short samples, read from their PDFs, through both models and all rounds in this process.

The two agreements of fifty pages take a minute: they are played once, in `tests/stack/whole/test_samples.py`.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.reading import read_document
from tasks.core.records import CellState, Extraction, ExtractionStatus, Reading
from tasks.core.schema import Schema, load_schema
from tests.unit.core.native.scenes import DEAL

ROOT = Path(__file__).parents[2]
MODELS, SAMPLES = ROOT / "infra" / "deploy" / "triton" / "models", ROOT / "infra" / "samples"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))


@cache
def extracted(name: str) -> tuple[Reading, tuple[Extraction, ...]]:
    reading, schema = read_document(SAMPLES / name), load_schema(TRUTH[name]["schema"])
    run_input = RunInput(reading, chunk_document(reading), schema)
    state, _ = play(run_input, Generator.load(MODELS / "generator/1"), Critic.load(MODELS / "critic/1"), 3)
    return reading, results_of(state.by_chunk, schema).extractions


def verified(name: str) -> tuple[Reading, list[Extraction]]:
    reading, rows = extracted(name)
    return reading, [e for e in rows if e.status is ExtractionStatus.VERIFIED]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_cv_yields_the_skills_it_names_and_no_others() -> None:
    _, rows = verified("cv.pdf")
    assert {e.value for e in rows if e.field == "skills"} == {"Python", "Flask"}


def test_a_services_agreement_yields_its_main_clauses_on_their_pages() -> None:
    _, rows = verified("services-agreement.pdf")
    wanted = {
        f["field"]: f
        for f in TRUTH["services-agreement.pdf"]["found"]
        if f["field"]
        in (
            "governing_law",
            "expiration_date",
            "renewal_term",
            "cap_on_liability",
            "insurance",
            "anti_assignment",
        )
    }
    assert len(wanted) == 6
    for field, truth in wanted.items():
        found = [e for e in rows if e.field == field and squeezed(truth["quote"]) in squeezed(e.quote)]
        assert any(e.citation and truth["page_number"] in e.citation.pages for e in found), field


def test_a_record_field_is_failed_in_every_chunk_and_disturbs_no_other() -> None:
    reading, schema = read_document(SAMPLES / "cv.pdf"), load_schema("cv")
    mixed = Schema(name="mixed", title="Mixed", fields=(*schema.fields, *DEAL.fields))
    models = Generator.load(MODELS / "generator/1"), Critic.load(MODELS / "critic/1")
    plain, both = (
        results_of(play(RunInput(reading, chunk_document(reading), s), *models, 3)[0].by_chunk, s)
        for s in (schema, mixed)
    )
    assert both.extractions == plain.extractions
    assert list(both.not_looked_for) == ["loss"] and plain.not_looked_for == {}
    assert {c.state for c in both.coverage if c.field == "loss"} == {CellState.FAILED}
    assert [c for c in both.coverage if c.field != "loss"] == list(plain.coverage)
