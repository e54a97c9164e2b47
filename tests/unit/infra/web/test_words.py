"""Both languages have every word, with the same values to fill in."""

from __future__ import annotations

import re

from infra.web.words import LANGUAGES, words_of
from tasks.postgres.boards import BOARDS

OF_BOARDS = {"board_description", "panel_description"}
"""English ones come with the boards."""


def test_languages_have_the_same_words_and_places_for_values():
    found = {
        code: {
            f"{table}.{name}": sorted(set(re.findall(r"\{(\w+)\}", text)))
            for table, entries in words_of(code).tables.items()
            if table not in OF_BOARDS
            for name, text in entries.items()
        }
        for code in LANGUAGES
    }
    assert found["en"] == found["zh"]


def test_every_board_and_panel_is_described_in_chinese():
    tables = words_of("zh").tables
    assert tables["board_description"].keys() == {board.name for board in BOARDS}
    assert tables["panel_description"].keys() == {panel.name for board in BOARDS for panel in board.panels}
