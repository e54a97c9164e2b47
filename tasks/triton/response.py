"""Puts the parts of a language model's answer together, as its dialect sends them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tasks.core.text.repetition import RepetitionGuard
from tasks.triton.chat import without_control_tokens
from tasks.triton.dialect import Dialect, ModelSignature

MAX_BLANK_CHARS = 200
"""More white space in a row is a grammar that loops: it would go on until the limit of tokens."""

REPETITION = "repetition"
"""How vLLM (0.17 and newer, if it was asked to) and our small model say that an answer repeated itself."""


@dataclass(frozen=True, slots=True)
class AnswerChunk:
    """The content of one response of the server; None: it did not say."""

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    finish: str = ""
    tokens_cached: int | None = None
    logprobs: Mapping[str, float] | None = None


class AnswerBuilder:
    """Collects the parts of one answer."""

    def __init__(self, signature: ModelSignature, prompt_text: str, max_tokens: int) -> None:
        self._repeats_text = _repeats_text(signature)
        self._adds_tokens = signature.dialect is Dialect.VLLM
        self._prompt_text = prompt_text
        self._max_tokens = max_tokens
        self._texts: list[str] = []
        self._guard = RepetitionGuard(prompt_text)
        self._tokens_in: int | None = None
        self._tokens_out: int | None = None
        self._tokens_cached: int | None = None
        self._finish = ""
        self._logprobs: Mapping[str, float] | None = None
        self._n_blank = 0
        self.is_empty = True

    def add(self, part: AnswerChunk) -> None:
        self.is_empty = False
        if self._repeats_text:
            self._texts.clear()
        self._texts.append(part.text)
        self._tokens_in = self._tokens_in if part.tokens_in is None else part.tokens_in
        if part.tokens_out is not None:
            before = self._tokens_out if self._adds_tokens else None
            self._tokens_out = (before or 0) + part.tokens_out
        self._tokens_cached = self._tokens_cached if part.tokens_cached is None else part.tokens_cached
        self._finish = part.finish or self._finish
        self._logprobs = part.logprobs if self._logprobs is None else self._logprobs
        if not self._repeats_text:
            self._guard.add(part.text)
        n_blank = len(part.text) - len(part.text.rstrip())
        is_blank = n_blank == len(part.text) and not self._repeats_text
        self._n_blank = n_blank + (self._n_blank if is_blank else 0)

    @property
    def loops(self) -> bool:
        """Whether the answer has run into endless white space, repeats itself, or has outgrown its
        field."""
        return self._n_blank >= MAX_BLANK_CHARS or self._guard.repeats

    def answer(self, latency_ms: float, version: str) -> Answer:
        return Answer(
            without_echo("".join(self._texts), self._prompt_text),
            latency_ms,
            version,
            self._tokens_in,
            self._tokens_out,
            self._finish_reason(),
            tokens_cached=self._tokens_cached,
            logprobs=self._logprobs,
        )

    def _finish_reason(self) -> str:
        if self._n_blank >= MAX_BLANK_CHARS or self._finish == REPETITION:
            return "length"
        if self._finish in ("stop", "length"):
            return self._finish
        if self._guard.repeats:
            return "length"
        if self._tokens_out is None:
            return ""
        return "length" if self._tokens_out >= self._max_tokens else "stop"


def without_echo(text: str, prompt_text: str) -> str:
    """The answer without the prompt, which some servers repeat although they are asked not to.

    Some repeat it as it was sent, some without its control tokens and outer white space.
    """
    plain = without_control_tokens(prompt_text)
    for echo in (prompt_text, prompt_text.strip(), plain, plain.strip()):
        if echo and text.startswith(echo):
            return text[len(echo) :]
    return text


def _repeats_text(signature: ModelSignature) -> bool:
    """Whether each part holds all the text so far, and not only the new text."""
    if signature.dialect is Dialect.LLMAPI:
        return True
    return signature.parameters.get("accumulate_tokens", "").lower() == "true"


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer, native or language model."""

    raw: str
    """As it came, without an echo of the prompt."""
    latency_ms: float
    version: str = ""
    """The version of the model as the server counts; empty if the server does not say."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    """None: the server does not count tokens."""
    finish: str = ""
    """`stop`: the model ended its answer; `length`: the limit of tokens did, or a loop was cut;
    empty: not known."""
    tokens_cached: int | None = None
    """Of `tokens_in`, those that the server did not have to read. None: it does not say."""
    logprobs: Mapping[str, float] | None = None
    """Of the likeliest first tokens: text -> natural logarithm of the probability. None: not asked or not given."""
