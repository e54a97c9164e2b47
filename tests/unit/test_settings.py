"""The settings keep the names of their environment variables, and the reader's limits come from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.core.errors import ConfigurationError
from tasks.core.reading.limits import DEFAULT_LIMITS, Limits
from tasks.settings import Settings, settings, variable

_LIST = """
    COUNTERSIGN_ANSWER_TOKENS COUNTERSIGN_ASK_FIELDS COUNTERSIGN_ASK_FIELD_CHARS COUNTERSIGN_ASK_TELLS
    COUNTERSIGN_AUDIT COUNTERSIGN_AUDIT_KEY COUNTERSIGN_AUDIT_LOCK_DAYS COUNTERSIGN_AUDIT_PUBLIC_KEY
    COUNTERSIGN_BACKFILL_MAX_DOCUMENTS COUNTERSIGN_BACKFILL_MAX_HOURS
    COUNTERSIGN_BACKFILL_MAX_MONEY COUNTERSIGN_BACKFILL_MAX_TOKENS COUNTERSIGN_BUCKET
    COUNTERSIGN_CHAT_TEMPLATE COUNTERSIGN_CHUNK_CHARS COUNTERSIGN_CRITIC
    COUNTERSIGN_CRITIC_CALIBRATION COUNTERSIGN_CRITIC_JUDGES_BY COUNTERSIGN_DOCUMENTS_AT_ONCE COUNTERSIGN_EVIDENCE COUNTERSIGN_GENERATOR COUNTERSIGN_MAX_BATCH_S
    COUNTERSIGN_MAX_BATCH_TOKENS COUNTERSIGN_MAX_DOCUMENT_S COUNTERSIGN_MAX_DOCUMENT_TOKENS
    COUNTERSIGN_MAX_ROUNDS COUNTERSIGN_OCR COUNTERSIGN_OCR_ENGINE COUNTERSIGN_OCR_LANGUAGES
    COUNTERSIGN_OCR_MAX_PAGES COUNTERSIGN_OCR_PAGE_S COUNTERSIGN_OUTAGE_S COUNTERSIGN_PASSWORD_BLOCKS COUNTERSIGN_PRICES COUNTERSIGN_PROMISE
    COUNTERSIGN_READ_MAX_BYTES COUNTERSIGN_READ_MAX_IMAGE_PIXELS COUNTERSIGN_READ_MAX_INFLATED_BYTES
    COUNTERSIGN_READ_MAX_MAIL_DEPTH COUNTERSIGN_READ_MAX_MAIL_PARTS
    COUNTERSIGN_READ_MAX_OPERATORS COUNTERSIGN_READ_MAX_PAGES COUNTERSIGN_READ_MAX_WORD_BYTES
    COUNTERSIGN_READ_MAX_WORD_PART_BYTES COUNTERSIGN_READ_MEMORY_BYTES
    COUNTERSIGN_READ_WALL_S COUNTERSIGN_RESULTS COUNTERSIGN_SEED COUNTERSIGN_STRUCTURED_OUTPUT COUNTERSIGN_TOKENIZER
    COUNTERSIGN_TRITON_ANSWER_S COUNTERSIGN_TRITON_CERTIFICATE COUNTERSIGN_TRITON_HEADERS
    COUNTERSIGN_TRITON_IN_FLIGHT COUNTERSIGN_TRITON_KEY COUNTERSIGN_TRITON_ROOT_CERTIFICATES
    COUNTERSIGN_TRITON_STREAM COUNTERSIGN_TRITON_TIMEOUT_S COUNTERSIGN_TRITON_TLS COUNTERSIGN_WEB_URL DATABASE_URL
    S3_ENDPOINT_URL TRITON_URL
