"""Signed heads of the trail outside of the database: written, read, and compared with it.

Requires:
    PostgreSQL; `COUNTERSIGN_AUDIT_KEY` to sign; the bucket of `COUNTERSIGN_AUDIT` to keep heads and to find
    them again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.core.audit.head import (
    ENTRIES_SUFFIX,
    SignedHead,
    head_from_json,
    head_number,
    load_key,
    load_public_key,
    newest,
    public_key_of,
    sign,
)
from tasks.core.errors import ConfigurationError, CountersignError, HeadConflict
from tasks.core.records import RunId
from tasks.core.text.display import counted
from tasks.postgres.audit.checkpoints import gives_up
from tasks.postgres.store import Store
from tasks.s3 import SourceObject, fetch_object, list_versions, put_bytes
from tasks.settings import s3_place, settings
from tasks.store import store

logger = logging.getLogger("countersign.audit")

_MAX_FILE_BYTES = 1 << 31
_KEYS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class OutsideHeads:
    """The heads in `COUNTERSIGN_AUDIT`."""

    names: frozenset[str]
    strangers: tuple[SignedHead, ...] = ()
    """Those that are no checkpoint of the database, and that it did not give up: it was restored from a backup,
    or somebody made its checkpoints anew."""


@dataclass(frozen=True, slots=True)
class Lost:
    """What a stranger saw and the database does not have."""

    n_runs: int
    run_ids: tuple[RunId, ...] = field(default=())
    """The first of them."""


@task(task_run_name="sign the trail", cache_policy=NO_CACHE)
def sign_trail() -> str:
    """At the end of a night: sign a head and write it to its place.

    Returns:
        One line. A head that cannot be signed or written fails no night: the next one makes it good.
    """
    try:
        head = make_head(store(), signing_key(settings().audit_key))
    except CountersignError as error:
        logger.warning("no head was signed: %s", error)
        return f"no head was signed: {error}"
    return f"head {head.statement.number} signed"


def signing_key(path: Path | None) -> bytes:
    """The private key as PEM.

    Raises:
        ConfigurationError: no file is named, or it cannot be read.
    """
    if path is None:
        raise ConfigurationError(
            "no key to sign with: `countersign audit key FILE` makes one; name the file in COUNTERSIGN_AUDIT_KEY."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"the key {path} cannot be read ({error.strerror}). Correct COUNTERSIGN_AUDIT_KEY."
        ) from None


def make_head(database: Store, pem: bytes, after_restore: str = "") -> SignedHead:
    """Sign what the database holds now, and write the head to its place, with any that are missing there.

    Args:
        after_restore: Why the database does not lead to the newest head any more; it is then given up.

    Raises:
        HeadConflict: it does not, and no reason is given.
        ConfigurationError: the key is no Ed25519 key.
    """
    key = load_key(pem)
    outside = outside_heads(database, public_key_of(key))
    if outside.strangers and not after_restore:
        raise HeadConflict(
            f"{counted(len(outside.strangers), 'signed head')} in {settings().audit} not of this database"
        )
    head = database.checkpoints.make(
        lambda statement: sign(statement, key), outside.strangers, outside.strangers, after_restore
    )
    if place := settings().audit_place:
        for known in database.checkpoints.heads():
            if known.name not in outside.names:
                _write(database, place, known)
    return head


def outside_heads(database: Store, trusted: bytes | None) -> OutsideHeads:
    """The heads in `COUNTERSIGN_AUDIT`, compared with the database's; none without that setting.

    Args:
        trusted: The public key that may have given heads up, beside their own.
    """
    place = settings().audit_place
    if place is None:
        return OutsideHeads(frozenset())
    bucket, prefix = place
    versions: dict[str, list[str]] = {}
    for key, version in list_versions(bucket, prefix):
        name = key.removeprefix(prefix)
        if head_number(name) is not None:
            versions.setdefault(name, []).append(version)
    stored = database.checkpoints.heads()
    unknown = sorted(versions.keys() - {head.name for head in stored})
    read = [_true_version(bucket, prefix, name, versions[name]) for name in unknown]
    return OutsideHeads(
        frozenset(versions),
        tuple(
            head
            for head in read
            if head is not None and not any(gives_up(known, head, trusted) for known in stored)
        ),
    )


def _true_version(bucket: str, prefix: str, name: str, versions: Sequence[str]) -> SignedHead | None:
    """The version that the name speaks of; None: none does, so somebody put the name there."""
    for version in versions:
        fetched = fetch_object(bucket, f"{prefix}{name}", _MAX_FILE_BYTES, version)
        if isinstance(fetched, SourceObject):
            continue
        try:
            head = head_from_json(fetched.data.decode())
        except (ConfigurationError, UnicodeDecodeError):
            continue
        if head.name == name and head.is_signed():
            return head
    return None


def newest_head(database: Store, trusted: bytes | None) -> SignedHead | None:
    """The newest head in `COUNTERSIGN_AUDIT`; None: there is none."""
    outside = outside_heads(database, trusted)
    if outside.strangers:
        return newest(outside.strangers)
    return newest([head for head in database.checkpoints.heads() if head.name in outside.names])


def read_head(where: str) -> SignedHead:
    """A head from a file or an `s3://` address.

    Raises:
        ConfigurationError: it is no head, or the file cannot be read.
        SourceMissing, SourceForbidden, SourceUnavailable: of an object.
    """
    return head_from_json(_text(where))


def trusted_key() -> bytes | None:
    """The public key that heads must be signed with, of the settings; None: no setting says."""
    config = settings()
    if config.audit_public_key:
        return load_public_key(config.audit_public_key)
    return None if config.audit_key is None else public_key_of(load_key(signing_key(config.audit_key)))


def check_signature(head: SignedHead, trusted: bytes | None) -> str:
    """Empty, or why a head proves nothing."""
    number = head.statement.number
    if not head.is_signed():
        return f"head {number}: its signature does not hold; it was changed"
    if trusted is not None and head.public_key != trusted:
        return f"head {number} is signed with another key ({head.public_key.hex()})"
    return ""


def lost_with(database: Store, heads: Sequence[SignedHead], where: str) -> Lost:
    """The runs that heads saw and that the database does not have, by the entries beside them.

    Args:
        where: The folder or `s3://` address of the heads, with its slash.
    """
    seen: dict[str, None] = {}
    for head in heads:
        for line in _text(f"{where}{head.name.removesuffix('.json')}{ENTRIES_SUFFIX}").splitlines():
            kind, subject, *_ = line.split(" ")
            if kind == "run":
                seen[subject] = None
    known = set(database.trail.known(map(RunId, seen)))
    missing = [RunId(run_id) for run_id in seen if run_id not in known]
    return Lost(len(missing), tuple(missing[:_KEYS_SHOWN]))


def write_head(database: Store, head: SignedHead, folder: Path) -> Path:
    """Write a head and its entries into a folder; returns the head's file."""
    path = folder / head.name
    entries = path.with_name(path.stem + ENTRIES_SUFFIX)
    entries.write_text("".join(database.checkpoints.entry_lines(head.statement.number)), encoding="utf-8")
    path.write_text(head.to_json(), encoding="utf-8")
    return path


def _write(database: Store, place: tuple[str, str], head: SignedHead) -> None:
    """The entries first: a head without them would say less."""
    bucket, prefix = place
    days = settings().audit_lock_days
    until = datetime.now(UTC) + timedelta(days=days) if days else None
    entries = "".join(database.checkpoints.entry_lines(head.statement.number)).encode()
    name = f"{prefix}{head.name}"
    put_bytes(bucket, f"{name.removesuffix('.json')}{ENTRIES_SUFFIX}", entries, "text/plain", until)
    put_bytes(bucket, name, head.to_json().encode(), "application/json", until)


def _text(where: str) -> str:
    if not where.startswith("s3://"):
        try:
            return Path(where).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigurationError(f"{where} cannot be read ({reason})") from None
    bucket, key = s3_place(where)
    fetched = fetch_object(bucket, key, _MAX_FILE_BYTES)
    if isinstance(fetched, SourceObject):
        raise ConfigurationError(f"{where} is too large for a head")
    return fetched.data.decode()
