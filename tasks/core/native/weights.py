"""Reads, writes and digests the weight files of a native model's version folder.

The formats (npz without pickle, JSON, crfsuite's own) hold nothing that could run code on loading.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.core.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".npz", ".json", ".crfsuite")
PROMOTION, REPORT = "promotion.json", "report.json"
"""Files beside published or refused weights that say why; they are not weights."""

# Published folders hold this file byte for byte, and the product runs no other.
SHELL = '''\
"""What Triton runs: the class that fits the weights beside this file (card.json says which); the work is in `tasks.core.native`."""

from tasks.core.native.served import TritonPythonModel  # noqa: F401
'''
"""The `model.py` of every version folder."""


def weight_files(folder: Path) -> list[Path]:
    """The files that the model's answers depend on, sorted by name."""
    return sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.name not in (PROMOTION, REPORT))


def weights_sha256(folder: Path) -> str:
    """One digest over the names and bytes of all weight files of a version folder."""
    digest = hashlib.sha256()
    for path in weight_files(folder):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@contextmanager
def _configuration_errors(path: Path) -> Generator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The model file `{path.name}` is missing or broken. Train the model with `countersign train`."
        ) from error


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Raises: ConfigurationError when the file is missing or not an npz file."""
    import numpy as np  # here, so that listing and digesting weights does not import numpy

    with _configuration_errors(path), np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def read_json(path: Path) -> dict[str, Any]:
    """Raises: ConfigurationError when the file is missing or not a JSON object."""
    with _configuration_errors(path):
        return dict(json.loads(path.read_text(encoding="utf-8")))


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write an npz file whose bytes depend on the arrays alone."""
    import numpy as np

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.save(buffer, arrays[name], allow_pickle=False)
            # `np.savez` would stamp each entry with the time of day.
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
