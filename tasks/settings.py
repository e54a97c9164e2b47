"""Settings from the environment: where the four parts are, and every limit with its unit and default.

`infra.stack` exports the parts of the embedded stack into the environment before any flow starts, so
this module does not know whether a part is embedded. Secrets are `SecretStr` and never printed.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasks.core.cost.budget import BudgetLimits
from tasks.core.errors import ConfigurationError
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading.limits import DEFAULT_LIMITS, Limits

PREFIX = "COUNTERSIGN_"
_MAX_DOCUMENTS_BY_DEFAULT = 40


class TritonSettings(BaseSettings):
    """How to call a Triton server, whatever its address. None is required, so they load without the others."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    triton_timeout_s: float = Field(60, gt=0, description="deadline of one call of a native model")
    triton_answer_s: float = Field(
        300, gt=0, description="deadline of one answer of a language model, time in the queue included"
    )
    triton_in_flight: int = Field(32, ge=1, description="most requests in flight per batch and model")
    triton_stream: bool = Field(
        True, description="take vLLM's answers token by token; false costs the client less"
    )
    triton_tls: bool = Field(False, description="connect to Triton with TLS")
    triton_root_certificates: str | None = Field(
        None, description="file of trusted roots (PEM); None: the system's"
    )
    triton_certificate: str | None = Field(
        None, description="file of the client's certificate chain (PEM), for mutual TLS"
    )
    triton_key: str | None = Field(None, description="file of the client's private key (PEM)")
    triton_headers: SecretStr = Field(
        SecretStr("{}"), description='JSON: headers of every call, e.g. {"authorization": "Bearer ..."}'
    )
    chat_template: str = Field(
        "auto",
        description="chatml, llama3, mistral, plain or a Jinja file; auto: the model's own, else chatml",
    )
    structured_output: Literal["structured_outputs", "guided_decoding", "none"] = Field(
        "structured_outputs",
        description="vLLM's key for the answer's schema; if refused, the other is tried. none: send no schema",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="seed of language models")


