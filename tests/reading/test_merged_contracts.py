"""Contracts of different parties in one file, through both models in this process."""

from __future__ import annotations

import io
from pathlib import Path

from pypdf import PdfReader, PdfWriter

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.reading import read_document
from tasks.core.records import ExtractionStatus
from tasks.core.schema import load_schema
from tests.reading.pages import blank

MODELS = Path(__file__).parents[2] / "infra" / "deploy" / "triton" / "models"
CLAUSES = [
    "1. Services. The Provider shall perform the services that the schedule lists, and the",
    "Client shall pay the fees that are set out there within thirty days of each invoice.",
    "2. Records. The Provider shall keep records of all hours and shall show them on request.",
    "3. Confidentiality. Each party shall keep secret what it learns of the other's affairs.",
    "4. Insurance. The Provider shall maintain such cover as a prudent business would hold.",
    "5. Notices. Notices shall be in writing and shall be sent to the address of the party.",
    "6. Waiver. A failure to enforce a clause of this Agreement is no waiver of that clause.",
    "7. Amendments. No change of this Agreement binds a party unless it is made in writing.",
] * 3
PARTIES = [
    ("Tarnfell Mining Inc.", "Osprey Freight LLC"),
    ("Quillmoor Foods Ltd.", "Brackwater Energy, Inc."),
]


def contract(title: str, first: str, second: str) -> bytes:
    buffer, canvas = blank()
    canvas.setFont("Times-Bold", 14)
    canvas.drawCentredString(297, 780, title)
    canvas.setFont("Times-Roman", 11)
    opening = [
        f'This {title.title()} (this "Agreement") is made as of May 4, 2021 by and between',
        f'{first}, a Delaware corporation (the "Provider"), and {second},',
        'a Texas corporation (the "Client").',
    ]
    for i, line in enumerate([*opening, *CLAUSES]):
        canvas.drawString(72, 750 - 14 * i - 8 * (i > 2), line)
    canvas.save()
    return buffer.getvalue()


def test_parties_of_each_contract_in_a_file_are_verified_on_their_page() -> None:
    writer = PdfWriter()
    for title, parties in zip(["SERVICES AGREEMENT", "SUPPLY AGREEMENT"], PARTIES, strict=True):
        writer.append(PdfReader(io.BytesIO(contract(title, *parties))))
    merged = io.BytesIO()
    writer.write(merged)
    reading, schema = read_document(merged.getvalue()), load_schema("cuad")
    run_input = RunInput(reading, chunk_document(reading), schema)
    state, _ = play(run_input, Generator.load(MODELS / "generator/1"), Critic.load(MODELS / "critic/1"), 1)
    found = {
        (" ".join(e.value.split()), e.citation.pages)
        for e in results_of(state.by_chunk, schema).extractions
        if e.status is ExtractionStatus.VERIFIED and e.field == "parties" and e.citation is not None
    }
    assert {(name, (page,)) for page, names in enumerate(PARTIES, 1) for name in names} <= found
