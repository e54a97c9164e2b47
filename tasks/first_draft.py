"""First draft: round 1 of a generator over one document, grounded, without a critic. Stores nothing.

Requires:
    A `TritonClient` on the running event loop.
"""

from __future__ import annotations

import asyncio
import json

from tasks.core.answers.joined import split_answers
from tasks.core.errors import ModelError
from tasks.core.loop.grounded_answer import GroundedAnswer
from tasks.core.loop.state import RunInput
from tasks.core.records import ModelAnswer
from tasks.core.schema import Schema
from tasks.read import ReadDocument
from tasks.verify.model_calls import GeneratorModel, Turn


async def first_draft(
    generator: GeneratorModel, document: ReadDocument, schema: Schema
) -> dict[int, GroundedAnswer]:
    """Every chunk's answer, by chunk index.

    Raises:
        ModelError: some chunk got no answer. In a draft with holes, unanswered fields would look like missing values.
    """
    run_input = RunInput(document.reading, document.chunks, schema)
    turns = [Turn(run_input, chunk, 1) for chunk in document.chunks]
    generations = await asyncio.gather(*map(generator.draft, turns))
    for generation in generations:
        if (code := _error_code(generation)) is not None:
            raise ModelError(
                f"model {generator.served.identity.name} answered chunk {generation.chunk_index} of {document.source.key} with the error "
                f"`{code}`: is it a generator?"
            )
    return {g.chunk_index: run_input.ground(g) for g in generations}


def _error_code(generation: ModelAnswer) -> str | None:
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
