"""Publishing on a real Triton, with the shipped models: under constant traffic, with a model that does not load, and over restarts."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra import stack
from infra.models.publishing import HISTORY, publish, refuse, roll_back
from infra.models.service import Service, current_service
from infra.stack import StackPart
from infra.stack.model_repository import REFUSED, Repository, assemble
from infra.stack.triton import REQUIRED
from tasks.core.errors import ConfigurationError, ModelChanged, ModelError, ModelMissing
from tasks.core.native.weights import weights_sha256
from tasks.core.wire.native_format import describe_request
from tasks.learning.promotion.contender import inspect
from tasks.triton import TritonClient
from tasks.triton.model_control import ask_model, load_model, ready_models, repository_index, unload_model
from tests.processes.folders import moved_bar
from tests.stack.conftest import empty_stack, write_models
from tests.stack.processes import pids

REPORT = {"model": "critic", "reasons": ["it is a test"]}
IN_FLIGHT = 8


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded Triton with what is shipped."""
    with (
        pytest.MonkeyPatch.context() as patch,
        empty_stack(tmp_path_factory.mktemp("shipped"), patch),
    ):
        yield stack.ensure_up({StackPart.TRITON})["TRITON_URL"]


@pytest.fixture
def service(shipped: str) -> Iterator[Service]:
    """One server for all of them, as its first start left it: what a test publishes is gone after it."""
    stack.ensure_up({StackPart.TRITON})
    service = current_service()
    assert service.url == shipped
    assert (service.repository.versions("critic"), service.repository.serving("critic")) == ([1], 1)
    yield service
    service.repository.serve("critic", 1)
    load_model(shipped, "critic")
    for version in service.repository.versions("critic")[1:]:
        service.repository.remove("critic", version)
    (service.repository.root / "critic" / HISTORY).unlink(missing_ok=True)
    shutil.rmtree(service.repository.root / REFUSED, ignore_errors=True)


@dataclass
class Traffic:
    """What was answered, by the digest of the weights that answered, and what was not."""

    digests: Counter[str] = field(default_factory=Counter[str])
    errors: list[Exception] = field(default_factory=list[Exception])
    is_over: bool = False

    async def run(self, url: str) -> None:
        async with TritonClient(url, 20, IN_FLIGHT) as client:
            await asyncio.gather(*(self._ask(client) for _ in range(IN_FLIGHT)))

    async def _ask(self, client: TritonClient) -> None:
        while not self.is_over:
            try:
                answer = await client._infer_once(
                    "critic", describe_request()
                )  # one try: nothing may need a second
                self.digests[json.loads(answer.raw)["weights_sha256"]] += 1
            except Exception as error:
                self.errors.append(error)


@contextmanager
def traffic(url: str) -> Iterator[Traffic]:
    flowing = Traffic()
    thread = threading.Thread(target=lambda: asyncio.run(flowing.run(url)))
    thread.start()
    try:
        time.sleep(0.5)
        yield flowing
        time.sleep(0.5)
    finally:
        flowing.is_over = True
        thread.join()


def test_no_request_is_lost_while_a_version_is_published_and_rolled_back(service: Service, tmp_path: Path):
    assert service.url is not None
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")
    shipped = weights_sha256(service.repository.folder("critic", 1))
    with traffic(service.url) as flowing:
        assert publish(service, "critic", new, 1, REPORT) == 2
        assert ask_model(service.url, "critic", "describe")["weights_sha256"] == new.weights_sha256
        time.sleep(0.5)
        assert roll_back(service, "critic", None, "it was a test") == (2, 1)
        assert ask_model(service.url, "critic", "describe")["weights_sha256"] == shipped
    assert flowing.errors == []
    assert set(flowing.digests) == {shipped, new.weights_sha256}
    assert min(flowing.digests.values()) > 100


def test_what_is_published_is_served_without_a_restart_and_after_one(service: Service, tmp_path: Path):
    assert service.url is not None
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")
    refuse(service.repository, "critic", new, REPORT)
    publish(service, "critic", new, 1, REPORT)
    server = pids(stack.state.home())[StackPart.TRITON]
    stack.ensure_up({StackPart.TRITON})
    assert pids(stack.state.home())[StackPart.TRITON] == server
    assert ("critic", "2", "READY") in [(m.name, m.version, m.state) for m in repository_index(service.url)]
    stack.down()
    offline = current_service()
    assert offline.url is None and offline.repository.serving("critic") == 2
    stack.ensure_up({StackPart.TRITON})
    assert ask_model(service.url, "critic", "describe")["weights_sha256"] == new.weights_sha256
    assert ready_models(service.url) == ["critic", "fewshot", "generator"]


