"""The parts of the stack, and the environment variables that name an external one.

Knows names only: it starts nothing and makes no request.
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
    WEB = "web"


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
    StackPart.WEB: ("COUNTERSIGN_WEB_URL",),
}
"""`AWS_REGION` and `AWS_CA_BUNDLE` are not here: alone they name no store. A user with a Prefect
server also runs the workers."""


def given_parts(env: Mapping[str, str], own: Mapping[str, str]) -> frozenset[StackPart]:
    """The parts that `env` names.

    Args:
        env: The caller's environment.
        own: The variables that the embedded stack exports; a variable with that value is not
            external.
    """
    return frozenset(
        part
        for part, names in NAMED_BY.items()
        if any(env.get(name) and env[name] != own.get(name) for name in names)
    )
