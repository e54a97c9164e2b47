"""Sign-in by OpenID Connect: the authorization code flow with PKCE, state and nonce, by Authlib.

Whoever the provider names signs in only if a reviewer of the file has that `sub`, or that e-mail where the
provider says that it has verified it. Roles and scopes are the file's.

Source: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3; RFC 7636.
"""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import Any

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from infra.web.sign_in.settings import ProviderClient
from tasks.core.errors import CountersignError

STATE_COOKIE = "countersign_oidc"
STATE_S = 600
"""How long a person may take at the provider."""
_TIMEOUT_S = 10
_KNOWN_S = 3600
"""How long the provider's addresses and keys are believed."""
_LEEWAY_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""No `none`, and none that the client secret signs."""
_MAX_WAITING = 5_000


class ProviderFailed(CountersignError):
    """The provider did not answer, or what it said is not to be believed. The message holds no token."""


@dataclass(frozen=True, slots=True)
class ProviderSignIn:
    """A sign-in that has begun: what has to come back, and where it goes on."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    target: str
    kept: str
    """A form that is carried through the sign-in, signed."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the provider names."""

    sub: str
    email: str
    """Empty: none, or not verified."""


class OpenIdProvider:
    """One provider. What it publishes is fetched on first use."""

    def __init__(self, client: ProviderClient) -> None:
        self._client = client
        self._published: TTLCache[str, Any] = TTLCache(4, _KNOWN_S)
        self._waiting: TTLCache[str, ProviderSignIn] = TTLCache(_MAX_WAITING, STATE_S)
        self._lock = Lock()

    def begin(self, redirect_uri: str, target: str, kept: str) -> tuple[str, str]:
        """The provider's address to go to, and the state, which belongs into a cookie of the browser.

        Raises:
            ProviderFailed: it does not answer.
        """
        begun = ProviderSignIn(
            secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48),
            redirect_uri, target, kept,
        )  # fmt: skip
        with closing(self._session(redirect_uri)) as session:
            address, _ = session.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=begun.state,
                nonce=begun.nonce,
                code_verifier=begun.verifier,
            )
        with self._lock:
            self._waiting[begun.state] = begun
        return address, begun.state

    def end(self, state: str, cookie: str, code: str) -> tuple[ProviderSignIn, Subject]:
        """Who came back, and from which sign-in. Each state counts once.

        Raises:
            ProviderFailed: the sign-in was not begun in this browser, took too long, or the provider's word
                is not to be believed.
        """
        with self._lock:
            begun = self._waiting.pop(state, None)
        if begun is None or not secrets.compare_digest(state.encode(), cookie.encode()):
            raise ProviderFailed("this sign-in was not begun in this browser, or it took too long")
        metadata = self._metadata()
        try:
            with closing(self._session(begun.redirect_uri)) as session:
                token = session.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=begun.verifier, timeout=_TIMEOUT_S
                )
            claims = self._claims(str(token["id_token"]), begun.nonce)
            email = claims if "email" in claims else self._user_info(token, claims["sub"])
        except OAuthError as error:
            raise ProviderFailed(f"the provider refused the code ({error.error})") from None
        except requests.RequestException as error:
            raise ProviderFailed(f"the provider does not answer ({type(error).__name__})") from None
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise ProviderFailed(f"the provider's token is not valid ({type(error).__name__})") from None
        is_verified = email.get("email_verified") in (True, "true")
        return begun, Subject(str(claims["sub"]), str(email.get("email") or "") if is_verified else "")

    # ---------------------------------------------------------------- what the provider says

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        try:
            decoded = jwt.decode(id_token, self._keys(), algorithms=_ALGORITHMS)
        except (JoseError, ValueError):  # the provider may have new keys
            decoded = jwt.decode(id_token, self._keys(anew=True), algorithms=_ALGORITHMS)
        claims = decoded.claims
        jwt.JWTClaimsRegistry(
            int(time.time()),
            _LEEWAY_S,
            iss={"essential": True, "value": self._metadata()["issuer"]},
            aud={"essential": True, "value": self._client.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        return claims

    def _user_info(self, token: dict[str, Any], sub: str) -> dict[str, Any]:
        """What it says about the person beside the token; nothing, if it is about another."""
        endpoint = self._metadata().get("userinfo_endpoint")
        if not endpoint:
            return {}
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        answer = requests.get(endpoint, headers=bearer, timeout=_TIMEOUT_S)
        found = answer.json() if answer.ok else {}
        return found if found.get("sub") == sub else {}

    def _metadata(self) -> dict[str, Any]:
        found = self._get(f"{self._client.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self._client.issuer:
            raise ProviderFailed("the provider names another issuer than COUNTERSIGN_OIDC_ISSUER")
        return found

    def _keys(self, anew: bool = False) -> KeySet:
        return KeySet.import_key_set(self._get(self._metadata()["jwks_uri"], anew))

    def _get(self, address: str, anew: bool = False) -> Any:
        with self._lock:
            known = self._published.get(address)
        if known is not None and not anew:
            return known
        try:
            answer = requests.get(address, timeout=_TIMEOUT_S)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderFailed(f"the provider does not answer ({type(error).__name__})") from None
        with self._lock:
            self._published[address] = found
        return found

    def _session(self, redirect_uri: str) -> Any:
        return OAuth2Session(
            self._client.client_id,
            self._client.secret,
            scope="openid email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )
