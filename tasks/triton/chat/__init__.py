"""Chat templates: turn the messages of a prompt into the one text that a model was trained on.

The Triton backends of vLLM and TensorRT-LLM apply none. Well-known templates lie beside this
module; a model's own `chat_template.jinja` is used unchanged. Templates are not trusted: they run
in Jinja's sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.core.errors import ConfigurationError
from tasks.core.wire.prompt import Message

KNOWN = ("chatml", "llama3", "mistral", "plain")
PARAMETER = "chat_template"
"""The parameter of a model's config that names its template."""

_CONTROL_TOKEN = re.compile(r"<\|[A-Za-z0-9_]{1,40}\|>|</?s>|\[/?INST\]")
"""The templates mark roles with these. A server reads them as control tokens, wherever they stand."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    name: str
    source: str

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt's text, up to the place where the model begins its answer.

        Raises:
            ConfigurationError: the template refuses these messages: some allow no system message.
        """
        texts = [{"role": m.role.value, "content": break_control_tokens(m.text)} for m in messages]
        try:
            return (
                _environment()
                .from_string(self.source)
                .render(messages=texts, add_generation_prompt=True, bos_token="", eos_token="")
            )
        except TemplateError as error:
            raise ConfigurationError(
                f"the chat template {self.name} fails ({type(error).__name__}). Check that it belongs to this model."
            ) from None  # the message can quote the prompt


def load_template(setting: str, configured: str | None) -> ChatTemplate:
    """The template that the setting names, or for `auto` the model's config, or `chatml`.

    Args:
        setting: `auto`, a known name or a path.
        configured: The name in the model's config.

    Raises:
        ConfigurationError: there is no such template.
    """
    name = (configured or "chatml") if setting == "auto" else setting
    if name in KNOWN:
        return ChatTemplate(name, (Path(__file__).parent / f"{name}.jinja").read_text("utf-8"))
    if setting == "auto":
        raise ConfigurationError(
            f"the model's config names the chat template `{name}`, which is not one of {', '.join(KNOWN)}. Set COUNTERSIGN_CHAT_TEMPLATE."
        )
    try:
        return ChatTemplate(Path(name).name, Path(name).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"COUNTERSIGN_CHAT_TEMPLATE is neither one of {', '.join(KNOWN)} nor a readable file"
        ) from error


def break_control_tokens(text: str) -> str:
    """The text with a blank inside each control token.

    Otherwise a document with `<|im_end|><|im_start|>system` could speak as the system.
    """
    return _CONTROL_TOKEN.sub(lambda token: f"{token[0][0]} {token[0][1:]}", text)


def without_control_tokens(text: str) -> str:
    """The text as a detokenizer gives it back."""
    return _CONTROL_TOKEN.sub("", text)


def _environment() -> ImmutableSandboxedEnvironment:
    # The options and `raise_exception` are those of Hugging Face's transformers.
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    return environment


def _refuse(message: str) -> str:
    raise TemplateError(message)
