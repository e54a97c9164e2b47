"""Which dialect a served model speaks, told by the names of its inputs, and who it is. Pure; asks nobody.

Source: triton-inference-server/vllm_backend `src/model.py` and NVIDIA/TensorRT-LLM `triton_backend/all_models`, see
docs/language-models.md for the versions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from google.protobuf.json_format import MessageToJson
from tritonclient.grpc.model_config_pb2 import ModelConfig

from tasks.core.errors import ConfigurationError
from tasks.core.records import ModelIdentity


class Dialect(StrEnum):
    """The values are stored nowhere."""

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


_TOLD_BY = {
    "request": Dialect.NATIVE,
    "sampling_parameters": Dialect.VLLM,
    "guided_decoding_guide_type": Dialect.TRTLLM,
    "sampling_param_max_tokens": Dialect.LLMAPI,
}


def dialect_of(config: ModelConfig) -> Dialect:
    """Raises: ConfigurationError for inputs that no known dialect has."""
    inputs = {tensor.name for tensor in config.input}
    told = [dialect for name, dialect in _TOLD_BY.items() if name in inputs]
    if not told:
        raise ConfigurationError(
            f"model {config.name} has the inputs {sorted(inputs)}; no dialect is told by them. Known are: "
            + ", ".join(f"{dialect} by `{name}`" for name, dialect in _TOLD_BY.items())
        )
    return told[0]


def config_digest(config: ModelConfig) -> str:
    """SHA-256 of the config as the server completed it, in an order of keys that never changes."""
    text = MessageToJson(config, sort_keys=True, indent=None, preserving_proto_field_name=True)
    return hashlib.sha256(text.encode()).hexdigest()
