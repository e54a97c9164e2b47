"""Signatures of requests to the embedded S3, made and checked by botocore's own signer (AWS Signature Version 4).

moto takes every request for signed. Without this, each user of the machine, and each page that a
browser on it shows, could read and delete contracts. The bytes of an upload are not hashed again:
the signature holds the hash that the client gives.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SKEW = timedelta(minutes=15)
"""How old a signature may be. Source: Amazon S3 API reference, `RequestTimeTooSkewed`."""
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<user>[^/]+)/\d{8}/(?P<region>[^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class S3User:
    """The one user of the embedded S3."""

    name: str
    secret: str = field(repr=False)

    def sign(self, method: str, url: str, region: str) -> dict[str, str]:
        """The headers of a signed request without a body."""
        request = AWSRequest(method=method, url=url)
        S3SigV4Auth(Credentials(self.name, self.secret), "s3", region).add_auth(request)
        return dict(request.headers.items())

    def refusal(self, method: str, target: str, headers: Mapping[str, str]) -> str | None:
        """The code of S3 with which a request is refused; None: its signature is right.

        Args:
            target: Path and query as they were sent.
            headers: By their names in lower case.
        """
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if found is None:
            return "AccessDenied"
        if found["user"] != self.name:
            return "InvalidAccessKeyId"
        date = headers.get("x-amz-date", "")
        try:
            signed_at = datetime.strptime(date, _DATE_FORMAT).replace(tzinfo=UTC)
        except ValueError:
            return "AccessDenied"
        if abs(datetime.now(UTC) - signed_at) > SKEW:
            return "RequestTimeTooSkewed"
        signed = {name: headers.get(name, "") for name in found["headers"].split(";")}
        if not {"host", "x-amz-date", "x-amz-content-sha256"} <= signed.keys():
            return "AccessDenied"
        request = AWSRequest(method=method, url=f"http://{signed['host']}{target}", headers=signed)
        request.context["timestamp"] = date
        signer = S3SigV4Auth(Credentials(self.name, self.secret), "s3", found["region"])
        text = signer.string_to_sign(request, signer.canonical_request(request))
        is_right = hmac.compare_digest(signer.signature(text, request), found["signature"])
        return None if is_right else "SignatureDoesNotMatch"


class SignedOnly:
    """A WSGI application that answers signed requests alone; `HEAD /` says without a signature that it is there."""

    def __init__(self, application: Any, user: S3User) -> None:
        self._application, self._user = application, user

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        method, target = environ["REQUEST_METHOD"], environ["REQUEST_URI"]
        if (method, target) == ("HEAD", "/"):
            start_response("200 OK", [])
            return []
        code = self._user.refusal(method, target, _headers(environ))
        if code is None:
            return self._application(environ, start_response)
        body = f"<Error><Code>{code}</Code><Message>The embedded S3 refuses the request.</Message></Error>"
        start_response("403 Forbidden", [("Content-Type", "application/xml"), ("Connection", "close")])
        return [b"" if method == "HEAD" else body.encode()]


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """By their names in lower case. WSGI names two of them in its own way."""
    given = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    given |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if name in environ}
    return {name.replace("_", "-").lower(): value for name, value in given.items()}
