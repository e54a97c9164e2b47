"""Pictures as bytes within a budget."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from tasks.core.reading.pictures.compression import PictureBudget


def drawing(mode: str = "L") -> Image.Image:
    image = Image.new(mode, (600, 800), "white")
    for y in range(20, 780, 20):
        ImageDraw.Draw(image).text((20, y), "The price shall be paid on delivery. " * 2, fill="black")
    return image


def noise() -> Image.Image:
    values = np.random.default_rng(1).integers(0, 255, (400, 300), dtype=np.uint8)
    return Image.fromarray(values)


def test_text_keeps_every_pixel() -> None:
    for mode in ("L", "RGB"):
        found = PictureBudget(10**7, 1).encoded(drawing(mode))
        assert found is not None
        media_type, data = found
        assert media_type == "image/png"
        read = Image.open(io.BytesIO(data))
        assert read.mode == mode
        assert np.array_equal(np.asarray(read), np.asarray(drawing(mode)))


def test_a_photo_is_stored_with_loss() -> None:
    found = PictureBudget(10**7, 1).encoded(noise())
    assert found is not None
    assert found[0] == "image/webp"


def test_a_large_picture_leaves_room_for_those_to_come() -> None:
    alone, one_of_many = PictureBudget(10**6, 1), PictureBudget(10**6, 60)
    whole, reduced = alone.encoded(noise()), one_of_many.encoded(noise())
    assert whole is not None
    assert reduced is not None
    assert len(reduced[1]) < len(whole[1])


def test_nothing_is_left_when_the_bytes_are_spent() -> None:
    budget = PictureBudget(200, 2)
    assert budget.encoded(noise()) is None
    assert budget.n_bytes == 200
