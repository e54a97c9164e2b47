"""Free ports on 127.0.0.1, chosen once and kept while they stay free."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterable

FIRST_PORT, LAST_PORT = 15000, 32000
"""Below Linux's ephemeral range (32768 and up): no outgoing connection takes a port meanwhile."""

PATIENCE_S = 2.0


def choose(names: Iterable[str], remembered: dict[str, int]) -> dict[str, int]:
    """A free port for each name: the remembered one, unless another process has taken it."""
    chosen: dict[str, int] = {}
    for name in names:
        port = remembered.get(name, 0)
        if not port or port in chosen.values() or not _soon_free(port):
            port = _search({*chosen.values(), *remembered.values()})
        chosen[name] = port
    return chosen


def _soon_free(port: int) -> bool:
    """Waits a moment: a killed part closes its socket late, and clients know its port."""
    deadline = time.monotonic() + PATIENCE_S
    while not (free := is_free(port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return free


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_listening(port: int, timeout_s: float = 1) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(timeout_s)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _search(taken: set[int]) -> int:
    candidates = random.sample(range(FIRST_PORT, LAST_PORT), 500)
    return next(port for port in candidates if port not in taken and is_free(port))
