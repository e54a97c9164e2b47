"""A batch's documents in threads of their own, over one client to a real gRPC server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from tritonclient.grpc import service_pb2
from tritonclient.grpc import service_pb2_grpc as service

from tasks.core.errors import ModelChanged, ModelCrashed, ModelMissing, ModelTimedOut, ModelUnavailable
from tasks.runtime.concurrency import map_in_threads
from tasks.settings import Settings
from tasks.triton import TritonClient
from tasks.verify.batch import Batch
from tasks.verify.parts import MAX_RELOADS, parts_of

NOWHERE = "127.0.0.1:1"
message: Any = service_pb2
"""Its classes are made when it is imported."""


class Server(service.GRPCInferenceServiceServicer):
    """Answers every request after a moment, and counts how many are there at once, and over how many connections."""

    def __init__(self) -> None:
        self.version, self.most, self.peers = "1", 0, set[str]()
        self.refusal: tuple[grpc.StatusCode, str] | None = None
        self.pause_s = 0.02
        self.is_hung = False
        self._n_here, self._lock = 0, threading.Lock()

    def ModelInfer(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self._lock:
            self._n_here += 1
            self.most = max(self.most, self._n_here)
            self.peers.add(context.peer())
        time.sleep(self.pause_s)
        with self._lock:
            self._n_here -= 1
        if self.refusal:
            context.abort(*self.refusal)
        answer = message.ModelInferResponse(model_name=request.model_name, model_version=self.version)
        body = b'{"weights_sha256": "0"}'
        answer.outputs.add(name="response", datatype="BYTES", shape=[1, 1])
        answer.raw_output_contents.append(len(body).to_bytes(4, "little") + body)
        return answer

    def ServerLive(self, request: Any, context: grpc.ServicerContext) -> Any:
        if self.is_hung:
            time.sleep(self.pause_s)
        return message.ServerLiveResponse(live=True)

    def ModelConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        answer = message.ModelConfigResponse()
        answer.config.name = request.name
        answer.config.input.add(name="request")
        answer.config.output.add(name="response")
        return answer


@contextmanager
def running_server() -> Iterator[tuple[Server, str]]:
    servicer, running = Server(), grpc.server(futures.ThreadPoolExecutor(32))
    service.add_GRPCInferenceServiceServicer_to_server(servicer, running)
    port = running.add_insecure_port("127.0.0.1:0")
    running.start()
    try:
        yield servicer, f"127.0.0.1:{port}"
    finally:
        running.stop(None).wait()


def settings_for(url: str, in_flight: int = 4) -> Settings:
    return Settings(
        database_url="postgresql://nowhere",  # type: ignore[arg-type]
        triton_url=url,
        triton_in_flight=in_flight,
    )


def ask_of_each(batch: Batch, names: Sequence[str]) -> list[str]:
    """What becomes of a document that asks the model once: its version, or the error."""

    async def version(client: TritonClient) -> str:
        return (await client.infer("generator", "{}")).version

    def document(_: str) -> str:
        try:
            return batch.ask(version)
        except ModelUnavailable as error:
            return f"{type(error).__name__}: {error}"

    return list(map_in_threads(document, names, len(names)))


def test_documents_share_one_connection_and_one_bound():
    with running_server() as (server, url), Batch(settings_for(url, in_flight=3)) as batch:
        assert ask_of_each(batch, "abcdefghijkl") == ["1"] * 12
        assert server.most <= 3
        assert len(server.peers) == 1


def test_each_document_is_told_when_the_version_it_began_with_is_gone():
    async def begin(client: TritonClient) -> TritonClient:
        await client.identify("generator")
        return client

    async def go_on(client: TritonClient) -> str:
        return (await client.infer("generator", "{}")).version

    with running_server() as (server, url), Batch(settings_for(url)) as batch:
        early = batch.ask(begin)
        server.version = "2"
        late = batch.ask(begin)
        assert batch.ask(lambda _: go_on(late)) == "2"
        with pytest.raises(ModelChanged):
            batch.ask(lambda _: go_on(early))


def test_dead_server_is_told_to_every_document_by_the_plain_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.triton.throttle.ATTEMPTS", 1)
    with Batch(settings_for(NOWHERE)) as batch:
        results = ask_of_each(batch, "abc")
    assert len(results) == 3
    assert all(line.startswith("ModelUnavailable: ") for line in results)


def test_nothing_of_a_batch_is_left_after_it_even_if_it_fails():
    before = set(threading.enumerate())
    with running_server() as (_, url), pytest.raises(KeyError), Batch(settings_for(url)) as batch:
        ask_of_each(batch, "abc")
        raise KeyError
    left = {t.name for t in set(threading.enumerate()) - before}
    assert not {name for name in left if name.startswith(("batch", "document", "asyncio"))}


def test_batch_that_asks_nothing_opens_no_connection():
    with Batch(settings_for(NOWHERE)):
        pass


UNKNOWN = grpc.StatusCode.NOT_FOUND, "Request for unknown model: 'generator' is not found"
CRASHED = grpc.StatusCode.INTERNAL, "Stub process 'generator_0_0' is not healthy."


def test_model_that_answered_in_the_batch_is_away_and_not_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.triton.throttle.ATTEMPTS", 1)
    with running_server() as (server, url), Batch(settings_for(url)) as batch:
        assert ask_of_each(batch, "a") == ["1"]
        server.refusal = UNKNOWN
        assert ask_of_each(batch, "a")[0].startswith("ModelUnavailable: ")
    with running_server() as (server, url), Batch(settings_for(url)) as batch:
        server.refusal = UNKNOWN
        with pytest.raises(ModelMissing):
            ask_of_each(batch, "a")


def test_server_that_hangs_is_unavailable_and_one_that_is_slow_times_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.triton.throttle.ATTEMPTS", 1)
    monkeypatch.setattr("tasks.triton.channel.LIVE_S", 0.2)
    with running_server() as (server, url):
        server.pause_s = 0.5
        slow = settings_for(url).model_copy(update={"triton_timeout_s": 0.1})
        with Batch(slow) as batch, pytest.raises(ModelTimedOut):
            ask_of_each(batch, "a")
        server.is_hung = True
        with Batch(slow) as batch:
            assert ask_of_each(batch, "a")[0].startswith("ModelUnavailable: ")


def test_model_whose_process_died_is_reloaded_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch):
    with running_server() as (server, url), Batch(settings_for(url)) as batch:
        reloaded: list[tuple[str, str]] = []

        def reload(url: str, name: str) -> None:
            reloaded.append((url, name))
            server.refusal = None

        monkeypatch.setattr("tasks.verify.parts.reload_model", reload)
        triton = parts_of(batch, settings_for(url), use_critic=False)[-1]
        for _ in range(MAX_RELOADS):
            server.refusal = CRASHED
            triton.probe()
        server.refusal = CRASHED
        with pytest.raises(ModelCrashed, match="died"):
            triton.probe()
    assert reloaded == [(url, "generator")] * MAX_RELOADS
