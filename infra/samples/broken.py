"""A file that no reader opens: the head of a PDF, then noise, as after a transfer that broke off."""

from __future__ import annotations

from pathlib import Path

NAME = "broken.pdf"
_HEAD = b"%PDF-1.4\n%\x93\x8c\x8b\x9e\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R"


def make(folder: Path) -> None:
    noise = bytes((index * 167 + 41) % 251 for index in range(900))
    (folder / NAME).write_bytes(_HEAD + noise)
