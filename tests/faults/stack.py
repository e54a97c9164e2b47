"""The stack under test: servers in one home, Prefect and its worker in another, and proxies between the two.

    home/servers    PostgreSQL, S3 and Triton
        | proxies   in this process
    home/own        Prefect and the worker, which are told of the proxies by the environment

This is how a company runs it: the servers are given, Countersign's own parts run beside them.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from infra import stack
from infra.stack import StackPart
from infra.stack.prefect_api import SecuredServer
from infra.stack.service import NAMED_BY
from tests.faults.tcp_proxy import TcpProxy
from tests.faults.triton_proxy import TritonProxy, TritonRules
from tests.stack.processes import alive, pids

SERVERS = (StackPart.POSTGRES, StackPart.S3, StackPart.TRITON)
OWN = (StackPart.PREFECT, StackPart.WORKER)
OUTAGE_S = 60
"""Longer than any fault here lasts; much shorter than the default, so that what is never repaired shows."""
CALL_S = 0.15
"""What a call of a model takes at least: else a batch would be over before it can be hit."""
DISK = "256m", "160m"
"""Size of the disks of PostgreSQL and of Countersign's own parts, where they can be mounted."""


@dataclass
class FaultyStack:
    """`opened` makes one.

    Attributes:
        env: How the servers are reached without a proxy.
        owner_url: The database for its owner, without a proxy.
        given: What Countersign's own parts are told.
        disks: Folders that are disks of their own and may be filled; empty where nothing can be mounted.
    """

    home: Path
    env: Mapping[str, str]
    owner_url: str
    given: Mapping[str, str]
    postgres: TcpProxy
    s3: TcpProxy
    triton: TritonProxy
    triton_tcp: TcpProxy
    disks: Mapping[str, Path]
    own: dict[str, str] = field(default_factory=dict)

    @property
    def api(self) -> SecuredServer:
        return SecuredServer.of(self.own)

    def up(self) -> None:
        """What an operator does after a fault: `up`, in both homes. Parts that run are left alone."""
        with _environment(self.home / "servers", {}):
            stack.ensure_up(SERVERS)
        with _environment(self.home / "own", self.given):
            self.own = stack.ensure_up(OWN)

    def start(self, part: StackPart) -> None:
        """One server again."""
        with _environment(self.home / "servers", {}):
            stack.ensure_up({part})

    def pid(self, part: StackPart) -> int:
        return pids(self.home / ("own" if part in OWN else "servers"))[part]

    def alive(self) -> list[psutil.Process]:
        """Every process of both homes."""
        return [*alive(self.home / "servers"), *alive(self.home / "own")]

    def flows(self) -> list[psutil.Process]:
        """The processes of flow runs."""
        return [one for one in alive(self.home / "own") if _runs(one, "prefect.engine")]

    def readers(self) -> list[psutil.Process]:
        """Below the processes of flow runs."""
        return [child for flow in self.flows() for child in _children(flow)]

    def stubs(self) -> list[psutil.Process]:
        """The processes of models in Triton."""
        return [
            child
            for child in _children(psutil.Process(self.pid(StackPart.TRITON)))
            if _runs(child, "triton_python_backend_stub")
        ]


@contextlib.contextmanager
def opened(home: Path) -> Iterator[FaultyStack]:
    """Start everything; stop it at the end, whatever was done to it."""
    home.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as closing:
        disks = closing.enter_context(
            _disks({"postgres": home / "servers" / "postgres", "own": home / "own"})
        )
        scratch = home / "own" / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        closing.enter_context(_temporary_folder(scratch))
        with _environment(home / "servers", {}):
            closing.callback(_down, home / "servers")
            env = stack.ensure_up(SERVERS)
            owner_url = stack.owner_url() or env["DATABASE_URL"]
        ports = {
            "postgres": urllib.parse.urlsplit(env["DATABASE_URL"]).port or 0,
            "s3": urllib.parse.urlsplit(env["S3_ENDPOINT_URL"]).port or 0,
            "triton": int(env["TRITON_URL"].rpartition(":")[2]),
        }
        triton = closing.enter_context(TritonProxy(ports["triton"], TritonRules(wait_s=CALL_S)))
        postgres, s3, triton_tcp = (
            closing.enter_context(TcpProxy(port)) for port in (ports["postgres"], ports["s3"], triton.port)
        )
        given = {
            **{name: value for name, value in env.items() if name.startswith("AWS_")},
            "DATABASE_URL": _at(env["DATABASE_URL"], postgres.port),
            "S3_ENDPOINT_URL": _at(env["S3_ENDPOINT_URL"], s3.port),
            "TRITON_URL": f"127.0.0.1:{triton_tcp.port}",
            "COUNTERSIGN_OUTAGE_S": str(OUTAGE_S),
            "COUNTERSIGN_DOCUMENTS_AT_ONCE": "2",  # so that some are fetched and read at every moment
            "COUNTERSIGN_RESULTS": "s3://contracts/results/",
        }
        closing.callback(_down, home / "own", given)
        found = FaultyStack(home, env, owner_url, given, postgres, s3, triton, triton_tcp, disks)
        found.up()
        yield found


@contextlib.contextmanager
def _environment(home: Path, given: Mapping[str, str]) -> Iterator[None]:
    """The environment of an operator of one of the two homes."""
    before = dict(os.environ)
    for name in {name for names in NAMED_BY.values() for name in names}:
        os.environ.pop(name, None)
    os.environ.update({"COUNTERSIGN_HOME": str(home), **given})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _temporary_folder(folder: Path) -> Iterator[None]:
    """Temporary files of the worker lie on the disk that is filled."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextlib.contextmanager
def _disks(folders: Mapping[str, Path]) -> Iterator[dict[str, Path]]:
    """Mount small disks, where that is allowed (Linux, root)."""
    mounted: dict[str, Path] = {}
    try:
        for (name, folder), size in zip(folders.items(), DISK, strict=True):
            folder.mkdir(parents=True, exist_ok=True)
            order: Sequence[str] = ("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder))
            with contextlib.suppress(OSError):
                if subprocess.run(order, capture_output=True, check=False).returncode == 0:
                    mounted[name] = folder
        yield mounted
    finally:
        for folder in reversed(mounted.values()):
            subprocess.run(("umount", "-l", str(folder)), check=False)


def _down(home: Path, given: Mapping[str, str] | None = None) -> None:
    with _environment(home, given or {}):
        stack.down()


def _at(url: str, port: int) -> str:
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{port}")).geturl()


def _runs(process: psutil.Process, word: str) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(word in argument for argument in process.cmdline())
    return False


def _children(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        return process.children(recursive=True)
    return []
