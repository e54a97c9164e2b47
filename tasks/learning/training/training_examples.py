"""What the critic learns from: windows of labelled contracts, with all proposals of a generator.

A window is what a critic sees at once: the lines of one chunk. Its texts (right, wrong, of another
field, without a label) also train the n-gram models and the neighbours. Windows come from a
generator that is run here out of fold, or from an exported error book.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.core.chunking.chunks import chunk_document
from tasks.core.native.critic.features import ProposedText, Scene
from tasks.core.native.critic.ngrams import Snippet, snippet
from tasks.core.native.generator.by_schema import read_field
from tasks.core.native.generator.generator import Generator
from tasks.core.native.request import read_request
from tasks.core.native.text.cues import FieldCues
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.words import FloatArray
from tasks.core.reading.limits import Limits
from tasks.core.reading.plain_text import take_text
from tasks.core.records import Chunk
from tasks.core.schema import Schema
from tasks.core.wire.native_format import generate_request
from tasks.learning.evaluation.matching import matches, texts_match, word_set
from tasks.learning.training.corpus import Contract, Corpus
from tasks.learning.training.folds import map_folds

_EMPTY_SHARE = 0.08
"""Share of the lines without a label that become examples."""

Place = tuple[int, int, int]
"""(passage index, start, end)."""


@dataclass(frozen=True, slots=True)
class DocumentGold:
    """A document's gold spans, each as (field, text)."""

    document_id: str
    fold: int
    gold: tuple[tuple[str, str], ...]

    def matched(self, field: str, text: str) -> tuple[int, ...]:
        """Indexes of the gold spans that the text matches."""
        return tuple(
            i for i, (f, gold) in enumerate(self.gold) if f == field and texts_match(field, gold, text)
        )


@dataclass(frozen=True, slots=True)
class Window:
    document: DocumentGold
    lines: tuple[TextLine, ...]
    passages: tuple[str, ...]
    pieces: tuple[ProposedText, ...]
    """All that the generator scored here, drafted or not; `field` indexes the critic's fields."""
    gold_places: tuple[Place, ...]
    """Places of gold spans of any field."""

    def matched(self, piece: ProposedText, field: str) -> tuple[int, ...]:
        """Indexes of the document's gold spans that the piece matches."""
        return self.document.matched(field, self.passages[piece.passage_index][piece.start : piece.end])

    def scene(self, margins: FloatArray) -> Scene:
        return Scene(self.passages, self.lines, margins)


def native_windows(
    corpus: Corpus,
    generators: Sequence[Generator],
    schema: Schema,
    fields: Sequence[str],
    n_processes: int = 1,
) -> list[Window]:
    """The native generator's drafts out of fold; contracts are read and cut as in production.

    Args:
        generators: For each fold a generator that has not seen it.
        schema: Has the critic's fields, served by the generator's heads.
    """
    job = (corpus, [_lenient(g) for g in generators], schema, tuple(fields))
    by_fold = map_folds(_windows_of_fold, job, range(corpus.n_folds), n_processes)
    by_contract = {w[0].document.document_id: w for windows in by_fold for w in windows if w}
    return [w for c in corpus.contracts for w in by_contract.get(c.doc_id, [])]


def _lenient(generator: Generator) -> Generator:
    """The same generator, but drafting everything that it would add after a critic's finding."""
    bars = replace(generator.bars, draft_bar=generator.bars.add_bar)
    parts = generator.heads, generator.join, generator.scorer, generator.tagger, generator.own
    return Generator(*parts, bars, generator.weights_sha256)


def _windows_of_fold(
    job: tuple[Corpus, list[Generator], Schema, tuple[str, ...]], fold: int
) -> list[list[Window]]:
    """The windows of each contract of a fold."""
    corpus, generators, schema, fields = job
    column = {n: i for i, n in enumerate(fields)}
    return [
        _contract_windows(corpus.contracts[i], fold, generators[fold], schema, column)
        for i in corpus.fold(fold)
    ]


