"""How long an answer may be: a model that runs on, or writes nothing but white space, is stopped there."""

from __future__ import annotations

import re

from tasks.core.records import Chunk

_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_FORM_TOKENS = 256
_ITEM_TOKENS = 64
"""Keys, field name and value of one item."""


def answer_tokens(chunk: Chunk, n_items: int, max_tokens: int) -> int:
    """Room for most of the text quoted twice and the keys of some items.

    Units:
        Tokens, reckoned from characters: three Latin ones or one Chinese one to a token, both more than tokenizers need.
    """
    text = "".join(p.text for p in chunk.passages)
    n_wide = len(_WIDE.findall(text))
    quoted = n_wide + (len(text) - n_wide) // 3
    return min(max_tokens, _FORM_TOKENS + _ITEM_TOKENS * n_items + 2 * quoted)
