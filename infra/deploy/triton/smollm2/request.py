"""A request in the words of vLLM's backend, and the same in those of llama.cpp's server. Pure.

Source: triton-inference-server/vllm_backend `src/utils/request.py` (11c4e0fd), vLLM's
`SamplingParams`; llama.cpp `tools/server/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LORA_NAME = "'NoneType' object has no attribute 'lora_name'"
"""All that vLLM's backend says of sampling parameters that it cannot read."""
DEFAULT_MAX_TOKENS = 16
RETURNED = (
    "finish_reason",
    "cumulative_logprob",
    "logprobs",
    "num_input_tokens",
    "num_output_tokens",
    "num_cached_tokens",
)
"""The outputs that a request can ask for, by `return_NAME`."""

_RENAMED = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "seed": "seed",
    "stop": "stop",
    "presence_penalty": "presence_penalty",
    "frequency_penalty": "frequency_penalty",
    "repetition_penalty": "repeat_penalty",
    "ignore_eos": "ignore_eos",
    "logprobs": "n_probs",
}
_IGNORED = frozenset({"n", "skip_special_tokens", "spaces_between_special_tokens", "output_kind"})


class RequestRefused(Exception):
    """The request cannot be answered as it is; the message goes to the client."""


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What one request asks."""

    text: str
    streams: bool
    prepends_input: bool
    """The answer begins with the prompt, as in vLLM's backend unless it is told otherwise."""
    body: Mapping[str, Any]
    """For llama.cpp's `/v1/completions`."""
    wanted: frozenset[str]
    """Those of `RETURNED` that are asked for."""

    @property
    def max_tokens(self) -> int:
        return int(self.body["max_tokens"])


def read_request(scalar: Callable[[str], Any]) -> AnswerRequest:
    """A request by its input tensors.

    Args:
        scalar: The one value of an input tensor; None if the request does not have it.

    Raises:
        RequestRefused: it cannot be answered.
    """
    streams, excludes = bool(scalar("stream")), scalar("exclude_input_in_output")
    prepends_input = not streams if excludes is None else not excludes
    if prepends_input and streams:
        raise RequestRefused("When streaming, `exclude_input_in_output` = False is not allowed.")
    text = scalar("text_input") or ""
    if not text:
        raise RequestRefused("`text_input` is empty")
    body = completion_body(text, scalar("sampling_parameters") or "{}")
    wanted = frozenset(name for name in RETURNED if scalar(f"return_{name}"))
    return AnswerRequest(text, streams, prepends_input, body, wanted)


def completion_body(text: str, sampling_parameters: str) -> dict[str, Any]:
    """The body for llama.cpp.

    Raises:
        RequestRefused: the parameters hold something that is not known or not valid.
    """
    try:
        asked: dict[str, Any] = dict(json.loads(sampling_parameters))
    except (TypeError, ValueError):
        raise RequestRefused(LORA_NAME) from None
    guide = asked.pop("structured_outputs", None)
    unknown = asked.keys() - _RENAMED.keys() - _IGNORED
    if unknown or asked.get("n", 1) != 1:
        raise RequestRefused(f"{LORA_NAME} (not known here: {', '.join(sorted(unknown)) or 'n > 1'})")
    body = {_RENAMED[name]: value for name, value in asked.items() if name in _RENAMED and value is not None}
    body.setdefault("max_tokens", DEFAULT_MAX_TOKENS)
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 1:
        raise RequestRefused("max_tokens must be at least 1")
    if guide is not None:
        body |= _grammar(guide)
    # Streamed in any case, so that it can be ended; with its progress, also before the first token.
    how = {"stream": True, "return_progress": True, "timings_per_token": True, "cache_prompt": True}
    return {"prompt": text, **body, **how}


def _grammar(guide: str | Mapping[str, Any]) -> dict[str, Any]:
    """vLLM's structured outputs as llama.cpp takes them: a JSON Schema or nothing.

    Raises:
        RequestRefused: another form than a JSON Schema.
    """
    try:
        asked = dict(json.loads(guide) if isinstance(guide, str) else guide)
        schema = asked.get("json")
        schema = json.loads(schema) if isinstance(schema, str) else schema
    except (TypeError, ValueError):
        raise RequestRefused(LORA_NAME) from None
    if not isinstance(schema, dict):
        raise RequestRefused("this model's grammar takes structured outputs as a JSON schema only")
    if asked.get("disable_any_whitespace"):
        # llguidance, which makes the grammar, takes its options in the schema. The separators are xgrammar's.
        separators = {"item_separator": ", ", "key_separator": ": "}
        schema = {**schema, "x-guidance": {"whitespace_flexible": False, **separators}}
    return {"json_schema": schema}


def logprobs_in_vllms_form(tokens: list[dict[str, Any]], n_asked: int) -> str:
    """The probabilities of some tokens as vLLM's backend writes them: for each token of the answer
    the most likely ones, and the chosen one among them, by their ids.

    Args:
        tokens: `logprobs.content` of llama.cpp's answer.
        n_asked: How many were asked for; a token that was chosen and is not among them is one more.
    """
    rows: list[dict[str, Any]] = []
    for token in tokens:
        likely = token.get("top_logprobs", [])[:n_asked]
        row = {
            str(other["id"]): {
                "logprob": other["logprob"],
                "rank": rank,
                "decoded_token": other["token"],
            }
            for rank, other in enumerate(likely, 1)
        }
        chosen = {
            "logprob": token["logprob"],
            "rank": len(likely) + 1,  # or more: llama.cpp does not tell
            "decoded_token": token["token"],
        }
        row.setdefault(str(token["id"]), chosen)
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False)
