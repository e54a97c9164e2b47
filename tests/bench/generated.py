"""Generated contracts for the benches of load: any number, each another one, the same for the same number. Nothing is stored.

A PDF is written by hand, as plain as the format allows: made of thousands of pages, it must cost less than what is measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

PAGE_LINES, LINE_CHARS = 46, 88
_PARTIES = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Gorse",
    "Hazel",
    "Ivy",
    "Juniper",
    "Larch",
    "Maple",
)
_KINDS = ("Holdings Inc.", "Services LLC", "Trading Ltd.", "Logistics GmbH", "Energy plc", "Software B.V.")
_CLAUSES = (
    "This Agreement shall be governed by the laws of the State of {state}, without regard to its conflict of laws rules.",
    "The Supplier shall deliver {count} units of the Products each quarter at a price of USD {money} for each unit.",
    "Either party may terminate this Agreement for convenience upon {days} days prior written notice to the other party.",
    "The Customer shall pay each invoice within {days} days after its receipt, and interest of {percent} per cent a year thereafter.",
    "In no event shall the liability of either party under this Agreement exceed USD {money} in the aggregate.",
    "The Supplier shall keep complete books for {years} years, and the Customer may audit them upon {days} days notice.",
    "Neither party shall assign this Agreement without the prior written consent of the other party.",
    "This Agreement shall commence on {month} {day}, {year} and continue for a term of {years} years.",
    "The Supplier shall maintain commercial general liability insurance of at least USD {money} for each occurrence.",
    "Notices shall be in writing and shall be deemed given {days} days after they were sent by registered mail.",
    "The parties shall meet in the {count}th week of each year to review volumes, quality and the plan of deliveries.",
    "Tools that the Customer has paid for remain its property, marked with the number {count}, and are insured by the Supplier.",
)  # fmt: skip
_STATES = ("Delaware", "New York", "California", "Texas", "Nevada", "Ohio")
_MONTHS = ("January", "March", "April", "June", "August", "October", "December")


def contract_text(number: int, n_chars: int) -> str:
    """A contract of clauses, one a paragraph, of at least so many characters."""
    draw = random.Random(number)
    parties = " and ".join(f"{draw.choice(_PARTIES)} {draw.choice(_KINDS)}" for _ in range(2))
    parts = [f"SUPPLY AGREEMENT No. {number}", f"This Agreement is made between {parties}."]
    size, clause = sum(map(len, parts)), 0
    while size < n_chars:
        clause += 1
        said = " ".join(_clause(draw) for _ in range(3))
        parts.append(f"{clause // 8 + 1}.{clause % 8 + 1} {said}")
        size += len(parts[-1]) + 2
    return "\n\n".join(parts)


def contract_pdf(number: int, n_pages: int) -> bytes:
    """The same as a PDF of exactly so many pages."""
    lines = [line for part in contract_text(number, n_pages * 3400).split("\n\n") for line in _wrapped(part)]
    pages = [lines[at : at + PAGE_LINES] for at in range(0, len(lines), PAGE_LINES)][:n_pages]
    return _pdf([*pages, *([[f"Annex {n + 1}"] for n in range(n_pages - len(pages))])])


def _clause(draw: random.Random) -> str:
    return draw.choice(_CLAUSES).format(
        state=draw.choice(_STATES),
        count=draw.randint(2, 99999),
        money=f"{draw.randint(1, 9999)},{draw.randint(0, 999):03d}",
        days=draw.choice((10, 15, 30, 45, 60, 90)),
        percent=draw.randint(2, 12),
        years=draw.randint(1, 12),
        month=draw.choice(_MONTHS),
        day=draw.randint(1, 28),
        year=draw.randint(2001, 2030),
    )


def _wrapped(paragraph: str) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        if len(lines[-1]) + len(word) >= LINE_CHARS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return [*lines, ""]


def _pdf(pages: Iterable[list[str]]) -> bytes:
    bodies: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids: list[int] = []
    for lines in pages:
        shown = "".join(f"({line.replace('(', '').replace(')', '')}) Tj T*\n" for line in lines)
        content = f"BT /F1 10 Tf 15 TL 60 770 Td\n{shown}ET".encode("ascii")
        bodies.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
        bodies.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            % len(bodies)
        )
        kids.append(len(bodies))
    bodies[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    bodies[1] = b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(kids), listed)
    return _file(bodies)


def _file(bodies: list[bytes]) -> bytes:
    """Objects numbered from 1, and the table of where each begins."""
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size, start = len(bodies) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(out)
