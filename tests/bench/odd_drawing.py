"""Random pages for `fuzz_reader`: rules, covers, nested forms, tables, columns, watermarks, titles."""

from __future__ import annotations

import random

from tests.bench.odd_pdf import (
    FIRST,
    WORDS,
    OddPage,
    many,
    odd_number,
    often,
    stream,
    word_lines,
)


def rules(rng: random.Random) -> OddPage:
    """Strokes and bars by the thousand, some of them through the lines."""
    n = rng.choice((10, 200, 3000, 12_000))
    parts = [word_lines(rng)]
    for _ in range(n):
        x, y, length = (
            rng.uniform(0, 600),
            740 - 22 * rng.randrange(30) + rng.choice((3.2, -1.5, rng.uniform(-8, 12))),
            rng.uniform(-20, 300),
        )
        draw = (
            f"{x:.1f} {y:.1f} m {x + length:.1f} {y:.1f} l S",
            f"{x:.1f} {y:.1f} {length:.1f} {rng.choice((0.5, 0.0, -0.4, 9))} re f",
            f"{odd_number(rng)} w",
        )
        parts.append(rng.choice(draw).encode())
    return OddPage(b"\n".join(parts))


def covers(rng: random.Random) -> OddPage:
    """Boxes and images over the lines: solid, clear, clipped, in a pattern, behind."""
    parts = [word_lines(rng)]
    for _ in range(many(rng, 40, 4000)):
        box = f"{odd_number(rng)} {740 - 22 * rng.randrange(30) - 4} {rng.uniform(5, 400):.1f} {rng.choice((14, 0.1, 500))} re"
        colour = rng.choice(("0 g", "1 g", "1 1 0 rg", "/G gs", "/Pattern cs /P scn", f"{odd_number(rng)} g"))
        image = f"{rng.uniform(5, 300):.1f} {odd_number(rng)} 0 14 72 {740 - 22 * rng.randrange(30)} cm /I Do"
        paint = rng.choice(
            (f"{box} f", f"{box} W n", f"{box} b", image, "BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI")
        )
        parts.append(f"q {colour} {paint} Q".encode("latin-1"))
    parts.append(word_lines(rng, rng.choice((0, 4, 30))))
    state = f"/ExtGState << /G << /ca {rng.choice(('0', '0.5', '1', '-3'))} /BM /{rng.choice(('Multiply', 'Normal', 'Odd'))} {often(rng, 'SMask', '/None')} >> >>"
    image_stream = stream(
        b"\xff",
        f"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray {often(rng, 'SMask', f'{FIRST} 0 R') if rng.random() < 0.2 else ''}",
    )
    return OddPage(
        b"\n".join(parts), resources=f"{state} /XObject << /I {FIRST} 0 R >>", objects=(image_stream,)
    )


def nested_forms(rng: random.Random) -> OddPage:
    """Forms in forms: deep, wide, now and then in a circle."""
    n = rng.choice((1, 5, 20, 45, 120))
    forms = [_form(rng, at, n) for at in range(n)]
    resources = f"/XObject << /X {FIRST} 0 R >>"
    return OddPage(b"/X Do " + word_lines(rng, 3), resources=resources, objects=tuple(forms))


def _form(rng: random.Random, at: int, n: int) -> bytes:
    entries = "/Type /XObject /Subtype /Form /BBox [0 0 612 792]"
    inner = at + 1 if rng.random() < 1 - 0.2 / n else rng.randrange(n)
    if inner == n:
        return stream(word_lines(rng, 2), f"{entries} /Resources << /Font << /F 5 0 R >> >>")
    matrix = rng.choice(("1 0 0 1 0 -9", "0 1 -1 0 600 0", "1 0 0 1 0 0", "0.5 0 0 0.5 0 0"))
    n_times = 2 if rng.random() < 3 / n else 1
    drawn = f"q {matrix} cm /X Do Q ".encode() * n_times
    resources = f"/Resources << /Font << /F 5 0 R >> /XObject << /X {FIRST + inner} 0 R >> >>"
    return stream(drawn + word_lines(rng, 2), f"{entries} {resources}")


