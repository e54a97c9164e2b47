"""First draft: round 1 of a generator over one document, grounded, without a critic. Stores nothing.

Requires:
    A `TritonClient` on the running event loop.
"""

from __future__ import annotations

import asyncio
import json

from tasks.asking import ask_generator
from tasks.core.answers.joined import split_answers
from tasks.core.assessment import GroundedAnswer, ground_answer
from tasks.core.errors import ModelError
from tasks.core.history import Dossier
from tasks.core.prompts.grouping import AskLimits
from tasks.core.records import Generation
from tasks.core.schema import Schema
from tasks.read import ReadDocument
from tasks.triton import Served, TritonClient


async def first_draft(
    client: TritonClient, served: Served, document: ReadDocument, schema: Schema, limits: AskLimits
) -> dict[int, GroundedAnswer]:
    """Every chunk's answer, by chunk index.

    Args:
        served: The model that drafts, native or a language model.

    Raises:
        ModelError: some chunk got no answer. A draft with holes would look as if it lacked what it was never asked for.
    """
    dossier = Dossier(document.reading, document.chunks, schema)
    asked = [ask_generator(client, served, dossier, chunk, 1, None, limits) for chunk in document.chunks]
    generations = await asyncio.gather(*asked)
    reading = document.reading
    for generation in generations:
        if (code := _error_code(generation)) is not None:
            raise ModelError(
                f"model {served.identity.name} answered chunk {generation.chunk_index} of {document.source.key} with the error "
                f"`{code}`: is it a generator?"
            )
    return {
        chunk.chunk_index: ground_answer(g.raw, schema, chunk, reading.text, reading.pages, reading.hidden)
        for chunk, g in zip(document.chunks, generations, strict=True)
    }


def _error_code(generation: Generation) -> str | None:
    """Why there is no answer, or none to one of several calls; whatever a generator writes else is one."""
    if generation.error is not None:
        return generation.error
    parts = split_answers(generation.raw)
    if parts is not None:
        return next((part.error for part in parts if part.error), None)
    return _native_error(generation.raw)


def _native_error(raw: str) -> str | None:
    """The native dialect's error object."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code", "unknown"))[:40] if isinstance(error, dict) else None
