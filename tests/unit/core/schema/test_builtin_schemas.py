"""The schemas that ship: complete, in both languages, and of use to the native models."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tasks.core.native.generator.by_schema import DRAFT_BAR, read_field
from tasks.core.native.generator.generator import Generator
from tasks.core.schema import Schema, builtin_schemas, load_schema
from tests.unit.core.native.scenes import request

ROOT = Path(__file__).parents[4]
CUED = tuple(n for n in builtin_schemas() if n != "cuad")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def read(schema: Schema, field: str, text: str) -> list[str]:
    """What the generator reads for a field in body text by cues alone."""
    made = request(schema, ("body", text))
    return [r.value for _, r in read_field(made.cues[field], made.lines) if r.score >= DRAFT_BAR]


def test_four_schemas_ship() -> None:
    assert builtin_schemas() == ("cuad", "cv", "investment", "medical")


@pytest.mark.needs_data
def test_cuad_has_every_category_by_its_name(shared_data: Path) -> None:
    with gzip.open(shared_data / "cuad/gold.jsonl.gz", "rt", encoding="utf-8") as lines:
        categories = {span["category"] for line in lines for span in json.loads(line)["spans"]}
    names = {re.sub(r"[^a-z0-9]+", "_", c.lower()).strip("_") for c in categories}
    assert set(load_schema("cuad").field_names) == names and len(names) == 41


def test_every_cuad_field_has_a_trained_head_of_its_own() -> None:
    heads = Generator.load(ROOT / "infra/deploy/triton/models/generator/1").trained_fields
    fields = load_schema("cuad").fields
    assert sorted(f.trained_as or "" for f in fields) == sorted(heads)
    assert all(f.trained_as == f"cuad/{f.name}" for f in fields)


@pytest.mark.parametrize("name", builtin_schemas())
def test_every_field_says_what_it_means_and_gives_evidence(name: str) -> None:
    fields = load_schema(name).fields
    assert [f.name for f in fields if len(f.description) < 25 or not f.cues or not f.example_texts] == []


def test_every_investment_field_has_cues_and_examples_in_both_languages() -> None:
    for field in load_schema("investment").fields:
        for words in (field.cues, field.example_texts):
            assert {bool(CHINESE.search(w)) for w in words} == {True, False}, field.name


@pytest.mark.parametrize("name", CUED)
def test_every_example_is_found_by_its_own_field(name: str) -> None:
    schema = load_schema(name)
    lost = [(f.name, e) for f in schema.fields for e in f.example_texts if not read(schema, f.name, e)]
    assert lost == []


@pytest.mark.parametrize(
    "text",
    [
        "In the event of force majeure, the principal may not be honoured in full.",
        "An investor may lose some or all of the amount invested.",
        "Repayment of the capital contributed could be impaired by such an event.",
        "如遇不可抗力，本金可能无法全额兑付。",
        "极端情况下，投资者可能面临本金损失的风险。",
    ],
)
def test_a_statement_that_principal_may_be_lost_is_found(text: str) -> None:
    assert read(load_schema("investment"), "principal_at_risk", text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The Programme has repaid the principal in full and on time in each of the last eleven years.",
        "The principal is invested in short-dated government bonds of the highest rating.",
        "Returns have been stable, and the capital of investors has been preserved throughout.",
        "本产品历年均按时足额兑付本金及收益，业绩稳健。",
        "投资本金于到期日一次性返还至委托人账户。",
    ],
)
def test_praise_is_no_statement_that_principal_may_be_lost(text: str) -> None:
    assert read(load_schema("investment"), "principal_at_risk", text) == []


@pytest.mark.parametrize(
    ("schema", "field", "text", "values"),
    [
        ("investment", "custodian", 'First Quay Trust Bank plc (the "Custodian") keeps the assets.', ["First Quay Trust Bank plc"]),
        ("investment", "expected_return", "The management fee is 1.25% per annum of net assets.", []),
        ("investment", "investment_amount", "最低认购金额为人民币100万元。甲方认购金额为人民币500万元。", ["人民币500万元"]),
        ("investment", "agreement_date", "本合同由以下各方于2024年3月14日签订。", ["2024-03-14"]),
        ("cv", "skills", "Python, Flask", ["Python", "Flask"]),
        ("cv", "skills", "We excel at React, MySQL and C++; rust removal", ["React", "MySQL", "C++"]),
        ("cv", "education", "M.A. in History, 2009. Boston, MA 02134", ["M.A. in History"]),
        ("cv", "employers", "2019 – present: Foxglove Systems GmbH, Graz", ["Foxglove Systems GmbH"]),
        ("medical", "diagnosis", "She was diagnosed with gout and treated for years.", ["gout"]),
        ("medical", "medication", "He is allergic to penicillin. Digoxin 0.25 mg daily.", ["Digoxin"]),
        ("medical", "allergies", "Allergies: none known. He is allergic to latex since 2001.", ["latex"]),
        ("medical", "dosage", "口服二甲双胍，每次0.5克，每日两次。", ["每次0.5克，每日两次"]),
    ],
)  # fmt: skip
def test_near_misses_are_not_taken_for_values(schema: str, field: str, text: str, values: list[str]) -> None:
    assert read(load_schema(schema), field, text) == values