def _contract_windows(
    contract: Contract, fold: int, generator: Generator, schema: Schema, column: dict[str, int]
) -> list[Window]:
    reading = take_text(contract.text.encode(), Limits())
    document = DocumentGold(contract.doc_id, fold, tuple((g.field, g.text) for g in contract.gold))
    gold = [(at, at + len(g.text)) for g in contract.gold if (at := reading.text.find(g.text)) >= 0]
    chunks = chunk_document(reading)
    wire = [generate_request(schema, chunk, reading.footnotes, 1) for chunk in chunks]
    requests = [read_request(json.loads(request)) for request in wire]
    windows: list[Window] = []
    for chunk, request, drafts in zip(chunks, requests, generator.drafts(requests), strict=True):
        pieces = tuple(
            ProposedText(column[d.field], d.passage_index, d.start, d.end, d.score)
            for d in drafts
            if d.field in column
        )
        places = tuple(_places(chunk, gold))
        windows.append(Window(document, request.lines, request.passages, pieces, places))
    return windows


def _places(chunk: Chunk, gold: Sequence[tuple[int, int]]) -> Iterator[Place]:
    """The places of gold spans (start and end in the document) in a chunk's passages."""
    for number, passage in enumerate(chunk.passages):
        for segment in passage.segments:
            shift = segment.start - segment.doc_start
            for start, end in gold:
                first, last = max(start, segment.doc_start), min(end, segment.doc_start + segment.length)
                if first < last:
                    yield number, first + shift, last + shift


def fewshot_windows(windows: Sequence[Window], cues: Sequence[FieldCues], bar: float) -> list[Window]:
    """The same windows with the few-shot generator's drafts.

    Args:
        cues: Of the critic's fields, in their order.
    """
    return [replace(w, pieces=tuple(_fewshot_pieces(w, cues, bar))) for w in windows]


def _fewshot_pieces(window: Window, cues: Sequence[FieldCues], bar: float) -> list[ProposedText]:
    return [
        ProposedText(field, line.passage_index, value.start, value.end, value.score)
        for field, field_cues in enumerate(cues)
        for line, value in read_field(field_cues, window.lines)
        if value.score >= bar
    ]


def examples_of(
    windows: Sequence[Window], fields: Sequence[str], seed: int
) -> tuple[list[Snippet], NDArray[np.bool_], list[int]]:
    """Texts with their labels [texts, fields] and the index of each text's window.

    The texts are proposals, labelled lines, and a share of the lines without a label.
    """
    draw = np.random.default_rng(seed)
    column = {n: i for i, n in enumerate(fields)}
    snippets: list[Snippet] = []
    labels: list[NDArray[np.bool_]] = []
    owners: list[int] = []
    for index, window in enumerate(windows):
        gold = [(column[f], f, word_set(g)) for f, g in window.document.gold if f in column]
        for (passage, start, end), heading in _ranges(window, draw):
            text = window.passages[passage]
            words = word_set(text[start:end])
            row = np.zeros(len(fields), dtype=np.bool_)
            for number, field, gold_words in gold:
                row[number] |= matches(field, gold_words, words)
            snippets.append(snippet(text, start, end, heading))
            labels.append(row)
            owners.append(index)
    return snippets, np.asarray(labels), owners


def _ranges(window: Window, draw: np.random.Generator) -> list[tuple[Place, str]]:
    """The places of texts with their headings; the empty share is drawn line by line."""
    scene = window.scene(np.zeros((0, 0), dtype=np.float32))
    headings: dict[Place, str] = {
        (p.passage_index, p.start, p.end): scene.heading_of(p) for p in window.pieces
    }
    for line in window.lines:
        start, end = line.unit.start, line.unit.end
        labelled = any(
            p == line.passage_index and start < g_end and end > g_start
            for p, g_start, g_end in window.gold_places
        )
        if labelled or draw.random() < _EMPTY_SHARE:
            headings.setdefault((line.passage_index, start, end), line.headings[-1] if line.headings else "")
    return sorted(headings.items())
