"""Reads the dialect and the signature of a served model from its config. Pure.

Source: triton-inference-server/vllm_backend `src/model.py`, NVIDIA/TensorRT-LLM
`triton_backend/all_models`; their versions: docs/language-models.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from google.protobuf.json_format import MessageToDict, MessageToJson
from google.protobuf.message import Message

from tasks.core.errors import ConfigurationError
from tasks.core.records import ModelIdentity


class Dialect(StrEnum):
    NATIVE = "native"
    VLLM = "vllm"
    TRTLLM = "trtllm"
    """TensorRT-LLM's ensemble or its BLS model, which have the same inputs."""
    LLMAPI = "llmapi"
    """TensorRT-LLM's newer `llmapi` backend."""


@dataclass(frozen=True, slots=True)
class Served:
    """A served model: its identity and its dialect."""

    identity: ModelIdentity
    dialect: Dialect
    gives_logprobs: bool = False
    """It can judge by labels."""

    @property
    def label(self) -> str:
        """`name/version`, as in the trail."""
        return f"{self.identity.name}/{self.identity.version}"

    @property
    def is_native(self) -> bool:
        return self.dialect is Dialect.NATIVE


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """What a client needs from a model's config."""

    model: str
    dialect: Dialect
    inputs: frozenset[str]
    is_decoupled: bool
    """It may answer in any number of parts, so it must be called by a stream."""
    is_batched: bool
    """The first dimension of every tensor is the batch."""
    parameters: Mapping[str, str]
    digest: str
    """SHA-256 of the config, with the server's defaults filled in."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one request's scalar tensors."""
        return (1, 1) if self.is_batched else (1,)


_INPUT_OF_DIALECT = {
    "request": Dialect.NATIVE,
    "sampling_parameters": Dialect.VLLM,
    "guided_decoding_guide_type": Dialect.TRTLLM,
    "sampling_param_max_tokens": Dialect.LLMAPI,
}


def read_signature(config: Message) -> ModelSignature:
    """Raises: ConfigurationError for inputs of no known dialect."""
    values: dict[str, Any] = MessageToDict(config, preserving_proto_field_name=True)
    inputs = frozenset(str(tensor["name"]) for tensor in values.get("input", ()))
    parameters: dict[str, Any] = values.get("parameters", {})
    return ModelSignature(
        model=values["name"],
        dialect=_dialect(values["name"], inputs),
        inputs=inputs,
        is_decoupled=bool(values.get("model_transaction_policy", {}).get("decoupled")),
        is_batched=int(values.get("max_batch_size", 0)) > 0,
        parameters={name: str(value.get("string_value", "")) for name, value in parameters.items()},
        digest=_digest(config),
    )


def _dialect(model: str, inputs: frozenset[str]) -> Dialect:
    for name, dialect in _INPUT_OF_DIALECT.items():
        if name in inputs:
            return dialect
    known = ", ".join(f"{dialect} by `{name}`" for name, dialect in _INPUT_OF_DIALECT.items())
    raise ConfigurationError(
        f"model {model} has the inputs {sorted(inputs)}, which belong to no known dialect. Known: {known}"
    )


def _digest(config: Message) -> str:
    # Sorted, because maps have no order in protobuf.
    text = MessageToJson(config, sort_keys=True, indent=None, preserving_proto_field_name=True)
    return hashlib.sha256(text.encode()).hexdigest()
