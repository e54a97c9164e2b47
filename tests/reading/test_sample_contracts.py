"""The sample contracts, read from their PDFs, through both models and all rounds in this process."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

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
AGREEMENTS = ["investment-agreement-en.pdf", "investment-agreement-zh.pdf"]


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


@pytest.mark.parametrize("name", AGREEMENTS)
def test_the_statement_that_principal_may_be_lost_is_drafted_with_page_and_marker(name: str) -> None:
    reading, rows = extracted(name)
    wanted = next(f for f in TRUTH[name]["found"] if f["field"] == "principal_at_risk")
    (risk,) = [
        e for e in rows if e.field == "principal_at_risk" and squeezed(wanted["quote"]) in squeezed(e.quote)
    ]
    assert risk.status in (ExtractionStatus.VERIFIED, ExtractionStatus.UNSETTLED)
    assert risk.citation is not None and risk.citation.footnote_index is not None
    assert risk.citation.pages == (48,)
    assert reading.footnotes[risk.citation.footnote_index].marker == wanted["footnote"]


@pytest.mark.parametrize("name", AGREEMENTS)
def test_no_other_statement_is_verified_as_principal_at_risk(name: str) -> None:
    _, rows = verified(name)
    wanted = next(f for f in TRUTH[name]["found"] if f["field"] == "principal_at_risk")
    wrong = [
        e.quote
        for e in rows
        if e.field == "principal_at_risk" and squeezed(wanted["quote"]) not in squeezed(e.quote)
    ]
    assert wrong == []


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
