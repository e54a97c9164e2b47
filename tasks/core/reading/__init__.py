"""Reading one PDF or plain text: pages, lines, footnotes and the document text, or the reason why not.

`read_document` is the only door. It never raises on a bad file and never reads one in this process: parsing happens in a
worker (`workers.py`, `worker.py`) under address-space, CPU and wall limits, because pdfium ends its whole process on some files.
"""

from __future__ import annotations

from tasks.core.reading.limits import Limits
from tasks.core.reading.version import READER_VERSION, TEXT_VERSION, is_text
from tasks.core.reading.worker_pool import close_workers, read_document

__all__ = ["READER_VERSION", "TEXT_VERSION", "Limits", "close_workers", "is_text", "read_document"]
