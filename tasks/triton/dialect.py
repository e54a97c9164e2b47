"""Which dialect a served model speaks and what its config says of it. Pure; asks nobody.

Source: triton-inference-server/vllm_backend `src/model.py`, NVIDIA/TensorRT-LLM `triton_backend/all_models`; the versions that
were read stand in docs/language-models.md.
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
    """TensorRT-LLM's ensemble or its BLS model: their inputs are the same."""
    LLMAPI = "llmapi"


@dataclass(frozen=True, slots=True)
class Served:
    """A model that answers, by who it is and how it is asked."""

    identity: ModelIdentity
    dialect: Dialect

    @property
    def label(self) -> str:
        """`name/version`, as the trail names who answered."""
        return f"{self.identity.name}/{self.identity.version}"

    @property
    def is_native(self) -> bool:
        return self.dialect is Dialect.NATIVE


@dataclass(frozen=True, slots=True)
class ModelSignature:
    """What a client must know of a model's config."""

    model: str
    dialect: Dialect
    inputs: frozenset[str]
    is_decoupled: bool
    """It may answer a request in any number of parts: only a stream can ask it."""
    is_batched: bool
    """Every tensor has the batch as its first dimension."""
    parameters: Mapping[str, str]
    digest: str
    """SHA-256 of the config as the server completed it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one request's scalar tensors."""
        return (1, 1) if self.is_batched else (1,)


_TOLD_BY = {
    "request": Dialect.NATIVE,
    "sampling_parameters": Dialect.VLLM,
    "guided_decoding_guide_type": Dialect.TRTLLM,
    "sampling_param_max_tokens": Dialect.LLMAPI,
}


def read_signature(config: Message) -> ModelSignature:
    """Raises: ConfigurationError for inputs that no known dialect has."""
    told: dict[str, Any] = MessageToDict(config, preserving_proto_field_name=True)
    inputs = frozenset(str(tensor["name"]) for tensor in told.get("input", ()))
    parameters: dict[str, Any] = told.get("parameters", {})
    return ModelSignature(
        model=told["name"],
        dialect=_dialect(told["name"], inputs),
        inputs=inputs,
        is_decoupled=bool(told.get("model_transaction_policy", {}).get("decoupled")),
        is_batched=int(told.get("max_batch_size", 0)) > 0,
        parameters={name: str(value.get("string_value", "")) for name, value in parameters.items()},
        digest=_digest(config),
    )


def _dialect(model: str, inputs: frozenset[str]) -> Dialect:
    for name, dialect in _TOLD_BY.items():
        if name in inputs:
            return dialect
    known = ", ".join(f"{dialect} by `{name}`" for name, dialect in _TOLD_BY.items())
    raise ConfigurationError(
        f"model {model} has the inputs {sorted(inputs)}; they tell no dialect. Known are: {known}"
    )


def _digest(config: Message) -> str:
    """Maps have no order of their own in protobuf; sorted keys give one."""
    text = MessageToJson(config, sort_keys=True, indent=None, preserving_proto_field_name=True)
    return hashlib.sha256(text.encode()).hexdigest()
