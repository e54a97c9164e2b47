"""The text of an HTML mail: what its reader sees, with the words that are struck out.

Scripts, styles, comments and hidden elements give no text, images are never fetched. Letters in the
colour of their ground are not recognised. Layout is inscriptis' (Apache-2.0); html2text is GPL.
"""

# lxml has no types of its own, and those of `lxml-stubs` lag behind it.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import etree, html  # pyright: ignore[reportAttributeAccessIssue]
from lxml.html import HtmlElement

from tasks.core.records import Span

_NO_TEXT = ("script", "style", "head", "template", "noscript", "iframe", "object", "svg", "select")
_STRUCK_TAGS = frozenset(("del", "s", "strike"))
_STYLE_ZERO = r"0*(?:\.0+)?(?:px|pt|em|rem|%)?\s*(?:!important)?\s*(?:;|$)"
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    rf"|(?:font-size|opacity|max-height|max-width)\s*:\s*{_STYLE_ZERO}",
    re.IGNORECASE,
)
_STRUCK = re.compile(r"text-decoration[a-z-]*\s*:[^;]*line-through", re.IGNORECASE)
_BLOCK = re.compile(r"@[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SIMPLE = re.compile(r"[a-z][a-z0-9]*|(?:[a-z][a-z0-9]*)?\.([\w-]+)", re.IGNORECASE)
_OPEN, _CLOSE = "\ue000", "\ue001"  # private use: around struck words while inscriptis lays the text out
_LAYOUT = ParserConfig(css=CSS_PROFILES["strict"])  # the other one indents each nested division
_MARKED = re.compile(f"[{_OPEN}{_CLOSE}]")


@dataclass(frozen=True, slots=True)
class HtmlText:
    text: str
    struck: tuple[Span, ...] = ()
    has_hidden: bool = False
    """Words were left out because the mail hides them."""


def html_text(source: str) -> HtmlText:
    """The text of an HTML page.

    Raises:
        RecursionError: its elements nest some 600 deep.
    """
    data = _MARKED.sub("", source).encode("utf-8", "replace")
    # Without `huge_tree` libxml2 gives nothing of a page in which 256 elements nest, as in long replies.
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        tree: HtmlElement = html.document_fromstring(data, parser=parser)
    except etree.ParserError:  # nothing but comments
        return HtmlText("")
    hiding, striking = _class_rules(tree)
    for element in [e for e in tree.iter(*_NO_TEXT) if e.getparent() is not None]:
        element.drop_tree()
    has_hidden = _drop_hidden(tree, hiding)
    for element in [e for e in tree.iter(etree.Element) if _is_struck(e, striking)]:
        _mark(element)
    return _without_marks(Inscriptis(tree, _LAYOUT).get_text(), has_hidden)


def _class_rules(tree: HtmlElement) -> tuple[frozenset[str], frozenset[str]]:
    """Classes that hide and classes that strike, by the rules of the page for one plain class."""
    hiding, striking = set[str](), set[str]()
    for sheet in tree.iter("style"):
        for selectors, style in _RULE.findall(_BLOCK.sub("", sheet.text or "")):
            names = {m[1] for part in selectors.split(",") if (m := _SIMPLE.fullmatch(part.strip())) and m[1]}
            hiding |= names if _HIDDEN.search(style) else set()
            striking |= names if _STRUCK.search(style) else set()
    return frozenset(hiding), frozenset(striking)


def _drop_hidden(tree: HtmlElement, hiding: frozenset[str]) -> bool:
    """Remove the elements that the mail hides; whether one of them had words."""
    found = False
    for element in [e for e in tree.iter(etree.Element) if _is_hidden(e, hiding)]:
        if element.getparent() is not None:
            found = found or bool("".join(_texts(element)).strip("\u200b\u200c\u00a0\u034f \n\r\t"))
            element.drop_tree()
    return found


def _is_hidden(element: HtmlElement, hiding: frozenset[str]) -> bool:
    if element.get("hidden") is not None or not hiding.isdisjoint(_classes(element)):
        return True
    return bool(_HIDDEN.search(element.get("style") or ""))


def _is_struck(element: HtmlElement, striking: frozenset[str]) -> bool:
    by_name = element.tag in _STRUCK_TAGS or not striking.isdisjoint(_classes(element))
    return by_name or bool(_STRUCK.search(element.get("style") or ""))


def _classes(element: HtmlElement) -> list[str]:
    return str(element.get("class") or "").split()


def _texts(element: HtmlElement) -> Iterator[str]:
    return (str(text) for text in element.itertext())


def _mark(struck: HtmlElement) -> None:
    """Put signs around each text inside a struck element, which inscriptis then carries along."""
    for element in struck.iter(etree.Element):
        element.text = _between_signs(element.text)
        if element is not struck:
            element.tail = _between_signs(element.tail)


def _between_signs(text: str | None) -> str | None:
    words = (text or "").strip()
    if not text or not words or _OPEN in text:
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{_OPEN}{words}{_CLOSE}{after}"


def _without_marks(laid_out: str, has_hidden: bool) -> HtmlText:
    pieces: list[str] = []
    struck: list[Span] = []
    at = length = begun = 0
    for sign in _MARKED.finditer(laid_out):
        pieces.append(laid_out[at : sign.start()])
        length += sign.start() - at
        at = sign.end()
        if sign[0] == _OPEN:
            begun = length
        elif length > begun:
            struck.append(Span(begun, length))
    pieces.append(laid_out[at:])
    return HtmlText("".join(pieces), tuple(struck), has_hidden)
