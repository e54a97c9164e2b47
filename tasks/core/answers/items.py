"""Find the items in the JSON values of an answer, whatever their shape: one row for each item.

Lists of items, single items, items under any key and objects keyed by field are told apart by their
content.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from tasks.core.answers.aliases import ITEM_KEYS, PART_KEYS, closest_name, is_wrapper, repaired_keys
from tasks.core.answers.json_blocks import decoded_text
from tasks.core.answers.loose_values import BareText, CutList, CutObject, MixedObject, is_cut, is_mixed
from tasks.core.answers.models import Repair
from tasks.core.schema import FieldType, Schema

UNABLE = "unable"  # the key, beside `items`, for the fields that a generator cannot extract, with or without a reason
_MAX_SPLIT = 200  # items from one list of values; a longer list is not split


@dataclass(slots=True)
class AnswerRows:
    """The rows in the values of an answer."""

    schema: Schema
    rows: list[Any] = field(default_factory=list[Any])  # objects, or anything else instead of them
    repairs: set[Repair] = field(default_factory=set[Repair])
    is_cut: bool = False  # the answer breaks off in an item, which is not in `rows`, or in a list
    is_mixed: bool = False  # an item, which is not in `rows`, may hold members of another
    has_items: bool = False  # there are items, or at least an empty list for them
    _names: frozenset[str] = field(init=False)
    _part_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = frozenset(self.schema.field_names)
        self._part_names = frozenset(part.name for f in self.schema.fields for part in f.parts)

    def take(self, value: Any) -> None:
        """Add the rows of one JSON value of the answer."""
        if isinstance(value, dict):
            self._take_object(cast("dict[str, Any]", value))
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if not items or any(isinstance(i, dict | list) for i in items):
                self.repairs.add(Repair.WRAPPER)
                self._take_list(items, None)

    def _take_object(self, body: dict[str, Any]) -> None:
        if isinstance(body, MixedObject):
            self.is_mixed = self.has_items = True
        if "items" in body:
            self._take_items(body)
        elif self._is_item(body):
            self.repairs.add(Repair.WRAPPER)
            self._take_row(body, None)
        else:
            wrapper = next((k for k, v in body.items() if is_wrapper(k) and self._holds_rows(v)), None)
            if wrapper is None:
                self._take_by_field(body)
            else:
                self.repairs.add(Repair.WRAPPER)
                self._take_wrapped(body, wrapper)

    def _take_items(self, body: dict[str, Any]) -> None:
        is_list = isinstance(body["items"], list)
        if is_list or self._holds_rows(body["items"]):
            if not is_list:
                self.repairs.add(Repair.WRAPPER)
            self._take_wrapped(body, "items")

    def _take_wrapped(self, body: dict[str, Any], wrapper: str) -> None:
        """The rows under one key, and rows under other keys, which count as extra."""
        name = body.get("field")
        if isinstance(name, str) and (_stands_after(body, "field", wrapper) or "quote" in body):
            # What is left of an item that lost its brace: its field is not that of the others.
            self.is_mixed, name = True, None
        self._take_under(body[wrapper], name if isinstance(name, str) else None)
        for key, value in body.items():
            if key in (wrapper, UNABLE) or (key == "field" and isinstance(value, str)):
                continue
            self.repairs.add(Repair.EXTRA_KEY)
            field_name = self._closest_field(key)
            if value and (field_name is not None or self._holds_rows(value)):
                self._take_under(value, field_name)
        if isinstance(body, CutObject):
            self.repairs.add(Repair.BRACKET)

    def _take_by_field(self, body: dict[str, Any]) -> None:
        """`{"governing_law": [...]}`; a null or empty value means that the field has no items."""
        if isinstance(body, MixedObject):
            return
        field_names = {key: self._closest_field(key) for key in body}
        if not any(field_names.values()):
            for value in body.values():
                if isinstance(value, dict | list) and self._holds_rows(value):
                    self.repairs.add(Repair.WRAPPER)
                    self._take_under(value, None)
            return
        self.has_items = True
        self.repairs.add(Repair.WRAPPER)
        self.is_cut |= isinstance(body, CutObject)
        for key, value in body.items():
            name = field_names[key]
            if name is not None and name != key:
                self.repairs.add(Repair.FIELD_NAME)
            if value not in (None, "", [], {}):
                self._take_under(value, key if name is None else name)

    def _take_under(self, value: Any, name: str | None) -> None:
        if isinstance(value, list):
            self._take_list(cast("list[Any]", value), name)
        elif isinstance(value, str) and name is None and (inner := decoded_text(value)):
            self.repairs.add(Repair.ENCODED)
            for each in inner:
                self._take_under(each, None)
        elif isinstance(value, dict) and name is None and not self._is_item(cast("dict[str, Any]", value)):
            self._take_object(cast("dict[str, Any]", value))
        else:
            self.repairs.add(Repair.WRAPPER)
            self._take_row(value, name)

    def _take_list(self, items: list[Any], name: str | None) -> None:
        self.has_items = True
        self.is_cut |= isinstance(items, CutList)
        for item in items:
            if name is not None and (is_cut(item) or is_mixed(item) or self._is_remnant(item)):
                # What follows was begun again, and may be of another field.
                self._take_row(item, name)
                break
            if isinstance(item, list):
                self.repairs.add(Repair.WRAPPER)
                self._take_list(cast("list[Any]", item), name)
            elif name is None and isinstance(item, dict) and self._is_nested(cast("dict[str, Any]", item)):
                self._take_nested(cast("dict[str, Any]", item))
            else:
                self._take_row(item, name)

    def _is_nested(self, body: dict[str, Any]) -> bool:
        return bool(body) and not self._is_item(body)

    def _take_nested(self, body: dict[str, Any]) -> None:
        """An object instead of an item; without items in it, it becomes a row and a finding."""
        before, was_lost = len(self.rows), (self.is_cut, self.is_mixed)
        self._take_object(body)
        is_for_items = isinstance(body.get("items"), list) or any(map(self._closest_field, body))
        if len(self.rows) == before and (self.is_cut, self.is_mixed) == was_lost and not is_for_items:
            self.rows.append(body)

    def _take_row(self, item: Any, name: str | None) -> None:
        self.has_items = True
        if is_cut(item):
            self.is_cut = True
            return
        if is_mixed(item) or (name is not None and self._is_remnant(item)):
            self.is_mixed = True
            return
        if name is not None:
            item = self._with_field(item, name)
        if isinstance(item, dict):
            self._take_split(cast("dict[str, Any]", item))
        else:
            self.rows.append(item)

    def _is_remnant(self, item: Any) -> bool:
        """Whether it may be the rest of another item, whose field is not the key above it: text
        without marks, or a part of a record."""
        if isinstance(item, dict):
            name = cast("dict[str, Any]", item).get("name")
            return isinstance(name, str) and name in self._part_names
        return isinstance(item, BareText)

    def _with_field(self, item: Any, name: str) -> Any:
        """An item that gets its field from the key above it."""
        if not isinstance(item, dict):
            return {"field": name, "value": item}
        body = cast("dict[str, Any]", item)
        if "field" in body:
            return body
        repaired = repaired_keys(body, {k: v for k, v in ITEM_KEYS.items() if k != "field"})
        if not repaired.keys() & {"quote", "value"}:
            return {"field": name, **body}
        if repaired.keys() - body.keys():
            self.repairs.add(Repair.KEY_NAME)
        return {"field": name, **repaired}

    def _take_split(self, body: dict[str, Any]) -> None:
        """One row for each entry of the lists in an item: third quote, third value."""
        lists = {
            k: cast("list[Any]", v)
            for k, v in body.items()
            if k in ITEM_KEYS and isinstance(v, list) and not (k == "value" and self._is_of_lists(body))
        }
        longest = max((len(v) for v in lists.values()), default=0)
        if not longest or longest > _MAX_SPLIT or any(len(v) not in (1, longest) for v in lists.values()):
            self.rows.append(body)
            return
        self.repairs.add(Repair.SPLIT)
        for index in range(longest):
            self.rows.append(body | {k: v[index if len(v) > 1 else 0] for k, v in lists.items()})

    def _is_of_lists(self, body: dict[str, Any]) -> bool:
        name = body.get("field")
        closest = self._closest_field(name) if isinstance(name, str) else None
        return closest is not None and self.schema.field(closest).type in (FieldType.LIST, FieldType.RECORD)

    def _closest_field(self, name: str) -> str | None:
        return closest_name(name, self.schema.fields)

    def _is_item(self, body: dict[str, Any]) -> bool:
        """Whether an object is an item: it names a field and contains no other rows."""
        if "field" not in body and body and body.keys() <= self._names:
            return False
        keys = repaired_keys(body, ITEM_KEYS).keys() if "field" not in body else {"field"}
        if "field" not in keys and not {"quote", "value"} <= keys:
            return False
        return not any(
            isinstance(v, list) and any(isinstance(i, dict) for i in cast("list[object]", v))
            for k, v in body.items()
            if k not in PART_KEYS
        )

    def _holds_rows(self, value: Any) -> bool:
        if isinstance(value, str):
            return bool(decoded_text(value))
        if isinstance(value, list):
            return not value or any(isinstance(i, dict | list) for i in cast("list[Any]", value))
        return isinstance(value, dict) and len(cast("dict[str, Any]", value)) > 0


def _stands_after(body: dict[str, Any], key: str, other: str) -> bool:
    keys = list(body)
    return keys.index(key) > keys.index(other)
