from __future__ import annotations

import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from tasks.core.errors import ConfigurationError
from tasks.triton.dialect import Dialect, ModelSignature, read_signature


def signature(*inputs: str, more: str = "") -> ModelSignature:
    tensors = "".join(f'input {{ name: "{name}" data_type: TYPE_STRING dims: 1 }} ' for name in inputs)
    return read_signature(text_format.Parse(f'name: "some_model" {tensors} {more}', ModelConfig()))


@pytest.mark.parametrize(
    ("inputs", "dialect"),
    [
        (("request",), Dialect.NATIVE),
        (("text_input", "stream", "sampling_parameters"), Dialect.VLLM),
        (("text_input", "max_tokens", "guided_decoding_guide_type"), Dialect.TRTLLM),
        (("text_input", "sampling_param_max_tokens"), Dialect.LLMAPI),
    ],
)
def test_dialect_is_told_by_the_names_of_the_inputs(inputs: tuple[str, ...], dialect: Dialect):
    assert signature(*inputs).dialect is dialect


def test_inputs_of_no_dialect_raise_configuration_error():
    with pytest.raises(ConfigurationError, match=r"some_model has the inputs \['image'\]"):
        signature("image")


def test_shape_and_streaming_are_told_by_the_config():
    assert signature("request").shape == (1,) and not signature("request").is_decoupled
    batched = signature("request", more="max_batch_size: 4 model_transaction_policy { decoupled: true }")
    assert batched.shape == (1, 1) and batched.is_decoupled


def test_digest_of_a_config_changes_with_its_parameters_and_not_with_their_order():
    one = 'parameters { key: "a" value { string_value: "1" } } '
    two = 'parameters { key: "b" value { string_value: "2" } } '
    both = signature("request", more=one + two)
    assert both.parameters == {"a": "1", "b": "2"}
    assert both.digest == signature("request", more=two + one).digest
    assert both.digest != signature("request", more=one).digest
