"""The price table of the settings, read once.

Requires:
    `COUNTERSIGN_PRICES`, a YAML file as `tasks.core.prices` tells; without it nothing has a price.
"""

from __future__ import annotations

from functools import lru_cache

from tasks.core.prices import Prices, load_prices
from tasks.settings import settings


@lru_cache(maxsize=1)
def price_table() -> Prices | None:
    """
    Raises:
        ConfigurationError: the file of the setting cannot be used.
    """
    path = settings().countersign_prices
    return None if path is None else load_prices(path)
