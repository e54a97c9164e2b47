from __future__ import annotations

import pytest

from tasks.core.errors import ConfigurationError
from tasks.settings import TritonSettings, triton_settings
from tasks.triton.transport import Transport, transport_of


def transport(monkeypatch: pytest.MonkeyPatch, **env: str) -> Transport:
    for name, value in env.items():
        monkeypatch.setenv(f"COUNTERSIGN_TRITON_{name}", value)
    return transport_of(triton_settings())


def test_headers_are_sent_in_lower_case_and_never_shown(monkeypatch: pytest.MonkeyPatch):
    opened = transport(monkeypatch, HEADERS='{"Authorization": "Bearer s3cret"}')
    assert opened.headers == {"authorization": "Bearer s3cret"}
    assert "s3cret" not in repr(opened) and "s3cret" not in repr(TritonSettings())


@pytest.mark.parametrize("headers", ["Bearer s3cret", '["s3cret"]', '{"authorization": 7}'])
def test_headers_that_are_no_object_of_strings_raise_configuration_error(
    monkeypatch: pytest.MonkeyPatch, headers: str
):
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_TRITON_HEADERS") as raised:
        transport(monkeypatch, HEADERS=headers)
    assert "s3cret" not in str(raised.value) and raised.value.__cause__ is None


def test_certificates_without_tls_raise_configuration_error(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ConfigurationError, match="plain text"):
        transport(monkeypatch, ROOT_CERTIFICATES="roots.pem")


def test_certificate_without_its_key_raises_configuration_error(monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ConfigurationError, match="go together"):
        transport(monkeypatch, TLS="true", CERTIFICATE="client.pem")


def test_certificate_that_cannot_be_read_raises_configuration_error(monkeypatch: pytest.MonkeyPatch):
    from tritonclient.grpc import InferenceServerClient

    opened = transport(monkeypatch, TLS="true", ROOT_CERTIFICATES="/no/such/roots.pem")
    with pytest.raises(ConfigurationError, match=r"/no/such/roots\.pem"):
        opened.open(InferenceServerClient, "127.0.0.1:1")
