"""Settings of the sign-in, from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.stack.state import home
from tasks.core.errors import ConfigurationError


class SignInSettings(BaseSettings):
    """`COUNTERSIGN_...`; what is empty counts as not given."""

    model_config = SettingsConfigDict(env_prefix="COUNTERSIGN_", env_ignore_empty=True, extra="ignore")

    web_url: str = Field("", description="the address under which people reach the pages")
    session_idle_minutes: int = Field(30, ge=1, le=24 * 60)
    session_hours: int = Field(12, ge=1, le=24 * 7)
    session_key_file: Path | None = Field(None, description="default: `session.key` in the state folder")
    web_proxies: int = Field(0, ge=0, le=8, description="how many proxies stand before the pages")
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: Path | None = None

    @property
    def key_file(self) -> Path:
        return self.session_key_file or home() / "session.key"

    @property
    def is_https(self) -> bool:
        return urlsplit(self.web_url).scheme == "https"

    @property
    def idle_s(self) -> int:
        return self.session_idle_minutes * 60

    @property
    def longest_s(self) -> int:
        return self.session_hours * 3600

    @property
    def client(self) -> ProviderClient | None:
        """What this application is for an OpenID provider; None: there is no provider.

        Raises:
            ConfigurationError: one of its settings is missing.
        """
        given = {
            "COUNTERSIGN_OIDC_ISSUER": self.oidc_issuer,
            "COUNTERSIGN_OIDC_CLIENT_ID": self.oidc_client_id,
            "COUNTERSIGN_OIDC_SECRET_FILE": self.oidc_secret_file,
        }
        if not any(given.values()):
            return None
        if missing := [name for name, value in given.items() if not value]:
            raise ConfigurationError(f"sign-in by OpenID Connect also needs {' and '.join(missing)}.")
        assert self.oidc_secret_file is not None
        return ProviderClient(self.oidc_issuer.rstrip("/"), self.oidc_client_id, self.oidc_secret_file)


@dataclass(frozen=True)
class ProviderClient:
    """This application at an OpenID provider."""

    issuer: str
    client_id: str
    secret_file: Path

    @cached_property
    def secret(self) -> str:
        """
        Raises:
            ConfigurationError: its file cannot be read or is empty.
        """
        return _secret_in(self.secret_file)


def sign_in_settings() -> SignInSettings:
    """The settings of the environment.

    Raises:
        ConfigurationError: one of them is wrong.
    """
    try:
        return SignInSettings()  # pyright: ignore[reportCallIssue]
    except ValidationError as error:
        first = error.errors()[0]
        name = f"COUNTERSIGN_{'_'.join(map(str, first['loc'])).upper()}"
        raise ConfigurationError(f"{name}: {first['msg']}.") from None


def session_key(path: Path) -> str:
    """The key that signs sessions; made on first use, for its owner alone.

    Raises:
        ConfigurationError: it cannot be read or written, or others may read it.
    """
    import secrets

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}).") from error
    return _secret_in(path)


def _secret_in(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o007:
            raise ConfigurationError(f"{path} holds a secret, and everyone may read it. `chmod 600 {path}`.")
        secret = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not text.") from None
    if not secret:
        raise ConfigurationError(f"{path} is empty.")
    return secret
