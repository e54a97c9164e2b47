"""Small Word documents, written as the XML that Word writes."""

from __future__ import annotations

import io
import zipfile

from tasks.core.reading.limits import DEFAULT_LIMITS, Limits
from tasks.core.reading.word.document import take_word
from tasks.core.records import LineTag, MarkKind, Reading

_OOXML = "http://schemas.openxmlformats.org"
SPACES = (
    f'xmlns:w="{_OOXML}/wordprocessingml/2006/main" xmlns:r="{_OOXML}/officeDocument/2006/relationships"'
    f' xmlns:a="{_OOXML}/drawingml/2006/main" xmlns:m="{_OOXML}/officeDocument/2006/math"'
    f' xmlns:mc="{_OOXML}/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
_ROOTS = {"document": "document", "comments": "comments", "header": "hdr", "footer": "ftr"}
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def p(content: str, properties: str = "") -> str:
    """A paragraph; plain words are one run."""
    inner = content if content.startswith("<") or not content else run(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def cite(note: int, kind: str = "footnote") -> str:
    return f'<w:r><w:{kind}Reference w:id="{note}"/></w:r>'


def note(number: int, text: str, kind: str = "footnote") -> str:
    return f'<w:{kind} w:id="{number}"><w:p><w:r><w:{kind}Ref/></w:r>{run(" " + text)}</w:p></w:{kind}>'


def table(*rows: str, properties: str = "") -> str:
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def row(*cells: str, properties: str = "") -> str:
    inner = "".join(cell if cell.startswith("<w:tc>") else tc(cell) for cell in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inner}</w:tr>"


def tc(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<w:p>") or content.startswith("<w:tbl>") else p(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def deleted(text: str) -> str:
    return (
        f'<w:del w:id="9" w:author="A"><w:r><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'
    )


def inserted(text: str) -> str:
    return f'<w:ins w:id="8" w:author="A">{run(text)}</w:ins>'


def numbered(text: str, level: int = 0, num_id: int = 1) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num_id}"/></w:numPr>')


def lvl(at: int, number_format: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbering(*levels: str, nums: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> str:
    return f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{nums}'


def docx(body: str, *, relations: str = "", main_type: str = MAIN_TYPE, **parts: str | bytes) -> bytes:
    """A package. `footnotes`, `styles`, `header1` are parts by name: the words inside the root, or its bytes."""
    files: dict[str, str | bytes] = {"word/document.xml": _part("document", f"<w:body>{body}</w:body>")}
    related = ""
    for name, content in parts.items():
        kind = name.rstrip("0123456789")
        files[f"word/{name}.xml"] = content if isinstance(content, bytes) else _part(kind, content)
        related += f'<Relationship Id="{name}" Type="{_OOXML}/officeDocument/2006/relationships/{kind}" Target="{name}.xml"/>'
    files["[Content_Types].xml"] = (
        f'<Types xmlns="{_OOXML}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main_type}"/></Types>'
    )
    start = f'<Relationship Id="a" Type="{_OOXML}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    files["_rels/.rels"] = _relationships(start)
    files["word/_rels/document.xml.rels"] = _relationships(related + relations)
    return packed(files)


def packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return out.getvalue()


def relation(kind: str, target: str, *, external: bool = False, key: str = "x1") -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{key}" Type="{_OOXML}/officeDocument/2006/relationships/{kind}" Target="{target}"{mode}/>'


def _part(kind: str, inner: str) -> str:
    root = _ROOTS.get(kind, kind)
    return f'<?xml version="1.0" encoding="UTF-8"?><w:{root} {SPACES}>{inner}</w:{root}>'


def _relationships(inner: str) -> str:
    return f'<Relationships xmlns="{_OOXML}/package/2006/relationships">{inner}</Relationships>'


def read(body: str, limits: Limits = DEFAULT_LIMITS, **parts: str | bytes) -> Reading:
    return take_word(docx(body, **parts), limits)


def body_lines(reading: Reading) -> list[str]:
    lines = (line for line in reading.lines if line.tag is LineTag.BODY)
    return [reading.text[line.start : line.end].rstrip("\n") for line in lines]


def marked(reading: Reading, kind: MarkKind) -> list[str]:
    return [reading.text[mark.start : mark.end] for mark in reading.marks if mark.kind is kind]


def notes_of(reading: Reading) -> list[tuple[str, str, str]]:
    """Each note: its marker, the words before its first citation, its text."""
    found: list[tuple[str, str, str]] = []
    for own in reading.footnotes:
        start = own.references[0].start if own.references else 0
        line = next(line for line in reading.lines if line.start <= start < line.end)
        text = "".join(reading.text[span.start : span.end] for span in own.spans)
        found.append((own.marker, reading.text[line.start : start], text))
    return found