class Settings(TritonSettings):
    """Each field is the environment variable of its name in upper case: with an alias, just that, else with `PREFIX`."""

    database_url: SecretStr = Field(
        alias="database_url", description="PostgreSQL URL of Countersign's own database, never Prefect's"
    )
    s3_endpoint_url: str | None = Field(None, alias="s3_endpoint_url", description="None: AWS itself")
    triton_url: str = Field(
        alias="triton_url", description="host:port of Triton's gRPC endpoint, without a scheme"
    )
    bucket: str = "contracts"

    generator: str = Field("generator", description="name of the generator's Triton model")
    critic: str = Field("critic", description="name of the critic's Triton model")

    max_rounds: int = Field(3, ge=1, le=10)
    max_document_s: float = Field(
        600, ge=0, description="seconds for all rounds of one document; 0: no limit"
    )
    max_document_tokens: int = Field(
        10_000_000, ge=0, description="tokens, in and out, for all rounds of one document; 0: no limit"
    )
    max_batch_s: float = Field(
        0, ge=0, description="seconds after which a batch starts no document and no round; 0: no limit"
    )
    max_batch_tokens: int = Field(
        0, ge=0, description="tokens after which a batch starts no document and no round; 0: no limit"
    )
    documents_at_once: int = Field(
        0,
        ge=0,
        description="documents of one batch in progress together, each with a connection to PostgreSQL; "
        "0: by cores and requests in flight",
    )
    # Without `confirmed`, a backfill stops at these.
    backfill_max_documents: int = Field(0, ge=0, description="documents of a backfill; 0: no limit")
    backfill_max_tokens: int = Field(
        0, ge=0, description="tokens of a backfill, by the upper end of its forecast; 0: no limit"
    )
    backfill_max_money: float = Field(
        0, ge=0, description="money of a backfill, in the price table's currency; 0: no limit"
    )
    backfill_max_hours: float = Field(0, ge=0, description="hours of a backfill, elapsed; 0: no limit")
    prices: Path | None = Field(
        None, description="price table (YAML, docs/loop.md); None: money is not counted"
    )
    tokenizer: Path | None = Field(
        None, description="`tokenizer.json`, for servers that give no token counts; None: estimate"
    )

    ask_fields: int = Field(12, ge=1, description="most fields in one question to a language model")
    ask_field_chars: int = Field(
        6000, ge=500, description="most characters of these fields' descriptions and examples"
    )
    answer_tokens: int = Field(4096, ge=256, description="most tokens of a language model's answer")

    chunk_chars: int = Field(6000, ge=500, description="most characters of a chunk's own text")
    read_max_bytes: int = Field(DEFAULT_LIMITS.max_bytes, description="largest file that is read")
    read_max_pages: int = DEFAULT_LIMITS.max_pages
    read_wall_s: float = Field(DEFAULT_LIMITS.wall_s, description="wall time of one read")
    read_memory_bytes: int = Field(DEFAULT_LIMITS.memory_bytes, description="address space of one read")
    read_max_inflated_bytes: int = Field(
        DEFAULT_LIMITS.max_inflated_bytes, gt=0, description="one stream of a file after decompression"
    )
    read_max_operators: int = Field(
        DEFAULT_LIMITS.max_operators, gt=0, description="drawing operators of one page, with its forms"
    )
    password_blocks: dict[str, str] = Field(
        default_factory=dict,
        description="JSON: key prefix -> name of the Prefect secret block that holds the password of its "
        'encrypted files, e.g. {"inbox/bank/": "bank-pdf"}',
    )
    ocr: bool = Field(
        DEFAULT_LIMITS.ocr, description="read scanned pages, with the extra `ocr` and tesseract installed"
    )
    ocr_languages: str = Field(
        DEFAULT_LIMITS.ocr_languages, description="tesseract's language names, joined by +"
    )
    ocr_page_s: float = Field(
        DEFAULT_LIMITS.ocr_page_s, gt=0, description="wall time of a scanned page, on top of the read's"
    )
    ocr_max_pages: int = Field(
        DEFAULT_LIMITS.max_ocr_pages, ge=1, description="scanned pages of one document"
    )

    @property
    def read(self) -> Limits:
        """The reader's limits: `COUNTERSIGN_READ_*` and `COUNTERSIGN_OCR*`."""
        return Limits(
            max_bytes=self.read_max_bytes,
            max_pages=self.read_max_pages,
            wall_s=self.read_wall_s,
            memory_bytes=self.read_memory_bytes,
            max_inflated_bytes=self.read_max_inflated_bytes,
            max_operators=self.read_max_operators,
            ocr=self.ocr,
            ocr_languages=self.ocr_languages,
            ocr_page_s=self.ocr_page_s,
            max_ocr_pages=self.ocr_max_pages,
        )

    @property
    def document_limits(self) -> BudgetLimits:
        return BudgetLimits(self.max_document_s or None, self.max_document_tokens or None)

    @property
    def batch_limits(self) -> BudgetLimits:
        return BudgetLimits(self.max_batch_s or None, self.max_batch_tokens or None)

    @property
    def ask_limits(self) -> AskLimits:
        return AskLimits(self.ask_fields, self.ask_field_chars, self.answer_tokens)

    @property
    def document_threads(self) -> int:
        """How many documents of a batch are in progress together."""
        if self.documents_at_once:
            return self.documents_at_once
        # Enough to read on every core while others wait for models, and to fill the requests in flight:
        # a contract of ten chunks makes few of them after its first round. Bounded, because PostgreSQL
        # with its default of 100 connections must serve two batches.
        by_requests = min(self.triton_in_flight // 4, _MAX_DOCUMENTS_BY_DEFAULT)
        return max(4, 2 * (os.cpu_count() or 1), by_requests)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process.

    Raises:
        ConfigurationError: a required variable is missing or a value is out of range.
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise ConfigurationError(
            f"settings missing or wrong: {_variables(error)}. Run `countersign up` to start the embedded "
            "parts, or set them in the environment."
        ) from error


def triton_settings() -> TritonSettings:
    """The settings of Triton alone: the others may be missing.

    Raises:
        ConfigurationError: a value is out of range.
    """
    try:
        return TritonSettings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise ConfigurationError(
            f"settings wrong: {_variables(error)}. Correct them in the environment."
        ) from error


def variable(name: str) -> str:
    """The environment variable of a field of `Settings`."""
    field = Settings.model_fields.get(name)
    return name.upper() if field is not None and field.alias else PREFIX + name.upper()


def _variables(error: ValidationError) -> str:
    return ", ".join(variable(str(problem["loc"][0])) for problem in error.errors())
