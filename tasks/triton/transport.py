"""How the server is reached: address, TLS, headers. Reads the certificates' files when a channel opens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tritonclient.grpc import InferenceServerClientPlugin

from tasks.core.errors import ConfigurationError
from tasks.settings import TritonSettings

_CHANNEL = (
    ("grpc.max_send_message_length", 2**31 - 1),
    ("grpc.max_receive_message_length", 2**31 - 1),
    ("grpc.max_reconnect_backoff_ms", 5000),
)
"""gRPC's own pause between two attempts to connect grows to two minutes: a channel that lives as long as a batch would report a server
as gone long after it is back."""


@dataclass(frozen=True, slots=True)
class Transport:
    is_tls: bool = False
    root_certificates: str | None = None
    """File of trusted roots (PEM); None: the system's."""
    certificate: str | None = None
    """File of the client's own certificate chain (PEM), with `key` for mutual TLS."""
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every call; they may hold a token, so they are never shown."""

    def open(self, kind: type[Any], url: str) -> Any:
        """A client of tritonclient's, synchronous or not; no connection is made yet.

        Raises:
            ConfigurationError: a certificate cannot be read.
        """
        for path in (self.root_certificates, self.certificate, self.key):
            _check_readable(path)  # a client that fails half built complains once more when it is collected
        client = kind(
            url,
            ssl=self.is_tls,
            root_certificates=self.root_certificates,
            certificate_chain=self.certificate,
            private_key=self.key,
            channel_args=_CHANNEL,
        )
        client.register_plugin(_Headers(self.headers))
        return client


class _Headers(InferenceServerClientPlugin):
    """Sends them with every call, the library's own included."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: Any) -> None:
        request.headers = {**request.headers, **self._headers}


def _check_readable(path: str | None) -> None:
    try:
        if path is not None:
            Path(path).open("rb").close()
    except OSError as error:
        raise ConfigurationError(f"a certificate for Triton cannot be read: {path}") from error


def transport_of(limits: TritonSettings) -> Transport:
    """Raises: ConfigurationError for headers that are no JSON object of strings, or certificates without TLS."""
    roots, certificate, key = (
        limits.triton_root_certificates,
        limits.triton_certificate,
        limits.triton_key,
    )
    if (roots or certificate or key) and not limits.triton_tls:
        raise ConfigurationError(
            "certificates for Triton are set, but COUNTERSIGN_TRITON_TLS is not: the channel would be plain text"
        )
    if (certificate is None) != (key is None):
        raise ConfigurationError("COUNTERSIGN_TRITON_CERTIFICATE and COUNTERSIGN_TRITON_KEY go together")
    headers = _headers(limits.triton_headers.get_secret_value())
    return Transport(limits.triton_tls, roots, certificate, key, headers)


def _headers(text: str) -> dict[str, str]:
    """Names in lower case: gRPC refuses others."""
    problem = (
        'COUNTERSIGN_TRITON_HEADERS must be a JSON object of strings, as {"authorization": "Bearer ..."}'
    )
    try:
        told = json.loads(text)
    except ValueError:
        raise ConfigurationError(problem) from None  # the cause would quote the secret
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise ConfigurationError(problem)
    return {str(name).lower(): value for name, value in told.items()}
