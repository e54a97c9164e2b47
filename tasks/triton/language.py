"""What a language model is sent, in its dialect: names, types and values of the input tensors. Pure.

Shapes:
    Every tensor has one element: [1], or [1, 1] where the config has a batch dimension.
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
"""The Python or numpy type tells Triton's: str is BYTES, bool is BOOL, np.int32 is INT32."""


class StructuredOutput(StrEnum):
    """How a server is given the schema of the answer."""

    STRUCTURED_OUTPUTS = "structured_outputs"
    GUIDED_DECODING = "guided_decoding"
    """vLLM's backend before 2025-11-25; newer ones may take it as well."""
    JSON_SCHEMA = "json_schema"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LanguageOptions:
    """How language models are asked, whichever they are."""

    answer_s: float = 300
    """Deadline of one answer, its queue included."""
    seed: int = 0
    structured: StructuredOutput = StructuredOutput.STRUCTURED_OUTPUTS
    chat_template: str = "auto"
    streams: bool = True
    """vLLM's answers come token by token: the time to the first one is the queue, and a loop of white space can be cut. A token
    costs the client 80 microseconds then, against 8 in a whole answer."""
    cuts_loops: bool | None = None
    """Cancel an answer of which only white space comes. None: where the server is known to bear it."""


def schema_methods(dialect: Dialect, preferred: StructuredOutput) -> tuple[StructuredOutput, ...]:
    """The ways to give a schema, to be tried in this order while the server refuses."""
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
    """One request. Optional inputs are sent only to models that have them: an older server refuses what it does not know.

    Args:
        text: The prompt after its chat template.
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
    """vLLM may stream: its detokenizer never splits a character."""
    sampling: dict[str, Any] = {"max_tokens": prompt.max_tokens, "temperature": 0.0, "seed": options.seed}
    if prompt.answer_schema is not None and structured is not StructuredOutput.NONE:
        # The value is a JSON string inside the JSON; white space is what grammars loop on.
        guide = {"json": prompt.answer_schema, "disable_any_whitespace": True}
        sampling[structured.value] = json.dumps(guide, ensure_ascii=False)
    return {
        "text_input": text,
        "stream": options.streams,
        "sampling_parameters": json.dumps(sampling, ensure_ascii=False),
        **_if_known(
            signature,
            exclude_input_in_output=True,
            return_finish_reason=True,
            return_num_input_tokens=True,
            return_num_output_tokens=True,
        ),
    }


def _trtllm(
    signature: ModelSignature,
    text: str,
    prompt: Prompt,
    options: LanguageOptions,
    structured: StructuredOutput,
) -> dict[str, Value]:
    """The whole at once: streamed, its postprocessing detokenizes token by token and breaks characters of several bytes,
    which Chinese is made of.

    Greedy by `top_k` 1: what a temperature of 0 does there depends on the version.
    """
    inputs: dict[str, Value] = {
        "text_input": text,
        "max_tokens": np.int32(prompt.max_tokens),
        **_if_known(
            signature,
            top_k=np.int32(1),
            seed=np.uint64(options.seed),
            stream=False,
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
    """The whole at once, and without a schema: this signature has no place for one."""
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
