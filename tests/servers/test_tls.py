"""An object store and a Prefect server that speak TLS with a company's own certificate."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.stack import external
from tasks import s3
from tasks.core.errors import ConfigurationError, SourceForbidden
from tasks.settings import settings
from tests.servers.certificates import write_certificate

SECRET = "s3cret-canary"


class Handler(BaseHTTPRequestHandler):
    """Answers both questions with which `countersign up` looks for a server."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust the certificate hangs up."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that signed nothing here."""
    return write_certificate(tmp_path_factory.mktemp("stranger"))[0]


@pytest.fixture(scope="module")
def url(certificate: tuple[Path, Path]) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with QuietServer(("127.0.0.1", 0), Handler) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def test_prefect_server_is_trusted_by_the_roots_that_its_setting_names(
    url: str, certificate: tuple[Path, Path], stranger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"{url}/api")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", f"countersign:{SECRET}")
    monkeypatch.setenv("PREFECT_API_SSL_CERT_FILE", str(certificate[0]))
    external.check_prefect()
    for wrong in (str(stranger), str(tmp_path / "missing.pem"), ""):
        monkeypatch.setenv("PREFECT_API_SSL_CERT_FILE", wrong)
        with pytest.raises(ConfigurationError, match="PREFECT_API_SSL_CERT_FILE") as caught:
            external.check_prefect()
        assert SECRET not in str(caught.value)


def test_object_store_is_trusted_by_the_roots_that_its_setting_names(
    url: str, certificate: tuple[Path, Path], stranger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "S3_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "me",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
    }
    for name, value in given.items() | {("DATABASE_URL", "postgresql://"), ("TRITON_URL", "127.0.0.1:9")}:
        monkeypatch.setenv(name, value)
    for roots, is_trusted in ((certificate[0], True), (stranger, False)):
        monkeypatch.setenv("AWS_CA_BUNDLE", str(roots))
        settings.cache_clear()
        s3._new_client.cache_clear()
        for ask in (external.check_s3, lambda: s3.require_answer("contracts")):
            if is_trusted:
                ask()
                continue
            with pytest.raises(SourceForbidden, match="AWS_CA_BUNDLE") as caught:
                ask()
            assert SECRET not in str(caught.value)
    settings.cache_clear()
    s3._new_client.cache_clear()
