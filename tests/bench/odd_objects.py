"""Random pages for `fuzz_reader`: annotations, layers, other texts, form fields, signatures, form packets."""

from __future__ import annotations

import random

from tests.bench.odd_pdf import (
    FIRST,
    WORDS,
    OddPage,
    many,
    odd_entries,
    odd_number,
    odd_numbers,
    odd_string,
    odd_value,
    stream,
    word_lines,
)

_NOTES = (
    "StrikeOut",
    "Highlight",
    "Underline",
    "Square",
    "FreeText",
    "Line",
    "Ink",
    "Stamp",
    "Popup",
    "Watermark",
    "Nothing",
)
_DRAWN = ("Widget", "FreeText", "Stamp", "Watermark", "Square", "StrikeOut")
_FONT = "/Font << /F 5 0 R >>"


def notes_of_all_kinds(rng: random.Random) -> OddPage:
    """Notes of all kinds, with quadrilaterals and rectangles that are none."""
    return _with_annotations(rng, _NOTES)


def redactions(rng: random.Random) -> OddPage:
    """Redactions that are not applied, with and without a place."""
    return _with_annotations(rng, ("Redact",))


def _with_annotations(rng: random.Random, kinds: tuple[str, ...]) -> OddPage:
    made = tuple(_annotation(rng, kinds) for _ in range(many(rng, 12, 3000)))
    listed = _references(0, len(made)) + rng.choice(("", " 4 0 R", " null", " 9999 0 R"))
    return OddPage(word_lines(rng), f"/Annots [{listed}]", objects=made)


def _annotation(rng: random.Random, kinds: tuple[str, ...]) -> bytes:
    row = 740 - 22 * rng.randrange(30)
    quad = f"[72 {row + 9} 400 {row + 9} 72 {row - 3} 400 {row - 3}]"
    entries = odd_entries(
        rng,
        Rect=rng.choice((f"[70 {row - 4} 402 {row + 10}]", odd_numbers(rng, 4))),
        QuadPoints=rng.choice((quad, odd_numbers(rng, 8), odd_numbers(rng, 80))),
        F=rng.choice(("4", "2", "-1", "4294967295")),
        C=odd_numbers(rng, 3),
        IC=odd_numbers(rng, 3),
        CA="1",
        Contents=odd_string(rng),
        DA="(0 g /Helv 9 Tf)",
        L=odd_numbers(rng, 4),
        InkList=f"[{odd_numbers(rng, 6)}]",
        OverlayText=odd_string(rng),
        OC=_one(rng, 12),
    )
    return f"<< /Type /Annot /Subtype /{rng.choice(kinds)} {entries} >>".encode()


def _references(first: int, last: int) -> str:
    return " ".join(f"{FIRST + at} 0 R" for at in range(first, last))


def _one(rng: random.Random, n: int) -> str:
    """A reference to one of the page's own objects."""
    return f"{FIRST + rng.randrange(n)} 0 R"


def layers(rng: random.Random) -> OddPage:
    """Groups, memberships that refer to each other, expressions that are deep."""
    n = many(rng, 10, 800)
    objects = [_group(rng, n) if at == 0 or rng.random() < 0.5 else _membership(rng, n) for at in range(n)]
    drawn = f"/Type /XObject /Subtype /Form /BBox [0 0 612 792] /OC {_one(rng, n)} /Resources << {_FONT} >>"
    objects.append(stream(word_lines(rng, 3), drawn))
    ends = (b"EMC", b"EMC", b"EMC EMC", b"")
    runs = [
        b"/OC /L%d BDC %s %s" % (rng.randrange(n + 2), word_lines(rng, 2), rng.choice(ends)) for _ in range(8)
    ]
    names = " ".join(f"/L{at} {FIRST + at} 0 R" for at in range(n))
    off = odd_entries(rng, OFF=f"[{_one(rng, n)} {_one(rng, n)}]", BaseState="/OFF", AS="[<< >>]")
    return OddPage(
        b" ".join(runs) + b" /X Do",
        resources=f"/Properties << {names} >> /XObject << /X {FIRST + n} 0 R >>",
        catalog=f"/OCProperties << /OCGs [{_references(0, n)}] /D << {off} >> >>",
        objects=tuple(objects),
    )


