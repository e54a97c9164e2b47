"""What a run is identified by: two runs with one key would give one result, so the second is not done."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from tasks.core.records import RunIdentity, RunKey


def run_key(identity: RunIdentity) -> RunKey:
    """SHA-256 over the canonical JSON of the identity."""
    canonical = json.dumps(asdict(identity), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return RunKey(hashlib.sha256(canonical.encode()).hexdigest())
