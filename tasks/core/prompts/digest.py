"""What of the prompts decides a run's result, in eight digits: part of a language model's identity.

The digest is taken of prompts as rendered for specimens, beside the files: so a change of the code that puts them together is another
digest too, and a change of a comment is not.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from functools import cache

from tasks.core.prompts.grouping import AskLimits
from tasks.core.prompts.specimen import specimens
from tasks.core.prompts.texts import PROMPTS_VERSION, files
from tasks.core.records import ModelIdentity

_TEXTS = ("The rent is EUR 5.", "租金为5元。")


@cache
def prompts_digest(limits: AskLimits) -> str:
    """SHA-256 of every text a language model may be told, and of how much it is asked at once."""
    digest = hashlib.sha256(json.dumps(asdict(limits), sort_keys=True).encode())
    for name, content in files():
        digest.update(name.encode() + b"\0" + content)
    for text in _TEXTS:
        for prompt in specimens(text, limits):
            digest.update(json.dumps(asdict(prompt), sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()


def prompted(identity: ModelIdentity, limits: AskLimits) -> ModelIdentity:
    """A language model's identity with its prompts: another wording is another run."""
    version = f"{identity.version}+prompts-{PROMPTS_VERSION}-{prompts_digest(limits)[:8]}"
    return replace(identity, version=version)
