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
    """
    Raises:
        ConfigurationError: the file of the setting cannot be used.
    """
    path = settings().prices
    return None if path is None else load_prices(path)


def token_counter() -> TokenCounter:
    """How this process counts.

    Raises:
        ConfigurationError: the file of the setting cannot be used.
    """
    path = settings().tokenizer
    return ESTIMATE if path is None else counter_from(path)


@lru_cache(maxsize=4)
def counter_from(path: Path) -> TokenCounter:
    """A counter by a tokenizer file.

    Raises:
        ConfigurationError: no such file, no tokenizer in it, or the library is not installed.
    """
    try:
        from tokenizers import Tokenizer  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ConfigurationError(
            "COUNTERSIGN_TOKENIZER is set and the extra `tokenizer` is missing: pip install 'countersign[tokenizer]'"
        ) from None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise ConfigurationError(
            f"COUNTERSIGN_TOKENIZER: {path} is no tokenizer file that can be read"
        ) from error
    return TokenCounter(lambda text: len(tokenizer.encode(text).ids), CountedBy.TOKENIZER)
