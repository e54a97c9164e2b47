"""Passwords of encrypted files: a Prefect secret block for each key prefix.

A password is loaded when a file is read; it is neither kept nor logged.

Requires:
    `COUNTERSIGN_PASSWORD_BLOCKS`, and the secret blocks it names on the Prefect server.
"""

from __future__ import annotations

from typing import cast

from prefect.blocks.system import Secret

from tasks.core.errors import ConfigurationError
from tasks.settings import settings


def block_name(key: str) -> str | None:
    """The secret block of the longest prefix that the key has; None if it has none."""
    blocks = settings().password_blocks
    fitting = [prefix for prefix in blocks if key.startswith(prefix)]
    return blocks[max(fitting, key=len)] if fitting else None


def password_for(key: str) -> str:
    """The password for an object key, or an empty one. Call it inside a flow or task run.

    Raises:
        ConfigurationError: the block does not exist, or holds no text.
    """
    name = block_name(key)
    if name is None:
        return ""
    try:
        block = cast("Secret[str]", Secret.load(name))
    except ValueError:
        raise ConfigurationError(
            f"Prefect has no secret block {name!r}, which COUNTERSIGN_PASSWORD_BLOCKS names. "
            "Create it on Prefect's page under Blocks, or correct the name."
        ) from None
    secret = block.get()
    if not isinstance(secret, str):
        raise ConfigurationError(
            f"The secret block {name!r} holds no text. Store the password in it as plain text."
        )
    return secret
