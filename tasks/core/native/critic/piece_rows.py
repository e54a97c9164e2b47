"""The trees' rows of a chunk's pieces, each computed once however many rounds ask for it.

A later round judges mostly the same pieces of the same chunk. Only the columns that compare a piece
with the draft change; neighbours, n-grams, cues and shape do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.core.native.caches import IdentityCache
from tasks.core.native.critic.features import ProposedText, Scene, lasting_rows, snippet_features
from tasks.core.native.critic.field_profiles import FieldProfile
from tasks.core.native.critic.neighbours import Memory
from tasks.core.native.critic.ngrams import CharNgrams, Snippet, WordNgrams
from tasks.core.native.request import CHUNKS_HELD
from tasks.core.native.text.lines import TextLine
from tasks.core.native.text.words import FloatArray

_Place = tuple[int, int, int, int]
_Rows = dict[_Place, FloatArray]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of one chunk."""

    scene: Scene
    profiles: tuple[FieldProfile, ...]
    """Of all fields of the schema; `ProposedText.field` is an index of them."""
    pieces: Sequence[ProposedText]


class PieceRows:
    """The `lasting_rows` of pieces, and a cache of them by chunk."""

    def __init__(self, view: CharNgrams, phrases: WordNgrams, memory: Memory) -> None:
        self._view, self._phrases, self._memory = view, phrases, memory
        self._cache: IdentityCache[tuple[TextLine, ...], tuple[tuple[FieldProfile, ...], _Rows]]
        self._cache = IdentityCache(CHUNKS_HELD)

    def of(self, chunks: Sequence[Pieces]) -> list[list[FloatArray]]:
        """The rows of each chunk's pieces; what is new in all of them is computed together."""
        held = [self._held(chunk) for chunk in chunks]
        self._add_new(chunks, held)
        return [[rows[_place(p)] for p in chunk.pieces] for chunk, rows in zip(chunks, held, strict=True)]

    def _held(self, chunk: Pieces) -> _Rows:
        lines = chunk.scene.lines
        entry = self._cache.get(lines)
        if entry is None or entry[0] is not chunk.profiles:
            empty: _Rows = {}
            entry = chunk.profiles, empty
            if lines:  # all chunks without lines share one empty tuple
                self._cache.put(lines, entry)
        return entry[1]

    def _add_new(self, chunks: Sequence[Pieces], held: Sequence[_Rows]) -> None:
        new = [
            list({_place(p): p for p in chunk.pieces if _place(p) not in rows}.values())
            for chunk, rows in zip(chunks, held, strict=True)
        ]
        snippets: list[Snippet] = []
        known: dict[Snippet, FloatArray] = {}
        for chunk, pieces in zip(chunks, new, strict=True):
            for piece in pieces:
                snippets.append(chunk.scene.snippet_of(piece))
                margins = chunk.scene.line_margins(piece)
                if margins is not None:
                    known[snippets[-1]] = margins
        if not snippets:
            return
        features = snippet_features(snippets, self._view, self._phrases, self._memory, known)
        start = 0
        for chunk, pieces, rows in zip(chunks, new, held, strict=True):
            if pieces:
                part = features.part(start, start + len(pieces))
                computed = lasting_rows(chunk.scene, pieces, chunk.profiles, self._memory, part)
                # Copies: a view would keep the rows of the whole batch.
                rows.update((_place(p), np.array(row)) for p, row in zip(pieces, computed, strict=True))
                start += len(pieces)


def _place(piece: ProposedText) -> _Place:
    return piece.field, piece.passage_index, piece.start, piece.end
