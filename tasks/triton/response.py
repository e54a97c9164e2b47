"""The parts of a language model's answer, put together as its dialect sends them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tasks.triton.chat import without_control_tokens
from tasks.triton.dialect import Dialect, ModelSignature

MAX_BLANK_CHARS = 200
"""So much white space in a row is a grammar that loops: no answer has it, and more would follow until the limit of tokens."""


@dataclass(frozen=True, slots=True)
class AnswerChunk:
    """What one response carries."""

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    finish: str = ""


class AnswerBuilder:
    """One answer on its way."""

    def __init__(self, signature: ModelSignature, prompt_text: str, max_tokens: int) -> None:
        self._is_whole = _sends_whole(signature)
        self._adds_tokens = signature.dialect is Dialect.VLLM
        self._prompt_text = prompt_text
        self._max_tokens = max_tokens
        self._texts: list[str] = []
        self._tokens_in: int | None = None
        self._tokens_out: int | None = None
        self._finish = ""
        self._n_blank = 0
        self.is_empty = True

    def add(self, part: AnswerChunk) -> None:
        self.is_empty = False
        if self._is_whole:
            self._texts.clear()
        self._texts.append(part.text)
        self._tokens_in = self._tokens_in if part.tokens_in is None else part.tokens_in
        if part.tokens_out is not None:
            before = self._tokens_out if self._adds_tokens else None
            self._tokens_out = (before or 0) + part.tokens_out
        self._finish = part.finish or self._finish
        ending = len(part.text) - len(part.text.rstrip())
        self._n_blank = ending + (self._n_blank if ending == len(part.text) and not self._is_whole else 0)

    @property
    def loops(self) -> bool:
        """Only white space comes: nothing more is to be waited for."""
        return self._n_blank >= MAX_BLANK_CHARS

    def answer(self, latency_ms: float, version: str) -> Answer:
        return Answer(
            without_echo("".join(self._texts), self._prompt_text),
            latency_ms,
            version,
            self._tokens_in,
            self._tokens_out,
            self._told_finish(),
        )

    def _told_finish(self) -> str:
        if self.loops:
            return "length"
        if self._finish in ("stop", "length"):
            return self._finish
        if self._tokens_out is None:
            return ""
        return "length" if self._tokens_out >= self._max_tokens else "stop"


def without_echo(text: str, prompt_text: str) -> str:
    """The answer alone, where the server repeats the prompt before it in spite of being told not to.

    Some give it back as it came, some after their tokenizer, which leaves control tokens and outer white space out.
    """
    for echo in (
        prompt_text,
        prompt_text.strip(),
        without_control_tokens(prompt_text),
        without_control_tokens(prompt_text).strip(),
    ):
        if echo and text.startswith(echo):
            return text[len(echo) :]
    return text


def _sends_whole(signature: ModelSignature) -> bool:
    """Whether each part holds all the text so far, not only what is new."""
    if signature.dialect is Dialect.LLMAPI:
        return True
    return signature.parameters.get("accumulate_tokens", "").lower() == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    raw: str
    """As it came; only an echoed prompt is taken off."""
    latency_ms: float
    version: str = ""
    """Of the model that answered, as the server counts; empty where nobody told."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    """None where the server tells no counts."""
    finish: str = ""
    """`stop` | `length`: it ended by itself, or at the limit of tokens; empty where nobody told."""
