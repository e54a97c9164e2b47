"""Write an evidence page as one HTML file that opens from disk and loads nothing.

The list of values is HTML and needs no script. Pages are made by the script as they come near the
view: their pictures and lines wait in inert blocks at the end of the file. What a contract, a
schema or a model says goes through Jinja2's autoescape or into JSON, and the script sets it as text
only. A policy in the file forbids every other script, style and connection.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.core.evidence.page import EvidencePage, ShownField, ShownValue
from tasks.core.evidence.script_data import lines_data, script_data
from tasks.core.evidence.words import PageWords
from tasks.core.reading.legend import warnings
from tasks.core.reading.pictures.records import PagePicture

_FOLDER = Path(__file__).parent / "templates"


def write_page(page: EvidencePage) -> str:
    """The whole file. It has the document's text and pictures: it is as confidential as the document."""
    return "".join(_pieces(page))


def write_page_to(page: EvidencePage, file: TextIO) -> None:
    """As `write_page`, piece by piece into a file that is open for UTF-8 text."""
    file.writelines(_pieces(page))


def _pieces(page: EvidencePage) -> Iterator[str]:
    style, script = _asset("page.css"), _script()
    words = PageWords(page.document.flags)
    template = _environment().get_template("page.html.j2")
    return template.generate(
        page=page,
        name=page.document.key.rpartition("/")[2] or page.document.key,
        sections=_sections(page),
        warnings=[flag.partition(":") for flag in warnings(page.document.flags)],
        style=style,
        script=script,
        policy=_policy(style, script),
        data=script_data(page, words.tables),
        lines_of=lines_data,
        words=words,
    )


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: this style, this script, pictures of the file itself, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            "img-src data:",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _sections(page: EvidencePage) -> list[tuple[str, ShownField | None, list[ShownValue]]]:
    """Title, field and values of each field; last, values whose field the schema does not name."""
    values: dict[str, list[ShownValue]] = {}
    for value in page.values:
        values.setdefault(value.field, []).append(value)
    named = [(field.title or field.name, field, values.pop(field.name, [])) for field in page.fields]
    return [*named, *((name, None, rest) for name, rest in values.items())]


@cache
def _asset(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))


@cache
def _script() -> Markup:
    """Both files in one function, so that they share their names and leave none outside."""
    parts = Markup("\n").join((_asset("page.js"), _asset("controls.js")))
    return Markup('"use strict";\n(() => {\n') + parts + Markup("})();\n")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_function"] = _compact_json
    environment.policies["json.dumps_kwargs"] = {}
    filters = {"percent": percent, "moment": _moment, "base64": _base64, "pages": _pages_of}
    environment.filters.update(filters)  # pyright: ignore[reportUnknownMemberType]
    return environment


def _compact_json(value: object, **options: Any) -> str:
    """Letters as they are; the two line ends that scripts know and JSON does not are escaped.

    Jinja2's `tojson` escapes `<`, `>`, `&` and `'` afterwards.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), **options)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def percent(share: float) -> str:
    """As whole percent, never rounded to certainty: 0.997 is `>99 %`."""
    if 0.995 <= share < 1:
        return ">99 %"
    if 0 < share < 0.005:
        return "<1 %"
    return f"{share * 100:.0f} %"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _base64(picture: PagePicture) -> Markup:
    return Markup(base64.b64encode(picture.data).decode("ascii"))


def _pages_of(value: ShownValue) -> list[int]:
    return sorted({shown.page_number for shown in value.ranges})