def _group(rng: random.Random, n: int) -> bytes:
    return f"<< /Type /OCG /Name {odd_string(rng)} /Usage {_one(rng, n)} >>".encode()


def _membership(rng: random.Random, n: int) -> bytes:
    some = " ".join(_one(rng, n) for _ in range(rng.randrange(5)))
    deep = _one(rng, n)
    for _ in range(rng.choice((1, 3, 12, 60))):
        deep = f"[/{rng.choice(('And', 'Or', 'Not', 'Xor'))} {deep} {rng.choice(('', _one(rng, n), 'null'))}]"
    entries = odd_entries(rng, OCGs=f"[{some}]", VE=deep, P=f"/{rng.choice(('AllOn', 'AnyOff', 'X'))}")
    return f"<< /Type /OCMD {entries} >>".encode()


def actual_text(rng: random.Random) -> OddPage:
    """Spans with another text than their letters, nested, open, with odd bytes."""
    parts: list[bytes] = []
    for _ in range(many(rng, 20, 1500)):
        entries = odd_entries(rng, ActualText=odd_string(rng), MCID=str(rng.randrange(-1, 9)))
        end = rng.choice((b"EMC", b"EMC", b"EMC", b"EMC EMC", b""))
        parts.append(f"/Span << {entries} >> BDC ".encode() + word_lines(rng, rng.choice((0, 1, 2))) + end)
    root, element = f"{FIRST} 0 R", f"{FIRST + 1} 0 R"
    kids = " ".join(
        rng.choice((root, element, str(at), f"<< /Type /MCR /MCID {at} /Pg 4 0 R >>")) for at in range(9)
    )
    tree = f"<< /Type /StructTreeRoot /K {element} /ParentTree << /Nums [0 [{element}]] >> >>"
    entries = odd_entries(rng, ActualText=odd_string(rng), Alt=odd_string(rng))
    span = f"<< /Type /StructElem /S /Span /P {root} /Pg 4 0 R /K [{kids}] {entries} >>"
    return OddPage(
        b"\n".join(parts),
        "/StructParents 0",
        catalog=f"/StructTreeRoot {root} /MarkInfo << /Marked true >>",
        objects=(tree.encode(), span.encode()),
    )


def fields(rng: random.Random) -> OddPage:
    """Form fields whose parents and children go in circles, values of every type, boxes without states."""
    n = many(rng, 15, 3000)
    listed = f"[{_references(0, n)}]"
    wanted = rng.choice(("true", "false", "7"))
    return OddPage(
        word_lines(rng),
        f"/Annots {listed}",
        catalog=f"/AcroForm << /Fields {listed} /NeedAppearances {wanted} /DR << {_FONT} >> >>",
        objects=tuple(_field(rng, at, n) for at in range(n)),
    )


def _field(rng: random.Random, at: int, n: int) -> bytes:
    near = f"{FIRST + rng.choice((at, (at + 1) % n, rng.randrange(n)))} 0 R"
    row = 740 - 22 * (at % 30)
    entries = odd_entries(
        rng,
        Rect=f"[72 {row - 3} 300 {row + 10}]",
        FT=rng.choice(("/Tx", "/Btn", "/Ch", "/Sig")),
        T=odd_string(rng),
        V=rng.choice((odd_string(rng), "/Yes", odd_value(rng))),
        Ff=rng.choice(("0", "32768", "65536", "-1", "33554432")),
        AS=rng.choice(("/Yes", "/Off")),
        DA="(0 g /F 10 Tf)",
        MaxLen=odd_number(rng),
        Opt=f"[{odd_string(rng)} [{odd_string(rng)}]]",
        AP=f"<< /N {rng.choice(('<< /Yes 7 0 R /Off 7 0 R >>', '7 0 R', near))} >>",
    )
    entries += f" /Parent {near}" if rng.random() < 0.4 else ""
    entries += f" /Kids [{near} {FIRST} 0 R]" if rng.random() < 0.3 else ""
    return f"<< /Type /Annot /Subtype /Widget {entries} >>".encode()


