"""What a Word document has beside its text: comments, attachments, links, macros, watermarks."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from tasks.core.reading.word.content import Found
from tasks.core.reading.word.package import Package
from tasks.core.reading.word.xml import Element, children, qn
from tasks.core.records import Extra, ExtraKind

_LINKS = frozenset(
    [
        "attachedTemplate",
        "image",
        "oleObject",
        "package",
        "subDocument",
        "frame",
        "header",
        "footer",
        "video",
        "audio",
        "control",
        "mailMergeSource",
        "aFChunk",
        "linkedToFile",
        "recipientData",
        "transform",
    ]
)
"""Kinds of relationships that bring content; a hyperlink only leads somewhere."""
_EMBEDDED = frozenset(("oleObject", "package", "aFChunk", "control"))
_MACROS = frozenset(("vbaProject", "wordVbaData"))
_MAX_CHARS = 2000


def comments(root: Element | None, pages: dict[str, int]) -> Iterator[Extra]:
    """The comments, each with its author.

    Args:
        pages: Where comments are anchored, by their keys.
    """
    for element in children(root, "w:comment"):
        page = pages.get(f"comment:{element.get(qn('w:id'))}")
        paragraphs = (_words(paragraph) for paragraph in element.iter(qn("w:p")))
        text = "\n".join(filter(None, paragraphs))
        author = element.get(qn("w:author")) or ""
        yield Extra(ExtraKind.ANNOTATION, page, "comment", f"{author}: {text}" if author else text)


def _words(paragraph: Element) -> str:
    return "".join(found.text or "" for found in paragraph.iter(qn("w:t"))).strip()


def package_facts(package: Package, parts: Sequence[str], found: Found) -> Iterator[Extra]:
    """The attachments; sets the flags for links, attachments and macros.

    Args:
        parts: The parts that were read, whose relationships count.
    """
    listed: set[str] = set()
    for part in parts:
        for relationship in package.relationships(part).values():
            if relationship.is_external:
                if relationship.kind in _LINKS:
                    found.flags.add("external_links")
            elif relationship.kind in _MACROS:
                found.flags.add("macros")
            elif relationship.kind in _EMBEDDED and relationship.target not in listed:
                listed.add(relationship.target)
                yield Extra(ExtraKind.ATTACHMENT, None, posixpath.basename(relationship.target), "")
    if any("macroEnabled" in kind or "vbaProject" in kind for kind in package.content_types()):
        found.flags.add("macros")


def watermarks(found: Found) -> Iterator[Extra]:
    """The large words across the pages, each once."""
    for text in dict.fromkeys(filter(None, (text.strip() for text in found.watermarks))):
        yield Extra(ExtraKind.WATERMARK, None, "watermark", text[:_MAX_CHARS])