"""
VARIABLES = _LIST.split()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setenv("TRITON_URL", "nowhere:1")
    return monkeypatch


def test_every_setting_keeps_its_environment_variable():
    assert sorted(variable(name) for name in Settings.model_fields) == VARIABLES


@pytest.mark.parametrize("promise", ["0.5", "1", "95", "nan", "high"])
def test_a_promise_is_above_a_half_and_below_one(environment: pytest.MonkeyPatch, promise: str):
    environment.setenv("COUNTERSIGN_PROMISE", promise)
    settings.cache_clear()
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_PROMISE"):
        settings()


@pytest.mark.parametrize("name", [n for n in Settings.model_fields if n.endswith("_tokens")])
def test_a_setting_is_read_from_its_variable(environment: pytest.MonkeyPatch, name: str):
    environment.setenv(variable(name), "777")
    assert getattr(Settings(), name) == 777  # type: ignore[call-arg]


def test_parts_are_read_from_variables_without_our_prefix(environment: pytest.MonkeyPatch):
    environment.setenv("S3_ENDPOINT_URL", "http://s3")
    environment.setenv("COUNTERSIGN_TRITON_URL", "elsewhere:2")
    read = Settings()  # type: ignore[call-arg]
    assert (read.database_url.get_secret_value(), read.s3_endpoint_url, read.triton_url) == (
        "postgresql://nowhere",
        "http://s3",
        "nowhere:1",
    )


def test_the_readers_limits_are_those_of_the_environment(environment: pytest.MonkeyPatch):
    assert Settings().read == DEFAULT_LIMITS  # type: ignore[call-arg]
    given = ("MAX_BYTES", "MAX_PAGES", "WALL_S", "MEMORY_BYTES", "MAX_INFLATED_BYTES", "MAX_OPERATORS")
    given += ("MAX_MAIL_PARTS", "MAX_MAIL_DEPTH")
    for number, name in enumerate(given, 1):
        environment.setenv(f"COUNTERSIGN_READ_{name}", str(number))
    given_ocr = {"": "false", "_ENGINE": "tesseract", "_LANGUAGES": "deu", "_PAGE_S": "7", "_MAX_PAGES": "8"}
    for name, value in given_ocr.items():
        environment.setenv(f"COUNTERSIGN_OCR{name}", value)
    environment.setenv("COUNTERSIGN_READ_MAX_IMAGE_PIXELS", "9")
    expected = replace(
        Limits(1, 2, 3, 4, 5, 6, 7, 8),
        ocr=False,
        ocr_engine="tesseract",
        ocr_languages="deu",
        ocr_page_s=7,
        max_ocr_pages=8,
        max_image_pixels=9,
    )
    assert Settings().read == expected  # type: ignore[call-arg]


def test_a_wrong_setting_is_named_as_its_variable(environment: pytest.MonkeyPatch):
    environment.delenv("DATABASE_URL")
    environment.setenv("COUNTERSIGN_MAX_ROUNDS", "99")
    settings.cache_clear()
    with pytest.raises(ConfigurationError, match="wrong: DATABASE_URL, COUNTERSIGN_MAX_ROUNDS"):
        settings()


@pytest.mark.parametrize(
    ("given", "place"),
    [("", None), ("s3://pages/", ("pages", "")), ("s3://pages/a/b/", ("pages", "a/b/"))],
)
def test_place_of_evidence_pages_is_a_bucket_and_a_prefix(
    environment: pytest.MonkeyPatch, given: str, place: tuple[str, str] | None
):
    environment.setenv("COUNTERSIGN_EVIDENCE", given)
    assert Settings().evidence_place == place  # type: ignore[call-arg]


@pytest.mark.parametrize("given", ["pages/", "s3://pages/a", "s3:///a/", "https://pages/", "s3://pages//"])
def test_place_that_is_no_prefix_of_a_bucket_is_refused(environment: pytest.MonkeyPatch, given: str):
    environment.setenv("COUNTERSIGN_EVIDENCE", given)
    settings.cache_clear()
    with pytest.raises(ConfigurationError, match=r"COUNTERSIGN_EVIDENCE: .*`s3://BUCKET/PREFIX/`") as told:
        settings()
    assert given not in str(told.value)
