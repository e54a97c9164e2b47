"""Which models a run made now would have: what Triton serves under the names of the settings.

Requires:
    Triton with the generator's and the critic's model. Asks them nothing but who they are.
"""

from __future__ import annotations

import asyncio

from tasks.asking import identified
from tasks.core.records import ModelIdentity
from tasks.settings import settings
from tasks.triton import open_client


def deployed_models(use_critic: bool) -> tuple[ModelIdentity, ModelIdentity | None]:
    """Generator and critic, as `settle` would name them in a run; no critic where none is wanted.

    Raises:
        ModelMissing, ConfigurationError, ModelUnavailable, ModelTimedOut: as `TritonClient.identify`.
    """
    return asyncio.run(_deployed_models(use_critic))


async def _deployed_models(use_critic: bool) -> tuple[ModelIdentity, ModelIdentity | None]:
    limits = settings()
    async with open_client(limits) as client:
        generator = await identified(client, limits.countersign_generator, limits.ask_limits)
        if not use_critic:
            return generator.identity, None
        critic = await identified(client, limits.countersign_critic, limits.ask_limits)
        return generator.identity, critic.identity
