"""Fold models: while contracts are drafted, Triton serves weights that have not seen them.

A folder of folds, as `countersign train` writes it, holds `folds.json` ({doc_id: fold}) and a
version folder `fold-K/` for each fold. Requires a Triton server under explicit model control, and
write access to its repository.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infra.models.service import current_service
from tasks.core.errors import ConfigurationError, ModelError, StackError
from tasks.core.records import ModelIdentity
from tasks.core.text.display import counted
from tasks.learning.error_book import Drafter
from tasks.triton.model_control import ask_model, unload_model

_DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class Folds:
    """Which weights may draft which contract."""

    folder: Path
    fold_of: Mapping[str, int]

    def weights(self, fold: int) -> Path:
        return self.folder / f"fold-{fold}"


def load_folds(folder: Path) -> Folds:
    """Raises: ConfigurationError when a file is malformed or a fold's weights are missing."""
    path = folder / "folds.json"
    try:
        fold_of = {str(name): int(k) for name, k in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read ({type(error).__name__}). Write the folder with `countersign train generator --folds DIR`."
        ) from error
    folds = Folds(folder, fold_of)
    missing = sorted({k for k in fold_of.values() if not folds.weights(k).is_dir()})
    if missing:
        raise ConfigurationError(
            f"{folder} has no weights of fold {', '.join(map(str, missing))}. Train the folds again."
        )
    return folds


@contextmanager
def served_fold(folds: Folds, fold: int, base: ModelIdentity) -> Iterator[Drafter]:
    """Serve a fold's weights while the block runs, as a drafter with the name of `base`.

    Raises:
        ConfigurationError: the weights have seen a contract of the fold, or no repository is known.
        ModelError: the server does not load them.
    """
    name = f"{base.name}-fold-{fold}-{os.getpid()}"
    service = current_service()
    if service.url is None:
        raise StackError("no Triton server is running. Start the embedded one with `countersign up`.")
    try:
        with service.repository.locked():
            service.repository.place(name, 1, folds.weights(fold))
            service.change_over(name, 1)
        _refuse_if_learned(folds, fold, ask_model(service.url, name, "card"))
        digest = str(ask_model(service.url, name, "describe")["weights_sha256"])[:_DIGEST_CHARS]
        yield Drafter(name, ModelIdentity(base.name, f"{base.version}+fold-{fold}-{digest}"))
    finally:
        with suppress(ModelError):  # a model that did not load cannot be unloaded
            unload_model(service.url, name)
        with service.repository.locked():
            service.repository.remove(name)


def _refuse_if_learned(folds: Folds, fold: int, card: Mapping[str, object]) -> None:
    learned = card.get("learned_from")
    seen = [n for n in learned if folds.fold_of.get(str(n)) == fold] if isinstance(learned, list) else []
    if seen:
        raise ConfigurationError(
            f"the weights of fold {fold} learned from {counted(len(seen), 'contract')} that they would draft: train the folds again"
        )
