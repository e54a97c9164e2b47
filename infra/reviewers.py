"""The file of reviewers: who may sign in to the review page, as what, and what they see; and machines that read with a token.

A TOML file that only its owner may read, with a table `[[reviewer]]` for each person or machine. `countersign review users` writes it, a
person may. What is written is written whole, and a person's comments stay. Nothing here knows a session or a browser.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.stack.state import home
from tasks.core.errors import ConfigurationError
from tasks.core.review.records import Scope

if TYPE_CHECKING:
    from pwdlib import PasswordHash
    from tomlkit.items import Table

VARIABLE = "COUNTERSIGN_REVIEWERS"
MIN_PASSWORD_CHARS = 12
MAX_PASSWORD_CHARS = 1024
"""Hashing takes time and memory, so nobody may send a book."""
MAX_NAME_CHARS = 100
TOKEN_BEGIN = "csn_"
"""So that scanners of secrets, and people, know one when they see it."""
_TOKEN_BYTES = 32
_TOKEN_HASH = "sha256:"
_KEYS = {"name", "role", "password", "subject", "token", "token_until", "prefixes", "schemas"}
_LOCK_S = 10


class ReviewerRole(StrEnum):
    """What a person may do; each may also do what the one before may."""

    READER = "reader"
    REVIEWER = "reviewer"
    ADMIN = "admin"

    @property
    def may_decide(self) -> bool:
        return self is not ReviewerRole.READER

    @property
    def may_administer(self) -> bool:
        return self is ReviewerRole.ADMIN


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who may sign in."""

    name: str
    role: ReviewerRole
    scope: Scope = field(default_factory=Scope)
    password_hash: str = field(default="", repr=False)
    """Of argon2; empty: no sign-in by password."""
    subject: str = ""
    """Who the person is for an OpenID provider: `sub` or e-mail; empty: no sign-in by it."""
    token_hash: str = field(default="", repr=False)
    """Of the token for the HTTP interface; empty: there is none."""
    token_until: date | None = None
    """The last day (UTC) of the token; None: it does not end."""


