"""An embedded stack for one bench, in a folder that goes afterwards, and generated documents in its bucket.

What reads Prefect's settings or ours must be imported within `own_stack`, not before.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra import stack
from infra.stack.service import NAMED_BY, StackPart

BUCKET = "contracts"
_PUTTERS = 4


@contextmanager
def own_stack(
    parts: Sequence[StackPart] | None = None, home: Path | None = None, **settings: str
) -> Iterator[Path]:
    """The state folder of a stack that runs, with `settings` added to the environment of every process.

    Args:
        home: The folder, which stays; None: a temporary one.
    """
    folder = home.absolute() if home else Path(tempfile.mkdtemp(prefix="countersign-bench-"))
    for name in {name for names in NAMED_BY.values() for name in names}:
        os.environ.pop(name, None)
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(1)
    )  # else a bench that is stopped leaves its servers behind
    os.environ.update(settings, COUNTERSIGN_HOME=str(folder), COUNTERSIGN_BUCKET=BUCKET)
    try:
        stack.ensure_up(parts)
        stack.export()
        yield folder
    finally:
        stack.down()
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)


def put_documents(keys: Sequence[str], make: Callable[[int], bytes]) -> None:
    """Put `make(n)` under the nth key."""
    import boto3

    client: Any = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"])

    def put(numbered: tuple[int, str]) -> None:
        client.put_object(Bucket=BUCKET, Key=numbered[1], Body=make(numbered[0]))

    with ThreadPoolExecutor(_PUTTERS) as pool:
        for _ in pool.map(put, enumerate(keys)):
            pass
