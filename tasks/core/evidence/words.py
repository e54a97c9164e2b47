"""The words of the evidence page in both languages.

The file is written in English; each text carries its key and what fills it in, so that the script can
put the other language in its place.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from markupsafe import Markup

from tasks.core.reading.legend import MARK_WORDS, flag_meaning, warnings

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent / "templates"
_BLANK = re.compile(r"\{(\w+)\}")


@cache
def read_words(language: str) -> Mapping[str, str]:
    """The texts by `group.name`."""
    groups = tomllib.loads((_FOLDER / f"words.{language}.toml").read_text(encoding="utf-8"))
    return {f"{group}.{name}": text for group, texts in groups.items() for name, text in texts.items()}


def fill(text: str, values: Mapping[str, object]) -> str:
    """The text with its `{...}` filled in; what fills them in is not looked at again."""
    return _BLANK.sub(lambda blank: str(values[blank[1]]), text)


class PageWords:
    """What templates say. A code that has no words, as of another version, is shown as it is."""

    def __init__(self, flags: Iterable[str] = ()) -> None:
        english = dict(read_words("en"))
        english |= {f"mark.{kind}": words for kind, words in MARK_WORDS.items()}
        for flag in warnings(flags):
            english[f"flag.{flag.partition(':')[0]}"] = flag_meaning(flag)
        self.tables: Mapping[str, Mapping[str, str]] = {"en": english, "zh": read_words("zh")}

    def text(self, key: str, **values: object) -> str:
        """The English text."""
        known = self.tables["en"]
        key = f"{key}_one" if values.get("n") == 1 and f"{key}_one" in known else key
        return fill(known[key], values) if key in known else key.partition(".")[2].replace("_", " ")

    def says(self, key: str, **values: object) -> Markup:
        """The text in an element of its own, which the script can translate."""
        return Markup("<span {}>{}</span>").format(self.keyed(key, **values), self.text(key, **values))

    def keyed(self, key: str, **values: object) -> Markup:
        """The attributes of an element that holds nothing but this text."""
        return self._attributes("w", key, values)

    def label(self, key: str, **values: object) -> Markup:
        """The `aria-label` of an element."""
        return Markup('{} aria-label="{}"').format(
            self._attributes("l", key, values), self.text(key, **values)
        )

    @staticmethod
    def _attributes(kind: str, key: str, values: Mapping[str, object]) -> Markup:
        name = Markup('data-{}="{}"').format(kind, key)
        filled = json.dumps(values, ensure_ascii=False, default=str)
        return name + Markup(' data-{}v="{}"').format(kind, filled) if values else name
