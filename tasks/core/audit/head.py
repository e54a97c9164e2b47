"""A head: a signed statement of what a database held at a moment.

The statement is the text that was signed, byte for byte, so that nobody has to agree on a canonical
form of JSON. Entries lie in a file beside it, one line each, and the statement has their digest:

    KIND SUBJECT LENGTH HEX      run, source or erasure; its id; rows of the run's trail; digest

A script without our code that checks both is `docs/check_head.py`.

Source: Ed25519 is RFC 8032; keys are PEM files, PKCS 8 (RFC 5958), as OpenSSL writes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tasks.core.errors import ConfigurationError

FORMAT = "countersign-head-1"
ENTRIES_SUFFIX = ".entries"
_NAME = re.compile(r"head-(\d{8,})-([0-9a-f]{12})\.json")
_RAW_KEY_CHARS = 64


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A head that this database does not lead to any more: a backup was restored."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a head says."""

    number: int
    previous: str
    """Digest of the statement before; empty: this is the first."""
    at: datetime
    database_id: str
    n_runs: int
    run_hash: str
    """Of the last of these runs, hex; empty: there was none."""
    n_entries: int
    entries_sha256: str
    abandons: tuple[Abandoned, ...] = ()
    reason: str = ""
    """Why these were abandoned."""

    def text(self) -> str:
        """The text that is signed."""
        said: dict[str, Any] = {
            "format": FORMAT,
            "number": self.number,
            "previous": self.previous,
            "at": self.at.isoformat(timespec="seconds"),
            "database_id": self.database_id,
            "n_runs": self.n_runs,
            "run_hash": self.run_hash,
            "n_entries": self.n_entries,
            "entries_sha256": self.entries_sha256,
        }
        if self.abandons:
            said["abandons"] = [{"number": head.number, "sha256": head.digest} for head in self.abandons]
            said["reason"] = self.reason
        return json.dumps(said, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A statement with its signature."""

    text: str
    signature: bytes
    public_key: bytes
    """Raw, 32 bytes. Who checks a head compares it with a key that came another way."""

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def name(self) -> str:
        """The name of its file: sorts by number, and two heads with one number have two names."""
        return f"head-{self.statement.number:08d}-{self.digest[:12]}.json"

    @property
    def statement(self) -> Statement:
        """
        Raises:
            ConfigurationError: the text is no statement of this format.
        """
        try:
            said = json.loads(self.text)
            if said["format"] != FORMAT:
                raise ValueError(said["format"])
            return Statement(
                int(said["number"]),
                str(said["previous"]),
                datetime.fromisoformat(said["at"]),
                str(said["database_id"]),
                int(said["n_runs"]),
                str(said["run_hash"]),
                int(said["n_entries"]),
                str(said["entries_sha256"]),
                tuple(
                    Abandoned(int(head["number"]), str(head["sha256"])) for head in said.get("abandons", ())
                ),
                str(said.get("reason", "")),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"this is no head of the format {FORMAT}: {type(error).__name__}"
            ) from None

    def is_signed(self) -> bool:
        """Whether its signature is that of its key over its text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, self.text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    def to_json(self) -> str:
        """The head as a file. The statement is a string in it, as it was signed."""
        file = {
            "statement": self.text,
            "signature": self.signature.hex(),
            "public_key": self.public_key.hex(),
        }
        return json.dumps(file, ensure_ascii=False, indent=1) + "\n"


def head_from_json(file: str) -> SignedHead:
    """
    Raises:
        ConfigurationError: the file is no head.
    """
    try:
        said = json.loads(file)
        head = SignedHead(
            str(said["statement"]), bytes.fromhex(said["signature"]), bytes.fromhex(said["public_key"])
        )
    except (ValueError, KeyError, TypeError):
        raise ConfigurationError(
            "the file is no head: it needs `statement`, `signature` and `public_key`, as `countersign audit digest` writes them"
        ) from None
    head.statement  # noqa: B018  # refuses what is no statement
    return head


def head_number(name: str) -> int | None:
    """The number in the name of a head's file; None: it is no such name."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def sign(statement: Statement, key: Ed25519PrivateKey) -> SignedHead:
    text = statement.text()
    return SignedHead(text, key.sign(text.encode()), _raw(key.public_key()))


def new_key() -> bytes:
    """A new private key as PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def load_key(pem: bytes) -> Ed25519PrivateKey:
    """
    Raises:
        ConfigurationError: it is no Ed25519 private key, or it has a passphrase.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(
            "the file is no Ed25519 private key in PEM without a passphrase. `countersign audit key FILE` makes one."
        )
    return key


def public_key_of(key: Ed25519PrivateKey) -> bytes:
    """Raw, 32 bytes."""
    return _raw(key.public_key())


def load_public_key(given: str) -> bytes:
    """A public key from its 64 hexadecimal digits, or from PEM; raw, 32 bytes.

    Raises:
        ConfigurationError: it is neither.
    """
    words = given.strip()
    if re.fullmatch(rf"[0-9a-fA-F]{{{_RAW_KEY_CHARS}}}", words):
        return bytes.fromhex(words)
    try:
        key = load_pem_public_key(words.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(
            "the public key is neither 64 hexadecimal digits nor an Ed25519 public key in PEM"
        )
    return _raw(key)


def newest(heads: Sequence[SignedHead]) -> SignedHead | None:
    """The head with the highest number; None: there is none."""
    return max(heads, key=lambda head: head.statement.number, default=None)


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
