"""Writes PDFs with odd values for `fuzz_reader`: one plain page, and one that a generator made.

Written by hand, because pypdf 7 and reportlab 5 write only what is right. The generators are random and generic: their files
are well-formed objects with odd values, aimed at no program's fault.
"""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

SENTENCE = "This plain page must not be lost."
"""Stands on the first page of every file."""
FIRST = 8
"""The number of an odd page's first own object; 4 is the page, 5 the font, 7 its content."""
_NUMBERS = ("0", "-1", "1", "0.001", "-40000", "99999", "2147483648", "1e9", "612", "306.5", "-0.0", "00012")
WORDS = (
    "This Agreement is governed by the laws of the State of Ohio", "shall not exceed USD 2,000,000", "____________", "(a)", "17",
    "EXHIBIT B", "SERVICES AGREEMENT", "by and between Alder, Inc. and Birch LLC", "DRAFT", "CONFIDENTIAL", "AB000123", "Rent", "$12.50",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OddPage:
    """The second page of a file, and what belongs to it."""

    content: bytes
    page: str = ""
    """Entries of its dictionary."""
    resources: str = ""
    catalog: str = ""
    objects: tuple[bytes, ...] = ()
    """Numbered from `FIRST`."""
    tail: bytes = b""
    """Behind the end of the file."""


def two_pages(odd: OddPage) -> bytes:
    """A file of a plain page and this one."""
    plain = f"BT /F 12 Tf 72 700 Td ({SENTENCE}) Tj ET".encode()
    page = "/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {odd.catalog} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        f"<< {page} /Resources << /Font << /F 5 0 R >> >> /Contents 6 0 R >>".encode(),
        f"<< {page} /Resources << /Font << /F 5 0 R >> {odd.resources} >> /Contents 7 0 R {odd.page} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        stream(plain),
        stream(odd.content),
        *odd.objects,
    ]
    data, places = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size, at = len(objects) + 1, len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    data += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, at)
    return bytes(data) + odd.tail


def stream(data: bytes, entries: str = "", packed: bool = False) -> bytes:
    if packed:
        data, entries = zlib.compress(data), entries + " /Filter /FlateDecode"
    return f"<< /Length {len(data)} {entries} >>\nstream\n".encode() + data + b"\nendstream"


def odd_number(rng: random.Random) -> str:
    return rng.choice(_NUMBERS) if rng.random() < 0.3 else f"{rng.uniform(-50, 850):.2f}"


def odd_numbers(rng: random.Random, n: int) -> str:
    """An array of about n numbers; now and then something else is in it."""
    n = n if rng.random() < 0.8 else rng.randrange(3 * n + 2)
    items = [odd_number(rng) if rng.random() < 0.97 else odd_value(rng) for _ in range(n)]
    return f"[{' '.join(items)}]"


def odd_string(rng: random.Random) -> str:
    """A string as hexadecimal digits: words, halves of UTF-16, control codes."""
    plain = rng.choice(WORDS).encode()
    odd = bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 7, 400))))
    raw = rng.choice((plain, b"\xfe\xff" + odd, b"\xef\xbb\xbf" + odd, odd, plain * 50, b"\xfe\xff\xd8\x00"))
    return f"<{raw.hex()}>"


def odd_value(rng: random.Random, depth: int = 0) -> str:
    """Any object."""
    reference = f"{rng.randrange(1, 30)} 0 R"
    simple = ("null", "true", "/Off", "/Yes", "()", reference, odd_number(rng), odd_string(rng))
    if depth > 4 or rng.random() < 0.7:
        return rng.choice(simple)
    inner = " ".join(odd_value(rng, depth + 1) for _ in range(rng.randrange(4)))
    return f"[{inner}]" if rng.random() < 0.6 else f"<< /A {inner or 'null'} >>"


def often(rng: random.Random, name: str, value: str) -> str:
    """An entry that is there mostly, and now and then holds something else."""
    chance = rng.random()
    if chance < 0.12:
        return ""
    return f" /{name} {odd_value(rng) if chance < 0.2 else value}"


def odd_entries(rng: random.Random, **values: str) -> str:
    """Entries of a dictionary, each `often`."""
    return "".join(often(rng, name, value) for name, value in values.items())


def many(rng: random.Random, usual: int, most: int) -> int:
    return most if rng.random() < 0.05 else rng.randrange(1, usual)


def word_lines(rng: random.Random, n: int = 30) -> bytes:
    """Lines of words from the top of the page."""
    rows = (f"1 0 0 1 72 {740 - 22 * row} Tm ({rng.choice(WORDS)}) Tj" for row in range(n))
    return ("BT /F 11 Tf " + " ".join(rows) + " ET").replace("(a)", "\\(a\\)").encode()
