"""The process that parses: takes a JSON header and a file on stdin, writes a JSON answer to stdout.

Runs as `python -m tasks.core.reading.worker.process` until its input closes. It sets the kernel's
limits of address space and CPU seconds for each file. Prints of libraries go to stderr, which the
parent discards, because they could hold contract text.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from tasks.core.reading.json_form import reading_to_json
from tasks.core.reading.limits import Limits
from tasks.core.reading.plain_text import take_text
from tasks.core.reading.reader import take_image, take_reading
from tasks.core.reading.version import FileKind
from tasks.core.records import Reading

_GC_OBJECTS = 50_000
"""New objects before a collection: a reading makes many and nearly no cycles, so Python's 700 cost 4 %."""


def main() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)  # pypdf's warnings quote the file
    sys.setrecursionlimit(2_000)
    gc.freeze()  # the modules: collections need not walk them
    gc.set_threshold(_GC_OBJECTS, 10, 10)
    serve(sys.stdin.buffer, out)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the input ends."""
    while header := requests.readline():
        request: dict[str, Any] = json.loads(header)
        limits = Limits(**request["limits"])
        data = requests.read(request["n_bytes"])
        restrict(limits)
        for answer in _answers(data, limits, request):
            body = json.dumps(answer, separators=(",", ":")).encode()
            answers.write(b"%d\n" % len(body))
            answers.write(body)
            answers.flush()


def _answers(data: bytes, limits: Limits, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A reading or, for a mail, what its attachments are, or the bytes of one; else only the `reason`.

    A look at pages is answered page by page, and ends with a `reason`, which may be None.
    """
    try:
        if (pictures := request.get("pictures")) is not None:
            yield from _looks(data, limits, request, pictures)
        elif (parts := request.get("parts")) is None:
            kind = FileKind(request["kind"])
            yield reading_to_json(_take(data, limits, request["password"], kind))
        else:
            from tasks.core.reading.mail.parts import answer_parts

            yield answer_parts(data, parts, limits)
    except MemoryError:
        yield {"reason": "memory_limit"}
    except Exception:  # a bug of ours, on this file only: the next file is read
        yield {"reason": "reader_failed"}


def _looks(
    data: bytes, limits: Limits, request: dict[str, Any], pictures: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    from tasks.core.reading.pictures.pages_seen import request_from_json  # Pillow: only where needed
    from tasks.core.reading.pictures.show import look_at_pages

    wanted, letter_pages = request_from_json(pictures)
    kind, password = FileKind(request["kind"]), request["password"]
    return look_at_pages(data, kind, wanted, letter_pages, limits, password)


def _take(data: bytes, limits: Limits, password: str, kind: FileKind) -> Reading:
    match kind:
        case FileKind.TEXT:
            return take_text(data, limits)
        case FileKind.WORD:
            from tasks.core.reading.word.document import take_word  # lxml: only where it is needed

            return take_word(data, limits)
        case FileKind.MAIL:
            from tasks.core.reading.mail.message import take_mail

            return take_mail(data, limits)
        case FileKind.IMAGE:
            return take_image(data, limits)
        case FileKind.PDF:
            return take_reading(data, limits, password)


def restrict(limits: Limits) -> None:
    """Set the kernel's limits for the next file."""
    _lower(resource.RLIMIT_AS, limits.memory_bytes)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + limits.wall_s) + 1)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, hard))


if __name__ == "__main__":
    main()
