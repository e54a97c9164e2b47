"""A tritonserver that speaks TLS only and lets nobody infer without a header."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.stack import triton as embedded
from tasks.core.errors import ModelError, ModelUnavailable
from tasks.core.wire.prompt import Message, Prompt, Role
from tasks.triton import Answer, TritonClient
from tasks.triton.transport import Transport
from tests.servers.certificates import write_certificate
from tests.stack.language_server import serving

HEADER = "triton-grpc-protocol-pass"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Iterator[str]:
    usual = embedded._arguments

    def secured(state: embedded.StackState) -> list[str]:
        return [
            *usual(state),
            "--grpc-use-ssl=true",
            f"--grpc-server-cert={certificate[0]}",
            f"--grpc-server-key={certificate[1]}",
            "--grpc-restricted-protocol=inference:pass=s3cret",
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "_arguments", secured)
        patch.setenv("COUNTERSIGN_TRITON_TLS", "true")
        patch.setenv("COUNTERSIGN_TRITON_ROOT_CERTIFICATES", str(certificate[0]))
        with serving(tmp_path_factory.mktemp("secured"), ["vllm"]) as url:
            yield url


def ask(url: str, transport: Transport) -> Answer:
    async def run() -> Answer:
        async with TritonClient(url, 5, 1, transport) as client:
            return await client.complete("vllm", Prompt((Message(Role.USER, "Hi"),), None, 100, ()))

    return asyncio.run(run())


def test_answers_come_over_tls_with_the_header(url: str, certificate: tuple[Path, Path]):
    transport = Transport(True, str(certificate[0]), headers={HEADER: "s3cret"})
    assert ask(url, transport).raw.startswith('{"items"')


def test_missing_header_raises_model_error(url: str, certificate: tuple[Path, Path]):
    with pytest.raises(ModelError, match="vllm"):
        ask(url, Transport(True, str(certificate[0])))


@pytest.mark.parametrize("is_tls", [True, False])
def test_server_that_is_not_trusted_or_not_spoken_to_by_tls_raises_model_unavailable(url: str, is_tls: bool):
    with pytest.raises(ModelUnavailable):
        ask(url, Transport(is_tls, headers={HEADER: "s3cret"}))
