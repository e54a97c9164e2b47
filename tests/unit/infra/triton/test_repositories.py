"""The model repositories for language models, as far as they can be checked without a GPU."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import text_format
from ruamel.yaml import YAML
from tritonclient.grpc.model_config_pb2 import ModelConfig, ModelInstanceGroup

from infra.deploy.triton.tensorrt_llm.fill import MODELS, NotFilled, fill_config, fill_repository, main
from tasks.triton.chat import KNOWN, PARAMETER
from tasks.triton.dialect import Dialect, read_signature

FOLDER = Path(__file__).parents[4] / "infra" / "deploy" / "triton"
QWEN = FOLDER / "vllm" / "models" / "qwen"
ENGINE_ARGUMENTS = {
    "model",
    "dtype",
    "max_model_len",
    "gpu_memory_utilization",
    "tensor_parallel_size",
    "enable_prefix_caching",
    "structured_outputs_config",
    "disable_log_stats",
    "seed",
}
"""Of vLLM's `AsyncEngineArgs` in 0.32: an unknown one stops the engine's start."""


BARE = {
    "triton_max_batch_size",
    "decoupled_mode",
    "max_queue_size",
    "max_queue_delay_microseconds",
    "preprocessing_instance_count",
    "postprocessing_instance_count",
    "bls_instance_count",
    "logits_datatype",
    "encoder_input_features_data_type",
    "prompt_embedding_table_data_type",
}
"""What NVIDIA's templates want as a number, a type or a flag: read in TensorRT-LLM's triton_backend, commits 2a9abd95, 0193dbd4,
08dc37e3, 89fd9b74 and 0c8de69a."""


def parsed(path: Path) -> ModelConfig:
    return text_format.Parse(path.read_text("utf-8"), ModelConfig())


def test_vllm_config_is_one_that_triton_can_read():
    config = parsed(QWEN / "config.pbtxt")
    assert (config.name, config.backend) == (QWEN.name, "vllm")
    assert config.instance_group[0].kind == ModelInstanceGroup.KIND_MODEL
    told = {key: value.string_value for key, value in config.parameters.items()}
    assert told[PARAMETER] in KNOWN
    assert told["REPORT_CUSTOM_METRICS"] == told["ENABLE_VLLM_HEALTH_CHECK"] == "true"


def test_vllm_engine_arguments_are_known_and_keep_the_metrics_on():
    arguments = json.loads((QWEN / "1" / "model.json").read_text("utf-8"))
    assert set(arguments) <= ENGINE_ARGUMENTS
    assert arguments["disable_log_stats"] is False


def test_vllm_engine_forbids_white_space_and_caches_prefixes():
    arguments = json.loads((QWEN / "1" / "model.json").read_text("utf-8"))
    # With the backend `auto`, vLLM refuses `disable_any_whitespace`.
    assert arguments["structured_outputs_config"] == {"backend": "xgrammar", "disable_any_whitespace": True}
    assert arguments["enable_prefix_caching"] is True and arguments["max_model_len"] >= 16_384


@pytest.mark.parametrize(
    ("model", "dialect"),
    [
        ("vllm", Dialect.VLLM),
        ("trtllm", Dialect.TRTLLM),
        ("trtllm_bls", Dialect.TRTLLM),
        ("llmapi", Dialect.LLMAPI),
    ],
)
def test_signatures_of_the_contract_tests_tell_their_dialect(model: str, dialect: Dialect):
    config = parsed(Path(__file__).parents[3] / "triton_models" / model / "config.pbtxt")
    config.name = model
    assert read_signature(config).dialect is dialect


def test_llmapi_values_are_neither_batched_nor_decoupled():
    told = YAML(typ="safe").load((FOLDER / "tensorrt_llm" / "model.yaml").read_text("utf-8"))
    assert told["triton_config"] == {"max_batch_size": 0, "decoupled": False}


def test_every_value_that_the_templates_cannot_do_without_is_given():
    values = json.loads((FOLDER / "tensorrt_llm" / "values.json").read_text("utf-8"))
    assert set(values) >= BARE
    assert values["guided_decoding_backend"] == "xgrammar"


def write_templates(folder: Path) -> None:
    """In the manner of NVIDIA's: numbers and types are bare, parameters are quoted."""
    for name in MODELS:
        (folder / name / "1").mkdir(parents=True)
        (folder / name / "1" / "model.py").write_text("")
        (folder / name / "config.pbtxt").write_text(
            f'name: "{name}"\nbackend: "${{triton_backend}}"\nmax_batch_size: ${{triton_max_batch_size}}\n'
            "model_transaction_policy { decoupled: ${decoupled_mode} }\n# ${comment}\n"
            'output { name: "logits" data_type: ${logits_datatype} dims: -1 }\n'
            'parameters { key: "tokenizer_dir" value { string_value: "${tokenizer_dir}" } }\n'
            'parameters { key: "lora_prefetch_dir" value { string_value: "${lora_prefetch_dir}" } }\n'
        )


def test_templates_are_filled_into_configs_that_triton_can_read(tmp_path: Path):
    write_templates(tmp_path / "templates")
    out = tmp_path / "models"
    arguments = ["--templates", str(tmp_path / "templates"), "--tokenizer", "/qwen", "--engine", "/engine"]
    assert main([*arguments, "--out", str(out)]) == 0
    for name in MODELS:
        config = parsed(out / name / "config.pbtxt")
        assert config.max_batch_size == 64 and not config.model_transaction_policy.decoupled
        assert config.parameters["tokenizer_dir"].string_value == "/qwen"
        assert config.parameters["lora_prefetch_dir"].string_value == "${lora_prefetch_dir}"
    assert parsed(out / "ensemble" / "config.pbtxt").parameters[PARAMETER].string_value == "chatml"
    assert main([*arguments, "--out", str(out)]) == 1, "nothing is written over"


def test_bare_value_that_is_missing_is_refused():
    with pytest.raises(NotFilled, match=r"values\.json lacks new_number"):
        fill_config("max_batch_size: ${new_number}", {})


def test_folder_without_templates_is_refused(tmp_path: Path):
    with pytest.raises(NotFilled, match="preprocessing"):
        fill_repository(tmp_path, tmp_path / "out", {}, "chatml")
    assert not (tmp_path / "out").exists()
