from __future__ import annotations

import json

import numpy as np
import pytest

from tasks.core.wire.prompt import Prompt
from tasks.triton.dialect import Dialect
from tasks.triton.language import LanguageOptions, StructuredOutput, language_inputs, schema_methods
from tests.unit.triton.test_dialect import signature

SCHEMA = {"type": "object"}
PROMPT = Prompt((), SCHEMA, 300, ())


def test_vllm_is_told_all_in_one_json():
    inputs = language_inputs(
        signature("sampling_parameters"),
        "Hi",
        PROMPT,
        LanguageOptions(seed=7),
        StructuredOutput.STRUCTURED_OUTPUTS,
    )
    assert inputs.keys() == {"text_input", "stream", "sampling_parameters"}
    sampling = json.loads(str(inputs["sampling_parameters"]))
    guide = json.loads(sampling.pop("structured_outputs"))
    assert guide == {"json": SCHEMA, "disable_any_whitespace": True}
    assert sampling == {"max_tokens": 300, "temperature": 0.0, "seed": 7}


def test_optional_inputs_go_only_to_models_that_have_them():
    known = signature("sampling_parameters", "return_num_input_tokens", "exclude_input_in_output")
    inputs = language_inputs(known, "Hi", PROMPT, LanguageOptions(), StructuredOutput.NONE)
    assert inputs["return_num_input_tokens"] is True and inputs["exclude_input_in_output"] is True
    assert "return_num_output_tokens" not in inputs
    assert "structured_outputs" not in str(inputs["sampling_parameters"])


def test_tensorrt_llm_gets_numbers_of_its_own_types():
    known = signature("guided_decoding_guide_type", "max_tokens", "seed", "top_k", "stream")
    inputs = language_inputs(known, "Hi", PROMPT, LanguageOptions(seed=2**40), StructuredOutput.JSON_SCHEMA)
    assert inputs["max_tokens"] == 300 and isinstance(inputs["max_tokens"], np.int32)
    assert inputs["seed"] == 2**40 and isinstance(inputs["seed"], np.uint64)
    assert inputs["guided_decoding_guide_type"] == "json_schema"
    assert json.loads(str(inputs["guided_decoding_guide"])) == SCHEMA
    assert inputs["stream"] is False


@pytest.mark.parametrize("dialect", [Dialect.VLLM, Dialect.TRTLLM, Dialect.LLMAPI])
@pytest.mark.parametrize("preferred", ["structured_outputs", "guided_decoding", "none"])
def test_every_ladder_ends_without_a_schema(dialect: Dialect, preferred: str):
    ways = schema_methods(dialect, StructuredOutput(preferred))
    assert ways[-1] is StructuredOutput.NONE and len(set(ways)) == len(ways)
    if dialect is Dialect.VLLM:
        assert ways[0] == preferred