def appearances(rng: random.Random) -> OddPage:
    """Appearance streams that draw each other, are large, or have no usable box."""
    n = rng.randrange(1, 7)
    drawn = tuple(_appearance(rng, n) for _ in range(n))
    shown = tuple(
        f"<< /Type /Annot /Subtype /{rng.choice(_DRAWN)} /F 4 /FT /Tx /V {odd_string(rng)} "
        f"/Rect [72 {700 - 30 * at} 402 {714 - 30 * at}] /AP << /N {FIRST + at} 0 R >> >>".encode()
        for at in range(n)
    )
    listed = f"[{_references(n, 2 * n)}]"
    catalog = f"/AcroForm << /Fields {listed} >>"
    return OddPage(word_lines(rng), f"/Annots {listed}", catalog=catalog, objects=(*drawn, *shown))


def _appearance(rng: random.Random, n: int) -> bytes:
    body = word_lines(rng, 3) * (4000 if rng.random() < 0.05 else rng.randrange(1, 4))
    if rng.random() < 0.5:
        body += b" /X%d Do" % rng.randrange(n)
    entries = odd_entries(rng, BBox=rng.choice(("[0 0 330 14]", odd_numbers(rng, 4))))
    entries += odd_entries(rng, Matrix=odd_numbers(rng, 6)) if rng.random() < 0.5 else ""
    names = " ".join(f"/X{at} {FIRST + at} 0 R" for at in range(n))
    resources = f"/Resources << {_FONT} /XObject << {names} >> >>"
    return stream(body, f"/Type /XObject /Subtype /Form {entries} {resources}", packed=True)


def signatures(rng: random.Random) -> OddPage:
    """Signature fields with ranges that fit no file, and more after the end."""
    n = rng.randrange(1, 5)
    shown = tuple(
        f"<< /Type /Annot /Subtype /Widget /FT /Sig /T (S{at}) /V {FIRST + at} 0 R /Rect [0 0 0 0] >>".encode()
        for at in range(n)
    )
    listed = f"[{_references(n, 2 * n)}]"
    permissions = odd_entries(rng, Perms=f"<< /DocMDP {FIRST} 0 R >>")
    changed = b"7 0 obj\n<< /Length 3 >>\nstream\nq Q\nendstream\nendobj\n%%EOF\n"
    return OddPage(
        word_lines(rng),
        f"/Annots {listed}",
        catalog=f"/AcroForm << /Fields {listed} /SigFlags 3 >> {permissions}",
        objects=(*(_signature(rng) for _ in range(n)), *shown),
        tail=rng.choice((b"", b"", b"%%EOF\n" * 40, changed, b"startxref\n9\n%%EOF\n", b"\x00" * 3000)),
    )


def _signature(rng: random.Random) -> bytes:
    signed = f"[0 {rng.randrange(4000)} {rng.randrange(6000)} {rng.randrange(2000)}]"
    rights = f"<< /TransformMethod /DocMDP /TransformParams << /P {odd_number(rng)} >> >>"
    entries = odd_entries(
        rng,
        SubFilter="/adbe.pkcs7.detached",
        ByteRange=rng.choice((signed, odd_numbers(rng, 4), odd_value(rng))),
        Contents=odd_string(rng),
        M=odd_string(rng),
        Reference=f"[{rights}]",
    )
    return f"<< /Type /Sig /Filter /Adobe.PPKLite {entries} >>".encode()


def xfa(rng: random.Random) -> OddPage:
    """Form packets that are no XML, or deep, or of the wrong type."""
    deep = "<subform>" * rng.choice((0, 3, 400))
    texts = (deep + "<field name='a'/>", "<template", "", rng.choice(WORDS) * 500, deep + "</subform>" * 5)
    packets = stream(rng.choice(texts).encode(), packed=rng.random() < 0.5)
    own = f"{FIRST} 0 R"
    listed = rng.choice((f"[(template) {own} (datasets) {own}]", own, f"[{own}]", odd_value(rng)))
    shows = odd_entries(rng, NeedsRendering=rng.choice(("true", "false")))
    catalog = f"/AcroForm << /Fields [] /XFA {listed} >> {shows}"
    return OddPage(word_lines(rng), catalog=catalog, objects=(packets,))
