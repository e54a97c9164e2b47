"""Runs each read in a worker process, and survives a worker's crash.

Workers are kept warm (a start costs 0.2-0.4 s) and serve one read at a time; threads may call
`read_document` together. This process parses nothing of the file, and no pickle crosses the pipe.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

from tasks.core.errors import DocumentError
from tasks.core.reading.json_form import reading_from_json
from tasks.core.reading.limits import DEFAULT_LIMITS, Limits
from tasks.core.reading.mail.part_keys import MailPart, PartList
from tasks.core.reading.pictures.pages_seen import PagesProgress
from tasks.core.reading.pictures.records import PagesSeen, PictureRequest
from tasks.core.reading.refusals import meaning, refused
from tasks.core.reading.version import FileKind, kind_of, ocr_available
from tasks.core.records import Reading

_KILLED = "reader_killed"
"""By SIGKILL: the kernel ran out of memory, or a person did it. That says nothing of the file; told as `reader_died` in the end."""
_WORKER_FAILURES = ("reader_died", "memory_limit", "reader_failed", _KILLED)
_MAX_KILLS = 2  # then the file may be to blame after all
_SOURCE_ROOT = Path(__file__).resolve().parents[4]
_ENV = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "HOME", "TMPDIR", "TESSDATA_PREFIX")
_MAX_READS = 200  # then a worker is replaced, so that leaks of the libraries stay small
_WRITE_BYTES = 1 << 16
_MAX_DEATHS = 4  # of workers over one look at pages


def read_document(
    source: bytes | Path,
    limits: Limits = DEFAULT_LIMITS,
    password: str = "",
    *,
    kind: FileKind = FileKind.PDF,
) -> Reading:
    """Read a file. A bad file gives an ERROR reading with the reason.

    Args:
        source: The file's bytes, or its path.
        limits: The limits of the read.
        password: For an encrypted file; never logged.
        kind: Of the bytes. Of a path, the name decides.

    Raises:
        OSError: `source` is a path that cannot be read.
    """
    if isinstance(source, Path):
        if source.stat().st_size > limits.max_bytes:
            return refused("too_large")
        kind = kind_of(source.name)
        source = source.read_bytes()
    if not source:
        return refused("empty_file")
    if len(source) > limits.max_bytes:
        return refused("too_large")
    reading = _read(source, replace(limits, ocr=False), password, kind)
    n_scans = sum(page.status == "needs_ocr" for page in reading.pages)
    if not (limits.ocr and n_scans and ocr_available(limits.ocr_engine)):
        return reading
    wall_s = limits.wall_s + min(n_scans, limits.max_ocr_pages) * limits.ocr_page_s
    recognised = _read(source, replace(limits, wall_s=wall_s), password, kind)
    if recognised.reason in ("timeout", *_WORKER_FAILURES):  # keep what was read without OCR
        return replace(reading, flags=(*reading.flags, "ocr_failed"))
    return recognised


def show_pages(
    source: bytes,
    request: PictureRequest,
    limits: Limits = DEFAULT_LIMITS,
    password: str = "",
    *,
    kind: FileKind = FileKind.PDF,
) -> PagesSeen:
    """Draw pages of a file, and find ranges of its text on them.

    A page at which a worker dies is left out, and another worker goes on behind it. A file of which
    nothing can be seen gives the reason.
    """
    if not source:
        return PagesSeen(reason="empty_file")
    if len(source) > limits.max_bytes:
        return PagesSeen(reason="too_large")
    progress = PagesProgress(request)
    with _slots:
        deadline = time.monotonic() + limits.wall_s
        n_deaths = 0
        while progress.n_left:
            worker = _borrow() if n_deaths == 0 else _Worker()
            was_used = worker.n_reads > 0
            left = replace(limits, wall_s=max(0.0, deadline - time.monotonic()))
            reason = _look(worker, source, left, {"password": password, "kind": kind}, progress)
            _give_back(worker)
            if reason not in _WORKER_FAILURES or n_deaths == _MAX_DEATHS:
                progress.stop("reader_died" if reason == _KILLED else reason or "timeout")
                break
            n_deaths += 1
            if not was_used and reason != _KILLED:  # else perhaps an earlier file is to blame, or none
                progress.skip()
    return progress.result()


def _look(
    worker: _Worker, source: bytes, limits: Limits, request: dict[str, Any], progress: PagesProgress
) -> str | None:
    """Why the look ended; None: all is done, or the pages that are missing have been told."""
    for answer in worker.answers(source, limits, {**request, "pictures": progress.rest()}):
        if "reason" in answer:
            return answer["reason"]
        progress.take(answer)
    return "reader_died"


def mail_parts(mail: bytes, limits: Limits = DEFAULT_LIMITS) -> PartList:
    """The attachments of a mail.

    Raises:
        DocumentError: it is no mail, or cannot be parsed under the limits.
    """
    answer = _ask_parts(mail, limits, ())
    return PartList(tuple(MailPart(*row) for row in answer["rows"]), answer["n_more"])


def mail_part(mail: bytes, names: Sequence[str], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The bytes of an attachment.

    Args:
        names: The names that lead to it, through attached mails (`mail/part_keys.py`).

    Raises:
        DocumentError: as `mail_parts`; or there is no such attachment.
    """
    return b64decode(_ask_parts(mail, limits, names)["bytes"])


def _ask_parts(mail: bytes, limits: Limits, names: Sequence[str]) -> dict[str, Any]:
    answer = _ask(mail, limits, {"parts": list(names)})
    if code := answer.get("reason"):
        raise DocumentError(code, meaning(code))
    return answer


