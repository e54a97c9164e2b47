"""The evidence of a text's candidates, by the names of its columns."""

from __future__ import annotations

import json

from tasks.core.native.own.candidates import candidates_of
from tasks.core.native.own.evidence import ALL_COLUMNS
from tasks.core.native.request import Request, read_request
from tasks.core.schema import FieldType, Schema, SchemaField
from tests.unit.core.native.scenes import body


def field(name: str, title: str, kind: FieldType = FieldType.TEXT, **keys: object) -> SchemaField:
    whole = {"name": name, "title": title, "description": title, "type": kind, **keys}
    return SchemaField.model_validate(whole)


def evidence_of(text: str, *fields: SchemaField) -> dict[str, dict[str, dict[str, float]]]:
    """By field, by candidate's value: its columns. Of several places of a value the first counts."""
    request = _request(text, fields)
    found = candidates_of(request, [f.name for f in fields])
    rows: dict[str, dict[str, dict[str, float]]] = {}
    for name, candidates in found.items():
        of_field = rows.setdefault(name, {})
        for span, row in zip(candidates.spans, candidates.rows.tolist(), strict=True):
            of_field.setdefault(span.value, dict(zip(ALL_COLUMNS, row, strict=True)))
    return rows


def _request(text: str, fields: tuple[SchemaField, ...]) -> Request:
    schema = Schema(name="s", title="S", fields=fields)
    return read_request(json.loads(json.dumps(body(schema, "generate", ("body", text)))))
