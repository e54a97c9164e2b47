"""The loop over records: a part that is invented, forgotten or doubted goes again, alone named, until the record stands."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import RunResults, results_of
from tasks.core.loop.state import RunState
from tasks.core.records import CellState, ExtractionStatus, Reading, ReadStatus, RoundRecord
from tasks.core.schema import FieldType, Schema, SchemaField, SchemaPart
from tasks.verify.rounds import run_rounds
from tests.unit.core.builders import body_chunk, page
from tests.unit.scripted import ScriptedClient, loop_plan

TEXT = "The Agent shall pay the Lessor EUR 500. The Lessee pays nothing."
QUOTE = "The Agent shall pay the Lessor EUR 500."
RIGHT = {"payer": "The Agent", "payee": "the Lessor", "amount": "EUR 500"}
SCHEMA = Schema(
    name="deal",
    title="Deal",
    fields=(
        SchemaField(
            name="payment",
            title="Payment",
            description="Who pays whom.",
            type=FieldType.RECORD,
            parts=tuple(SchemaPart(name=n, title=n, description=n, required=True) for n in RIGHT),
        ),
    ),
)


class PaymentClient(ScriptedClient):
    """Drafts the payment with the parts it is given; told of a part, it gives the right one. The critic knows the right ones."""

    def _generate(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["round"] == 1:
            return {"items": self.first}
        (item,) = body["previous"]
        told = {finding["part"]: RIGHT[finding["part"]] for finding in body["findings"]}
        parts = {part["name"]: part["value"] for part in item["parts"]} | told
        return {"items": [payment(**parts)]}

    def _critique(self, body: dict[str, Any]) -> dict[str, Any]:
        verdicts: list[dict[str, Any]] = []
        for index, shown in enumerate(body["candidates"]):
            verdicts.append({"candidate": index, "right": 0.9, "flagged": False})
            wrong = [p["name"] for p in shown["parts"] if p["value"] != RIGHT[p["name"]]]
            verdicts += [{"candidate": index, "right": 0.1, "flagged": True, "part": name} for name in wrong]
        return {"verdicts": verdicts, "missing": []}


def payment(**parts: str) -> dict[str, Any]:
    said = [{"name": name, "value": value, "quote": value} for name, value in parts.items()]
    return {"field": "payment", "value": "", "quote": QUOTE, "parts": said}


def play(**parts: str) -> tuple[RunResults, list[RoundRecord], RunInput]:
    reading = Reading(ReadStatus.OK, None, (), 1, TEXT, (page(1, 0, len(TEXT)),), (), (), "test")
    work = RunInput(reading, (body_chunk(TEXT),), SCHEMA)
    saved: list[RoundRecord] = []
    client = PaymentClient([payment(**parts)], set())
    state = asyncio.run(run_rounds(loop_plan(client), work, (), saved.append))
    return results_of(state.by_chunk, SCHEMA), saved, work


def stands(results: RunResults) -> list[dict[str, str]]:
    return [json.loads(e.value) for e in results.extractions if e.status is ExtractionStatus.VERIFIED]


def test_a_record_that_is_right_takes_one_round():
    results, saved, _ = play(**RIGHT)
    assert (stands(results), len(saved)) == ([RIGHT], 1)


def test_an_invented_part_a_doubted_one_and_a_forgotten_one_are_named_and_mended():
    for wrong in ({"amount": "EUR 900"}, {"payer": "The Lessee"}, {"payee": ""}):
        results, saved, _ = play(**RIGHT | wrong)
        assert {f.part for _, f in saved[0].findings} == set(wrong)
        assert (stands(results), len(saved)) == ([RIGHT], 2)
        assert [e.status for e in results.extractions].count(ExtractionStatus.REJECTED) == 1
        assert [c.state for c in results.coverage] == [CellState.FOUND]


def test_records_are_replayed_from_the_trail():
    results, saved, work = play(**RIGHT | {"payer": "The Lessee"})
    replayed = RunState(work)
    for record in saved:
        replayed.apply(record)
    assert results_of(replayed.by_chunk, SCHEMA) == results
