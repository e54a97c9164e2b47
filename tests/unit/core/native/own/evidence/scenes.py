"""The evidence of one candidate, by column, for a schema and a text."""

from __future__ import annotations

import json

from tasks.core.native.own.candidates import FieldCandidates, candidates_of
from tasks.core.native.own.evidence import ALL_COLUMNS
from tasks.core.native.request import read_request
from tasks.core.schema import FieldType, Schema, SchemaField
from tests.unit.core.native.scenes import body


def made(kind: FieldType, title: str = "Thing", name: str = "x", **keys: object) -> SchemaField:
    return SchemaField.model_validate(
        {"name": name, "title": title, "description": "-", "cardinality": "one", "type": kind, **keys}
    )


def found(text: str, *fields: SchemaField) -> dict[str, FieldCandidates]:
    schema = Schema(name="s", title="S", fields=fields)
    request = read_request(json.loads(json.dumps(body(schema, "generate", ("body", text)))))
    return candidates_of(request, [f.name for f in fields])


def evidence_of(value: str, text: str, *fields: SchemaField) -> dict[str, float]:
    """The columns of a value for the first field."""
    of_field = found(text, *fields)[fields[0].name]
    at = next(i for i, span in enumerate(of_field.spans) if text[span.start : span.end] == value)
    return dict(zip(ALL_COLUMNS, of_field.rows[at].tolist(), strict=True))
