"""F1 of the native models over whole contracts, from reading to results in one process.

    python -m tests.bench.native_f1 --data DIR [--split test_visible|train_pdf] [--out PRED.jsonl]

Prints figures of the first draft, of the generator at its own best threshold (the control), and of
the verified values. A contract without a PDF is read from its text. Readings are kept in a temporary
folder, by reader version.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.answers import parse_answer
from tasks.core.chunking.chunks import DEFAULT_MAX_CHARS, chunk_document
from tasks.core.loop.document_facts import facts_of
from tasks.core.loop.grounded_answer import RunInput
from tasks.core.loop.results import results_of
from tasks.core.native.critic.critic import Critic
from tasks.core.native.generator.generator import Generator
from tasks.core.native.serving.in_process import play
from tasks.core.native.weights import read_json
from tasks.core.reading import READER_VERSION, close_workers, read_document
from tasks.core.reading.json_form import reading_from_json, reading_to_json
from tasks.core.records import (
    Candidate,
    Chunk,
    Extraction,
    ExtractionStatus,
    Line,
    LineTag,
    Page,
    Reading,
    ReadStatus,
)
from tasks.core.schema import load_schema
from tasks.learning.evaluation.baselines import control_tally, values_above
from tasks.learning.evaluation.matching import Quotes, quotes_of, tally, tally_field
from tasks.learning.evaluation.scores import gain_interval, scores, total
from tasks.learning.labelled import field_name

MODELS = Path(__file__).parents[2] / "infra" / "deploy" / "triton" / "models"


@dataclass(frozen=True, slots=True)
class Played:
    doc_id: str
    gold: dict[str, list[str]]
    draft: list[Candidate]
    extractions: tuple[Extraction, ...]
    n_rounds: int

    def verified(self) -> Quotes:
        return quotes_of(e for e in self.extractions if e.status is ExtractionStatus.VERIFIED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test_visible", choices=["test_visible", "train_pdf"])
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--schema", default="cuad")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--chunk-chars", type=int, default=DEFAULT_MAX_CHARS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    generator, critic = (
        Generator.load(options.models / "generator/1"),
        Critic.load(options.models / "critic/1"),
    )
    schema = load_schema(options.schema)
    started, played, n_pages, seconds = time.monotonic(), [], 0, 0.0
    shape: list[tuple[str, int, int]] = []
    for doc_id, gold, reading in readings(options.data, options.split, options.limit):
        begun = time.monotonic()
        chunks = chunk_document(reading, options.chunk_chars)
        shape.extend(
            (chunk.kind.value, len(chunk.passages[0].text), request_chars(chunk)) for chunk in chunks
        )
        run_input = RunInput(reading, chunks, schema)
        played.append(play_contract(doc_id, gold, run_input, generator, critic, options.rounds))
        seconds += time.monotonic() - begun
        n_pages += reading.n_pages
    close_workers()
    print(
        f"{len(played)} contracts, {n_pages} pages, loop {seconds:.1f} s of {time.monotonic() - started:.1f} s"
    )
    report_chunks(shape, options.chunk_chars)
    meta = read_json(options.models / "generator/1/meta.json")
    report(played, float(meta["alone_threshold"]))
    if options.out:
        options.out.write_text("".join(prediction_lines(played)), encoding="utf-8")


def play_contract(
    doc_id: str,
    gold: dict[str, list[str]],
    run_input: RunInput,
    generator: Generator,
    critic: Critic,
    rounds: int,
) -> Played:
    state, records = play(run_input, generator, critic, rounds)
    draft = (
        [c for g in records[0].generations for c in parse_answer(g.raw, run_input.schema).candidates]
        if records
        else []
    )
    return Played(
        doc_id,
        gold,
        draft,
        results_of(state.by_chunk, run_input.schema, facts_of(run_input.reading)).extractions,
        len(records),
    )


def readings(data: Path, split: str, limit: int) -> Iterator[tuple[str, dict[str, list[str]], Reading]]:
    """(document, gold quotes by field, reading) of each contract of a split."""
    splits = json.loads((data / "splits.json").read_text(encoding="utf-8"))
    ids = splits["test_visible"] if split == "test_visible" else splits["train"]
    texts = {row["doc_id"]: row["text"] for row in _rows(data / "texts.jsonl.gz")}
    gold = {row["doc_id"]: row for row in _rows(data / "gold.jsonl.gz")}
    cache = Path(tempfile.gettempdir()) / "countersign-readings"
    cache.mkdir(exist_ok=True)
    n_given = 0
    for doc_id in ids:
        pdf = data / "pdf" / f"{doc_id}.pdf"
        if (split == "train_pdf" and not pdf.exists()) or n_given >= limit:
            continue
        n_given += 1
        quotes: dict[str, list[str]] = defaultdict(list)
        for span in gold[doc_id]["spans"]:
            quotes[field_name(span["category"])].append(span["text"])
        yield doc_id, dict(quotes), _read(pdf, cache) if pdf.exists() else text_reading(texts[doc_id])


def _read(pdf: Path, cache: Path) -> Reading:
    kept = cache / f"{pdf.stem}.{READER_VERSION}.json".replace("/", "_")
    if kept.exists():
        return reading_from_json(json.loads(kept.read_text(encoding="utf-8")))
    reading = read_document(pdf)
    kept.write_text(json.dumps(reading_to_json(reading)), encoding="utf-8")
    return reading


def text_reading(text: str) -> Reading:
    """A reading of a plain text: one page, every line body."""
    lines: list[Line] = []
    at = 0
    for number, piece in enumerate(text.splitlines(keepends=True)):
        box = (0.0, -12.0 * number, 5.0 * len(piece), -12.0 * number + 10)
        lines.append(Line(at, at + len(piece), 1, LineTag.BODY, box, 10.0))
        at += len(piece)
    page = Page(1, 0, len(text), "ok")
    return Reading(ReadStatus.OK, None, (), 1, text, (page,), tuple(lines), (), READER_VERSION)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def request_chars(chunk: Chunk) -> int:
    """Characters that a model is sent for a chunk: passages, context, headings and lead-in."""
    context = (chunk.lead_in, chunk.context_before, chunk.context_after, *chunk.headings)
    return sum(map(len, context)) + sum(len(passage.text) for passage in chunk.passages)


def report_chunks(shape: list[tuple[str, int, int]], chunk_chars: int) -> None:
    """Number and length of chunks, and how much a language model would read of them."""
    body = sorted(length for kind, length, _ in shape if kind == "body")
    n_body, n_sent = sum(body), sum(sent for _, _, sent in shape)
    print(
        f"chunks of at most {chunk_chars} characters: {len(body)} of body text (median {body[len(body) // 2]}), "
        f"{len(shape) - len(body)} of notes; {n_sent / max(1, n_body):.2f} characters sent for each of the body"
    )


def report(played: list[Played], alone_threshold: float) -> None:
    draft = [tally(p.gold, quotes_of(p.draft)) for p in played]
    control = [control_tally(p.gold, p.draft, alone_threshold) for p in played]
    verified = [tally(p.gold, p.verified()) for p in played]
    for name, rows in (
        ("first draft", draft),
        (f"control (score >= {alone_threshold})", control),
        ("verified", verified),
    ):
        s = scores(total(rows))
        print(
            f"{name:28s} F1_off {s.f1_off:.4f}  F1 {s.f1:.4f}  P_off {s.precision_off:.3f}  R_off {s.recall_off:.3f}  "
            f"gold {s.n_gold}  predicted {s.n_predicted}"
        )
    gain = gain_interval(verified, control)
    print(f"gain over control {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]")
    print("statuses", dict(Counter(e.status.value for p in played for e in p.extractions)))
    extractions = (e for p in played for e in p.extractions if e.status is ExtractionStatus.VERIFIED)
    print("rounds that first gave a verified value", dict(Counter(e.round_number for e in extractions)))
    print("rounds played", dict(Counter(p.n_rounds for p in played)))
    per_field(played, alone_threshold)


def per_field(played: list[Played], alone_threshold: float) -> None:
    for name in sorted({f for p in played for f in p.gold}):
        rows = [tally_field(name, p.gold.get(name, []), p.verified().get(name, [])) for p in played]
        control = [quotes_of(values_above(p.draft, alone_threshold)).get(name, []) for p in played]
        alone = [tally_field(name, p.gold.get(name, []), c) for p, c in zip(played, control, strict=True)]
        s, a = scores(total(rows)), scores(total(alone))
        print(
            f"  {name:36s} gold {s.n_gold:4d} predicted {s.n_predicted:4d} P {s.precision_off:.2f} R {s.recall_off:.2f} "
            f"F1 {s.f1_off:.2f} (control {a.f1_off:.2f})"
        )


def prediction_lines(played: list[Played]) -> Iterator[str]:
    for p in played:
        for row in p.extractions:
            line = {
                "document": p.doc_id,
                "field": row.field,
                "status": row.status.value,
                "quote": row.quote,
                "pages": list(row.citation.pages) if row.citation else [],
            }
            yield json.dumps(line, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
