"""From JSON values of whatever shape to rows: one for each item, where it was asked for or anywhere else.

Lists of items, items alone, items under any key, and objects keyed by field are all told apart by what is in them. A row that the answer
ends in is no row: it is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from tasks.core.answers.aliases import ITEM_KEYS, PART_KEYS, field_named, is_wrapper, mended_keys
from tasks.core.answers.json_blocks import decoded_text
from tasks.core.answers.lenient_json import CutList, CutObject, CutText
from tasks.core.answers.models import Repair
from tasks.core.schema import FieldType, Schema

UNABLE = "unable"
"""Where a generator names the fields that it cannot extract, beside `items`."""
_MAX_SPLIT = 200
"""Items out of one list of values; more is no item."""


@dataclass(slots=True)
class AnswerRows:
    """What an answer's values hold."""

    schema: Schema
    found: list[Any] = field(default_factory=list[Any])
    """Objects with item keys as far as they were told, or whatever stood where an object was due."""
    repairs: set[Repair] = field(default_factory=set[Repair])
    is_cut: bool = False
    """The answer ends inside an item, or where more could have come."""
    has_items: bool = False
    """Whether anything, if only an empty list, stood for items."""
    _names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = frozenset(self.schema.field_names)

    def take(self, value: Any) -> None:
        """Take one JSON value of the answer."""
        if isinstance(value, dict):
            self._take_object(cast("dict[str, Any]", value))
        elif isinstance(value, list):
            items = cast("list[Any]", value)
            if not items or any(isinstance(i, dict | list) for i in items):
                self.repairs.add(Repair.WRAPPER)
                self._take_list(items, None)

    def _take_object(self, body: dict[str, Any]) -> None:
        if "items" in body:
            self._take_items(body)
        elif self._is_item(body):
            self.repairs.add(Repair.WRAPPER)
            self._take_row(body, None)
        elif (
            wrapper := next((k for k, v in body.items() if is_wrapper(k) and self._holds_rows(v)), None)
        ) is not None:
            self.repairs.add(Repair.WRAPPER)
            self._take_wrapped(body, wrapper)
        else:
            self._take_by_field(body)

    def _take_items(self, body: dict[str, Any]) -> None:
        if isinstance(body["items"], list):
            self._take_wrapped(body, "items")
        elif self._holds_rows(body["items"]):
            self.repairs.add(Repair.WRAPPER)
            self._take_wrapped(body, "items")

    def _take_wrapped(self, body: dict[str, Any], wrapper: str) -> None:
        """The rows under a key, and whatever else holds rows; of the rest it is only noted that it is there."""
        name = body.get("field")
        self._take_under(body[wrapper], name if isinstance(name, str) else None)
        for key, value in body.items():
            if key == wrapper or (key == "field" and isinstance(name, str)):
                continue
            if key == UNABLE:
                continue
            self.repairs.add(Repair.EXTRA_KEY)
            named = field_named(key, self.schema)
            if value and (named is not None or self._holds_rows(value)):
                self._take_under(value, named)
        if isinstance(body, CutObject):
            self.repairs.add(Repair.BRACKET)

    def _take_by_field(self, body: dict[str, Any]) -> None:
        """`{"governing_law": [...]}`; a value that is null or empty says that there is none."""
        named = {key: field_named(key, self.schema) for key in body}
        if not any(named.values()):
            for value in body.values():
                if isinstance(value, dict | list) and self._holds_rows(value):
                    self.repairs.add(Repair.WRAPPER)
                    self._take_under(value, None)
            return
        self.has_items = True
        self.repairs.add(Repair.WRAPPER)
        self.is_cut |= isinstance(body, CutObject)
        for key, value in body.items():
            name = named[key]
            if name is not None and name != key:
                self.repairs.add(Repair.FIELD_NAME)
            if value not in (None, "", [], {}):
                self._take_under(value, key if name is None else name)

    def _take_under(self, value: Any, name: str | None) -> None:
        if isinstance(value, list):
            self._take_list(cast("list[Any]", value), name)
        elif isinstance(value, str) and name is None and (inner := decoded_text(value)):
            self.repairs.add(Repair.ENCODED)
            for one in inner:
                self._take_under(one, None)
        elif isinstance(value, dict) and name is None and not self._is_item(cast("dict[str, Any]", value)):
            self._take_object(cast("dict[str, Any]", value))
        else:
            self.repairs.add(Repair.WRAPPER)
            self._take_row(value, name)

    def _take_list(self, items: list[Any], name: str | None) -> None:
        self.has_items = True
        self.is_cut |= isinstance(items, CutList)
        for item in items:
            if isinstance(item, list):
                self.repairs.add(Repair.WRAPPER)
                self._take_list(cast("list[Any]", item), name)
            elif (
                name is None
                and isinstance(item, dict)
                and not self._is_item(cast("dict[str, Any]", item))
                and self._holds_rows(item)
            ):
                self._take_nested(cast("dict[str, Any]", item))
            else:
                self._take_row(item, name)

    def _take_nested(self, body: dict[str, Any]) -> None:
        """An object where an item was due. If nothing in it could be an item, it is a row all the same: its reader is told."""
        before, was_cut = len(self.found), self.is_cut
        self._take_object(body)
        says_none = "items" in body or any(field_named(key, self.schema) for key in body)
        if len(self.found) == before and self.is_cut == was_cut and not says_none:
            self.found.append(body)

    def _take_row(self, item: Any, name: str | None) -> None:
        self.has_items = True
        if isinstance(item, CutObject | CutText):
            self.is_cut = True
            return
        if name is not None:
            item = self._named(item, name)
        if isinstance(item, dict):
            self._take_split(cast("dict[str, Any]", item))
        else:
            self.found.append(item)

    def _named(self, item: Any, name: str) -> Any:
        """An item that has its field from the key above it."""
        if not isinstance(item, dict):
            return {"field": name, "value": item}
        body = cast("dict[str, Any]", item)
        if "field" in body:
            return body
        held = mended_keys(body, {k: v for k, v in ITEM_KEYS.items() if k != "field"})
        if not held.keys() & {"quote", "value"}:
            return {"field": name, **body}
        if held.keys() - body.keys():
            self.repairs.add(Repair.KEY_NAME)
        return {"field": name, **held}

    def _take_split(self, body: dict[str, Any]) -> None:
        """One row for each value of the lists in it: the third quote belongs to the third value."""
        lists = {
            k: cast("list[Any]", v)
            for k, v in body.items()
            if k in ITEM_KEYS and isinstance(v, list) and not (k == "value" and self._is_of_lists(body))
        }
        longest = max((len(v) for v in lists.values()), default=0)
        if not longest or longest > _MAX_SPLIT or any(len(v) not in (1, longest) for v in lists.values()):
            self.found.append(body)
            return
        self.repairs.add(Repair.SPLIT)
        for index in range(longest):
            self.found.append(body | {k: v[index if len(v) > 1 else 0] for k, v in lists.items()})

    def _is_of_lists(self, body: dict[str, Any]) -> bool:
        name = body.get("field")
        meant = field_named(name, self.schema) if isinstance(name, str) else None
        return meant is not None and self.schema.field(meant).type in (FieldType.LIST, FieldType.RECORD)

    def _is_item(self, body: dict[str, Any]) -> bool:
        """Whether an object is an item rather than a wrapper: it names a field and has no rows of its own."""
        if "field" not in body and body and body.keys() <= self._names:
            return False
        keys = mended_keys(body, ITEM_KEYS).keys() if "field" not in body else {"field"}
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
