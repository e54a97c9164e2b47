"""Image files: a page a frame, what is odd in them, and what is refused."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tasks.core.reading import FileKind, Limits, read_document
from tasks.core.reading.ocr.image_file import open_image
from tasks.core.reading.ocr.pictures import Picture
from tasks.core.reading.pdf_open import Refusal
from tasks.core.reading.version import ocr_available
from tasks.core.records import Reading, ReadStatus
from tests.reading.pages import contract

WITHOUT = Limits(ocr=False)


def page(width: int = 170, height: int = 220) -> Image.Image:
    """A small white page with a black bar in its upper left corner."""
    image = Image.new("L", (width, height), 255)
    ImageDraw.Draw(image).rectangle((10, 10, 60, 20), fill=0)
    return image


def saved(image: Image.Image, kind: str = "TIFF", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def read(data: bytes, limits: Limits = WITHOUT) -> Reading:
    return read_document(data, limits, kind=FileKind.IMAGE)


def picture(data: bytes, page_index: int = 0) -> Picture:
    with open_image(data, Limits()) as image:
        return image.picture(page_index)


def bar_is_at(grey: np.ndarray) -> tuple[str, str]:
    """The half of the page in which its bar is."""
    rows, columns = np.nonzero(grey < 128)
    return (
        "top" if rows.mean() < grey.shape[0] / 2 else "bottom",
        "left" if columns.mean() < grey.shape[1] / 2 else "right",
    )


def test_without_an_engine_each_frame_is_a_page_that_needs_one() -> None:
    reading = read(saved(page(), save_all=True, append_images=[page()] * 4))
    assert (reading.status, reading.reason) == (ReadStatus.NEEDS_OCR, "no_text_layer")
    assert [row.status for row in reading.pages] == ["needs_ocr"] * 5


def test_pages_of_500_frames_are_all_counted() -> None:
    reading = read(saved(page(20, 30), save_all=True, append_images=[page(20, 30)] * 499))
    assert (reading.n_pages, len(reading.pages)) == (500, 500)


def test_more_frames_than_the_limit_are_refused() -> None:
    data = saved(page(), save_all=True, append_images=[page()] * 4)
    assert read(data, Limits(ocr=False, max_pages=4)).reason == "too_many_pages"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (contract(1), "wrong_type:pdf"),
        (b"MZ no picture at all, but some program" * 9, "not_an_image"),
        (saved(page())[:60], "broken"),
    ],
)
def test_file_that_is_no_image_is_refused(data: bytes, code: str) -> None:
    reading = read(data)
    assert (reading.status, reading.reason) == (ReadStatus.ERROR, code)


def test_page_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    bomb = saved(Image.new("1", (30_000, 30_000)), compression="group4")
    assert len(bomb) < 100_000
    assert read(bomb).reason == "image_too_large"


@pytest.mark.skipif(not ocr_available(), reason="needs the extra `ocr`")
def test_truncated_frame_fails_alone() -> None:
    data = saved(page(), "JPEG")
    reading = read(data[: len(data) * 2 // 3], Limits())
    assert (reading.status, reading.reason, reading.n_pages) == (ReadStatus.ERROR, "broken_page", 1)


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw", "jpeg", "tiff_deflate", "packbits"])
def test_compressions_of_scanners_are_decoded(compression: str) -> None:
    image = page().convert("1") if compression == "group4" else page()
    seen = picture(saved(image, compression=compression, dpi=(200, 200)))
    assert seen.grey.shape == (220, 170)
    assert bar_is_at(seen.grey) == ("top", "left")
    assert seen.grey[15, 30] < 40 and seen.grey[150, 150] > 215


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "P", "1", "RGBA", "LA"])
def test_every_mode_becomes_black_on_white(mode: str) -> None:
    seen = picture(saved(page().convert(mode)))
    assert seen.grey[15, 30] < 40 and seen.grey[150, 150] > 215


def test_clear_ground_is_white() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((5, 5, 20, 20), fill=(0, 0, 0, 255))
    grey = picture(saved(image)).grey
    assert grey[10, 10] < 40 and grey[80, 80] > 215


def test_sixteen_bits_keep_their_greys() -> None:
    values = np.asarray(page()).astype(np.uint16) * 16  # 12 bits in 16, as scanners store them
    grey = picture(saved(Image.fromarray(values))).grey
    assert grey[15, 30] < 40 and grey[150, 150] > 215


def test_white_on_black_is_turned_round() -> None:
    inverted = Image.fromarray(np.invert(np.asarray(page())))
    assert picture(saved(inverted)).grey[150, 150] > 215


def test_phones_orientation_is_followed() -> None:
    exif = Image.Exif()
    exif[274] = 6  # the camera was held upright: turn clockwise
    turned = page().transpose(Image.Transpose.ROTATE_90)
    seen = picture(saved(turned, "JPEG", exif=exif))
    assert bar_is_at(seen.grey) == ("top", "left")
    assert seen.grey.shape[0] > seen.grey.shape[1]


def test_faxs_flat_pixels_become_square() -> None:
    flat = page(1728, 1100).convert("1")
    seen = picture(saved(flat, compression="group3", dpi=(204, 98)))
    assert (seen.width, seen.height) == (pytest.approx(610, abs=2), pytest.approx(808, abs=2))


def test_photo_that_says_72_dpi_is_an_a4_page() -> None:
    seen = picture(saved(page(2480, 3508), "JPEG", dpi=(72, 72)))
    assert seen.height == pytest.approx(842, abs=2)


def test_second_picture_in_a_phones_jpeg_is_no_page() -> None:
    out = io.BytesIO()
    page().convert("RGB").save(out, "MPO", save_all=True, append_images=[page().convert("RGB")])
    assert read(out.getvalue()).n_pages == 1


def test_thumbnail_between_pages_is_no_page() -> None:
    out = io.BytesIO()
    thumbnail = page(40, 50)
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}  # type: ignore[attr-defined]
    page().save(out, "TIFF", save_all=True, append_images=[thumbnail, page()])
    assert read(out.getvalue()).n_pages == 2


def test_page_out_of_reach_raises_broken_page() -> None:
    data = saved(page(), "JPEG")
    with (
        open_image(data[: len(data) * 2 // 3], Limits()) as image,
        pytest.raises(Refusal, match="broken_page"),
    ):
        image.picture(0)
