"""The prompt files: one text for each step and language, and the short words that fields and findings are told with.

Source: `vN/STEP.LANGUAGE.md` and `vN/words.LANGUAGE.toml`. Another wording is another version, and another run (`digest`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Template

from tasks.core.records import Chunk
from tasks.core.schema import Schema

PROMPTS_VERSION = "1"
_FOLDER = Path(__file__).parent / f"v{PROMPTS_VERSION}"
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_CHINESE_SHARE = 0.3
"""Of a text's letters. A Chinese contract with English names and terms stays far above, an English one with a Chinese name far below."""


class Language(StrEnum):
    EN = "en"
    ZH = "zh"


def prompt_language(chunk: Chunk, schema: Schema) -> Language:
    """The language of what a model reads, which is the one it answers best in; without any letters, the schema's first."""
    text = "".join(p.text for p in chunk.passages)
    n_letters = len(_LETTER.findall(text))
    if n_letters:
        return Language.ZH if len(_CHINESE.findall(text)) >= _CHINESE_SHARE * n_letters else Language.EN
    return Language.ZH if schema.languages[:1] == (Language.ZH,) else Language.EN


@cache
def template(step: str, language: Language) -> Template:
    """A step's text. Filled in once and together, so a `$` in a document's text stays what it is."""
    return Template((_FOLDER / f"{step}.{language.value}.md").read_text(encoding="utf-8").strip())


@cache
def words(language: Language) -> dict[str, dict[str, str]]:
    """The short words, by group and name."""
    return tomllib.loads((_FOLDER / f"words.{language.value}.toml").read_text(encoding="utf-8"))


def files() -> Iterator[tuple[str, bytes]]:
    """Every file of this version with its name, sorted."""
    for path in sorted(_FOLDER.iterdir()):
        yield path.name, path.read_bytes()
