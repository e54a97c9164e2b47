"""A reading survives the pipe."""

from __future__ import annotations

import json

from tasks.core.reading import read_document
from tasks.core.reading.json_form import public_json, reading_from_json, reading_to_json
from tests.reading.pages import contract


def test_reading_comes_back_equal_through_json() -> None:
    reading = read_document(contract(3))
    assert reading_from_json(json.loads(json.dumps(reading_to_json(reading)))) == reading


def test_public_form_names_what_the_interface_promises() -> None:
    shown = public_json(read_document(contract(1)))
    assert {"status", "reason", "flags", "n_pages", "text", "pages", "footnotes"} <= set(shown)
    (note,) = shown["footnotes"]
    assert note["marker"] == "1"
    assert note["ref_page_number"] == 1
