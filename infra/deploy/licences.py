"""Lists the licences of what is installed with Countersign: `python -m infra.deploy.licences > docs/licences.md`.

Names come from `requirements.lock` (with the embedded parts) and from the image's lock, licences from
the metadata of the installed distributions. What belongs to another platform is not installed and not listed.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "infra/deploy/image/requirements.lock")
REFUSED = re.compile(r"\bAGPL|Affero|\bSSPL|Server Side Public|Commons Clause|Business Source", re.IGNORECASE)
"""Licences that bind whoever lets others use the software over a network, or that forbid a use."""
LOOKED_UP = {"nvidia-pytriton": "Apache-2.0", "xllamacpp": "MIT"}
"""Whose metadata names a file alone."""
_LONG = 80
_HEAD = """# Licences of what is installed

Written by `python -m infra.deploy.licences > docs/licences.md`; a test compares. Countersign itself: Apache-2.0. No licence here is AGPL, SSPL or another that binds whoever only serves the
software over a network. LGPL packages (`psycopg`, for example) are used as they are, as libraries.

| package | licence, as its metadata names it |
| --- | --- |
"""


def names() -> list[str]:
    """The locked packages that are installed here."""
    locked = {
        line.partition("==")[0].partition("[")[0]
        for lock in LOCKS
        for line in (ROOT / lock).read_text(encoding="utf-8").splitlines()
        if re.match(r"[a-z0-9]", line)
    }
    return sorted(name for name in locked if _metadata(name) is not None)


def licence_of(name: str) -> str:
    """The licence by the package's metadata; empty if it names none."""
    found = _metadata(name)
    if found is None:
        return ""
    expression = "".join(found.get_all("License-Expression") or ())
    classified = [
        c.rpartition(" :: ")[2] for c in found.get_all("Classifier") or () if c.startswith("License ::")
    ]
    free = "".join(found.get_all("License") or ()).strip()
    is_short = free and "\n" not in free and len(free) <= _LONG and free != "UNKNOWN"
    best = LOOKED_UP.get(name) or expression or (free if is_short else "") or ", ".join(classified)
    return best or free.split("\n", 1)[0][:_LONG]


def page() -> str:
    return _HEAD + "".join(f"| `{name}` | {licence_of(name)} |\n" for name in names())


def _metadata(name: str) -> metadata.PackageMetadata | None:
    try:
        return metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None


if __name__ == "__main__":
    print(page(), end="")
