"""A server's prefix cache, as vLLM keeps it: what of a prompt has to be read, and what is known.

Blocks of 16 tokens; a block is known if it and every block before it were read before; an incomplete
block never is. One token at least is read anew, so of a prompt that is known to its end the last block
is read again. Source: vLLM's design document "Automatic prefix caching".
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable, Sequence

BLOCK = 16


class PrefixCache:
    """
    Args:
        capacity: Blocks that it holds; the one that was used longest ago goes first. None: all.
    """

    def __init__(self, capacity: int | None = None) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()
        self._capacity = capacity

    def read(self, tokens: Sequence[Hashable]) -> int:
        """The tokens of this prompt that have to be read, with their blocks known from now on."""
        key, n_known, is_prefix = b"", 0, True
        last = (len(tokens) - 1) // BLOCK
        for number in range(len(tokens) // BLOCK):
            block = tokens[number * BLOCK : (number + 1) * BLOCK]
            key = hashlib.blake2b(key + repr(block).encode(), digest_size=16).digest()
            is_prefix = is_prefix and key in self._known
            n_known += is_prefix and number < last
            self._known[key] = None
            self._known.move_to_end(key)
        while self._capacity is not None and len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return len(tokens) - BLOCK * n_known


def rough_tokens(text: str) -> list[str]:
    """Four characters to a token, where no tokenizer is at hand."""
    return [text[at : at + 4] for at in range(0, len(text), 4)]
