"""Make a model repository for Countersign from NVIDIA's templates for TensorRT-LLM.

    python3 fill.py --templates all_models/inflight_batcher_llm --tokenizer DIR --engine DIR --out models

Runs in NVIDIA's container, on the standard library alone. Copies the templates, fills their `${...}`
from `values.json` beside this file, and adds the name of the chat template for Countersign.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import string
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

MODELS = ("preprocessing", "tensorrt_llm", "postprocessing", "ensemble", "tensorrt_llm_bls")
ASKED = ("ensemble", "tensorrt_llm_bls")
"""The models that a client may call; the others are parts of them."""
CHAT_TEMPLATE = 'parameters {{ key: "chat_template" value {{ string_value: "{name}" }} }}\n'
_QUOTED = re.compile(r'"[^"]*"')
_OPEN = re.compile(r"\$\{(\w+)\}")


class NotFilled(Exception):
    """A template needs a value that `values.json` does not have."""


def fill_config(text: str, values: Mapping[str, str]) -> str:
    """Fill a config. TensorRT-LLM reads a placeholder that stays open inside quotes as not given.

    Raises:
        NotFilled: a number, type or flag stays open, which Triton cannot read.
    """
    filled = string.Template(text).safe_substitute(values)
    bare = "\n".join(_QUOTED.sub("", line.partition("#")[0]) for line in filled.splitlines())
    if missing := sorted(set(_OPEN.findall(bare))):
        raise NotFilled(f"values.json lacks {', '.join(missing)}: these templates are of another version")
    return filled


def fill_repository(templates: Path, out: Path, values: Mapping[str, str], chat_template: str) -> None:
    """Copy and fill every model of the ensemble.

    Raises:
        NotFilled: a template or a value is missing; nothing is written.
    """
    configs: dict[str, str] = {}
    for name in MODELS:
        path = templates / name / "config.pbtxt"
        if not path.is_file():
            raise NotFilled(f"{templates} has no {name}/config.pbtxt: is it all_models/inflight_batcher_llm?")
        configs[name] = fill_config(path.read_text("utf-8"), values)
    for name in ASKED:
        configs[name] += CHAT_TEMPLATE.format(name=chat_template)
    for name, config in configs.items():
        shutil.copytree(templates / name, out / name)
        (out / name / "config.pbtxt").write_text(config, "utf-8")
        (out / name / "1").mkdir(exist_ok=True)  # Triton needs a version folder for an ensemble, too


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        "python -m infra.deploy.triton.tensorrt_llm.fill",
        description="Make a model repository from NVIDIA's templates.",
    )
    parser.add_argument("--templates", type=Path, required=True, help="all_models/inflight_batcher_llm")
    parser.add_argument(
        "--tokenizer", required=True, help="folder of the model's tokenizer, as Hugging Face publishes it"
    )
    parser.add_argument("--engine", required=True, help="folder of the compiled engine")
    parser.add_argument("--out", type=Path, required=True, help="the repository; must not exist")
    parser.add_argument("--chat-template", default="chatml", help="chatml | llama3 | mistral | plain")
    options = parser.parse_args(arguments)
    values = json.loads(Path(__file__).with_name("values.json").read_text("utf-8"))
    values |= {"tokenizer_dir": options.tokenizer, "engine_dir": options.engine}
    try:
        if options.out.exists():
            raise NotFilled(f"{options.out} exists already")
        fill_repository(options.templates, options.out, values, options.chat_template)
    except NotFilled as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
