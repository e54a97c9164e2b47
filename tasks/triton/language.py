"""The inputs of a language model in its dialect: names, types and values of the tensors. Pure.

Shapes:
    Every tensor has one element: [1], or [1, 1] if the config has a batch dimension.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from tasks.core.wire.prompt import Prompt
from tasks.triton.dialect import Dialect, ModelSignature

Value = str | bool | np.generic
"""Sent with Triton's type of the same meaning: str as BYTES, bool as BOOL, np.int32 as INT32."""


class StructuredOutput(StrEnum):
    """How the answer's schema is sent to the server."""

    STRUCTURED_OUTPUTS = "structured_outputs"
    GUIDED_DECODING = "guided_decoding"
    """For vLLM's backend before 2025-11-25; newer ones may take it, too."""
    JSON_SCHEMA = "json_schema"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LanguageOptions:
    """Options of all language models."""

    answer_s: float = 300
    """Deadline of one answer, including its wait in the queue."""
    seed: int = 0
    structured: StructuredOutput = StructuredOutput.STRUCTURED_OUTPUTS
    chat_template: str = "auto"
    streams: bool = True
    """vLLM answers token by token: the time to the first token is the queue, and a loop can be cut
    off. A token then costs the client 80 microseconds, instead of 8.
    """
    cuts_loops: bool | None = None
    """Cancel an answer that loops (white space, words, counting). None: if the server's version is safe
    for it."""


_MOST_LOGPROBS = 20
"""vLLM gives no more unless it is started with a larger `max_logprobs`, and refuses to be asked."""


def gives_logprobs(signature: ModelSignature) -> bool:
    """Whether a model can judge by labels: only vLLM's backend gives the probabilities of other tokens."""
    return signature.dialect is Dialect.VLLM and "return_logprobs" in signature.inputs


def schema_methods(dialect: Dialect, preferred: StructuredOutput) -> tuple[StructuredOutput, ...]:
    """How to send the answer's schema: to be tried in this order while the server refuses."""
    if preferred is StructuredOutput.NONE or dialect is Dialect.LLMAPI:
        return (StructuredOutput.NONE,)
    if dialect is Dialect.TRTLLM:
        return (StructuredOutput.JSON_SCHEMA, StructuredOutput.NONE)
    other = {
        StructuredOutput.STRUCTURED_OUTPUTS: StructuredOutput.GUIDED_DECODING,
        StructuredOutput.GUIDED_DECODING: StructuredOutput.STRUCTURED_OUTPUTS,
    }
    return (preferred, other[preferred], StructuredOutput.NONE)


def language_inputs(
    signature: ModelSignature,
    text: str,
    prompt: Prompt,
    options: LanguageOptions,
    structured: StructuredOutput,
) -> dict[str, Value]:
    """One request. Optional inputs are sent only to models that have them, because a server refuses
    unknown ones.

    Args:
        text: The prompt, rendered by the chat template.
    """
    if signature.dialect is Dialect.VLLM:
        return _vllm(signature, text, prompt, options, structured)
    if signature.dialect is Dialect.TRTLLM:
        return _trtllm(signature, text, prompt, options, structured)
    return _llmapi(signature, text, prompt, options)


def _vllm(
    signature: ModelSignature,
    text: str,
    prompt: Prompt,
    options: LanguageOptions,
    structured: StructuredOutput,
) -> dict[str, Value]:
    sampling: dict[str, Any] = {"max_tokens": prompt.max_tokens, "temperature": 0.0, "seed": options.seed}
    if prompt.labels:
        sampling["logprobs"] = _MOST_LOGPROBS
    if prompt.answer_schema is not None and structured is not StructuredOutput.NONE:
        # The value is a JSON string inside the JSON.
        guide: dict[str, Any] = {"json": prompt.answer_schema}
        if structured is StructuredOutput.GUIDED_DECODING:
            # Grammars loop on white space. vLLM with `structured_outputs` takes this as an option of
            # the engine (model.json): in a request it has no effect since 0.32, and may be refused.
            guide["disable_any_whitespace"] = True
        sampling[structured.value] = json.dumps(guide, ensure_ascii=False)
    return {
        "text_input": text,
        "stream": options.streams and not prompt.labels,  # vLLM's detokenizer never splits a character
        "sampling_parameters": json.dumps(sampling, ensure_ascii=False),
        **_if_known(
            signature,
            exclude_input_in_output=True,
            return_finish_reason=True,
            return_num_input_tokens=True,
            return_num_output_tokens=True,
            return_num_cached_tokens=True,
            **({"return_logprobs": True} if prompt.labels else {}),
        ),
    }


def _trtllm(
    signature: ModelSignature,
    text: str,
    prompt: Prompt,
    options: LanguageOptions,
    structured: StructuredOutput,
) -> dict[str, Value]:
    inputs: dict[str, Value] = {
        "text_input": text,
        "max_tokens": np.int32(prompt.max_tokens),
        **_if_known(
            signature,
            top_k=np.int32(1),  # greedy; the meaning of a temperature of 0 depends on the version
            seed=np.uint64(options.seed),
            stream=False,  # it detokenizes token by token, which breaks characters of several bytes (Chinese)
            exclude_input_in_output=True,
            return_num_input_tokens=True,
            return_num_output_tokens=True,
        ),
    }
    if prompt.answer_schema is not None and structured is StructuredOutput.JSON_SCHEMA:
        inputs["guided_decoding_guide_type"] = "json_schema"
        inputs["guided_decoding_guide"] = json.dumps(prompt.answer_schema, ensure_ascii=False)
    return inputs


def _llmapi(
    signature: ModelSignature, text: str, prompt: Prompt, options: LanguageOptions
) -> dict[str, Value]:
    """Without a schema: this dialect has no input for one."""
    return {
        "text_input": text,
        "sampling_param_max_tokens": np.int32(prompt.max_tokens),
        **_if_known(
            signature,
            sampling_param_top_k=np.int32(1),
            sampling_param_seed=np.uint64(options.seed),
            sampling_param_exclude_input_from_output=True,
            streaming=False,
            return_finish_reason=True,
        ),
    }


def _if_known(signature: ModelSignature, **values: Value) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name in signature.inputs}
