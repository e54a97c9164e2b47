"""Settings from the environment: where the four parts are, and every limit with its unit and default.

A part that the environment does not name is taken from the embedded stack's own state file (`infra.stack` exports it into
the environment before any flow starts), so nothing here knows whether a part is embedded. Secrets are `SecretStr` and
never printed.
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

_MAX_DOCUMENTS_BY_DEFAULT = 40


class TritonSettings(BaseSettings):
    """How a Triton server is reached and asked, whatever its address. None is required, so that they can be read alone."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True)

    countersign_triton_timeout_s: float = Field(
        default=60, gt=0, description="deadline of one call of a native model"
    )
    countersign_triton_answer_s: float = Field(
        default=300, gt=0, description="deadline of one answer of a language model, its queue included"
    )
    countersign_triton_in_flight: int = Field(
        default=32, ge=1, description="most requests in flight per batch and model"
    )
    countersign_triton_stream: bool = Field(
        default=True, description="take vLLM's answers token by token; false costs the client less"
    )
    countersign_triton_tls: bool = Field(default=False, description="speak TLS with Triton")
    countersign_triton_root_certificates: str | None = Field(
        default=None, description="file of trusted roots (PEM); None: the system's"
    )
    countersign_triton_certificate: str | None = Field(
        default=None, description="file of the client's certificate chain (PEM), for mutual TLS"
    )
    countersign_triton_key: str | None = Field(
        default=None, description="file of the client's private key (PEM)"
    )
    countersign_triton_headers: SecretStr = Field(
        default=SecretStr("{}"),
        description='JSON of headers for every call, e.g. {"authorization": "Bearer ..."}',
    )
    countersign_chat_template: str = Field(
        default="auto",
        description="chatml, llama3, mistral, plain, or a Jinja file; auto: what the model's config names, else chatml",
    )
    countersign_structured_output: Literal["structured_outputs", "guided_decoding", "none"] = Field(
        default="structured_outputs",
        description="the key by which vLLM is given the schema first; refused, the other is tried. none: no server is sent one",
    )
    countersign_seed: int = Field(default=0, ge=0, lt=2**63, description="seed of language models")


