"""How often somebody may try to sign in: by name and by address, counted in this process.

A name is refused at one address long before it is everywhere, so that a stranger keeps nobody out.
"""

from __future__ import annotations

import time
from threading import BoundedSemaphore

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from infra.reviewers import Reviewer, Reviewers

MINUTES = 15
PER_NAME_AT_ADDRESS, PER_ADDRESS, PER_NAME = 10, 50, 100
"""Wrong passwords in this time; the last one from all addresses together."""
_MAX_AT_ONCE = 2
"""Each check of a password takes 64 MiB for a moment."""
_NAME_CHARS = 100


class SignInAttempts:
    """Checks passwords, and refuses to when too many were wrong."""

    def __init__(self, reviewers: Reviewers) -> None:
        self._reviewers = reviewers
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._by_both = RateLimitItemPerMinute(PER_NAME_AT_ADDRESS, MINUTES, namespace="both")
        self._by_name = RateLimitItemPerMinute(PER_NAME, MINUTES, namespace="name")
        self._by_address = RateLimitItemPerMinute(PER_ADDRESS, MINUTES, namespace="address")
        self._checking = BoundedSemaphore(_MAX_AT_ONCE)

    def wait_s(self, name: str, address: str) -> int:
        """For how long this name at this address is refused; 0: it is not."""
        folded = name[:_NAME_CHARS].casefold()
        asked = (
            (self._by_both, (folded, address)),
            (self._by_name, (folded,)),
            (self._by_address, (address,)),
        )
        waits = [
            self._limiter.get_window_stats(limit, *key).reset_time - time.time()
            for limit, key in asked
            if not self._limiter.test(limit, *key)
        ]
        return max(1, round(max(waits))) if waits else 0

    def signed_in(self, name: str, password: str, address: str) -> Reviewer | None:
        """The person of this name and password. An unknown name takes as long as a wrong password.

        Raises:
            ConfigurationError: the file of reviewers cannot be read.
        """
        folded = name[:_NAME_CHARS].casefold()
        # Counted before: others try while this one is checked.
        self._limiter.hit(self._by_both, folded, address)
        with self._checking:
            found = self._reviewers.signed_in(name, password)
        if found is None:
            self._limiter.hit(self._by_name, folded)
            self._limiter.hit(self._by_address, address)
        else:
            self._limiter.clear(self._by_both, folded, address)
        return found


def address_of_visitor(request: Request, n_proxies: int) -> str:
    """The address from which a request comes, as the outermost of our own proxies saw it.

    Args:
        n_proxies: What stands further left in X-Forwarded-For, anybody can have written.
    """
    seen = request.headers.get("x-forwarded-for", "").split(",") if n_proxies else []
    direct = request.client.host if request.client else ""
    return seen[-n_proxies].strip()[:_NAME_CHARS] if len(seen) >= n_proxies > 0 else direct