class Reviewers:
    """The persons of a file. Each call sees the file as it is now, so that a role that was taken away is gone at once."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or reviewers_file()
        self._read: tuple[tuple[int, ...], tuple[Reviewer, ...]] | None = None

    def all(self) -> tuple[Reviewer, ...]:
        """In the order of the file; none if there is no file.

        Raises:
            ConfigurationError: the file cannot be read, or is not what it should be.
        """
        try:
            with self.path.open("rb") as file:
                seen = _fingerprint(os.fstat(file.fileno()))
                if self._read is None or self._read[0] != seen:
                    self._read = None  # a broken file must not leave the old persons in
                    self._read = seen, parsed(file.read(), self.path)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be read ({error.strerror}).") from error
        return self._read[1]

    def named(self, name: str) -> Reviewer | None:
        return next((one for one in self.all() if one.name == name), None)

    def of_subject(self, *subjects: str) -> Reviewer | None:
        """Whom an OpenID provider means by one of these: `sub`, or an e-mail that it has verified."""
        asked = {subject for subject in subjects if subject}
        return next((one for one in self.all() if one.subject in asked), None)

    def of_token(self, token: str) -> Reviewer | None:
        """Whose token this is; None: nobody's, or its last day is over."""
        sent = token_hash(token)
        found = [one for one in self.all() if hmac.compare_digest(one.token_hash.encode(), sent.encode())]
        today = datetime.now(UTC).date()
        return next((one for one in found if one.token_until is None or today <= one.token_until), None)

    def signed_in(self, name: str, password: str) -> Reviewer | None:
        """The person of this name and password; a wrong name takes as long as a wrong password."""
        found = self.named(name)
        stored = found.password_hash if found and found.password_hash else _nobody()
        fits = len(password) <= MAX_PASSWORD_CHARS and _verified(password, stored)
        return found if fits and found and found.password_hash else None

    def add(self, reviewer: Reviewer) -> None:
        """
        Raises:
            ConfigurationError: the name or the subject is taken, or the file cannot be written.
        """
        with self._changed() as tables:
            if any(table.get("name") == reviewer.name for table in tables):
                raise ConfigurationError(
                    f"there is a reviewer `{reviewer.name}` already. Nothing was changed."
                )
            tables.append(_filled(_new_table(), reviewer))

    def replace(self, reviewer: Reviewer) -> None:
        """Set everything about the person of this name.

        Raises:
            ConfigurationError: there is no such person, or the file cannot be written.
        """
        with self._changed() as tables:
            _filled(tables[_place(tables, reviewer.name)], reviewer)

    def remove(self, name: str) -> None:
        """
        Raises:
            ConfigurationError: there is no such person, or the file cannot be written.
        """
        with self._changed() as tables:
            del tables[_place(tables, name)]

    @contextlib.contextmanager
    def _changed(self) -> Iterator[Any]:
        """The tables of the file, to be changed; then the file is checked and written. One writer at a time."""
        import tomlkit
        from filelock import FileLock, Timeout
        from tomlkit.items import AoT

        target = self.path.resolve()  # a link stays a link
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(target.with_name(f"{target.name}.lock"), _LOCK_S, 0o600):
                text = target.read_text(encoding="utf-8") if target.exists() else ""
                parsed(text.encode(), self.path)
                document = tomlkit.parse(text)
                if not isinstance(tables := document.get("reviewer", []), AoT):  # `reviewer = [{...}]`
                    document["reviewer"] = tomlkit.aot()
                    for table in tables:
                        document["reviewer"].append(tomlkit.item(dict(table)))
                yield document["reviewer"]
                if not document["reviewer"]:
                    del document["reviewer"]  # else it is written as a list, to which no table can be added
                new = tomlkit.dumps(document).lstrip("\n")
                parsed(new.encode(), self.path)
                _write(target, new)
        except Timeout:
            raise ConfigurationError(f"another program writes {self.path}. Try again.") from None
        except OSError as error:
            raise ConfigurationError(f"{self.path} cannot be written ({error.strerror}).") from error


def reviewers_file() -> Path:
    """$COUNTERSIGN_REVIEWERS, else `reviewers.toml` in the state folder."""
    return Path(os.environ.get(VARIABLE) or home() / "reviewers.toml").absolute()