class Settings(TritonSettings):
    """Every name below is an environment variable in upper case."""

    database_url: SecretStr = Field(
        description="PostgreSQL URL of Countersign's own database, never Prefect's"
    )
    s3_endpoint_url: str | None = Field(default=None, description="None: AWS itself")
    countersign_bucket: str = "contracts"
    triton_url: str = Field(description="host:port of Triton's gRPC endpoint, without scheme")

    countersign_generator: str = Field(
        default="generator", description="name of the generator's Triton model"
    )
    countersign_critic: str = Field(default="critic", description="name of the critic's Triton model")

    countersign_max_rounds: int = Field(default=3, ge=1, le=10)
    countersign_max_document_s: float = Field(
        default=600, ge=0, description="seconds for all rounds of one document; 0: no limit"
    )
    countersign_max_document_tokens: int = Field(
        default=10_000_000,
        ge=0,
        description="tokens, in and out, for all rounds of one document; 0: no limit",
    )
    countersign_max_batch_s: float = Field(
        default=0,
        ge=0,
        description="seconds after which a batch begins no document and no round; 0: no limit",
    )
    countersign_documents_at_once: int = Field(
        default=0,
        ge=0,
        description="documents of one batch under way together, each with a connection to PostgreSQL; 0: by cores and requests in flight",
    )
    countersign_max_batch_tokens: int = Field(
        default=0,
        ge=0,
        description="tokens, in and out, after which a batch begins no document and no round; 0: no limit",
    )
    countersign_backfill_max_documents: int = Field(
        default=0, ge=0, description="documents that a backfill may do without being confirmed; 0: no limit"
    )
    countersign_backfill_max_tokens: int = Field(
        default=0,
        ge=0,
        description="tokens, in and out, by the upper end of the plan's interval, likewise; 0: no limit",
    )
    countersign_backfill_max_money: float = Field(
        default=0, ge=0, description="money in the price table's currency, likewise; 0: no limit"
    )
    countersign_backfill_max_hours: float = Field(
        default=0, ge=0, description="hours on the clock, likewise; 0: no limit"
    )
    countersign_prices: Path | None = Field(
        default=None, description="price table (YAML, docs/loop.md); None: money is not counted"
    )
    countersign_tokenizer: Path | None = Field(
        default=None,
        description="`tokenizer.json` to count tokens with where the server tells none; None: they are estimated",
    )

    countersign_ask_fields: int = Field(
        default=12, ge=1, description="most fields that a language model is asked for in one call"
    )
    countersign_ask_field_chars: int = Field(
        default=6000, ge=500, description="most characters of these fields' descriptions and examples"
    )
    countersign_answer_tokens: int = Field(
        default=4096, ge=256, description="most tokens of a language model's answer to one call"
    )

    countersign_chunk_chars: int = Field(
        default=6000, ge=500, description="most characters of a chunk's own text"
    )
    countersign_read_max_bytes: int = Field(default=64 * 2**20, description="largest file that is read")
    countersign_read_max_pages: int = Field(default=2000)
    countersign_read_wall_s: float = Field(default=120, description="wall time of one read")
    countersign_read_memory_bytes: int = Field(default=2 * 2**30, description="address space of one read")
    countersign_read_max_inflated_bytes: int = Field(
        default=30_000_000, gt=0, description="one stream of a file after decompression"
    )
    countersign_read_max_operators: int = Field(
        default=400_000, gt=0, description="drawing operators of one page, its forms included"
    )
    countersign_password_blocks: dict[str, str] = Field(
        default_factory=dict,
        description='JSON: key prefix -> name of the Prefect secret block with the password of its encrypted files, e.g. {"inbox/bank/": "bank-pdf"}',
    )
    countersign_ocr: bool = Field(
        default=True, description="read scanned pages, where the extra `ocr` and tesseract are installed"
    )
    countersign_ocr_languages: str = Field(
        default="eng+chi_sim", description="tesseract's language names, joined by +"
    )
    countersign_ocr_page_s: float = Field(
        default=30, gt=0, description="wall time of one scanned page, on top of the read's"
    )
    countersign_ocr_max_pages: int = Field(default=200, ge=1, description="scanned pages of one document")

    @property
    def document_limits(self) -> BudgetLimits:
        return BudgetLimits(
            self.countersign_max_document_s or None, self.countersign_max_document_tokens or None
        )

    @property
    def ask_limits(self) -> AskLimits:
        return AskLimits(
            self.countersign_ask_fields, self.countersign_ask_field_chars, self.countersign_answer_tokens
        )

    @property
    def documents_at_once(self) -> int:
        """By default enough to read on every core while others wait for models, and to fill the requests in flight: a contract of ten
        chunks asks for few of them after its first round, and for none while it is read and stored. Bounded, since a server of
        PostgreSQL with its default of 100 connections must bear two batches."""
        asked = min(self.countersign_triton_in_flight // 4, _MAX_DOCUMENTS_BY_DEFAULT)
        return self.countersign_documents_at_once or max(4, 2 * (os.cpu_count() or 1), asked)

    @property
    def batch_limits(self) -> BudgetLimits:
        return BudgetLimits(self.countersign_max_batch_s or None, self.countersign_max_batch_tokens or None)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings.

    Raises:
        ConfigurationError: a required variable is missing or a value is out of range.
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise ConfigurationError(
            f"settings missing or wrong: {_names(error)}. Run `countersign up` to start the embedded parts, or set them in the environment."
        ) from error


def triton_settings() -> TritonSettings:
    """Those of Triton alone, where the other parts need not be set.

    Raises:
        ConfigurationError: a value is out of range.
    """
    try:
        return TritonSettings()
    except ValidationError as error:
        raise ConfigurationError(f"settings wrong: {_names(error)}") from error


def _names(error: ValidationError) -> str:
    return ", ".join(str(p["loc"][0]).upper() for p in error.errors())
