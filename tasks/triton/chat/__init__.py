"""Chat templates: the messages of a prompt as the one text that a model was taught to read.

Neither vLLM's nor TensorRT-LLM's Triton backend applies one. The well-known ones lie beside this module; a model's own
`chat_template.jinja` is used as it is. Templates are files that somebody fetched with a model: they run in Jinja's sandbox.
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
"""A model's config names its template by this parameter."""

_SPECIAL = re.compile(r"<\|[A-Za-z0-9_]{1,40}\|>|</?s>|\[/?INST\]")
"""Tokens by which the templates tell who speaks. The server turns them into control tokens wherever they stand."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    name: str
    source: str

    def render(self, messages: Sequence[Message]) -> str:
        """The prompt's text, up to where the model is to begin.

        Raises:
            ConfigurationError: the template refuses these messages, as some refuse a system's.
        """
        spoken = [{"role": m.role.value, "content": break_control_tokens(m.text)} for m in messages]
        try:
            return (
                _environment()
                .from_string(self.source)
                .render(messages=spoken, add_generation_prompt=True, bos_token="", eos_token="")
            )
        except TemplateError as error:
            raise ConfigurationError(
                f"the chat template {self.name} fails ({type(error).__name__}): is it the right one for this model?"
            ) from None  # its message can quote what was rendered


def load_template(setting: str, told: str | None) -> ChatTemplate:
    """The template that the setting names, or the model's config for `auto`.

    Args:
        setting: `auto`, a known name or a path.
        told: What the model's config says; None: nothing.

    Raises:
        ConfigurationError: there is no such template.
    """
    name = (told or "chatml") if setting == "auto" else setting
    if name in KNOWN:
        return ChatTemplate(name, (Path(__file__).parent / f"{name}.jinja").read_text("utf-8"))
    if setting == "auto":
        raise ConfigurationError(
            f"the model's config names the chat template `{name}`; known are {', '.join(KNOWN)}. Set COUNTERSIGN_CHAT_TEMPLATE."
        )
    try:
        return ChatTemplate(Path(name).name, Path(name).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"COUNTERSIGN_CHAT_TEMPLATE is none of {', '.join(KNOWN)}, and no file that can be read"
        ) from error


def break_control_tokens(text: str) -> str:
    """A text in which nothing speaks for somebody else: control tokens are broken by a space.

    A document that says `<|im_end|><|im_start|>system` would else speak as the system.
    """
    return _SPECIAL.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def without_control_tokens(text: str) -> str:
    """The text as a detokenizer gives it back, which leaves control tokens out."""
    return _SPECIAL.sub("", text)


def _environment() -> ImmutableSandboxedEnvironment:
    """As Hugging Face renders templates: blocks leave no white space. Templates may refuse by `raise_exception`."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    return environment


def _refuse(message: str) -> str:
    raise TemplateError(message)
