"""The model repository, and the server that reads it if one is running."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from infra import stack
from infra.stack.model_repository import Repository, assemble
from infra.stack.service import StackPart
from infra.stack.triton import is_repository_given, model_repository
from tasks.core.errors import ConfigurationError, ModelError
from tasks.core.native.weights import weights_sha256
from tasks.triton.model_control import ask_model, load_model

CHANGE_OVER_S = 10
"""Time in which the older version may still answer the requests that it got before."""


@dataclass(frozen=True, slots=True)
class Service:
    repository: Repository
    url: str | None
    """The server that reads the repository; None: no server is running."""

    def change_over(self, name: str, version: int) -> None:
        """Let this version serve. After an error the version before serves again.

        Raises:
            ModelError: the server does not load it.
            ConfigurationError: the server reads another repository.
        """
        before = self.repository.serving(name)
        self.repository.serve(name, version)
        try:
            if self.url is not None:
                load_model(self.url, name)
                self._check(self.url, name, version)
        except (ModelError, ConfigurationError):
            if before is not None and before != version:
                self.repository.serve(name, before)
            raise

    def _check(self, url: str, name: str, version: int) -> None:
        """Wait until the server answers with these weights."""
        digest = weights_sha256(self.repository.folder(name, version))
        deadline = time.monotonic() + CHANGE_OVER_S
        while ask_model(url, name, "describe").get("weights_sha256") != digest:
            if time.monotonic() > deadline:
                raise ConfigurationError(
                    f"the server at {url} still serves other weights for {name}, so it does not read {self.repository.root}. "
                    "Set COUNTERSIGN_TRITON_MODELS to the repository that it reads."
                )
            time.sleep(0.1)


def current_service() -> Service:
    """The server that TRITON_URL names, with its repository, or the embedded one.

    Raises:
        ConfigurationError: TRITON_URL is set and COUNTERSIGN_TRITON_MODELS is not.
    """
    part = next(p for p in stack.status() if p.part is StackPart.TRITON)
    if part.state == "given" and not is_repository_given():
        raise ConfigurationError(
            "TRITON_URL names a server of your own. Set COUNTERSIGN_TRITON_MODELS to the model repository that it reads."
        )
    repository = Repository(model_repository())
    is_running = part.state != "stopped"
    if not is_repository_given() and (not is_running or not repository.names()):
        with repository.locked():
            assemble(repository)  # never while a server reads the files
    if part.state == "given":
        return Service(repository, os.environ["TRITON_URL"])
    return Service(repository, stack.environment()["TRITON_URL"] if is_running else None)
