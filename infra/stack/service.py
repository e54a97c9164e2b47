"""The parts of the stack, and which environment variables say that somebody else runs one of them.

Knows names only: it starts nothing and asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class StackPart(StrEnum):
    POSTGRES = "postgres"
    S3 = "s3"
    TRITON = "triton"
    PREFECT = "prefect"
    WORKER = "worker"


NAMED_BY: dict[StackPart, tuple[str, ...]] = {
    StackPart.POSTGRES: ("DATABASE_URL",),
    StackPart.S3: (
        "S3_ENDPOINT_URL",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ),
    StackPart.TRITON: ("TRITON_URL",),
    StackPart.PREFECT: ("PREFECT_API_URL",),
    StackPart.WORKER: ("PREFECT_API_URL",),
}
"""A region or a CA bundle alone names no store, so `AWS_REGION` and `AWS_CA_BUNDLE` are not here. Who brings a Prefect
server brings its workers."""


def given_parts(env: Mapping[str, str], own: Mapping[str, str]) -> frozenset[StackPart]:
    """The parts that `env` names.

    Args:
        env: The caller's environment.
        own: What the embedded stack itself exports: a variable that holds our own value names nobody else.
    """
    return frozenset(
        part
        for part, names in NAMED_BY.items()
        if any(env.get(name) and env[name] != own.get(name) for name in names)
    )
