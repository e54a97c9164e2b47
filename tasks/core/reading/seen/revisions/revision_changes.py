"""Compares two revisions of a file: pages, their words and drawing, form values, annotations.

An object that stands at the same place in both revisions is the same, so only pages that reach an
object of the update are read, with pdfium, without what other stages make of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from tasks.core.reading.limits import Limits
from tasks.core.reading.pdfium import n_pages, open_page, open_pdf, open_text, rendered, set_upright
from tasks.core.reading.seen.page_check import check_page
from tasks.core.reading.seen.revisions.entry_changes import Change, annotation_changes, value_changes
from tasks.core.reading.seen.revisions.signatures import Signature
from tasks.core.reading.seen.revisions.word_changes import first_words, word_changes

_MAX_WALK = 50_000  # objects that are followed from a page; with more it is read
_MAX_PAGES_READ = 400  # of each revision
_MAX_PAGE_CHANGES = 20
_UPWARDS = frozenset(("/Parent", "/P", "/Popup", "/IRT", "/Dest", "/A", "/StructParent", "/V", "/B"))


@dataclass(slots=True)
class Revision:
    """A file as it was, or is."""

    data: bytes
    reader: PdfReader


@dataclass(frozen=True, slots=True)
class _PageView:
    words: str
    picture: bytes
    """Grey, 72 dpi, without annotations."""


def revision_changes(
    old: Revision, new: Revision, covering: Sequence[Signature], limits: Limits, password: str
) -> Iterator[Change]:
    """What a reader of the later revision sees that the earlier one did not say."""
    pairs = _page_pairs(old.reader, new.reader)
    yield from _page_changes(old, new, pairs, limits, password)
    yield from annotation_changes(old.reader, new.reader, pairs)
    yield from value_changes(old.reader, new.reader, covering)


# ---------------------------------------------------------------- pages


def _page_pairs(old: PdfReader, new: PdfReader) -> list[tuple[int | None, int | None]]:
    """Indices of the same page in both revisions, in the new order; None: added or removed."""
    old_ids, new_ids = _page_ids(old), _page_ids(new)
    places = {key: index for index, key in enumerate(old_ids)}
    pairs: list[tuple[int | None, int | None]] = [
        (places.pop(key, None), index) for index, key in enumerate(new_ids)
    ]
    left = sorted(places.values())
    lone = [at for at, (before, _) in enumerate(pairs) if before is None]
    if len(left) == len(lone):  # rewritten under other object numbers
        for at, before in zip(lone, left, strict=True):
            pairs[at] = (before, pairs[at][1])
        left = []
    return [*pairs, *((before, None) for before in left)]


def _page_ids(reader: PdfReader) -> list[tuple[int, int]]:
    ids: list[tuple[int, int]] = []
    for index, page in enumerate(reader.pages):
        reference = page.indirect_reference
        ids.append((reference.idnum, reference.generation) if reference else (-index, -1))
    return ids


def _page_changes(
    old: Revision,
    new: Revision,
    pairs: Sequence[tuple[int | None, int | None]],
    limits: Limits,
    password: str,
) -> Iterator[Change]:
    all_suspect = not _is_same(
        _catalog_entry(old, "/OCProperties"), _catalog_entry(new, "/OCProperties"), old, new
    )
    suspects = [pair for pair in pairs if None in pair or all_suspect or _is_touched(pair[1], old, new)]
    if not suspects:
        return
    before = _views(old, [a for a, _ in suspects], limits, password)
    after = _views(new, [b for _, b in suspects], limits, password)
    for (a, b), was, now in zip(suspects, before, after, strict=True):
        if a is None and b is not None:
            words = f": {first_words(now.words)}" if now and now.words.strip() else ""
            yield Change(b + 1, f"the page was added{words}")
        elif b is None and a is not None:
            words = f": {first_words(was.words)}" if was and was.words.strip() else ""
            yield Change(None, f"page {a + 1} was removed{words}")
        elif b is not None and was is not None and now is not None:
            yield from _view_changes(was, now, b + 1)
    order = [a for a, b in pairs if a is not None and b is not None]
    if order != sorted(order):
        yield Change(None, "the pages stand in another order")


def _view_changes(was: _PageView, now: _PageView, page_number: int) -> Iterator[Change]:
    n_changes = 0
    for text in word_changes(was.words, now.words):
        n_changes += 1
        if n_changes > _MAX_PAGE_CHANGES:
            yield Change(page_number, "further words changed")
            return
        yield Change(page_number, text)
    if not n_changes and was.picture != now.picture:
        yield Change(page_number, "the page looks different, with the same words")


def _views(
    revision: Revision, indices: Sequence[int | None], limits: Limits, password: str
) -> list[_PageView | None]:
    """What the pages show; None: no such page, or it cannot be read."""
    views: list[_PageView | None] = []
    with open_pdf(revision.data, password) as document:
        n_shown = 0 if document is None else n_pages(document)
        for number, index in enumerate(indices):
            is_readable = index is not None and index < n_shown and number < _MAX_PAGES_READ
            if not is_readable or check_page(revision.reader, index or 0, limits) is not None:
                views.append(None)
            else:
                views.append(_view(document, index or 0))
    return views


def _view(document: Any, index: int) -> _PageView | None:
    with open_page(document, index) as page:
        if page is None:
            return None
        try:
            set_upright(page)
            with open_text(page) as text:
                words = text.letters()
        except ValueError:
            words = ""
        return _PageView(words, rendered(page))


# ---------------------------------------------------------------- what the update touches


def _catalog_entry(revision: Revision, key: str) -> PdfObject | None:
    root = revision.reader.trailer["/Root"].get_object()
    return root.raw_get(key) if isinstance(root, DictionaryObject) and key in root else None


def _is_touched(index: int | None, old: Revision, new: Revision) -> bool:
    page = new.reader.pages[index or 0]
    node: Any = page
    for _ in range(64):  # resources and boxes may stand in the nodes above
        if not isinstance(node, DictionaryObject):
            break
        if node is not page and _is_moved(node.indirect_reference, old, new):
            return True
        node = node["/Parent"].get_object() if "/Parent" in node else None
    return not _is_same(page.indirect_reference, page.indirect_reference, old, new)


def _is_same(was: PdfObject | None, now: PdfObject | None, old: Revision, new: Revision) -> bool:
    """Whether everything that the object reaches stands where it stood."""
    if was is None or now is None:
        return was is now
    if not isinstance(now, IndirectObject) and was != now:
        return False
    stack: list[PdfObject] = [now]
    seen: set[tuple[int, int]] = set()
    while stack:
        item = stack.pop()
        if isinstance(item, IndirectObject):
            key = (item.idnum, item.generation)
            if key in seen:
                continue
            seen.add(key)
            if len(seen) > _MAX_WALK or _is_moved(item, old, new):
                return False
        value = item.get_object()
        if isinstance(value, DictionaryObject):
            stack += [value.raw_get(name) for name in value if name not in _UPWARDS]
        elif isinstance(value, ArrayObject):
            stack += list(cast("list[PdfObject]", value))
    return True


def _is_moved(reference: IndirectObject | None, old: Revision, new: Revision) -> bool:
    return reference is None or _place(reference, old.reader) != _place(reference, new.reader)


def _place(reference: IndirectObject, reader: PdfReader) -> object:
    """Where the object stands: its offset, or its stream's and its number there."""
    packed = reader.xref_objStm.get(reference.idnum)
    direct = reader.xref.get(reference.generation, {}).get(reference.idnum)
    if packed is None:
        return direct
    return (direct, packed, reader.xref.get(0, {}).get(packed[0]))