def hashed(password: str) -> str:
    """What is stored of a password: argon2id with a salt of its own.

    Raises:
        ConfigurationError: it is too short or too long.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise ConfigurationError(
            f"a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters; this one has {len(password)}. "
            "Nothing was changed."
        )
    return _hasher().hash(password)


def new_token() -> str:
    """A token for the HTTP interface, which is shown once."""
    return TOKEN_BEGIN + secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """What is stored of a token. It is random and long, so it needs no slow hash, and may come with every request."""
    return _TOKEN_HASH + hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def parsed(content: bytes, path: Path) -> tuple[Reviewer, ...]:
    """The persons of a file.

    Raises:
        ConfigurationError: it is not such a file; the message names the place and never a password.
    """
    try:
        tables = tomllib.loads(content.decode("utf-8-sig")).get("reviewer", [])
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}.") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigurationError(f"{path}: each person is a table `[[reviewer]]`.")
    persons = tuple(_person(table, f"{path}: reviewer {n}") for n, table in enumerate(tables, start=1))
    for what, values in (
        ("name", [one.name for one in persons]),
        ("subject", [one.subject for one in persons if one.subject]),
        ("token", [one.token_hash for one in persons if one.token_hash]),
    ):
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise ConfigurationError(f"{path}: two reviewers have the {what} `{twice[0]}`.")
    return persons


def _person(table: Mapping[str, Any], where: str) -> Reviewer:
    if unknown := sorted(table.keys() - _KEYS):
        raise ConfigurationError(
            f"{where}: unknown key `{unknown[0]}`; the keys are {', '.join(sorted(_KEYS))}."
        )
    words = {key: _words(table, key, where) for key in ("name", "role", "password", "subject", "token")}
    if not is_name(words["name"]):
        raise ConfigurationError(
            f"{where}: `name` is 1 to {MAX_NAME_CHARS} characters that can be printed, without blanks at its ends."
        )
    if words["role"] not in list(ReviewerRole):
        raise ConfigurationError(f"{where}: `role` is one of {', '.join(ReviewerRole)}.")
    if not (words["password"] or words["subject"] or words["token"]):
        raise ConfigurationError(
            f"{where}: it needs `password` (a hash), `subject` or `token`, else nobody can sign in."
        )
    if words["token"] and not _is_token_hash(words["token"]):
        raise ConfigurationError(
            f"{where}: `token` is no hash of a token. Make one with `countersign review users token`."
        )
    if words["password"] and not words["password"].startswith("$argon2"):
        raise ConfigurationError(
            f"{where}: `password` is no hash of argon2. Set it with `countersign review users password`."
        )
    scope = Scope(*(_texts(table, key, where) for key in ("prefixes", "schemas")))
    until = table.get("token_until")
    if until is not None and (isinstance(until, datetime) or not isinstance(until, date)):
        raise ConfigurationError(f"{where}: `token_until` is a day, as 2027-01-31, without quotes.")
    return Reviewer(
        words["name"], ReviewerRole(words["role"]), scope, words["password"], words["subject"], words["token"], until
    )  # fmt: skip


def _is_token_hash(text: str) -> bool:
    digits = text.removeprefix(_TOKEN_HASH)
    return text != digits and len(digits) == 64 and all(digit in "0123456789abcdef" for digit in digits)


def is_name(name: str) -> bool:
    """Whether a person may be called so."""
    return 0 < len(name) <= MAX_NAME_CHARS and name.isprintable() and name == name.strip()


def _words(table: Mapping[str, Any], key: str, where: str) -> str:
    if not isinstance(value := table.get(key, ""), str):
        raise ConfigurationError(f"{where}: `{key}` is a text in quotes.")
    return value


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...] | None:
    """A list of texts; None: the key is missing, so there is no limit."""
    if key not in table:
        return None
    values = table[key]
    if not isinstance(values, list) or not all(isinstance(value, str) and value for value in values):
        raise ConfigurationError(f"{where}: `{key}` is a list of texts in quotes.")
    return tuple(values)


def _new_table() -> Table:
    import tomlkit

    table = tomlkit.table()
    table.trivia.indent = "\n"  # an empty line before it
    return table


def _filled(table: Any, reviewer: Reviewer) -> Any:
    """The table with everything about a person; a key that says nothing is left out."""
    scope = reviewer.scope
    values = {
        "name": reviewer.name,
        "role": reviewer.role.value,
        "password": reviewer.password_hash or None,
        "subject": reviewer.subject or None,
        "token": reviewer.token_hash or None,
        "token_until": reviewer.token_until,
        "prefixes": None if scope.prefixes is None else list(scope.prefixes),
        "schemas": None if scope.schemas is None else list(scope.schemas),
    }
    for key, value in values.items():
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = value
    return table


def _place(tables: Any, name: str) -> int:
    for place, table in enumerate(tables):
        if table.get("name") == name:
            return place
    raise ConfigurationError(
        f"there is no reviewer `{name}`. `countersign review users list` shows them. Nothing was changed."
    )


def _write(target: Path, text: str) -> None:
    """Readers see the old file or the new one; a crash of the machine leaves one of them."""
    beside = target.with_name(f"{target.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(target)


def _fingerprint(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash

    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    """A hash that no password has, to be compared where there is no person."""
    return _hasher().hash(os.urandom(32))


def _verified(password: str, stored: str) -> bool:
    from pwdlib.exceptions import PwdlibError

    try:
        return _hasher().verify(password, stored)
    except PwdlibError:
        return False  # no hash of argon2, which `parsed` cannot see
