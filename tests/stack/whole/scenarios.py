"""What the scripted models of the scenarios know and do, and the letters that no sample holds."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.scripted.critic import ScriptedCritic
from tests.scripted.generator import ScriptedGenerator
from tests.scripted.habits import Habits
from tests.scripted.truth import Claim, Truth
from tests.stack.whole.conftest import SAMPLES

LETTERS = {
    "letter-en.txt": (
        "Discharge letter\n\n"
        "The patient was admitted on 12 April 2022 with fever and cough.\n\n"
        "Main diagnosis: community-acquired pneumonia of the right lower lobe.\n\n"
        "A computed tomography of the chest showed no evidence of pulmonary embolism. She denies asthma. "
        "Her mother was treated for breast cancer.\n"
    ),
    "letter-zh.txt": (
        "出院小结\n\n患者因发热、咳嗽入院。\n\n入院诊断：急性支气管炎。\n\n胸部检查未见肺结核，患者否认糖尿病史。其父患有高血压。\n"
    ),
}
DIAGNOSED = ("community-acquired pneumonia", "急性支气管炎")
DENIED = ("pulmonary embolism", "asthma", "breast cancer", "肺结核", "糖尿病", "高血压")
USUAL_SKILLS = ("Django", "SQL")
PRAISE = (
    ("yield_rate", "The Target Return has been achieved in each of the last nine years"),
    ("principal_at_risk", "The Target Return has been achieved in each of the last nine years"),
)
"""What a model in a hurry takes for a fact of these fields."""

PAYMENTS = """
name: payments
title: Payments
fields:
  - name: payment
    title: Payment
    description: Who has to pay whom how much.
    type: record
    parts:
      - {name: payer, title: Payer, description: Who pays., type: text, required: true}
      - {name: payee, title: Payee, description: Who is paid., type: text}
      - {name: amount, title: Amount, description: How much., type: money, required: true}
"""
PAYING = (
    "On the Closing Date Tarn AB shall pay Ostby Ltd EUR 500,000.\n\nThe Guarantor vouches for EUR 90,000.\n"
)
PAID = {"payer": "Tarn AB", "payee": "Ostby Ltd", "amount": "EUR 500,000"}
VOUCHED = {"payer": "The Guarantor", "amount": "EUR 90,000"}

EAGER = Habits(invents=1.0, misreads=1.0, forgets_notes=1.0, chats=1.0)
"""Makes each of these mistakes in every first draft, and mends what it is told of."""
STUBBORN = replace(EAGER, corrects=0.0)


LAW = "This Agreement shall be governed by and construed in accordance with the laws of the State of {}."
STATES = ("Delaware", "Ohio", "Nevada")
AGREEMENT = """DISTRIBUTION AGREEMENT

1. Appointment. The Company appoints the Distributor for the Territory. The Distributor accepts.

2. Governing Law. {law}

3. Notices. All notices shall be in writing and sent to the address of the other party.
"""
NO_LAW = "All notices shall be in writing and sent to the address of the other party."


def known() -> Truth:
    """Of all samples and letters together: none of their words is another's."""
    samples = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
    facts = [
        Claim(row["field"], row["quote"], row["quote"])
        for sample in samples.values()
        for row in sample["found"]
    ]
    facts += [_claim("diagnosis", words) for words in DIAGNOSED]
    facts += [_claim("governing_law", LAW.format(state)) for state in STATES]
    traps = [_claim("diagnosis", words) for words in DENIED] + [_claim(*row) for row in PRAISE]
    usual = [_claim("skills", words) for words in USUAL_SKILLS]
    facts.append(_payment("Tarn AB shall pay Ostby Ltd EUR 500,000", PAID))
    traps.append(_payment("The Guarantor vouches for EUR 90,000", VOUCHED))
    return Truth(tuple(facts), tuple(traps), tuple(usual))


def models() -> dict[str, ScriptedGenerator | ScriptedCritic]:
    truth = known()
    return {
        "scripted-eager": ScriptedGenerator(truth, EAGER),
        "scripted-stubborn": ScriptedGenerator(truth, STUBBORN),
        "scripted-critic": ScriptedCritic(truth),
    }


def write_letters(folder: Path) -> None:
    for name, text in LETTERS.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_book(path: Path) -> None:
    """An error book of a generator that takes a sentence on notices for a governing law, each time."""
    lines: list[dict[str, Any]] = []
    for number in range(60):
        law = LAW.format(STATES[0])
        text = f"Agreement no. {number}.\n\n{law}\n\n{NO_LAW}"
        rows = [("correct", law), ("redundant", NO_LAW)]
        entries = [
            {"kind": kind, "field": "governing_law", "value": quote, "quote": quote, "passage": 0}
            for kind, quote in rows
        ]
        chunk = {"index": 0, "kind": "body", "passages": [{"kind": "body", "text": text, "marker": None}]}
        # One of the contracts is in the gate set, too.
        document = STATES[0] if number == 0 else f"agreement-{number}"
        lines.append({"document": document, "schema": "cuad", "chunk": chunk, "entries": entries})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def write_gate_set(folder: Path) -> tuple[str, ...]:
    """Three small contracts with their governing law; returns the options that name them."""
    documents = folder / "documents"
    documents.mkdir()
    rows: list[dict[str, Any]] = []
    for state in STATES:
        law = LAW.format(state)
        (documents / f"{state}.txt").write_text(AGREEMENT.format(law=law), encoding="utf-8")
        rows.append({"doc_id": state, "split": "test", "spans": [{"category": "Governing Law", "text": law}]})
    gold = folder / "gold.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return "--gold", str(gold), "--documents", str(documents)


def _payment(quote: str, parts: dict[str, str]) -> Claim:
    rows = tuple({"name": name, "value": words, "quote": words} for name, words in parts.items())
    return Claim("payment", quote, quote, rows)


def _claim(field: str, words: str) -> Claim:
    return Claim(field, words, words)
