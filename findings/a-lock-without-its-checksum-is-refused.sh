#!/usr/bin/env bash
# Guess: boto3 with request_checksum_calculation="when_required" sends a checksum with every request that S3 wants one for. That is what it is called.
# What happens: PutObject with object lock is such a request (S3 API Reference, PutObject: Content-MD5 or x-amz-checksum is required with a retention
#   period), but botocore's model of the operation does not say so, and none is sent. The put that was right without the lock is refused with it.
# Versions: botocore and boto3 1.44.8, moto 5.2.5 as the server, which checks as S3 does.
# Why here: many object stores do not know the newer checksum headers, so a client for any store sets "when_required"; then the head of an audit trail, the
#   one object that must be locked, is the one that cannot be written. tasks/s3.py sends Content-MD5 with a lock.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet boto3==1.44.8 botocore==1.44.8 "moto[server,s3]==5.2.5"
"$folder/venv/bin/python" - <<'PY'
import base64
import hashlib
import logging
import sys
from datetime import UTC, datetime, timedelta

import boto3
import botocore
import moto
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
print(f"botocore {botocore.__version__}, moto {moto.__version__}")
server = ThreadedMotoServer(port=0)
server.start()
host, port = server.get_host_and_port()
DATA = b"a signed head"
LOCK = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
MD5 = {"ContentMD5": base64.b64encode(hashlib.md5(DATA).digest()).decode()}


def put(when, **options):
    client = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a",
        config=Config(request_checksum_calculation=when),
    )
    try:
        return client.put_object(Bucket="heads", Key="head.json", Body=DATA, **options)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["Error"]["Code"]


boto3.client(
    "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a"
).create_bucket(Bucket="heads", ObjectLockEnabledForBucket=True)
said = {
    "when_required, no lock": put("when_required"),
    "when_required, lock": put("when_required", **LOCK),
    "when_required, lock and Content-MD5": put("when_required", **LOCK, **MD5),
    "when_supported (the default), lock": put("when_supported", **LOCK),
}
server.stop()
for name, answer in said.items():
    print(f"{name}: {answer}")
if list(said.values()) != [200, "MissingUploadObjectWithObjectLockHeaders", 200, 200]:
    sys.exit("the behaviour has changed")
PY
