"""Answers requests with a native model: JSON text in, JSON text out.

A bad request becomes an `error` object, never an exception. No message carries contract text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from tasks.core.native.request import BadRequest, Request, parse_json, read_request
from tasks.core.schema import FieldType

_TOO_SLOW = "entry {} of its `cues` takes too long to search for; `countersign schema check` helps to mend it"


class NativeModel(Protocol):
    """Generator or critic."""

    name: str
    task: str
    weights_sha256: str
    trained_fields: tuple[str, ...]

    @property
    def thresholds(self) -> dict[str, float]: ...

    def answer_all(self, requests: Sequence[Request]) -> list[dict[str, Any]]: ...


def answer(model: NativeModel, request_json: str) -> str:
    """The answer to one request."""
    return answer_batch(model, [request_json])[0]


def answer_batch(
    model: NativeModel, requests_json: Sequence[str], card: Mapping[str, Any] | None = None
) -> list[str]:
    """The answers to many requests, in order. The model gets all valid requests together.

    Args:
        card: The model's card.json, which is the answer to the task `card`.
    """
    answers: list[dict[str, Any]] = [{} for _ in requests_json]
    ready: list[tuple[int, Request]] = []
    for position, text in enumerate(requests_json):
        try:
            body = _body(text)
            if body.get("task") == "describe":
                answers[position] = describe(model)
            elif body.get("task") == "card":
                answers[position] = dict(card or {})
            elif body.get("task") != model.task:
                raise BadRequest(f"`task` must be `{model.task}`, `describe` or `card`")
            else:
                ready.append((position, read_request(body)))
        except BadRequest as error:
            answers[position] = _error("bad_request", str(error))
    for (position, request), row in zip(ready, _answers(model, [r for _, r in ready]), strict=True):
        answers[position] = {**row, **_unable(model, request)}
    return [json.dumps(a, ensure_ascii=False, separators=(",", ":")) for a in answers]


def describe(model: NativeModel) -> dict[str, Any]:
    """The answer to the task `describe`."""
    return {
        "name": model.name,
        "weights_sha256": model.weights_sha256,
        "trained_fields": list(model.trained_fields),
        "thresholds": model.thresholds,
    }


def _unable(model: NativeModel, request: Request) -> dict[str, Any]:
    # Without this an empty answer would read as "the chunk has none".
    if model.task != "generate":
        return {}
    slow = {
        name: _TOO_SLOW.format(" and ".join(map(str, cues.slow_patterns)))
        for name, cues in request.cues.items()
        if cues.slow_patterns and cues.field.trained_as not in model.trained_fields
    }
    records = [f.name for f in request.schema.fields if f.type is FieldType.RECORD]
    if slow:
        return {"unable": {**dict.fromkeys(records, ""), **slow}}
    return {"unable": records} if records else {}


def _answers(model: NativeModel, requests: Sequence[Request]) -> list[dict[str, Any]]:
    try:
        return model.answer_all(requests) if requests else []
    except Exception:  # one by one, so that a bad request does not spoil the answers of the others
        return [_answer_one(model, r) for r in requests]


def _answer_one(model: NativeModel, request: Request) -> dict[str, Any]:
    try:
        return model.answer_all([request])[0]
    except BadRequest as error:
        return _error("bad_request", str(error))
    except Exception as error:  # the server's border: an exception would fail the whole batch
        return _error("internal", type(error).__name__)


def _body(text: str) -> dict[str, Any]:
    try:
        body = parse_json(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the request is no JSON") from error
    if not isinstance(body, dict):
        raise BadRequest("the request must be a JSON object")
    return cast("dict[str, Any]", body)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
