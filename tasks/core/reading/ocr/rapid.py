"""RapidOCR: finds the rows of a picture and reads each. The models lie in its wheel.

The library's own pipeline is not used: it reads from a picture that it has made smaller, which costs
superscripts, and turns single rows of an upright page upside down. Its detector and its recogniser
are called one by one.

Requires:
    The extra `ocr`; 1.2 GB of address space on a page of A4, on one thread.

Source: RapidOCR 3.10.0, PP-OCRv6 small models, input of 48 rows a line.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, cast

import numpy as np

from tasks.core.reading.ocr.ink import Ink
from tasks.core.reading.ocr.letter_rows import Grey, LetterRow, PixelBox
from tasks.core.reading.pdf_open import Refusal

_DETECT_SIDE = 1600  # pixels of the longer side: all rows of 7 points on a page of letter size
_ROW_HEIGHT = 48  # of the recogniser's input
_MIN_SCORE = 0.35  # below it are drawings and stains
_TALL = 2.5  # height to width: a row that runs upwards
_MIN_TALL = 100
_MAX_JUDGED = 3  # rows that say whether a page is upside down
_SURE = 0.9  # the mean score of rows that are surely upright
_MARGIN = 0.2  # of the height: white around a single letter; with more of it the letter is not read


class NotRecognised(Refusal):
    """The engine failed on a page; `code` says how."""


def find_boxes(picture: Grey) -> list[PixelBox]:
    """The boxes of the picture's rows, or parts of rows, in no order."""
    found = _ask(_colour(picture), use_det=True, use_cls=False, use_rec=False)
    if getattr(found, "boxes", None) is None:
        return []
    quads = np.asarray(found.boxes, dtype=float)
    low, high = quads.min(axis=1), quads.max(axis=1)
    return [
        PixelBox(int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1)))
        for (x0, y0), (x1, y1) in zip(low, high, strict=True)
        if x1 - x0 >= 2 and y1 - y0 >= 2
    ]


def read_rows(picture: Grey, boxes: Sequence[PixelBox], ink: Ink, deadline: float) -> Iterator[LetterRow]:
    """The rows that can be read.

    Args:
        deadline: Of `time.monotonic`, looked at before each row.

    Raises:
        NotRecognised: It is too late.
    """
    for box in boxes:
        if time.monotonic() > deadline:
            raise NotRecognised("ocr_timeout")
        row = read_row(picture, box, ink)
        if row is not None:
            yield row


def read_row(picture: Grey, box: PixelBox, ink: Ink) -> LetterRow | None:
    """The row in a box; None: it holds no letters."""
    cut = box.cut(picture)
    if min(cut.shape, default=0) < 2:
        return None
    cut = _without_others(cut, box, ink)
    if is_tall(box):
        cut = np.ascontiguousarray(np.rot90(cut, -1))
    text, columns, score = read_cut(cut)
    if not text.strip() or score < _MIN_SCORE:
        return None
    middles = [box.left + share * box.width for share in columns]
    return LetterRow(box, text, middles, score)


def _without_others(cut: Grey, box: PixelBox, ink: Ink) -> Grey:
    """The cut without tails of the row above and heads of the row below."""
    others = [
        blot
        for blot in ink.between(box.top - box.height, box.bottom)
        if blot.left < box.right
        and blot.right > box.left
        and blot.bottom > box.top
        and blot.height <= box.height
        and not box.top <= (blot.top + blot.bottom) / 2 < box.bottom
    ]
    if not others:
        return cut
    cut = cut.copy()
    for blot in others:
        rows = slice(max(0, blot.top - 1 - box.top), max(0, blot.bottom + 1 - box.top))
        columns = slice(max(0, blot.left - 1 - box.left), max(0, blot.right + 1 - box.left))
        cut[rows, columns] = 255
    return cut


def is_tall(box: PixelBox) -> bool:
    """Whether the row runs upwards."""
    return box.height >= max(_MIN_TALL, _TALL * box.width)


def read_alone(cut: Grey) -> tuple[str, float]:
    """The letters of a small cut with nothing around them, and the score."""
    padded = np.pad(cut, max(2, round(_MARGIN * cut.shape[0])), constant_values=255)
    text, _, score = read_cut(padded)
    return text.strip(), score


def read_cut(cut: Grey) -> tuple[str, list[float], float]:
    """Text, the middle of each letter as a share of the width, and the score."""
    import cv2  # pyright: ignore[reportMissingImports]

    vision = cast(Any, cv2)
    height, width = cut.shape
    columns = max(8, round(width * _ROW_HEIGHT / height))
    row = cast(Grey, vision.resize(cut, (columns, _ROW_HEIGHT), interpolation=vision.INTER_CUBIC))
    found = _ask(_colour(row), use_det=False, use_cls=False, use_rec=True, return_word_box=True)
    if not found.txts or not found.txts[0]:
        return "", [], 0.0
    text, info = str(found.txts[0]), found.word_results[0]
    solid = iter([column for word in info.word_cols for column in word])
    shares: list[float] = []
    for letter in text:
        last = shares[-1] if shares else 0.0
        shares.append(last if letter.isspace() else (next(solid, 0) + 0.5) / info.line_txt_len)
    return text, shares, float(found.scores[0])


def is_upside_down(picture: Grey, boxes: Sequence[PixelBox]) -> bool:
    """Whether the widest rows are read better on their heads.

    RapidOCR's classifier of upside-down rows is not asked: it turns single rows of upright pages.
    """
    widest = sorted(boxes, key=lambda box: -box.width)[:_MAX_JUDGED]
    cuts = [cut for cut in (box.cut(picture) for box in widest) if min(cut.shape, default=0) >= 2]
    upright = sum(read_cut(cut)[2] for cut in cuts)
    if upright >= _SURE * len(cuts):
        return False
    return sum(read_cut(np.ascontiguousarray(np.rot90(cut, 2)))[2] for cut in cuts) > upright


def _colour(picture: Grey) -> Grey:
    return np.ascontiguousarray(np.repeat(picture[:, :, None], 3, axis=2))


def _ask(picture: Grey, **steps: bool) -> Any:
    """The engine's answer.

    Raises:
        NotRecognised: It failed on this picture.
    """
    import cv2  # pyright: ignore[reportMissingImports]
    from rapidocr.inference_engine.onnxruntime import (  # pyright: ignore[reportMissingImports]
        main,  # pyright: ignore[reportUnknownVariableType]
    )

    failed = cast(Any, main).ONNXRuntimeError
    try:
        return _engine()(picture, **steps)
    except (failed, cast(Any, cv2).error, RuntimeError, ValueError, LookupError):
        raise NotRecognised("ocr_failed") from None


@lru_cache(maxsize=1)
def _engine() -> Any:
    """Loads the models: 0.8 s, once a worker."""
    import rapidocr  # pyright: ignore[reportMissingImports]

    return cast(Any, rapidocr).RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": 100_000,  # the picture is never made smaller as a whole
            "Global.min_side_len": 1,
            "Global.use_vertical_padding": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECT_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # workers are one for each core
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
