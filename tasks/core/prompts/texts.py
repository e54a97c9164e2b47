"""Load the prompt files: `vN/STEP.LANGUAGE.md` for each step, `vN/words.LANGUAGE.toml` for phrases.

Another wording needs another version: it makes other runs (`digest`).
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

PROMPTS_VERSION = "2"
_FOLDER = Path(__file__).parent / f"v{PROMPTS_VERSION}"
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
# Of a text's letters: far less than in a Chinese contract, far more than in an English one.
_CHINESE_SHARE = 0.3


class Language(StrEnum):
    EN = "en"
    ZH = "zh"


def prompt_language(chunk: Chunk, schema: Schema) -> Language:
    """The language of the chunk; if it has no letters, the first of the schema."""
    return text_language("".join(p.text for p in chunk.passages), schema)


def text_language(text: str, schema: Schema) -> Language:
    """The language of a chunk's passages, one behind the other; as `prompt_language`."""
    n_letters = len(_LETTER.findall(text))
    if n_letters:
        return Language.ZH if len(_CHINESE.findall(text)) >= _CHINESE_SHARE * n_letters else Language.EN
    return Language.ZH if schema.languages[:1] == (Language.ZH,) else Language.EN


@cache
def template(step: str, language: Language) -> Template:
    """The text of a step. Fill it in one call, so that a `$` in a document's text stays."""
    return Template((_FOLDER / f"{step}.{language.value}.md").read_text(encoding="utf-8").strip())


@cache
def words(language: Language) -> dict[str, dict[str, str]]:
    """The phrases by group and name."""
    return tomllib.loads((_FOLDER / f"words.{language.value}.toml").read_text(encoding="utf-8"))


def files() -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of this version, sorted."""
    for path in sorted(_FOLDER.iterdir()):
        yield path.name, path.read_bytes()
