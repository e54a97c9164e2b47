"""The whole loop over one document with native models in this process: no server, the same core, the same raw answers.

For tests, training checks and benchmarks; the product asks Triton (`tasks.rounds`) and decides with the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from tasks.core.assessment import ground_answer
from tasks.core.history import Dossier, Histories, assess_round
from tasks.core.native.service import NativeModel, answer_batch
from tasks.core.records import Chunk, CriticAnswer, Generation, RoundRecord
from tasks.core.wire import critique_request, generate_request

BATCH = 64


def play(
    dossier: Dossier, generator: NativeModel, critic: NativeModel | None, max_rounds: int
) -> tuple[Histories, list[RoundRecord]]:
    """Every round of a document, until no chunk is open."""
    histories = Histories(dossier)
    records: list[RoundRecord] = []
    while chunks := histories.open_chunks(max_rounds):
        number = len(records) + 1
        drafts = _generations(histories, chunks, generator, number)
        critiques = _critiques(dossier, drafts, critic, number) if critic is not None else ()
        assessments = assess_round(dossier, drafts, critiques)
        findings = tuple((index, f) for index, a in assessments.items() for f in a.findings)
        records.append(RoundRecord(number, tuple(drafts), tuple(critiques), findings))
        histories.add(assessments)
    return histories, records


def _generations(
    histories: Histories, chunks: Sequence[Chunk], generator: NativeModel, number: int
) -> list[Generation]:
    schema, footnotes = histories.dossier.schema, histories.dossier.reading.footnotes
    requests: list[str] = []
    for chunk in chunks:
        accepted = histories.accepted(chunk.chunk_index)
        if accepted is None:
            requests.append(generate_request(schema, chunk, footnotes, 1))
        else:
            requests.append(
                generate_request(schema, chunk, footnotes, number, accepted.candidates, accepted.findings)
            )
    raws = _ask(generator, requests)
    return [
        Generation(c.chunk_index, number, raw, generator.name, 0.0, None, None, None)
        for c, raw in zip(chunks, raws, strict=True)
    ]


def _critiques(
    dossier: Dossier, drafts: Sequence[Generation], critic: NativeModel, number: int
) -> tuple[CriticAnswer, ...]:
    reading = dossier.reading
    requests: list[str] = []
    for draft in drafts:
        chunk = dossier.chunks[draft.chunk_index]
        grounded = ground_answer(
            draft.raw, dossier.schema, chunk, reading.text, reading.pages, reading.hidden
        )
        requests.append(critique_request(dossier.schema, chunk, reading.footnotes, number, grounded.placed()))
    raws = _ask(critic, requests)
    return tuple(
        CriticAnswer(d.chunk_index, number, raw, critic.name, 0.0, None)
        for d, raw in zip(drafts, raws, strict=True)
    )


def _ask(model: NativeModel, requests: Sequence[str]) -> list[str]:
    raws: list[str] = []
    for start in range(0, len(requests), BATCH):
        raws.extend(answer_batch(model, requests[start : start + BATCH]))
    return raws
