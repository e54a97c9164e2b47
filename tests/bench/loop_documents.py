"""Made contracts for the loop's benchmark, with true values, traps, and values that are merely usual.

Ten fields in plain sentences, spread over numbered paragraphs of other matter (`tests/samples/texts`);
a quarter of the facts is in footnotes. No value occurs twice in a contract.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.core.chunking.chunks import chunk_document
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.records import Footnote, Line, LineTag, NoteReference, Page, Reading, ReadStatus, Span
from tasks.core.schema import Cardinality, FieldType, Schema, SchemaField
from tests.samples.prose import read_text
from tests.scripted.truth import Claim, Truth

N_PARAGRAPHS = 70
N_FACTS_PER_FIELD = 2
NOTE_SHARE = 0.25
CHUNK_CHARS = 3000
"""Half the default size: about ten chunks a contract, so that many contracts can be made."""
_PITCH, _SIZE = 12.0, 10.0


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences with a field's value for `{}`: true ones, a trap about something else, a usual one."""

    title: str
    value: str
    facts: tuple[str, str]
    trap: str
    usual: str


WORDINGS = {
    "notice_period": Wording(
        "Notice period",
        "{n} days",
        (
            "Either party may end this Agreement by written notice of {}.",
            "The lease of the depot may be ended at {}' notice.",
        ),
        "The insurer of the station tells the council of a change of its terms {} before.",
        "This Agreement may be terminated for convenience upon thirty (30) days prior written notice.",
    ),
    "fee": Wording(
        "Fee",
        "EUR {n},000",
        (
            "For its services the Agent is paid a yearly fee of {}.",
            "A fee of {} falls due when the register is handed over.",
        ),
        "A neighbouring fund was fined {} by its regulator for a late report.",
        "The Client shall pay the fees set forth in the applicable statement of work.",
    ),
    "cap_on_liability": Wording(
        "Cap on liability",
        "USD {n} million",
        (
            "The liability of the Agent is limited to {} in each year.",
            "For damage to the looms nobody owes more than {} in all.",
        ),
        "The harbour was rebuilt at a cost of {} after the storm.",
        "In no event shall either party's aggregate liability exceed the fees paid in the preceding twelve months.",
    ),
    "term": Wording(
        "Term",
        "{n} months",
        (
            "This Agreement is made for {} from the day of its signing.",
            "The licence of the drawings runs for {} and not longer.",
        ),
        "The oldest boiler of the works was out of service for {} last decade.",
        "The initial term shall be three (3) years and shall renew automatically for successive one-year periods.",
    ),
    "governing_law": Wording(
        "Governing law",
        "the law of {place}",
        ("This Agreement is read under {} alone.", "For the mortgage of the barge {} decides."),
        "A lecture on {} was given to the apprentices in the winter.",
        "This Agreement shall be governed by the laws of the State of Delaware without regard to conflicts of law.",
    ),
    "insurance": Wording(
        "Insurance",
        "EUR {n} million",
        (
            "The Agent keeps an insurance against fire of at least {}.",
            "Goods on the way are insured by the Carrier for {}.",
        ),
        "The museum insures its one great painting for {}, as the papers wrote.",
        "Contractor shall maintain commercial general liability insurance of not less than $1,000,000 per occurrence.",
    ),
    "audit_right": Wording(
        "Audit right",
        "{n} times a year",
        (
            "The Client may look into the books of the Agent {}.",
            "An auditor of the Client may visit the mill {}, unannounced.",
        ),
        "The choir of the works sings in the hall {}, and is well liked.",
        "Customer may audit Supplier's records upon reasonable prior notice during normal business hours.",
    ),
    "non_compete": Wording(
        "Non-compete",
        "{n} kilometres",
        (
            "The Agent opens no mill of its own within {} of the depot.",
            "No former partner trades in yarn within {} of the works.",
        ),
        "The new road to the quarry is longer than the old one by {}.",
        "During the term and for twelve months thereafter, Employee shall not engage in any competing business.",
    ),
    "interest": Wording(
        "Interest on late payment",
        "{n} basis points",
        (
            "What is paid late bears interest of {} above the bank rate.",
            "A late rent is raised by {} for each month begun.",
        ),
        "The central bank lowered its rate by {} in the spring.",
        "Any amount not paid when due shall bear interest at the rate of 1.5% per month.",
    ),
    "principal_at_risk": Wording(
        "Principal at risk",
        "{n} per cent of the principal",
        (
            "In a year of flood up to {} may be lost.",
            "If the borrower fails, no more than {} is to be hoped for.",
        ),
        "A fund of another bank gave {} to a hospital in its jubilee year.",
        "The Investor acknowledges that past performance is no guarantee of future results.",
    ),
}
_PLACES = (
    "Norway",
    "Portugal",
    "Ghana",
    "Uruguay",
    "Latvia",
    "Kenya",
    "Scotland",
    "Iceland",
    "Chile",
    "Malta",
    "Ireland",
    "Peru",
)


