"""Language models of Triton's Python backend with real signatures and no language: they do what the prompt's mark says.

`[[NAME]]` in a prompt chooses what the model does (`BEHAVIOURS`); without one it answers properly. Copied beside each model.py,
since Triton's stub finds nothing else. Tokens are words, single spaces and single signs.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as backend

ANSWER = '{"items": [{"field": "term", "value": "两年", "quote": "two years"}]}'
REFUSAL = "'NoneType' object has no attribute 'lora_name'"
"""All that vLLM's backend says when it cannot read the sampling parameters."""
SLOW_S = 20.0
BLOCK_S = 0.03
SETTLING_S = 0.3
"""An engine takes a moment to abort. This server falls over when it does not: triton-inference-server/server issue 8034."""


class Failure(Exception):
    pass


@dataclass
class Asked:
    """One request, read."""

    text: str
    max_tokens: int
    streams: bool = False
    excludes_input: bool = False
    schema_by: str = ""
    request_id: str = ""
    counts: bool = True
    """Token counts and the reason of the end were asked for."""
    says: str = ""
    """What it answers whatever the mark."""
    told: dict[str, Any] = field(default_factory=dict)
    """Every other input that came, by its name."""

    @property
    def mark(self) -> str:
        found = re.search(r"\[\[(\w+)[^\]]*\]\]", self.text)
        return found[1] if found else "answer"


def tokens_of(text: str) -> list[str]:
    return re.findall(r"\s|\w+|[^\w\s]", text)


class Shell:
    """What all have in common. `read` and `tensors` are the signature's."""

    reads_special = True
    """The echo keeps control tokens, as vLLM's does: it repeats the prompt's own text."""

    def initialize(self, args: dict[str, str]) -> None:
        config = json.loads(args["model_config"])
        self.parameters = {k: v["string_value"] for k, v in config.get("parameters", {}).items()}
        self.is_decoupled = backend.using_decoupled_model_transaction_policy(config)
        self.is_batched = config["max_batch_size"] > 0

    def execute(self, requests: list[Any]) -> list[Any] | None:
        if not self.is_decoupled:
            return [self._whole(request) for request in requests]
        for request in requests:
            asked = self._read(request)
            arguments = (asked, request.get_response_sender())
            threading.Thread(target=self._send, args=arguments, daemon=True).start()
        return None

    def read(self, request: Any) -> Asked:
        raise NotImplementedError

    def tensors(self, asked: Asked, text: str, n_tokens: int, finish: str) -> list[Any]:
        raise NotImplementedError

    def spoken(self, asked: Asked) -> Iterator[str]:
        """Token by token what the model says, without any limit."""
        if asked.says:
            return iter(tokens_of(asked.says))
        if asked.mark == "reflect":
            return iter(tokens_of(json.dumps(asdict(asked), ensure_ascii=False)))
        if asked.mark == "chat":
            return iter(tokens_of("Of course! The term is two years. 希望能帮到您!"))
        if asked.mark == "spaces":
            return chain(tokens_of('{"items": ['), repeat("\n"))
        if asked.mark == "long":
            return chain(tokens_of('{"items": ['), *repeat(tokens_of('{"field": "term"}, '), 100_000))
        return iter(tokens_of(ANSWER))

    def scalar(self, request: Any, name: str, default: Any = None) -> Any:
        tensor = backend.get_input_tensor_by_name(request, name)
        if tensor is None:
            return default
        value = tensor.as_numpy().reshape(-1)[0]
        return value.decode() if isinstance(value, bytes) else value.item()

    def out(self, name: str, value: Any, kind: Any = np.object_) -> Any:
        array = np.array([value.encode() if isinstance(value, str) else value], dtype=kind)
        return backend.Tensor(name, array.reshape((1, 1) if self.is_batched else (1,)))

    def _read(self, request: Any) -> Asked | Failure:
        try:
            asked = self.read(request)
        except Failure as failure:
            return failure
        asked.request_id = request.request_id()
        return asked

    def _parts(self, asked: Asked, is_cancelled: Any) -> Iterator[tuple[str, int, str]]:
        """(text, tokens, finish) of each part: one for each token where the client streams, else one for all."""
        if asked.mark == "error":
            raise Failure("the engine fell over")
        if asked.mark == "slow":
            _sleep(asked, is_cancelled)
        if asked.mark == "block":
            time.sleep(BLOCK_S)
        # One more than allowed is looked at, to know whether the limit cut anything.
        said = list(islice(self.spoken(asked), asked.max_tokens + 1))
        finish = "length" if len(said) > asked.max_tokens else "stop"
        said = said[: asked.max_tokens]
        echo = self._echo(asked) if asked.mark == "echo" or not asked.excludes_input else ""
        parts = said if asked.streams else ["".join(said)]
        so_far = ""
        for index, text in enumerate(parts):
            if is_cancelled():
                time.sleep(SETTLING_S)
                return
            is_last = index == len(parts) - 1
            so_far += text if index else echo + text
            sent = so_far if self.parameters.get("accumulate_tokens") == "true" or not index else text
            yield sent, 1 if asked.streams else len(said), finish if is_last else "None"
            if asked.mark == "fails_midway":
                raise Failure("the engine fell over")

    def _echo(self, asked: Asked) -> str:
        return asked.text if self.reads_special else re.sub(r"<\|\w+\|>", "", asked.text).strip()

    def _send(self, asked: Asked | Failure, sender: Any) -> None:
        final = backend.TRITONSERVER_RESPONSE_COMPLETE_FINAL
        try:
            if isinstance(asked, Failure):
                raise asked
            for part in self._parts(asked, sender.is_cancelled):
                sender.send(backend.InferenceResponse(self.tensors(asked, *part)))
            sender.send(flags=final)
        except Failure as failure:
            sender.send(_failed(f"Error generating stream: {failure}"), flags=final)

    def _whole(self, request: Any) -> Any:
        try:
            asked = self._read(request)
            if isinstance(asked, Failure):
                raise asked
            if asked.mark == "fails_midway":
                raise Failure("the engine fell over")
            asked.streams = False
            text, n_tokens, finish = next(self._parts(asked, request.is_cancelled), ("", 0, ""))
            return backend.InferenceResponse(self.tensors(asked, text, n_tokens, finish))
        except Failure as failure:
            return _failed(f"Error generating request: {failure}")


