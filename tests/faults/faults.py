"""The faults: each kills, starves or stops one part while a batch works, and undoes what does not end by itself.

What a killed part needs to come back is done by `FaultyStack.up`, as an operator would do it.
"""

from __future__ import annotations

import contextlib
import random
import signal
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict

from infra.stack import StackPart
from tests.faults.batches import Batches, until
from tests.faults.stack import CALL_S, FaultyStack
from tests.faults.tcp_proxy import Rules, TcpProxy
from tests.faults.triton_proxy import TritonRules
from tests.stack.processes import ports

LASTS_S = 2.0, 5.0
"""Shortest and longest time until a fault is repaired."""
HIT_S = 10.0
"""How long something is waited for that a rule can be applied to."""
SLOW_S = 30.0
THROTTLED = (
    b"HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 93\r\nConnection: close\r\n\r\n"
    b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>      ",
    b"HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/xml\r\nContent-Length: 93\r\nConnection: close\r\n\r\n"
    b"<Error><Code>TooManyRequests</Code><Message>Please try again later.</Message></Error>       ",
)
N_SERIALIZATION_FAILURES = 3
REFUSES = """
    CREATE SEQUENCE fault_count;
    CREATE FUNCTION fault_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('fault_count') <= {n} THEN
            RAISE EXCEPTION 'could not serialize access due to concurrent update' USING ERRCODE = '40001';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER fault_refuses BEFORE INSERT ON generation FOR EACH ROW EXECUTE FUNCTION fault_refuses();
"""
NO_LONGER = "DROP TRIGGER fault_refuses ON generation; DROP FUNCTION fault_refuses; DROP SEQUENCE fault_count"


class NothingHitError(Exception):
    """There was nothing to hit at that moment."""


@dataclass
class Scene:
    """A batch at work.

    Attributes:
        dice: Draws how long a fault lasts, and which of several is hit.
        further: Flow runs that the fault submitted.
    """

    stack: FaultyStack
    batches: Batches
    keys: list[str]
    dice: random.Random
    further: list[str]

    def last(self) -> None:
        time.sleep(self.dice.uniform(*LASTS_S))


Apply = Callable[[Scene], None]


def killed(part: StackPart, how: signal.Signals = signal.SIGKILL) -> Apply:
    """A part of the stack; it comes back with `up`."""

    def apply(scene: Scene) -> None:
        _signal(psutil.Process(scene.stack.pid(part)), how)
        scene.last()

    return apply


def one_killed(those: Callable[[FaultyStack], list[psutil.Process]]) -> Apply:
    """One of several processes."""

    def apply(scene: Scene) -> None:
        found = those(scene.stack)
        if not found:
            raise NothingHitError
        _signal(scene.dice.choice(found), signal.SIGKILL)
        scene.last()

    return apply


def everything_killed(scene: Scene) -> None:
    found = scene.stack.alive()
    for process in scene.dice.sample(found, len(found)):
        _signal(process, signal.SIGKILL)
    scene.last()


def ruled(proxy: Callable[[FaultyStack], TcpProxy], rules: Rules, does_cut: bool = False) -> Apply:
    """A proxy follows rules for a while; `does_cut`: connections that are open end at once."""

    def apply(scene: Scene) -> None:
        one = proxy(scene.stack)
        before = one.n_hit
        one.rules = rules
        if does_cut:
            one.cut()
        until(lambda: does_cut or one.n_hit > before, HIT_S)
        scene.last()
        one.rules = Rules()
        if one.n_hit == before and not does_cut:
            raise NothingHitError

    return apply


def throttled(scene: Scene) -> None:
    ruled(lambda stack: stack.s3, Rules(answer=scene.dice.choice(THROTTLED)))(scene)


def triton_ruled(rules: TritonRules, seconds: float = 0) -> Apply:
    """Inference is slow, or the queue is full, for a while."""

    def apply(scene: Scene) -> None:
        proxy = scene.stack.triton
        before = proxy.n_hit
        proxy.rules = rules
        if seconds:
            until(lambda: proxy.n_hit > before, HIT_S)
            time.sleep(seconds)
        else:
            scene.last()
        proxy.rules = TritonRules(wait_s=CALL_S)
        if proxy.n_hit == before:
            raise NothingHitError

    return apply


def unloaded(scene: Scene) -> None:
    model = scene.dice.choice(("generator", "critic"))
    _triton(scene.stack, f"/v2/repository/models/{model}/unload")
    try:
        scene.last()
    finally:
        _triton(scene.stack, f"/v2/repository/models/{model}/load")


def serialization_failures(scene: Scene) -> None:
    with scene.batches.connection() as connection:
        connection.execute(REFUSES.format(n=N_SERIALIZATION_FAILURES).encode())
        try:
            scene.last()
            row = connection.execute("SELECT last_value, is_called FROM fault_count").fetchone()
        finally:
            connection.execute(NO_LONGER)
    if row is None or not row[1]:
        raise NothingHitError


