"""Sessions: a signed cookie says who signed in and when; what a session remembers for a while stays in this process.

The cookie holds a name and times, no secret. It is signed anew while a person works, so the time without a
request can be told from its signature.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cachetools import TTLCache
from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from infra.reviewers import Reviewer, Reviewers
from infra.web.sign_in.settings import SignInSettings

SESSION_COOKIE = "countersign_session"
FORM_COOKIE = "countersign_form"
"""Binds the form of a sign-in to one browser before there is a session."""
_RENEW_S = 60
"""A signature is renewed when it is older, so that not every answer sets a cookie."""
_MAX_SESSIONS = 5_000
_MAX_REMEMBERED = 200
_KEPT_S = 3600
"""How long a signed form waits for a sign-in."""


@dataclass(slots=True)
class SessionMemory:
    """What a session remembers until it ends, or until this process does."""

    decided: list[tuple[int, int, str]] = field(default_factory=list[tuple[int, int, str]])
    """(review, item, decision), the newest last: what `undo` takes back."""
    skipped: list[int] = field(default_factory=list[int])
    """Items that the person does not want to see now."""
    kept: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By path: a form that came when the session had ended."""
    notice: str = ""
    """What the next page has to say first: a name in the table `notice` of the words."""

    def skip(self, item_id: int) -> None:
        self.skipped = [*self.skipped, item_id][-_MAX_REMEMBERED:]

    def decide(self, review_id: int, item_id: int, decision: str) -> None:
        self.decided = [*self.decided, (review_id, item_id, decision)][-_MAX_REMEMBERED:]

    def said(self) -> str:
        """What has to be said, once."""
        notice, self.notice = self.notice, ""
        return notice


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is signed in, with role and scope as they are now."""

    reviewer: Reviewer
    session_id: str
    token: str
    """Of the session's forms."""
    memory: SessionMemory
    renewed: str = ""
    """The cookie's new value; empty: the old one is still young."""

    @property
    def sees_all(self) -> bool:
        """Whether the person sees every document and schema."""
        scope = self.reviewer.scope
        return scope.prefixes is None and scope.schemas is None


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """Why a cookie lets nobody in."""

    name: str
    """Whose it was."""
    reason: str
    """expired, ended or gone: too old; signed out or the password was changed; there is no such reviewer now."""


class Sessions:
    """Makes and reads the cookies."""

    def __init__(self, reviewers: Reviewers, settings: SignInSettings, key: str) -> None:
        self.reviewers, self._settings = reviewers, settings
        self._cookies = URLSafeTimedSerializer(key, salt="session")
        self._tokens = URLSafeTimedSerializer(key, salt="form")
        self._forms = URLSafeTimedSerializer(key, salt="kept form")
        self._memories: TTLCache[str, SessionMemory] = TTLCache(_MAX_SESSIONS, settings.longest_s)
        self._signed_out: TTLCache[str, bool] = TTLCache(_MAX_SESSIONS, settings.longest_s)
        self._lock = Lock()

    def begin(self, reviewer: Reviewer) -> tuple[str, SessionMemory]:
        """The cookie of a new session, and its memory."""
        session_id = secrets.token_urlsafe(16)
        content = {"name": reviewer.name, "id": session_id, "at": int(time.time()), "of": _proof(reviewer)}
        return self._signed(self._cookies, content), self._memory(session_id)

    def read(self, cookie: str) -> Visitor | SessionEnd | None:
        """Who shows this cookie; None: it is none of ours.

        Raises:
            ConfigurationError: the file of reviewers cannot be read.
        """
        found = self._content(cookie)
        if isinstance(found, SessionEnd) or found is None:
            return found
        name, session_id, age_s, is_old = (
            found["name"],
            found["id"],
            time.time() - found["at"],
            found["is_old"],
        )
        if age_s > self._settings.longest_s:
            return SessionEnd(name, "expired")
        reviewer = self.reviewers.named(name)
        if reviewer is None:
            return SessionEnd(name, "gone")
        with self._lock:
            is_out = session_id in self._signed_out
        if is_out or found["of"] != _proof(reviewer):
            return SessionEnd(name, "ended")
        content = {key: found[key] for key in ("name", "id", "at", "of")}
        renewed = self._signed(self._cookies, content) if is_old else ""
        return Visitor(reviewer, session_id, self.token(session_id), self._memory(session_id), renewed)

    def end(self, session_id: str) -> None:
        """Sign out: the cookie, and copies of it, let nobody in any more."""
        with self._lock:
            self._signed_out[session_id] = True
            self._memories.pop(session_id, None)

    def token(self, bound_to: str) -> str:
        """What the forms of a session, or of a browser, carry."""
        return self._signed(self._tokens, bound_to)

    def is_token(self, token: str, bound_to: str) -> bool:
        try:
            return bool(bound_to) and secrets.compare_digest(
                str(self._tokens.loads(token, max_age=self._settings.longest_s)), bound_to
            )
        except (BadData, TypeError):
            return False

    def why_refused(self, token: str) -> str:
        """Of a token that does not fit: `other_session` if it is a young one of ours, else `old_form`."""
        try:
            self._tokens.loads(token, max_age=self._settings.longest_s)
            return "other_session"
        except (BadData, TypeError):
            return "old_form"

    def keep(self, path: str, fields: Mapping[str, str], name: str) -> str:
        """A form as one signed text, to be carried through a sign-in."""
        return self._signed(self._forms, {"path": path, "fields": dict(fields), "name": name})

    def kept(self, text: str) -> tuple[str, dict[str, str], str] | None:
        """Path, fields and the name of whose form it is; None: it is none of ours, or too old."""
        try:
            found = self._forms.loads(text, max_age=_KEPT_S)
            return found["path"], found["fields"], found["name"]
        except (BadData, TypeError, KeyError):
            return None

    def _content(self, cookie: str) -> dict[str, Any] | SessionEnd | None:
        try:
            content, signed_at = self._cookies.loads(
                cookie, max_age=self._settings.idle_s, return_timestamp=True
            )
            return {**content, "is_old": time.time() - signed_at.timestamp() > _RENEW_S}
        except SignatureExpired as error:
            content = self._cookies.load_payload(error.payload) if error.payload else {}
            return SessionEnd(str(content.get("name", "")), "expired")
        except (BadData, TypeError):
            return None

    def _memory(self, session_id: str) -> SessionMemory:
        with self._lock:
            return self._memories.setdefault(session_id, SessionMemory())

    @staticmethod
    def _signed(serializer: URLSafeTimedSerializer, content: object) -> str:
        text = serializer.dumps(content)
        return text if isinstance(text, str) else text.decode("ascii")


def _proof(reviewer: Reviewer) -> str:
    """Changes with the password, so that a new password ends the sessions of the old one."""
    return hashlib.sha256(f"{reviewer.password_hash}\0{reviewer.subject}".encode()).hexdigest()[:16]
