"""Tesseract, the second engine: reads a picture as lines, without superscripts.

It is a child of the worker, on one thread, with a deadline. pytesseract puts the picture into the
system's temporary folder and deletes it.

Source: tesseract 5 with English and simplified Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, cast

from tasks.core.reading.ocr.letter_rows import LetterRow, PixelBox, is_cjk
from tasks.core.reading.ocr.pictures import Picture
from tasks.core.reading.ocr.rapid import NotRecognised

_Words = dict[str, list[Any]]


def read_picture(picture: Picture, languages: str, timeout_s: float) -> list[LetterRow]:
    """The rows of a picture in tesseract's order.

    Args:
        languages: Tesseract's names joined by `+`; languages that are not installed are left out.

    Raises:
        NotRecognised: tesseract failed, took too long, or has none of the languages.
    """
    import pytesseract  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
    from PIL import Image

    engine = cast(Any, pytesseract)
    installed = [name for name in languages.split("+") if name in _languages()]
    if not installed:
        raise NotRecognised("ocr_no_language")
    image = Image.fromarray(picture.grey)
    image.info["dpi"] = (round(72 * picture.scale), round(72 * picture.scale))
    try:
        words = engine.image_to_data(
            image, lang="+".join(installed), timeout=timeout_s, output_type=engine.Output.DICT
        )
    # `from None`: pytesseract's errors quote tesseract. Its timeout is a plain RuntimeError.
    except RuntimeError as error:
        is_late = not isinstance(error, engine.TesseractError)
        raise NotRecognised("ocr_timeout" if is_late else "ocr_failed") from None
    except (OSError, ValueError):
        raise NotRecognised("ocr_failed") from None
    return _rows(words)


@lru_cache(maxsize=1)
def _languages() -> frozenset[str]:
    import pytesseract  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]

    try:
        return frozenset(cast(Any, pytesseract).get_languages())
    except (OSError, RuntimeError):
        return frozenset()


def _rows(words: _Words) -> list[LetterRow]:
    """Tesseract's words, joined to its lines."""
    seen = [i for i, word in enumerate(words["text"]) if str(word).strip()]
    rows: list[LetterRow] = []
    for _, members in groupby(
        seen, key=lambda i: tuple(words[name][i] for name in ("block_num", "par_num", "line_num"))
    ):
        row = list(members)
        text = _joined([str(words["text"][i]).strip() for i in row])
        lefts, tops = [int(words["left"][i]) for i in row], [int(words["top"][i]) for i in row]
        rights = [int(words["left"][i] + words["width"][i]) for i in row]
        bottoms = [int(words["top"][i] + words["height"][i]) for i in row]
        box = PixelBox(min(lefts), min(tops), max(rights), max(bottoms))
        rows.append(LetterRow(box, text, [box.middle] * len(text), 1.0, float(box.height)))
    return rows


def _joined(words: Sequence[str]) -> str:
    text = words[0]
    for word in words[1:]:
        text += word if is_cjk(text[-1]) and is_cjk(word[0]) else f" {word}"
    return text
