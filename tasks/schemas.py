"""Schemas by reference: what a schema's name means in the parameters of a flow or of a command.

    cuad               built in: the version of the product that reads the name
    lease@3f9c0a1b2c3d a registered version, by its digest: any worker takes it from PostgreSQL
    dir/lease.yaml     a file of the machine that reads the name

A file is turned into a registered version before its name goes to another process.

Requires:
    PostgreSQL for a registered version; nothing for a built-in one or a file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.core.errors import SchemaError
from tasks.core.records import SchemaDigest
from tasks.core.schema import Schema, builtin_schemas, load_schema
from tasks.store import store

_REGISTERED = re.compile(r"(?P<name>[a-z][a-z0-9_]{0,62})@(?P<digest>[0-9a-f]{12,64})")
_SHOWN_DIGITS = 12


def is_registered(reference: str) -> bool:
    """Whether it names a registered version, as `lease@3f9c0a1b2c3d`."""
    return _REGISTERED.fullmatch(reference) is not None


def check_schema(reference: str) -> None:
    """Check a built-in schema or a file, before any part is started; a registered version needs one.

    Raises:
        SchemaError: as `load_schema`.
    """
    if not is_registered(reference):
        load_schema(reference)


def open_schema(reference: str) -> Schema:
    """The schema that a name, a registered version or a path stands for.

    Raises:
        SchemaError: there is none, or it breaks the rules.
    """
    found = _REGISTERED.fullmatch(reference)
    return _from_store(found["name"], found["digest"]) if found else load_schema(reference)


def register(schema: Schema) -> str:
    """Store a schema's wording; return the reference by which any worker finds it."""
    store().runs.register_schema(schema)
    return reference_of(schema.name, schema.digest)


def reference_of(name: str, digest: SchemaDigest | str) -> str:
    return f"{name}@{digest}"


def portable(reference: str) -> str:
    """What another process finds by this name: a file is registered, anything else stays.

    Raises:
        SchemaError: as `load_schema`.
    """
    if is_registered(reference) or reference in builtin_schemas():
        return reference
    return register(load_schema(reference))


def label(reference: str) -> str:
    """A schema's name for tables: of a registered version without its digest."""
    found = _REGISTERED.fullmatch(reference)
    return found["name"] if found else reference


def origin(reference: str) -> str:
    """A reference that says later where a schema came from: a path is made absolute."""
    if is_registered(reference) or reference in builtin_schemas():
        return reference
    return str(Path(reference).resolve())


def changed_since(plan: Mapping[str, Any]) -> str:
    """What to tell if a plan's schema has another wording by now; empty if it has not, or if this
    machine does not have the file.

    Args:
        plan: A backfill's stored selection, with the `origin` and the digest of its schema.
    """
    origin_then, digest_then = plan.get("schema_origin"), plan.get("schema_digest")
    if not origin_then or not digest_then or is_registered(origin_then):
        return ""
    try:
        now = load_schema(origin_then).digest
    except SchemaError:
        if not Path(origin_then).is_file():
            return ""
        now = None
    if now == digest_then:
        return ""
    name = Path(origin_then).name
    return (
        f"the schema {name} has another wording now than in the plan: the plan's ({digest_then[:_SHOWN_DIGITS]}) is used. "
        "To use the new one, make a new plan"
    )


def _from_store(name: str, digest: str) -> Schema:
    versions = store().runs.schema_versions(name, digest)
    if not versions:
        known = ", ".join(reference_of(name, d[:_SHOWN_DIGITS]) for d in store().runs.newest_digests(name))
        raise SchemaError(
            f"no schema `{reference_of(name, digest)}` is registered in this database (of this name: {known or 'none'}). "
            "Register its file: `countersign schema register FILE` prints the name to give."
        )
    if len(versions) > 1:
        raise SchemaError(
            f"`{reference_of(name, digest)}` is the beginning of several versions. Give more digits of the digest."
        )
    schema = Schema.model_validate(versions[0].definition)
    if schema.digest != versions[0].digest:
        raise SchemaError(
            f"the registered schema `{reference_of(name, digest)}` is read differently by this version of the product "
            f"(as {schema.digest[:_SHOWN_DIGITS]}). Register its file again, and make a new plan."
        )
    return schema
