"""A chunk as the parts of a prompt: its own text, the notes it cites, and around them what only helps to understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasks.core.prompts.fence import Fence
from tasks.core.records import Chunk, Footnote, PassageKind


def chunk_texts(chunk: Chunk, footnotes: Sequence[Footnote]) -> tuple[str, ...]:
    """Everything of the document that a prompt about the chunk shows: what its fence must not occur in."""
    markers = [footnotes[p.footnote_index].marker for p in chunk.passages if p.footnote_index is not None]
    context = (chunk.lead_in, chunk.context_before, chunk.context_after, *chunk.headings)
    return (*(p.text for p in chunk.passages), *context, *markers)


def fenced_chunk(chunk: Chunk, footnotes: Sequence[Footnote], fence: Fence) -> str:
    """The parts in the order of the document; empty ones are left out."""
    return "\n".join(_parts(chunk, footnotes, fence))


def _parts(chunk: Chunk, footnotes: Sequence[Footnote], fence: Fence) -> Iterator[str]:
    around = {
        "headings": "\n".join(chunk.headings),
        "citing": chunk.lead_in,
        "before": chunk.context_before,
        "after": chunk.context_after,
    }
    for name in ("headings", "citing", "before"):
        if around[name].strip():
            yield fence.around(name, around[name])
    for passage in chunk.passages:
        name = "passage" if passage.kind is PassageKind.BODY else "note"
        index = passage.footnote_index
        labels = {} if index is None else {"marker": footnotes[index].marker}
        yield fence.around(name, passage.text, **labels)
    if around["after"].strip():
        yield fence.around("after", around["after"])
