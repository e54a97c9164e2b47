"""Settings from the environment: where the four parts are, and limits with units and defaults.

`infra.stack` exports the parts of the embedded stack into the environment before any flow starts,
so this module does not know whether a part is embedded. Secrets are `SecretStr` and never printed.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasks.core.cost.budget import BudgetLimits
from tasks.core.errors import ConfigurationError
from tasks.core.prompts.limits import AskLimits
from tasks.core.reading.limits import DEFAULT_LIMITS, Limits

PREFIX = "COUNTERSIGN_"
_MAX_DOCUMENTS_BY_DEFAULT = 40


class TritonSettings(BaseSettings):
    """How to call a Triton server, whatever its address. None is required."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    triton_timeout_s: float = Field(60, gt=0, description="deadline of one call of a native model")
    triton_answer_s: float = Field(
        300, gt=0, description="deadline of a language model's answer, with its time queued"
    )
    triton_in_flight: int = Field(32, ge=1, description="most requests in flight per batch and model")
    triton_stream: bool = Field(True, description="stream vLLM's answers; false costs the client less")
    triton_tls: bool = Field(False, description="connect to Triton with TLS")
    triton_root_certificates: str | None = Field(
        None, description="file of trusted roots (PEM); None: system"
    )
    triton_certificate: str | None = Field(None, description="file of the client's certificates (PEM)")
    triton_key: str | None = Field(None, description="file of the client's private key (PEM)")
    triton_headers: SecretStr = Field(SecretStr("{}"), description="JSON of headers for every call")
    chat_template: str = Field(
        "auto",
        description="chatml, llama3, mistral, plain or a Jinja file; auto: the model's own, else chatml",
    )
    structured_output: Literal["structured_outputs", "guided_decoding", "none"] = Field(
        "structured_outputs",
        description="vLLM's key for the answer's schema; if refused, the other is tried. none: send no schema",
    )
    seed: int = Field(0, ge=0, lt=2**63, description="seed of language models")


class ModelSettings(TritonSettings):
    """Which models are asked, and how: enough to ask them without a database."""

    triton_url: str = Field(
        alias="triton_url", description="host:port of Triton's gRPC endpoint, without a scheme"
    )
    generator: str = Field("generator", description="name of the generator's Triton model")
    critic: str = Field("critic", description="name of the critic's Triton model")

    critic_judges_by: Literal["labels", "text"] = Field(
        "labels",
        description="how a language model as critic judges items: by the probabilities of labels, where the server gives them, or in words",
    )
    critic_calibration: Path | None = Field(
        None,
        description="what `countersign calibrate` wrote for a language model as critic; None: its shares count as they are",
    )

    ask_fields: int = Field(12, ge=1, description="most fields in one question to a language model")
    ask_tells: Literal["all", "asked"] = Field(
        "all",
        description="fields that the rules of a call explain: all, one text for a prefix cache, or those that are asked about",
    )
    ask_field_chars: int = Field(6000, ge=500, description="most characters of these fields' descriptions")
    answer_tokens: int = Field(4096, ge=256, description="most tokens of a language model's answer")

    @property
    def ask_limits(self) -> AskLimits:
        tells_all = self.ask_tells == "all"
        return AskLimits(self.ask_fields, self.ask_field_chars, self.answer_tokens, tells_all)


