"""The embedded S3 takes a request only if botocore signed it with the right secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from infra.stack import s3_signatures
from infra.stack.s3_signatures import S3User

USER = S3User("countersign", "the right secret")
KEY = "deals/a b+c=(1) ü&合同?.pdf"


class Sent(Exception):
    """Carries what boto3 would have sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__()
        self.request = request


def stop(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
    raise Sent(request)


def refusal(operation: str, user: S3User = USER, tampered: str = "", **arguments: object) -> str | None:
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:9",
        region_name="eu-central-1",
        aws_access_key_id=user.name,
        aws_secret_access_key=user.secret,
    )
    client.meta.events.register("before-send.s3", stop)
    try:
        getattr(client, operation)(Bucket="contracts", **arguments)
    except Sent as sent:
        address = urlsplit(sent.request.url)
        target = address.path + (f"?{address.query}" if address.query else "") + tampered
        text = {
            name.lower(): value.decode() if isinstance(value, bytes) else str(value)
            for name, value in sent.request.headers.items()
        }
        return USER.refusal(sent.request.method, target, {"host": address.netloc, **text})
    finally:
        client.close()
    raise AssertionError("nothing was sent")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("list_objects_v2", {"Prefix": "a b/ü", "StartAfter": KEY}),
        ("get_object", {"Key": KEY, "VersionId": "v1"}),
        ("put_object", {"Key": KEY, "Body": b"bytes", "Metadata": {"origin": "a  b"}}),
        ("delete_objects", {"Delete": {"Objects": [{"Key": KEY}]}}),
        ("copy_object", {"Key": "copy", "CopySource": {"Bucket": "contracts", "Key": KEY}}),
        ("head_bucket", {}),
    ],
)
def test_right_signature_is_taken_and_every_other_refused(
    operation: str, arguments: dict[str, object]
) -> None:
    assert refusal(operation, **arguments) is None
    assert refusal(operation, S3User(USER.name, "a wrong one"), **arguments) == "SignatureDoesNotMatch"
    assert refusal(operation, S3User("somebody", USER.secret), **arguments) == "InvalidAccessKeyId"
    assert refusal(operation, tampered="x", **arguments) == "SignatureDoesNotMatch"


def test_request_without_a_signature_or_with_an_old_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert USER.refusal("GET", "/contracts", {"host": "127.0.0.1:9"}) == "AccessDenied"
    later = datetime.now(UTC) + timedelta(minutes=16)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return later

    monkeypatch.setattr(s3_signatures, "datetime", Later)
    assert refusal("head_bucket") == "RequestTimeTooSkewed"


def test_own_signer_is_understood_and_secrets_are_not_shown() -> None:
    headers = USER.sign("PUT", "http://127.0.0.1:9/contracts", "us-east-1")
    given = {name.lower(): value for name, value in headers.items()} | {"host": "127.0.0.1:9"}
    assert USER.refusal("PUT", "/contracts", given) is None
    assert USER.refusal("DELETE", "/contracts", given) == "SignatureDoesNotMatch"
    assert USER.secret not in repr(USER)
