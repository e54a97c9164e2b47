"""The transport to a Triton server: TLS, certificates and headers.

Reads the certificates when a channel opens.
"""

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
    # gRPC's pause between two attempts to connect grows to two minutes: the channel of a long batch would
    # report a server as unavailable long after it is back.
    ("grpc.max_reconnect_backoff_ms", 5000),
)


@dataclass(frozen=True, slots=True)
class Transport:
    is_tls: bool = False
    root_certificates: str | None = None
    """File of trusted roots (PEM); None: the system's."""
    certificate: str | None = None
    """File of the client's certificate chain (PEM), with `key` for mutual TLS."""
    key: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every call. Never shown, because they may hold a token."""

    def open(self, kind: type[Any], url: str) -> Any:
        """A client of the class `kind` of tritonclient; it does not connect yet.

        Raises:
            ConfigurationError: a certificate cannot be read.
        """
        for path in (self.root_certificates, self.certificate, self.key):
            _check_readable(
                path
            )  # first: a client that fails in its constructor warns again when it is collected
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
    """Adds the headers to every call, also to those that the library makes by itself."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: Any) -> None:
        request.headers = {**request.headers, **self._headers}


def _check_readable(path: str | None) -> None:
    try:
        if path is not None:
            Path(path).open("rb").close()
    except OSError as error:
        raise ConfigurationError(f"the certificate {path} for Triton cannot be read") from error


def transport_of(limits: TritonSettings) -> Transport:
    """
    Raises:
        ConfigurationError: the headers are not a JSON object of strings, or certificates are set
            without TLS.
    """
    roots, certificate, key = (
        limits.triton_root_certificates,
        limits.triton_certificate,
        limits.triton_key,
    )
    if (roots or certificate or key) and not limits.triton_tls:
        raise ConfigurationError(
            "certificates for Triton are set, but not COUNTERSIGN_TRITON_TLS: the channel would be plain text. Set it to true."
        )
    if (certificate is None) != (key is None):
        raise ConfigurationError(
            "COUNTERSIGN_TRITON_CERTIFICATE and COUNTERSIGN_TRITON_KEY go together: set both or neither"
        )
    headers = _headers(limits.triton_headers.get_secret_value())
    return Transport(limits.triton_tls, roots, certificate, key, headers)


def _headers(text: str) -> dict[str, str]:
    problem = (
        'COUNTERSIGN_TRITON_HEADERS must be a JSON object of strings, like {"authorization": "Bearer ..."}'
    )
    try:
        headers = json.loads(text)
    except ValueError:
        raise ConfigurationError(problem) from None  # the cause would quote the secret
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise ConfigurationError(problem)
    return {str(name).lower(): value for name, value in headers.items()}  # gRPC refuses capitals
