"""Extraction schemas: the YAML format, its checks, its error messages and the built-in schemas."""

from tasks.core.schema.fields import (
    Cardinality,
    FieldSpec,
    FieldType,
    MarkedExample,
    SchemaField,
    SchemaPart,
)
from tasks.core.schema.schema_file import Schema, builtin_schemas, load_schema, parse_schema, promise_of

__all__ = [
    "Cardinality",
    "FieldSpec",
    "FieldType",
    "MarkedExample",
    "Schema",
    "SchemaField",
    "SchemaPart",
    "builtin_schemas",
    "load_schema",
    "parse_schema",
    "promise_of",
]
