"""Weight files of a native model's version folder: read safely, and digested as a whole.

npz without pickle, JSON, and crfsuite's own format; nothing that could run code when it is loaded.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.core.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUFFIXES = (".npz", ".json", ".crfsuite")
PROMOTION, REPORT = "promotion.json", "report.json"
"""Written beside weights that were published or refused: they say why, and are no part of the weights."""

SHELL = '''\
"""What Triton runs: the class that fits the weights beside this file (card.json says which); the work is in `tasks.core.native`."""

from tasks.core.native.served import TritonPythonModel  # noqa: F401
'''
"""The `model.py` of every version folder, byte for byte: published folders hold it, and no other is run."""


def weight_files(folder: Path) -> list[Path]:
    """What makes a model what it is, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix in SUFFIXES and p.name not in (PROMOTION, REPORT))


def weights_sha256(folder: Path) -> str:
    """One digest over names and bytes of all weight files of a version folder."""
    digest = hashlib.sha256()
    for path in weight_files(folder):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def read_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Raises: ConfigurationError when the file is missing or no npz."""
    import numpy as np  # here, so that listing and digesting weights costs no numpy

    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"weights `{path.name}` cannot be read: train them with `countersign train`"
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """Raises: ConfigurationError when the file is missing or no JSON object."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"weights `{path.name}` cannot be read: train them with `countersign train`"
        ) from error


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write an npz whose bytes depend on the arrays alone (zip entries carry no time of day)."""
    import io
    import zipfile

    import numpy as np

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.save(buffer, arrays[name], allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), buffer.getvalue(), zipfile.ZIP_DEFLATED
            )


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
