"""The keys of evidence pages in S3: `PREFIX` + the document's key + `.RUN.html`."""

from __future__ import annotations

import re

from tasks.core.records import RunId

_MAX_KEY_BYTES = 1024
"""Source: Amazon S3 User Guide, "Naming Amazon S3 objects": 1,024 bytes of UTF-8."""
_ENDS = re.compile(r"(^|[./])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.html$")


def page_key(prefix: str, key: str, run_id: RunId) -> str:
    """The key of a run's page; without the document's key, if that is too long."""
    whole = f"{prefix}{key}.{run_id}.html"
    return whole if len(whole.encode()) <= _MAX_KEY_BYTES else f"{prefix}{run_id}.html"


def is_page_key(key: str, prefix: str) -> bool:
    """Whether an object is an evidence page, and no document."""
    return key.startswith(prefix) and _ENDS.search(key) is not None