def _read(source: bytes, limits: Limits, password: str, kind: FileKind) -> Reading:
    answer = _ask(source, limits, {"password": password, "kind": kind})
    return reading_from_json(answer) if "status" in answer else refused(answer["reason"])


def _ask(source: bytes, limits: Limits, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of a worker, or only the `reason` why there is none."""
    with _slots:
        worker = _borrow()
        was_used = worker.n_reads > 0
        n_kills = 0
        while (reason := (answer := worker.ask(source, limits, request)).get("reason")) in _WORKER_FAILURES:
            # Perhaps an earlier file is to blame: only a failure of a fresh worker counts.
            if not was_used and (reason != _KILLED or n_kills == _MAX_KILLS):
                break
            n_kills += reason == _KILLED
            worker, was_used = _Worker(), False
        _give_back(worker)
        return {"reason": "reader_died"} if reason == _KILLED else answer


class _Worker:
    """One child process and the pipe to it."""

    def __init__(self) -> None:
        self.n_reads = 0
        self.is_usable = True
        self._begun = bytearray()  # of the next answer
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tasks.core.reading.worker.process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=_environment(),
        )

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, data: bytes, limits: Limits, request: dict[str, Any]) -> dict[str, Any]:
        """The answer, or only the `reason` if the process died or took too long."""
        return next(self.answers(data, limits, request))

    def answers(self, data: bytes, limits: Limits, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The answers as they come; the last one is the `reason` if the process died or took too long.

        Whoever asks knows which answer is the last one, and takes all up to it.
        """
        self.n_reads += 1
        deadline = time.monotonic() + limits.wall_s
        header = {"limits": asdict(limits), "n_bytes": len(data), **request}
        try:
            with contextlib.suppress(BrokenPipeError):  # `_cause_of_death` says why, below
                self._send(json.dumps(header).encode() + b"\n" + data, deadline)
            while (body := self._receive(deadline)) is not None:
                yield json.loads(body)
        except TimeoutError:
            self.close()
            yield {"reason": "timeout"}
            return
        yield {"reason": self._cause_of_death()}

    def _send(self, message: bytes, deadline: float) -> None:
        stdin = _open_pipe(self._process.stdin)
        view = memoryview(message)
        with selectors.DefaultSelector() as selector:
            os.set_blocking(stdin.fileno(), False)
            selector.register(stdin, selectors.EVENT_WRITE)
            while view:
                _wait(selector, deadline)
                view = view[os.write(stdin.fileno(), view[:_WRITE_BYTES]) :]

    def _receive(self, deadline: float) -> bytes | None:
        """The answer's body; None if the worker died before it was complete."""
        stdout = _open_pipe(self._process.stdout)
        buffer, self._begun = self._begun, bytearray()
        n_bytes: int | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while True:
                if n_bytes is None and b"\n" in buffer:
                    line, _, buffer = buffer.partition(b"\n")
                    n_bytes = int(line)
                if n_bytes is not None and len(buffer) >= n_bytes:
                    self._begun = buffer[n_bytes:]
                    return bytes(buffer[:n_bytes])
                _wait(selector, deadline)
                piece = os.read(stdout.fileno(), 1 << 20)
                if not piece:
                    return None
                buffer += piece

    def _cause_of_death(self) -> str:
        self.is_usable = False
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.close()
            return "reader_died"
        self.close()
        return {-signal.SIGXCPU: "timeout", -signal.SIGKILL: _KILLED}.get(code, "reader_died")

    def close(self) -> None:
        """End the process now."""
        self.is_usable = False
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


_idle: list[_Worker] = []
_lock = threading.Lock()
# One read for each core: more would be slower and take more memory. Waiting is no part of `wall_s`.
_slots = threading.Semaphore(os.cpu_count() or 1)


def _borrow() -> _Worker:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.is_alive():
                return worker
            worker.close()
    return _Worker()


def _give_back(worker: _Worker) -> None:
    if worker.is_usable and worker.n_reads < _MAX_READS:
        with _lock:
            _idle.append(worker)
    else:
        worker.close()


def close_workers() -> None:
    """End the idle workers; the next read starts a new one."""
    with _lock:
        workers, _idle[:] = list(_idle), []
    for worker in workers:
        worker.close()


def _after_fork() -> None:
    # A forked child must not write to its parent's pipes.
    global _lock, _slots
    _idle.clear()
    _lock, _slots = threading.Lock(), threading.Semaphore(os.cpu_count() or 1)


atexit.register(close_workers)
os.register_at_fork(after_in_child=_after_fork)


def _environment() -> dict[str, str]:
    """No secrets: a hostile file that takes over the parser finds no credentials."""
    kept = {name: os.environ[name] for name in _ENV if name in os.environ}
    path = os.pathsep.join([str(_SOURCE_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return kept | {
        "PYTHONPATH": path,
        "OMP_THREAD_LIMIT": "1",  # tesseract's four threads cost more than they give
        "OPENBLAS_NUM_THREADS": "1",  # numpy reserves address space for each thread, under our limit
        "PYTHONDONTWRITEBYTECODE": os.environ.get("PYTHONDONTWRITEBYTECODE", ""),
    }


def _open_pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the worker was started without a pipe")
    return pipe


def _wait(selector: selectors.BaseSelector, deadline: float) -> None:
    if not selector.select(max(0.0, deadline - time.monotonic())):
        raise TimeoutError