class Settings(ModelSettings):
    """Each field is an environment variable: its name in upper case, with `PREFIX` if not aliased."""

    database_url: SecretStr = Field(
        alias="database_url", description="PostgreSQL URL of Countersign's own database, never Prefect's"
    )
    s3_endpoint_url: str | None = Field(None, alias="s3_endpoint_url", description="None: AWS itself")
    bucket: str = "contracts"

    max_rounds: int = Field(3, ge=1, le=10)
    promise: float = Field(
        0.9,
        gt=0.5,
        lt=1,
        description="share of the verified values of a user's own schema that must be right; a schema may carry its own",
    )
    # Budgets; 0: no limit.
    max_document_s: float = Field(600, ge=0, description="seconds for one document")
    max_document_tokens: int = Field(50_000_000, ge=0, description="tokens, in and out, for one document")
    max_batch_s: float = Field(0, ge=0, description="after these a batch starts no document or round")
    max_batch_tokens: int = Field(0, ge=0, description="after these a batch starts no document or round")
    outage_s: float = Field(
        300, ge=0, description="seconds for which a batch waits for PostgreSQL, S3 or Triton that is down"
    )
    documents_at_once: int = Field(
        0,
        ge=0,
        description="documents of one batch in progress together, each with a connection to PostgreSQL; "
        "0: by cores and requests in flight",
    )
    # A backfill above one of these needs `confirmed`; 0: no limit.
    backfill_max_documents: int = Field(0, ge=0)
    backfill_max_tokens: int = Field(0, ge=0, description="tokens, by the upper end of the forecast")
    backfill_max_money: float = Field(0, ge=0, description="in the price table's currency")
    backfill_max_hours: float = Field(0, ge=0, description="elapsed hours")
    prices: Path | None = Field(None, description="price table (YAML, docs/loop.md); None: no money")
    tokenizer: Path | None = Field(None, description="`tokenizer.json`; None: estimate the tokens")

    evidence: str = Field(
        "",
        pattern=r"^(s3://[^/]+/([^/].*/)?)?$",
        description="where evidence pages of finished runs are written: `s3://BUCKET/PREFIX/`, not under a "
        "prefix that a nightly reads; empty: none is written",
    )
    audit: str = Field(
        "",
        pattern=r"^(s3://[^/]+/([^/].*/)?)?$",
        description="where signed heads of the trail are written: `s3://BUCKET/PREFIX/`, best in a bucket with object lock that "
        "nobody who may write to the database may write to; empty: none is written",
    )
    audit_key: Path | None = Field(
        None, description="Ed25519 private key (PEM) that signs them; `countersign audit key` makes one"
    )
    audit_public_key: str = Field(
        "", description="public key that heads must be signed with, 64 hexadecimal digits"
    )
    audit_lock_days: int = Field(
        0,
        ge=0,
        description="days for which the store keeps a head from everybody (object lock); 0: it is not asked to",
    )
    results: str = Field(
        "",
        pattern=r"^(s3://[^/]+/([^/].*/)?)?$",
        description="where the values of finished documents are delivered: `s3://BUCKET/PREFIX/`; empty: nowhere",
    )
    web_url: str = Field(
        "", description="address of the web application as users reach it; empty: links lead to S3"
    )

    chunk_chars: int = Field(6000, ge=500, description="most characters of a chunk's own text")
    # Units and meanings: `Limits`.
    read_max_bytes: int = Field(DEFAULT_LIMITS.max_bytes, description="also the largest file that is fetched")
    read_max_pages: int = DEFAULT_LIMITS.max_pages
    read_wall_s: float = DEFAULT_LIMITS.wall_s
    read_memory_bytes: int = DEFAULT_LIMITS.memory_bytes
    read_max_inflated_bytes: int = Field(DEFAULT_LIMITS.max_inflated_bytes, gt=0)
    read_max_operators: int = Field(DEFAULT_LIMITS.max_operators, gt=0)
    read_max_word_bytes: int = Field(DEFAULT_LIMITS.max_word_bytes, gt=0)
    read_max_word_part_bytes: int = Field(DEFAULT_LIMITS.max_word_part_bytes, gt=0)
    read_max_mail_parts: int = Field(DEFAULT_LIMITS.max_mail_parts, ge=0)
    read_max_mail_depth: int = Field(DEFAULT_LIMITS.max_mail_depth, ge=1)
    password_blocks: dict[str, str] = Field(
        default_factory=dict,
        description="JSON: key prefix -> name of the Prefect secret block that holds the password of its "
        'encrypted files, e.g. {"inbox/bank/": "bank-pdf"}',
    )
    ocr: bool = Field(
        DEFAULT_LIMITS.ocr, description="needs the extra `ocr`, or `ocr-tesseract` and tesseract"
    )
    ocr_engine: Literal["auto", "rapidocr", "tesseract"] = Field(
        "auto", description="auto: rapidocr if it is installed, else tesseract"
    )
    ocr_languages: str = DEFAULT_LIMITS.ocr_languages
    ocr_page_s: float = Field(DEFAULT_LIMITS.ocr_page_s, gt=0)
    ocr_max_pages: int = Field(DEFAULT_LIMITS.max_ocr_pages, ge=1)
    read_max_image_pixels: int = Field(DEFAULT_LIMITS.max_image_pixels, gt=0)

    @property
    def evidence_place(self) -> tuple[str, str] | None:
        """Bucket and key prefix of the evidence pages; None: none is written."""
        return s3_place(self.evidence) if self.evidence else None

    @property
    def audit_place(self) -> tuple[str, str] | None:
        """Bucket and key prefix of the signed heads; None: none is written."""
        return s3_place(self.audit) if self.audit else None

    @property
    def results_place(self) -> tuple[str, str] | None:
        """Bucket and key prefix of delivered values; None: nothing is delivered."""
        return s3_place(self.results) if self.results else None

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
            max_word_bytes=self.read_max_word_bytes,
            max_word_part_bytes=self.read_max_word_part_bytes,
            max_mail_parts=self.read_max_mail_parts,
            max_mail_depth=self.read_max_mail_depth,
            ocr=self.ocr,
            ocr_engine=self.ocr_engine,
            ocr_languages=self.ocr_languages,
            ocr_page_s=self.ocr_page_s,
            max_ocr_pages=self.ocr_max_pages,
            max_image_pixels=self.read_max_image_pixels,
        )

    @property
    def document_limits(self) -> BudgetLimits:
        return BudgetLimits(self.max_document_s or None, self.max_document_tokens or None)

    @property
    def batch_limits(self) -> BudgetLimits:
        return BudgetLimits(self.max_batch_s or None, self.max_batch_tokens or None)

    @property
    def document_threads(self) -> int:
        """How many documents of a batch are in progress together."""
        if self.documents_at_once:
            return self.documents_at_once
        # Enough to read on every core while others wait for models, and to fill the requests in
        # flight: a contract of ten chunks makes few of them after round 1. Bounded, because two
        # batches share PostgreSQL's 100 connections.
        by_requests = min(self.triton_in_flight // 4, _MAX_DOCUMENTS_BY_DEFAULT)
        return max(4, 2 * (os.cpu_count() or 1), by_requests)


def s3_place(url: str) -> tuple[str, str]:
    """Bucket and key, or prefix, of an `s3://` address."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


SomeSettings = TypeVar("SomeSettings", bound=TritonSettings)


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
            f"parts, or set them in the environment.{_reasons(error)}"
        ) from error


def triton_settings() -> TritonSettings:
    """The settings of Triton alone: the others may be missing.

    Raises:
        ConfigurationError: a value is out of range.
    """
    return _some(TritonSettings)


def model_settings() -> ModelSettings:
    """The settings of Triton and the models alone: the others may be missing.

    Raises:
        ConfigurationError: TRITON_URL is missing, or a value is out of range.
    """
    return _some(ModelSettings)


def _some(kind: type[SomeSettings]) -> SomeSettings:
    try:
        return kind()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        raise ConfigurationError(
            f"settings missing or wrong: {_variables(error)}. Correct them in the environment.{_reasons(error)}"
        ) from error


def variable(name: str) -> str:
    """The environment variable of a field of `Settings`."""
    field = Settings.model_fields.get(name)
    return name.upper() if field is not None and field.alias else PREFIX + name.upper()


def _reasons(error: ValidationError) -> str:
    """What is wrong with each setting that is there, without its value, which may be a secret."""
    wrong = [problem for problem in error.errors(include_input=False) if problem["type"] != "missing"]
    return "".join(f" {variable(str(problem['loc'][0]))}: {_reason(problem)}." for problem in wrong)


def _reason(problem: ErrorDetails) -> str:
    """What the setting is where only a pattern says what is wrong."""
    field = Settings.model_fields.get(str(problem["loc"][0]))
    if problem["type"] == "string_pattern_mismatch" and field is not None and field.description:
        return field.description
    return problem["msg"].removeprefix("Value error, ")


def _variables(error: ValidationError) -> str:
    return ", ".join(variable(str(problem["loc"][0])) for problem in error.errors())
