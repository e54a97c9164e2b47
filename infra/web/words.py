"""The words of the pages in English and Chinese, from `words.en.toml` and `words.zh.toml`.

Titles of boards, panels and columns come with the boards, in both; so do descriptions, in English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {"en": "English", "zh": "中文"}
"""Code and own name, in the order of the switch; the first is the default."""


@dataclass(frozen=True, slots=True)
class WordList:
    """The words of one language."""

    language: str
    tables: Mapping[str, Mapping[str, Any]]

    def __call__(self, name: str, /, **values: object) -> str:
        """A sentence of the pages: `TABLE.NAME`, with its values filled in.

        Raises:
            KeyError: there is none of that name.
        """
        table, _, key = name.partition(".")
        return str(self.tables[table][key]).format(**values)

    def named(self, table: str, name: str, otherwise: str) -> str:
        """A word that this language may have, or `otherwise`."""
        return str(self.tables.get(table, {}).get(name, otherwise))

    def either(self, english: str, chinese: str) -> str:
        """Which of two titles this language has."""
        return chinese if self.language == "zh" else english


@cache
def words_of(language: str) -> WordList:
    """The words of a language of `LANGUAGES`."""
    path = Path(__file__).with_name(f"words.{language}.toml")
    return WordList(language, tomllib.loads(path.read_text(encoding="utf-8")))


def language_of(chosen: str | None, accepted: str) -> str:
    """The language of a page: the one that was chosen, else the best of the header `Accept-Language`."""
    if chosen in LANGUAGES:
        return chosen
    wishes = sorted(map(_wish, accepted.split(",")), key=lambda wish: -wish[0])  # stable: the first of equals
    return next((code for weight, code in wishes if code in LANGUAGES and weight > 0), next(iter(LANGUAGES)))


def _wish(entry: str) -> tuple[float, str]:
    """Weight and language of `zh-CN;q=0.8`. Source: RFC 9110, section 12.4.2."""
    name, _, quality = entry.strip().partition(";q=")
    code = name.partition("-")[0].strip().lower()
    try:
        return float(quality or 1), code
    except ValueError:
        return 0.0, code
