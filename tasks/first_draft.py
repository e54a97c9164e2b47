"""First draft: round 1 of a generator over one document, grounded, without a critic. Stores nothing.

Requires:
    A `TritonClient` on the running event loop.
"""

from __future__ import annotations

import asyncio
import json

from tasks.core.assessment import GroundedAnswer, ground_answer
from tasks.core.errors import ModelError
from tasks.core.records import Chunk
from tasks.core.schema import Schema
from tasks.core.wire import generate_request
from tasks.read import ReadDocument
from tasks.triton import TritonClient


async def first_draft(
    client: TritonClient, model: str, document: ReadDocument, schema: Schema
) -> dict[int, GroundedAnswer]:
    """Every chunk's answer, by chunk index.

    Args:
        model: Name of the Triton model that drafts.

    Raises:
        ModelError: some chunk got no answer. A draft with holes would look as if it lacked what it was never asked for.
    """
    asked = [_ask(client, model, document, chunk, schema) for chunk in document.chunks]
    raws = await asyncio.gather(*asked)
    reading = document.reading
    return {
        chunk.chunk_index: ground_answer(raw, schema, chunk, reading.text, reading.pages, reading.hidden)
        for chunk, raw in zip(document.chunks, raws, strict=True)
    }


async def _ask(client: TritonClient, model: str, document: ReadDocument, chunk: Chunk, schema: Schema) -> str:
    request = generate_request(schema, chunk, document.reading.footnotes, 1)
    raw = (await client.infer(model, request)).raw
    if (code := _error_code(raw)) is not None:
        raise ModelError(
            f"model {model} answered chunk {chunk.chunk_index} of {document.source.key} with the error `{code}`: is it a generator?"
        )
    return raw


def _error_code(raw: str) -> str | None:
    """The native dialect's error object, which is no answer; whatever else a generator writes is one."""
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code", "unknown"))[:40] if isinstance(error, dict) else None