def deadlocked(scene: Scene) -> None:
    """A session that locks two tables in the other order; a session of a batch waits longer, so PostgreSQL ends that one."""
    n_blocked = 0
    end = time.monotonic() + 2 * LASTS_S[1]
    with psycopg.connect(scene.stack.owner_url, autocommit=True) as rival:
        while n_blocked < 2 and time.monotonic() < end:
            with rival.transaction():
                rival.execute("LOCK TABLE finding, extraction IN SHARE ROW EXCLUSIVE MODE")
                if _is_waited_for(rival, 2.0):
                    n_blocked += 1
                    rival.execute("LOCK TABLE run, generation IN SHARE ROW EXCLUSIVE MODE")
    if not n_blocked:
        raise NothingHitError


def read_only(scene: Scene) -> None:
    """What a worker sees whose server has become a replica: sessions end, and new ones may not write."""
    with scene.batches.connection() as connection:
        name = conninfo_to_dict(scene.stack.owner_url)["dbname"]
        alter = f'ALTER DATABASE "{name}"'
        connection.execute(f"{alter} SET default_transaction_read_only = on".encode())
        try:
            scene.stack.postgres.cut()
            scene.last()
        finally:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"{alter} RESET default_transaction_read_only".encode())
            scene.stack.postgres.cut()


def disk_full(name: str) -> Apply:
    """The disk of a part is filled to the last byte, and freed."""

    def apply(scene: Scene) -> None:
        folder = scene.stack.disks.get(name)
        if folder is None:
            raise NothingHitError
        with _filled(folder / "filler"):
            scene.last()

    return apply


def twins(scene: Scene) -> None:
    """Another flow run of the same batch, at the same time."""
    scene.further.append(scene.batches.submit(scene.keys))


FAULTS: dict[str, Apply] = {
    "worker: kill -9": killed(StackPart.WORKER),
    "flow process: kill -9": one_killed(FaultyStack.flows),
    "reader process: kill -9": one_killed(FaultyStack.readers),
    "Triton: kill -9": killed(StackPart.TRITON),
    "Triton: SIGTERM": killed(StackPart.TRITON, signal.SIGTERM),
    "Triton: a model's process, kill -9": one_killed(FaultyStack.stubs),
    "Triton: a model is unloaded": unloaded,
    "Triton: connections are cut": ruled(lambda stack: stack.triton_tcp, Rules(cut_after=9), does_cut=True),
    "Triton: answers take 30 s": triton_ruled(TritonRules(wait_s=SLOW_S), SLOW_S),
    "Triton: its queue is full": triton_ruled(TritonRules(is_full=True)),
    "PostgreSQL: kill -9": killed(StackPart.POSTGRES),
    "PostgreSQL: fast stop": killed(StackPart.POSTGRES, signal.SIGINT),
    "PostgreSQL: cut in a COPY": ruled(lambda stack: stack.postgres, Rules(cut_on=b"COPY ")),
    "PostgreSQL: unreachable": ruled(lambda stack: stack.postgres, Rules(refuses=True), does_cut=True),
    "PostgreSQL: read-only": read_only,
    "PostgreSQL: deadlocks": deadlocked,
    "PostgreSQL: serialization failures": serialization_failures,
    "PostgreSQL: full disk": disk_full("postgres"),
    "S3: kill -9": killed(StackPart.S3),
    "S3: cut in a download": ruled(lambda stack: stack.s3, Rules(cut_after=1000), does_cut=True),
    "S3: 1 byte/s": ruled(lambda stack: stack.s3, Rules(bytes_per_second=1)),
    "S3: 503 SlowDown, 429": throttled,
    "Prefect: kill -9": killed(StackPart.PREFECT),
    "worker and Prefect: full disk": disk_full("own"),
    "two workers, one batch": twins,
    "everything: kill -9": everything_killed,
}
"""By name, as in the table."""


def _signal(process: psutil.Process, how: signal.Signals) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(how)


def _triton(stack: FaultyStack, path: str) -> None:
    port = ports(stack.home / "servers")["triton_http"]
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def _is_waited_for(rival: psycopg.Connection, seconds: float) -> bool:
    """Whether another session waits for a lock of this one."""
    waits = "SELECT count(*) > 0 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"

    def is_waited_for() -> bool:
        row = rival.execute(waits).fetchone()
        return bool(row and row[0])

    return until(is_waited_for, seconds)


@contextlib.contextmanager
def _filled(path: Path) -> Iterator[None]:
    """Fill a disk, and keep it full although others give space back."""
    stopping = threading.Event()

    def fill() -> None:
        with path.open("wb", buffering=0) as file:
            while not stopping.wait(0.05):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * 65536):
                        pass
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * 512):
                        pass

    filling = threading.Thread(target=fill)
    filling.start()
    try:
        yield
    finally:
        stopping.set()
        filling.join()
        path.unlink()
