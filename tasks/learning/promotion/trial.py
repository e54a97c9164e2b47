"""Loads a version folder and sends it one request, in a process that may crash.

`python -m tasks.learning.promotion.trial FOLDER` prints a JSON object: its `kind`, or `refused`.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from tasks.core.errors import ConfigurationError
from tasks.core.native.serving.answer import NativeModel, answer
from tasks.core.native.serving.model_kinds import kind_of, load_native
from tasks.core.schema import load_schema

MAX_ADDRESS_BYTES = 4 * 2**30
_TEXT = (
    "This Supply Agreement is made as of 1 March 2020 between Acme Holdings Inc., a Delaware corporation, and Mr. John Doe. "
    "This Agreement shall be governed by the laws of the State of New York, without regard to its conflict of laws."
)


def main(folder: Path) -> dict[str, Any]:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    try:
        kind = kind_of(folder)
        reply = json.loads(answer(model := load_native(folder), request_to(model)))
    except ConfigurationError as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": f"it needs more than {MAX_ADDRESS_BYTES / 2**30:.0f} GiB of memory"}
    except Exception as error:  # each library raises errors of its own for a broken file
        return {"refused": f"a weight file is broken ({type(error).__name__}: {str(error)[:200]})"}
    if "error" in reply:
        return {"refused": f"it loads but does not answer ({reply['error']['message']})"}
    return {"kind": kind}


def request_to(model: NativeModel) -> str:
    """A chunk of one passage, with all fields of the schema that shipped models are trained for."""
    quote = "laws of the State of New York"
    start = _TEXT.index(quote)
    candidate = {"field": "governing_law", "value": quote, "quote": quote, "score": 0.5}
    passage = {"kind": "body", "text": _TEXT, "marker": None}
    place = {"passage": 0, "start": start, "end": start + len(quote)}
    return json.dumps(
        {
            "task": model.task,
            "schema": load_schema("cuad").model_dump(mode="json"),
            "chunk": {"index": 0, "kind": "body", "passages": [passage]},
            "round": 1,
            "candidates": [candidate | place],
        }
    )


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