def tables(rng: random.Random) -> OddPage:
    """Grids of cells, with and without lines."""
    n_rows, n_columns = rng.choice((3, 20, 90)), rng.choice((2, 6, 40))
    wide, high = 560 / n_columns, 700 / n_rows
    parts: list[str] = []
    for row in range(n_rows):
        y = 750 - row * high + rng.choice((0, 0, 0, rng.uniform(-3, 3)))
        if rng.random() < 0.7:
            parts.append(f"20 {y - 2:.1f} m 580 {y - 2:.1f} l S")
        cells = (
            f"1 0 0 1 {22 + column * wide:.1f} {y:.1f} Tm ({rng.choice(('Rent', '$12.50', '7', ''))}) Tj"
            for column in range(n_columns)
        )
        parts.append(f"BT /F {min(9.0, high):.1f} Tf " + " ".join(cells) + " ET")
    parts += [
        f"{20 + column * wide:.1f} 40 m {20 + column * wide:.1f} 760 l S" for column in range(n_columns)
    ]
    return OddPage("\n".join(parts).encode())


def columns(rng: random.Random) -> OddPage:
    """Columns row by row, of words or of single letters; numbers beside lines; turned pages."""
    n_columns, step = rng.choice((2, 3, 30)), rng.choice((12, 24, 2))
    parts = ["BT /F 9 Tf"]
    for row in range(700 // step):
        y = 750 - step * row
        parts.append(f"1 0 0 1 20 {y} Tm ({row + 1}) Tj" if rng.random() < 0.8 else "")
        for column in range(n_columns):
            text = (
                rng.choice(("a", "I", "of", "the parties agree"))
                if n_columns > 3
                else "the parties agree that"
            )
            turn = rng.choice(("1 0 0 1",) * 30 + ("0 1 -1 0", "-1 0 0 -1", "0.7 0.7 -0.7 0.7", "0 0 0 0"))
            parts.append(f"{turn} {50 + column * 540 / n_columns:.1f} {y} Tm ({text}) Tj")
    return OddPage(
        " ".join([*parts, "ET"]).encode(),
        f"/Rotate {rng.choice(('0', '90', '180', '270', '45', '-90', '36000'))}",
    )


def watermarks(rng: random.Random) -> OddPage:
    """Large words across the page, at every angle and size."""
    parts = [word_lines(rng)]
    for _ in range(many(rng, 6, 400)):
        matrix = " ".join(
            odd_number(rng) if rng.random() < 0.1 else f"{rng.uniform(-90, 90):.2f}" for _ in range(4)
        )
        parts.append(
            f"q {rng.choice(('0.8 g', '/G gs', '1 0 0 rg'))} BT /F 1 Tf {matrix} {odd_number(rng)} {odd_number(rng)} Tm ({rng.choice(WORDS).replace('(a)', 'VOID')}) Tj ET Q".encode()
        )
    return OddPage(b"\n".join(parts), resources="/ExtGState << /G << /ca 0.3 >> >>")


def agreements(rng: random.Random) -> OddPage:
    """Titles of agreements, exhibits and schedules, by the hundred."""
    words = (
        "EXHIBIT A",
        "SCHEDULE 2",
        "LICENSE AGREEMENT",
        "THIS AGREEMENT is made as of May 2, 2021 by and between A, Inc. and B LLC",
        "ANNEX",
        "GUARANTEE",
        "1.",
    )
    step = rng.choice((14, 3, 1))
    rows = (
        f"1 0 0 1 {rng.choice((72, 250))} {760 - step * row} Tm ({rng.choice(words)}) Tj"
        for row in range(740 // step)
    )
    return OddPage(("BT /F 10 Tf " + " ".join(rows) + " ET").encode())
