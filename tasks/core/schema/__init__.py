"""Extraction schemas: the YAML format, its checks, its error messages and the built-in schemas."""

from tasks.core.schema.fields import Cardinality, FieldSpec, FieldType, SchemaField, SchemaPart
from tasks.core.schema.schema_file import Schema, builtin_schemas, load_schema, parse_schema

__all__ = [
    "Cardinality",
    "FieldSpec",
    "FieldType",
    "Schema",
    "SchemaField",
    "SchemaPart",
    "builtin_schemas",
    "load_schema",
    "parse_schema",
]
