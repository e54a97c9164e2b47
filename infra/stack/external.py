"""External parts, named by the environment: each is checked once, with a deadline.

Distinguishes wrong credentials from an unreachable server. Reads the environment itself, because
the settings need every part at once.
"""

from __future__ import annotations

import base64
import contextlib
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from infra.stack.service import StackPart
from infra.stack.start import Progress
from infra.stack.triton import REQUIRED
from tasks.core.errors import (
    ConfigurationError,
    CountersignError,
    ModelMissing,
    ModelUnavailable,
    SourceForbidden,
    SourceMissing,
    SourceUnavailable,
    StackError,
)

DEADLINE_S = 10


def check(parts: Collection[StackPart], progress: Progress) -> None:
    """Check all of them at once.

    Raises:
        ConfigurationError: the server refused the connection.
        StoreUnavailable, SourceError, ModelError, StackError: it cannot be used; several failures
            are joined.
    """
    checked = [part for part in StackPart if part in parts and part in CHECKS]
    with ThreadPoolExecutor(max_workers=len(StackPart)) as pool:
        jobs = {part: pool.submit(CHECKS[part]) for part in checked}
    errors = [error for job in jobs.values() if (error := job.exception()) is not None]
    for error in errors:
        if not isinstance(error, CountersignError) or len(errors) == 1:
            raise error
    if errors:
        raise StackError("\n\n".join(str(error) for error in errors)) from errors[0]
    for part in checked:
        progress(part.value, f"given by the environment, answers at {address(part, os.environ)}")


def address(part: StackPart, env: Mapping[str, str]) -> str:
    """The address of an external part, without any secret."""
    if part is StackPart.POSTGRES:
        return urllib.parse.urlsplit(env.get("DATABASE_URL", "")).netloc.rpartition("@")[2] or "DATABASE_URL"
    if part is StackPart.S3:
        return _s3_endpoint(env) or "AWS"
    if part is StackPart.TRITON:
        return env.get("TRITON_URL", "")
    if part is StackPart.WEB:
        return env.get("COUNTERSIGN_WEB_URL", "")
    return env.get("PREFECT_API_URL", "")


def check_postgres() -> None:
    """Also migrates the database, which may be empty."""
    from sql import migrate

    migrate.upgrade(os.environ["DATABASE_URL"])


def check_s3() -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        SSLError,
    )

    bucket = os.environ.get("COUNTERSIGN_BUCKET") or "contracts"
    where = f"the bucket {bucket} at {address(StackPart.S3, os.environ)}"
    config = Config(
        connect_timeout=DEADLINE_S / 2, read_timeout=DEADLINE_S / 2, retries={"total_max_attempts": 1}
    )
    try:
        client = boto3.client("s3", endpoint_url=_s3_endpoint(os.environ), config=config)
        with contextlib.closing(client):
            client.head_bucket(Bucket=bucket)
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
        raise SourceForbidden(
            f"{where}: no complete credentials found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        ) from error
    except ClientError as error:
        raise _s3_refusal(where, str(error.response.get("Error", {}).get("Code", ""))) from error
    except SSLError as error:
        raise SourceForbidden(
            f"{where}: its certificate is not trusted, or it does not speak TLS. Let AWS_CA_BUNDLE name the company's roots (PEM), "
            "and check S3_ENDPOINT_URL."
        ) from error
    except (BotoCoreError, ValueError) as error:
        raise SourceUnavailable(
            f"{where} does not answer ({type(error).__name__}). Check S3_ENDPOINT_URL, and that the store runs."
        ) from error


def check_triton() -> None:
    import tritonclient.grpc as triton
    from tritonclient.utils import InferenceServerException

    from tasks.settings import triton_settings
    from tasks.triton.transport import transport_of

    url = os.environ["TRITON_URL"]
    names = [os.environ.get(f"COUNTERSIGN_{model.upper()}") or model for model in REQUIRED]
    try:
        with transport_of(triton_settings()).open(triton.InferenceServerClient, url) as client:
            if not client.is_server_live(client_timeout=DEADLINE_S):
                raise ModelUnavailable(f"the Triton server at {url} is not live. Check TRITON_URL.")
            missing = [name for name in names if not client.is_model_ready(name, client_timeout=DEADLINE_S)]
    except InferenceServerException as error:
        raise ModelUnavailable(
            f"the Triton server at {url} does not answer. TRITON_URL is the gRPC endpoint as host:port, without http://."
        ) from error
    if missing:
        raise ModelMissing(
            f"the Triton server at {url} does not serve {' and '.join(missing)}. Load them from infra/deploy/triton/models, "
            "or set COUNTERSIGN_GENERATOR and COUNTERSIGN_CRITIC."
        )


def check_prefect() -> None:
    """By a request that every Prefect server answers, and Prefect Cloud only with a valid key."""
    url = os.environ["PREFECT_API_URL"].rstrip("/")
    request = urllib.request.Request(f"{url}/flows/filter", data=b'{"limit": 1}', headers=_prefect_headers())
    try:
        urllib.request.urlopen(request, timeout=DEADLINE_S, context=_prefect_trust()).close()
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (401, 403):
            raise ConfigurationError(
                f"the Prefect server at {url} refused the connection ({error.code}). "
                "Check PREFECT_API_KEY (Prefect Cloud) or PREFECT_API_AUTH_STRING."
            ) from error
        raise StackError(
            f"{url} answers {error.code}, so it is no Prefect API. Check PREFECT_API_URL, which ends in /api."
        ) from error
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", error), ssl.SSLError):
            raise ConfigurationError(
                f"the Prefect server at {url} shows a certificate that is not trusted, or does not speak TLS. "
                "Let PREFECT_API_SSL_CERT_FILE name the company's roots (PEM), and check PREFECT_API_URL."
            ) from error
        raise StackError(
            f"the Prefect server at {url} does not answer. Check PREFECT_API_URL, and that the server runs."
        ) from error


CHECKS = {
    StackPart.POSTGRES: check_postgres,
    StackPart.S3: check_s3,
    StackPart.TRITON: check_triton,
    StackPart.PREFECT: check_prefect,
}


def _s3_endpoint(env: Mapping[str, str]) -> str | None:
    return env.get("S3_ENDPOINT_URL") or env.get("AWS_ENDPOINT_URL_S3") or env.get("AWS_ENDPOINT_URL") or None


def _s3_refusal(where: str, code: str) -> SourceForbidden | SourceMissing | SourceUnavailable:
    if code in ("404", "NoSuchBucket"):
        return SourceMissing(f"{where} does not exist. Create it, or set COUNTERSIGN_BUCKET.")
    if code in ("401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"):
        return SourceForbidden(
            f"{where}: refused ({code}). Check the AWS credentials and their rights on this bucket."
        )
    return SourceUnavailable(f"{where}: the store answered {code or 'an unnamed error'}.")


def _prefect_trust() -> ssl.SSLContext:
    """What Prefect's own client trusts."""
    file = os.environ.get("PREFECT_API_SSL_CERT_FILE")
    try:
        context = ssl.create_default_context(cafile=file or None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"PREFECT_API_SSL_CERT_FILE names {file}, which is no file of certificates (PEM). Correct it."
        ) from error
    if os.environ.get("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "").lower() in ("1", "true", "yes", "on"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _prefect_headers() -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    elif basic := os.environ.get("PREFECT_API_AUTH_STRING"):
        headers["Authorization"] = f"Basic {base64.b64encode(basic.encode()).decode()}"
    return headers