def test_a_run_does_not_mix_two_versions(service: Service, tmp_path: Path):
    assert service.url is not None
    url = service.url
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")

    async def run() -> tuple[str, str]:
        async with TritonClient(url, 20, 1) as client:
            before = (await client.identify("critic")).identity
            await client.infer("critic", describe_request())
            publish(service, "critic", new, 1, REPORT)
            with pytest.raises(ModelChanged, match="begin anew"):
                await client.infer("critic", describe_request())
            return before.version, (await client.identify("critic")).identity.version

    before, after = asyncio.run(run())
    assert before.startswith("1-") and after == f"2-{new.short_digest}"


def test_a_version_that_does_not_load_leaves_the_old_one_in_service(service: Service, tmp_path: Path):
    assert service.url is not None
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")
    before = ask_model(service.url, "critic", "describe")
    (new.folder / "critic.npz").write_bytes(b"broken after it was inspected")
    with traffic(service.url) as flowing, pytest.raises(ModelError):
        publish(service, "critic", new, 1, REPORT)
    assert flowing.errors == []
    assert service.repository.versions("critic") == [1] and service.repository.serving("critic") == 1
    assert ask_model(service.url, "critic", "describe") == before


def test_a_server_that_reads_other_files_is_noticed(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys.modules["infra.models.service"], "CHANGE_OVER_S", 2)
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")
    elsewhere = Service(Repository(tmp_path / "elsewhere"), service.url)
    assemble(elsewhere.repository)
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_TRITON_MODELS"):
        publish(elsewhere, "critic", new, 1, REPORT)
    assert elsewhere.repository.serving("critic") == 1


def test_a_model_comes_and_goes_for_as_long_as_it_is_needed(service: Service):
    assert service.url is not None
    service.repository.place("generator-fold-0", 1, service.repository.folder("generator", 1))
    service.repository.serve("generator-fold-0", 1)
    load_model(service.url, "generator-fold-0")
    assert ask_model(service.url, "generator-fold-0", "card")["model"] == "generator"
    unload_model(service.url, "generator-fold-0")
    service.repository.remove("generator-fold-0")
    assert ready_models(service.url) == ["critic", "fewshot", "generator"]
    with pytest.raises(ModelMissing, match="generator-fold-0"):
        load_model(service.url, "generator-fold-0")


def test_a_repository_of_yours_needs_no_more_than_the_two(home: Path, models: Path):
    write_models(models)
    environment = stack.ensure_up({StackPart.TRITON})
    assert ready_models(environment["TRITON_URL"]) == sorted(REQUIRED)


def test_publishing_into_a_repository_of_yours_starts_nothing_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    repository = Repository(tmp_path / "our models")
    assemble(repository)
    monkeypatch.setenv("COUNTERSIGN_TRITON_MODELS", str(repository.root))
    url = stack.ensure_up({StackPart.TRITON})["TRITON_URL"]
    server = pids(home)[StackPart.TRITON]
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")
    publish(current_service(), "critic", new, 1, REPORT)
    stack.ensure_up({StackPart.TRITON})
    assert pids(home)[StackPart.TRITON] == server
    assert ask_model(url, "critic", "describe")["weights_sha256"] == new.weights_sha256
    config = repository.root / "critic" / "config.pbtxt"
    config.write_text(config.read_text().replace("count: 1", "count: 2"))
    stack.ensure_up({StackPart.TRITON})
    assert pids(home)[StackPart.TRITON] != server, "what you change yourself is read by a start"


def test_a_server_of_yours_is_published_to_where_its_files_are(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert service.url is not None
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path / "other home"))
    monkeypatch.setenv("TRITON_URL", service.url)
    with pytest.raises(ConfigurationError, match="COUNTERSIGN_TRITON_MODELS"):
        current_service()
    monkeypatch.setenv("COUNTERSIGN_TRITON_MODELS", str(service.repository.root))
    new = inspect(moved_bar(tmp_path / "new", "critic", redundant_bar=0.7), "critic")
    assert publish(current_service(), "critic", new, 1, REPORT) == 2
    assert ask_model(service.url, "critic", "describe")["weights_sha256"] == new.weights_sha256
    monkeypatch.delenv("COUNTERSIGN_TRITON_MODELS")
    monkeypatch.delenv("TRITON_URL")
