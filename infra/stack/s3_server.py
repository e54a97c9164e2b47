"""The S3 server process: moto over HTTP, with its objects on disk.

moto keeps everything in memory. Here every change is on disk before the client gets its answer, and
a start reads it back, so that no object is lost. Buckets, their versioning, and the bytes, ETag,
times and metadata of every object version survive; ACLs, tags, policies and unfinished multipart
uploads do not. Bytes are read from disk at each request, so that memory does not grow with the
bucket.

Layout: `BUCKET/bucket.json` and `BUCKET/<sha256 of key>/<sequence>`, the latter a line of JSON and
then the bytes.

Run: `python -m infra.stack.s3_server PORT FOLDER`, with the user's name and secret in `CREDENTIALS`.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import os
import shutil
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends
from werkzeug.serving import run_simple

from infra.stack.s3 import CREDENTIALS
from infra.stack.s3_signatures import S3User, SignedOnly

COPIED = (
    "checksum_value",
    "checksum_type",
    "checksum_parts",
    "checksum_algorithm",
    "website_redirect_location",
)
"""Attributes of an object that are stored unchanged."""


class StoredValue:
    """Replaces the buffer in which moto keeps an object's bytes; reads them from disk."""

    def __init__(self, path: Path, offset: int) -> None:
        self._path, self._offset, self._position = path, offset, 0

    def seek(self, position: int) -> None:
        self._position = position

    def read(self, n_bytes: int = -1) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._offset + self._position)
            content = file.read(n_bytes)
        self._position += len(content)
        return content

    def close(self) -> None:
        """Nothing is held open."""


class Mirror:
    """Keeps the folder equal to moto's memory."""

    def __init__(self, folder: Path, backend: S3Backend) -> None:
        self._folder, self._backend = folder, backend
        self._lock = threading.Lock()
        self._sequence = itertools.count(time.time_ns())

    def restore(self) -> None:
        for description in sorted(self._folder.glob("*/bucket.json")):
            content = json.loads(description.read_text(encoding="utf-8"))
            bucket = self._backend.create_bucket(content["name"], content["region"])
            bucket.creation_date = datetime.fromisoformat(content["creation_date"])
            bucket.versioning_status = content["versioning_status"]
            paths = [path for path in description.parent.glob("*/*") if path.suffix != ".new"]
            for path in sorted(paths, key=lambda path: int(path.name)):
                _restore_version(self._backend, bucket, path)

    def save(self, bucket_name: str, key: str | None) -> None:
        """Write one key to disk, or the whole bucket if the request may have changed more."""
        with self._lock:
            bucket = self._backend.buckets.get(bucket_name)
            folder = self._folder / bucket_name
            if bucket is None:
                shutil.rmtree(folder, ignore_errors=True)
                return
            if key is not None and (folder / "bucket.json").exists():
                self._save_key(folder, bucket, key)
                return
            self._save_bucket(folder, bucket)

    def _save_bucket(self, folder: Path, bucket: FakeBucket) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "name": bucket.name,
            "region": bucket.region_name,
            "creation_date": bucket.creation_date.isoformat(),
            "versioning_status": bucket.versioning_status,
        }
        _write(folder / "bucket.json", json.dumps(content).encode())
        keys = list(dict(bucket.keys))
        for key in keys:
            self._save_key(folder, bucket, key)
        for stale in {path.name for path in folder.iterdir() if path.is_dir()} - {
            _digest(key) for key in keys
        }:
            shutil.rmtree(folder / stale)

    def _save_key(self, folder: Path, bucket: FakeBucket, key: str) -> None:
        key_folder = folder / _digest(key)
        kept: set[str] = set()
        for version in list(bucket.keys.getlist(key, [])):
            if not hasattr(version, "stored_as"):
                key_folder.mkdir(exist_ok=True)
                version.stored_as = str(next(self._sequence))
                _store_version(key_folder / version.stored_as, version)
            kept.add(version.stored_as)
        if key_folder.exists():
            for path in key_folder.iterdir():
                if path.name not in kept:
                    path.unlink()
            if not kept:
                key_folder.rmdir()


class MirroredApplication:
    """moto's WSGI application; it answers a change after it is on disk."""

    def __init__(self, application: Any, mirror: Mirror) -> None:
        self._application, self._mirror = application, mirror

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = self._application(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("PUT", "POST", "DELETE"):
            return answer
        body = b"".join(answer)
        bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
        if bucket and bucket != "moto-api":
            decoded = key.encode("latin-1").decode("utf-8", "replace")  # PEP 3333: paths arrive as latin-1
            self._mirror.save(urllib.parse.unquote(bucket), decoded or None)
        return [body]


def _store_version(path: Path, version: FakeKey | FakeDeleteMarker) -> None:
    header: dict[str, Any] = {
        "key": version.name,
        "version_id": version.version_id,
        "last_modified": version.last_modified.isoformat(),
    }
    if isinstance(version, FakeDeleteMarker):
        _write(path, json.dumps({**header, "deleted": True}).encode() + b"\n")
        return
    header |= {
        "etag": version.etag.strip('"'),
        "storage": version.storage_class,
        "metadata": dict(version.metadata),
        "attributes": {name: getattr(version, name, None) for name in COPIED},
    }
    line = json.dumps(header).encode() + b"\n"
    _write(path, line + version.value)
    _read_from_disk(version, path, len(line))


def _restore_version(backend: S3Backend, bucket: FakeBucket, path: Path) -> None:
    with path.open("rb") as file:
        line = file.readline()
    header = json.loads(line)
    version: Any  # type checkers cannot follow moto's classes
    if header.get("deleted"):
        version = FakeDeleteMarker(key=bucket.keys[header["key"]])
        version._version_id = header["version_id"]
    else:
        version = _restored_object(backend, bucket, header)
        _read_from_disk(version, path, len(line))
        version.contentsize = path.stat().st_size - len(line)
    version.last_modified = datetime.fromisoformat(header["last_modified"])
    version.stored_as = path.name
    bucket.keys.setlist(header["key"], [*bucket.keys.getlist(header["key"], []), version])


def _restored_object(backend: S3Backend, bucket: FakeBucket, header: dict[str, Any]) -> Any:
    restored: Any = FakeKey(
        name=header["key"],
        value=b"",
        account_id=backend.account_id,
        region_name=backend.region_name,
        storage=header["storage"],
        etag=header["etag"],
        is_versioned=header["version_id"] != "null",
        version_id=header["version_id"],
        bucket_name=bucket.name,
    )
    restored.set_metadata(header["metadata"])
    for name, value in header["attributes"].items():
        setattr(restored, name, value)
    return restored


def _read_from_disk(version: Any, path: Path, offset: int) -> None:
    version._value_buffer.close()
    version._value_buffer = StoredValue(path, offset)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    beside.replace(path)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def main(port: int, folder: Path, user: S3User) -> None:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    for half in folder.glob("*/*/*.new"):
        half.unlink()
    mirror = Mirror(folder, s3_backends[DEFAULT_ACCOUNT_ID]["aws"])
    mirror.restore()
    moto = DomainDispatcherApplication(create_backend_app)
    application = SignedOnly(MirroredApplication(moto, mirror), user)
    with contextlib.suppress(KeyboardInterrupt):
        run_simple("127.0.0.1", port, application, threaded=True, request_handler=MotoRequestHandler)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), S3User(*(os.environ.pop(name) for name in CREDENTIALS)))