class Vllm(Shell):
    KNOWN = ("max_tokens", "temperature", "seed", "top_k", "top_p", "stop", "logprobs")
    MOST_LOGPROBS = 20

    def read(self, request: Any) -> Asked:
        told = json.loads(self.scalar(request, "sampling_parameters", "{}"))
        takes = self.parameters.get("takes", "structured_outputs").split(",")
        if not set(told) <= {*self.KNOWN, *takes}:
            raise Failure(REFUSAL)
        if told.get("logprobs", 0) > self.MOST_LOGPROBS:
            raise Failure("Requested sample logprobs of more than is allowed")
        by = [name for name in takes if name in told]
        for name in by:
            try:
                guide = json.loads(told[name])
            except (TypeError, ValueError):
                raise Failure(REFUSAL) from None
            if name == "structured_outputs" and "disable_any_whitespace" in guide:
                raise Failure(REFUSAL)  # an option of the engine since 0.32, as later versions may say
        return Asked(
            self.scalar(request, "text_input"),
            told.get("max_tokens", 16),
            self.scalar(request, "stream", False),
            self.scalar(request, "exclude_input_in_output", False),
            ",".join(by),
            counts=self.scalar(request, "return_num_output_tokens", False),
            told=told | {"gives_logprobs": self.scalar(request, "return_logprobs", False)},
        )

    def shares(self, asked: Asked) -> dict[str, float]:
        """The probabilities of the likeliest first tokens."""
        return {" A": 0.5, "A": 0.25, "B": 0.125, "C": 0.0625, "The": 0.0625}

    def tensors(self, asked: Asked, text: str, n_tokens: int, finish: str) -> list[Any]:
        tensors = [self.out("text_output", text)]
        if asked.told["gives_logprobs"]:
            rows = {
                str(1000 + rank): {"logprob": math.log(share), "rank": rank, "decoded_token": token}
                for rank, (token, share) in enumerate(self.shares(asked).items(), 1)
            }
            tensors.append(self.out("logprobs", json.dumps([rows] if "logprobs" in asked.told else None)))
        if asked.counts:
            tensors += [
                self.out("finish_reason", finish),
                backend.Tensor("num_input_tokens", np.asarray(len(tokens_of(asked.text)), dtype=np.uint32)),
                self.out("num_output_tokens", n_tokens, np.uint32),
            ]
        return tensors


class TensorRtLlm(Shell):
    reads_special = False

    def read(self, request: Any) -> Asked:
        guide_type = self.scalar(request, "guided_decoding_guide_type", "")
        if guide_type:
            json.loads(self.scalar(request, "guided_decoding_guide"))
        told = {name: self.scalar(request, name) for name in ("top_k", "temperature", "seed")}
        return Asked(
            self.scalar(request, "text_input"),
            self.scalar(request, "max_tokens"),
            self.scalar(request, "stream", False),
            self.scalar(request, "exclude_input_in_output", False),
            guide_type,
            told=told,
        )

    def tensors(self, asked: Asked, text: str, n_tokens: int, finish: str) -> list[Any]:
        return [
            self.out("text_output", text),
            self.out("num_input_tokens", len(tokens_of(asked.text)), np.int32),
            self.out("num_output_tokens", n_tokens, np.int32),
        ]


class LlmApi(Shell):
    reads_special = False

    def read(self, request: Any) -> Asked:
        names = ("sampling_param_top_k", "sampling_param_temperature", "sampling_param_seed")
        return Asked(
            self.scalar(request, "text_input"),
            self.scalar(request, "sampling_param_max_tokens", 32),
            self.scalar(request, "streaming", False),
            self.scalar(request, "sampling_param_exclude_input_from_output", False),
            told={name.removeprefix("sampling_param_"): self.scalar(request, name) for name in names},
        )

    def tensors(self, asked: Asked, text: str, n_tokens: int, finish: str) -> list[Any]:
        return [self.out("text_output", text), self.out("finish_reason", finish)]


class Native(Shell):
    def read(self, request: Any) -> Asked:
        asked = json.loads(self.scalar(request, "request"))
        if asked.get("task") == "describe":
            return Asked("", 10_000, excludes_input=True, says=json.dumps({"weights_sha256": "0" * 64}))
        return Asked(asked["text"], asked["max_tokens"], excludes_input=True)

    def tensors(self, asked: Asked, text: str, n_tokens: int, finish: str) -> list[Any]:
        return [self.out("response", text)]


def _failed(message: str) -> Any:
    return backend.InferenceResponse(error=backend.TritonError(message))


def _sleep(asked: Asked, is_cancelled: Any) -> None:
    """Until it is cancelled, which it writes into the file that the prompt names."""
    until = time.monotonic() + SLOW_S
    while time.monotonic() < until:
        if is_cancelled():
            found = re.search(r"\[\[slow ([^\]]+)\]\]", asked.text)
            if found:
                Path(found[1]).write_text("cancelled")
            time.sleep(SETTLING_S)
            return
        time.sleep(0.02)
