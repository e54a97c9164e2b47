"""The S3 endpoint forgets nothing: whatever was acknowledged is there after a kill, as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import stack
from infra.stack import StackPart
from tests.stack.processes import kill, pids
from tests.stack.test_stack import s3

PART_BYTES = 5 * 2**20
"""S3's smallest part of a multipart upload."""


@pytest.fixture
def client(home: Path) -> Iterator[Any]:
    with s3(stack.ensure_up({StackPart.S3})) as client:
        yield client


def kill_and_start(home: Path) -> None:
    kill(pids(home)[StackPart.S3])
    stack.ensure_up({StackPart.S3})


def listing(client: Any, bucket: str) -> list[tuple[Any, ...]]:
    """Key, ETag, size and time of everything in the bucket."""
    found = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    return [(o["Key"], o["ETag"], o["Size"], o["LastModified"]) for o in found]


def test_objects_come_back_and_deleted_ones_do_not(client: Any, home: Path):
    for key in ("kept", "overwritten", "deleted", "deleted with others"):
        client.put_object(Bucket="contracts", Key=key, Body=b"first")
    client.put_object(
        Bucket="contracts", Key="overwritten", Body=b"second, longer", ContentType="application/pdf"
    )
    client.delete_object(Bucket="contracts", Key="deleted")
    client.delete_objects(Bucket="contracts", Delete={"Objects": [{"Key": "deleted with others"}]})
    client.copy_object(Bucket="contracts", Key="copy", CopySource="contracts/kept")
    upload = client.create_multipart_upload(Bucket="contracts", Key="large")["UploadId"]
    parts = [
        {
            "PartNumber": number,
            "ETag": client.upload_part(
                Bucket="contracts",
                Key="large",
                UploadId=upload,
                PartNumber=number,
                Body=b"%d" % number * PART_BYTES,
            )["ETag"],
        }
        for number in (1, 2)
    ]
    client.complete_multipart_upload(
        Bucket="contracts", Key="large", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    before = listing(client, "contracts")
    assert [entry[0] for entry in before] == ["copy", "kept", "large", "overwritten"]
    kill_and_start(home)
    assert listing(client, "contracts") == before
    overwritten = client.get_object(Bucket="contracts", Key="overwritten")
    assert (overwritten["Body"].read(), overwritten["ContentType"]) == (b"second, longer", "application/pdf")
    large = client.get_object(Bucket="contracts", Key="large", Range=f"bytes={PART_BYTES - 1}-{PART_BYTES}")
    assert large["Body"].read() == b"12"


def test_versions_and_delete_markers_come_back_in_order(client: Any, home: Path):
    client.create_bucket(Bucket="versions")
    client.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    ids = [client.put_object(Bucket="versions", Key="k", Body=b"%d" % n)["VersionId"] for n in range(3)]
    marker = client.delete_object(Bucket="versions", Key="k")["VersionId"]
    client.delete_object(Bucket="versions", Key="k", VersionId=ids[1])
    kill_and_start(home)
    found = client.list_object_versions(Bucket="versions")
    assert [v["VersionId"] for v in found["Versions"]] == [ids[2], ids[0]]
    assert [m["VersionId"] for m in found["DeleteMarkers"]] == [marker]
    assert client.get_object(Bucket="versions", Key="k", VersionId=ids[0])["Body"].read() == b"0"
    assert client.put_object(Bucket="versions", Key="k", Body=b"new")["VersionId"] not in ids


def test_half_written_object_is_not_taken_for_one(client: Any, home: Path):
    client.put_object(Bucket="contracts", Key="kept", Body=b"bytes")
    stored = next(path for path in (home / "s3" / "objects" / "contracts").glob("*/*"))
    stored.with_name("17.new").write_bytes(b'{"key": "half')
    kill_and_start(home)
    assert [entry[0] for entry in listing(client, "contracts")] == ["kept"]


def test_deleted_bucket_stays_deleted(client: Any, home: Path):
    client.create_bucket(Bucket="short-lived")
    client.delete_bucket(Bucket="short-lived")
    kill_and_start(home)
    assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["contracts"]
