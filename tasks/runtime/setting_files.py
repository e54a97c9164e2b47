"""Files that the settings name, each read once: the price table and the tokenizer."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from tasks.core.cost.prices import Prices, load_prices
from tasks.core.cost.tokens import ESTIMATE, TokenCounter
from tasks.core.errors import ConfigurationError
from tasks.core.records import CountedBy
from tasks.settings import settings


@lru_cache(maxsize=1)
def price_table() -> Prices | None:
    """The prices of `COUNTERSIGN_PRICES`.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    path = settings().prices
    return None if path is None else load_prices(path)


def token_counter() -> TokenCounter:
    """The counter of `COUNTERSIGN_TOKENIZER`, or an estimate.

    Raises:
        ConfigurationError: the file cannot be used.
    """
    path = settings().tokenizer
    return ESTIMATE if path is None else counter_from(path)


@lru_cache(maxsize=4)
def counter_from(path: Path) -> TokenCounter:
    """A counter that uses a tokenizer file.

    Raises:
        ConfigurationError: the file cannot be read as a tokenizer, or the library is missing.
    """
    try:
        from tokenizers import Tokenizer  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ConfigurationError(
            "COUNTERSIGN_TOKENIZER needs the extra `tokenizer`: pip install 'countersign[tokenizer]'"
        ) from None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ConfigurationError(
            f"COUNTERSIGN_TOKENIZER: cannot read {path} as a tokenizer. Give the path of a `tokenizer.json`."
        ) from error
    return TokenCounter(lambda text: len(tokenizer.encode(text).ids), CountedBy.TOKENIZER)