def contract_schema() -> Schema:
    fields = tuple(
        SchemaField(
            name=name,
            title=w.title,
            description=f"What this contract itself says of it ({w.title.lower()}), not what it tells of others.",
            type=FieldType.TEXT,
            cardinality=Cardinality.MANY,
            examples=(w.usual,),
        )
        for name, w in WORDINGS.items()
    )
    return Schema(name="bench", title="Contract", fields=fields)


@dataclass(frozen=True, slots=True)
class Contract:
    run_input: RunInput
    truth: Truth


def made_contract(number: int, seed: int) -> Contract:
    return _contract(random.Random(f"{seed} {number}"), contract_schema())


def _contract(dice: random.Random, schema: Schema) -> Contract:
    facts: list[Claim] = []
    traps: list[Claim] = []
    for name, wording in WORDINGS.items():
        values = _values(wording.value, N_FACTS_PER_FIELD + 1, dice)
        for template, value in zip(wording.facts, values, strict=False):
            facts.append(Claim(name, value, template.format(value)))
        traps.append(Claim(name, values[-1], wording.trap.format(values[-1])))
    usual = tuple(Claim(name, w.usual, w.usual) for name, w in WORDINGS.items())
    reading = _reading(facts, traps, dice)
    run_input = RunInput(reading, chunk_document(reading, CHUNK_CHARS), schema)
    return Contract(run_input, Truth(tuple(facts), tuple(traps), usual))


def _values(template: str, n: int, dice: random.Random) -> list[str]:
    places, numbers = dice.sample(_PLACES, n), dice.sample(range(11, 99), n)
    return [template.format(n=number, place=place) for number, place in zip(numbers, places, strict=True)]


def _reading(facts: Sequence[Claim], traps: Sequence[Claim], dice: random.Random) -> Reading:
    """One page: the body in numbered paragraphs, one to a line, and the notes below."""
    noted = [fact for fact in facts if dice.random() < NOTE_SHARE]
    sentences_of_claims = [claim.quote for claim in (*(f for f in facts if f not in noted), *traps)]
    at = [dice.randrange(N_PARAGRAPHS) for _ in sentences_of_claims]
    cited = dict(zip(dice.sample(range(N_PARAGRAPHS), len(noted)), range(len(noted)), strict=True))
    text, lines = "", list[Line]()
    references: dict[int, NoteReference] = {}
    for number, filler in enumerate(_fillers(dice)):
        sentences = [
            *filler,
            *(s for s, place in zip(sentences_of_claims, at, strict=True) if place == number),
        ]
        dice.shuffle(sentences)
        start, text = len(text), f"{text}{number + 1}. {' '.join(sentences)}"
        if number in cited:
            marker = f"[{cited[number] + 1}]"
            references[cited[number]] = NoteReference(len(text), len(text) + len(marker), 1)
            text += marker
        text += "\n"
        lines.append(_line(start, len(text), len(lines), LineTag.BODY))
    notes: list[Footnote] = []
    for index, fact in enumerate(noted):
        start, text = len(text), f"{text}[{index + 1}] {fact.quote}\n"
        lines.append(_line(start, len(text), len(lines), LineTag.NOTE))
        span = Span(start + len(f"[{index + 1}] "), len(text) - 1)
        notes.append(Footnote(f"[{index + 1}]", (span,), 1, 1, (references[index],), 1.0))
    pages = (Page(1, 0, len(text), "ok"),)
    return Reading(ReadStatus.OK, None, (), 1, text, pages, tuple(lines), tuple(notes), "bench")


def _line(start: int, end: int, number: int, tag: LineTag) -> Line:
    top = -_PITCH * number
    return Line(start, end, 1, tag, (0.0, top, 500.0, top + _SIZE), _SIZE)


def _fillers(dice: random.Random) -> Iterator[list[str]]:
    """Two to four sentences of other matter to a paragraph."""
    sentences = [s.strip() for s in re.split(r" ~ |\n\n", read_text("factsheets-en.txt")) if s.strip()]
    for _ in range(N_PARAGRAPHS):
        yield dice.sample(sentences, dice.randint(2, 4))
