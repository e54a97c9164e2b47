"""Letter and word errors of OCR on scans of generated contracts, by engine, language and quality.

usage: python -m tests.bench.scan_errors [--pages 2] [--engines rapidocr tesseract] [--seed 1]

Pages are drawn with the fonts that fontconfig names, as pictures of 200 dpi. `clean` is read as it is; `poor` has 150 dpi, noise, blur
and half a degree; `turned` lies on its side; `columns` has two columns. Errors are insertions, deletions and exchanges (Levenshtein) per
letter of the truth, with white space folded (left out in Chinese), and per word. Nothing else is folded: a comma of the wrong width counts.
Needs Pillow, an engine, and the fonts "serif" and "Noto Serif CJK SC".
"""

from __future__ import annotations

import argparse
import io
import random
import subprocess
import time
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz.distance import Levenshtein

from tasks.core.reading import FileKind, Limits, read_document
from tasks.core.reading.ocr.engines import installed_engine

_DPI = 200
_SIZE = (1654, 2339)  # A4
_MARGIN = 200
_GUTTER = 60
_EN = (
    "The Supplier shall deliver the Goods to {city} no later than {day} {month} {year}, time being of the essence.",
    "The purchase price of USD {amount} is payable within {n} days of receipt of a valid invoice.",
    'In this Agreement, "Affiliate" means any entity that controls, or is controlled by, a party.',
    "Interest accrues on overdue sums at {rate}% per annum, calculated daily on a 365-day basis.",
    "Neither party is liable for indirect loss; the total liability of each party is limited to EUR {amount}.",
    "Either party may terminate this Agreement by giving {n} (in words: see Schedule {n}) days' written notice.",
    "Notices shall be sent to legal@example.com or by courier, and take effect on the next business day.",
)
_ZH = (
    "供应商应于{year}年{m}月{day}日前将货物交付至{city}，逾期交付的，应按日支付合同总价{rate}%的违约金。",
    "合同总价为人民币{amount}元（含税），买方应在收到发票之日起{n}日内支付。",
    "本协议所称“关联方”，是指直接或者间接控制一方、受一方控制的任何实体。",
    "任何一方均不对间接损失承担责任；各方的责任总额以美元{amount}元为限。",
    "任何一方可以提前{n}日书面通知对方解除本协议，解除不影响已经产生的权利和义务。",
    "因本协议引起的争议，提交{city}仲裁委员会按照其届时有效的仲裁规则进行仲裁。",
)
_CITIES = {"en": ("Rotterdam", "Lisbon", "Oslo", "Genoa"), "zh": ("上海", "深圳", "北京", "广州")}
_MONTHS = ("January", "March", "May", "August", "October")


def clauses(language: str, random_: random.Random) -> Iterator[str]:
    """Numbered clauses without end."""
    number = 0
    while True:
        number += 1
        words = random_.choice(_EN if language == "en" else _ZH).format(
            city=random_.choice(_CITIES[language]),
            day=random_.randint(1, 28),
            month=random_.choice(_MONTHS),
            m=random_.randint(1, 12),
            year=random_.randint(2018, 2031),
            amount=f"{random_.randint(10, 9999) * 1000:,}",
            n=random_.randint(2, 90),
            rate=random_.randint(1, 99) / 10,
        )
        yield f"{number // 5 + 1}.{number % 5 + 1} {words}"


def font(language: str, size_px: int) -> ImageFont.FreeTypeFont:
    name = "serif" if language == "en" else "Noto Serif CJK SC"
    found = subprocess.run(
        ["fc-match", "-f", "%{file}\t%{index}", name], capture_output=True, text=True, check=True
    )
    path, _, index = found.stdout.partition("\t")
    return ImageFont.truetype(path, size_px, index=int(index or 0))


def drawn(language: str, n_columns: int, random_: random.Random) -> tuple[Image.Image, str]:
    """A page and its text."""
    page = Image.new("L", _SIZE, 255)
    pen = ImageDraw.Draw(page)
    face = font(language, round(10.5 * _DPI / 72))
    width = (_SIZE[0] - 2 * _MARGIN - (n_columns - 1) * _GUTTER) // n_columns
    written: list[str] = []
    lines = (line for clause in clauses(language, random_) for line in wrapped(clause, language, face, width))
    for column in range(n_columns):
        for y in range(_MARGIN, _SIZE[1] - _MARGIN, round(15 * _DPI / 72)):
            line = next(lines)
            pen.text((_MARGIN + column * (width + _GUTTER), y), line, font=face, fill=0)
            written.append(line)
    return page, "\n".join(written)


def wrapped(clause: str, language: str, face: ImageFont.FreeTypeFont, width: int) -> Iterator[str]:
    parts = [f"{word} " for word in clause.split(" ")] if language == "en" else list(clause)
    line = ""
    for part in parts:
        if line and face.getlength((line + part).rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += part
    yield line.rstrip()


def scanned(page: Image.Image, quality: str, seed: int) -> bytes:
    """The page as a scanner or a phone gives it: a JPEG with its dpi."""
    dpi = _DPI
    if quality == "turned":
        page = page.transpose(Image.Transpose.ROTATE_90)
    if quality == "poor":
        dpi = 150
        size = (page.width * dpi // _DPI, page.height * dpi // _DPI)
        page = page.resize(size, Image.Resampling.BOX).rotate(0.5, Image.Resampling.BICUBIC, fillcolor=255)
        page = page.filter(ImageFilter.GaussianBlur(0.6))
        noise = np.random.default_rng(seed).normal(0, 12, (page.height, page.width))
        page = Image.fromarray(np.clip(np.asarray(page, dtype=float) * 0.9 + noise, 0, 255).astype(np.uint8))
    out = io.BytesIO()
    page.save(out, "JPEG", quality=75 if quality == "poor" else 90, dpi=(dpi, dpi))
    return out.getvalue()


def errors(truth: str, text: str, language: str) -> tuple[int, int, int, int]:
    """Wrong letters, letters, wrong words, words."""
    between = " " if language == "en" else ""
    wanted, got = truth.split(), text.split()
    letters = between.join(wanted), between.join(got)
    return (
        Levenshtein.distance(*letters),
        len(letters[0]),
        Levenshtein.distance(wanted, got),
        len(wanted),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pages", type=int, default=2)
    parser.add_argument("--engines", nargs="+", default=["rapidocr", "tesseract"])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(
        f"{'engine':10s} {'lang':4s} {'scan':8s} {'letters':>8s} {'wrong':>7s} {'words wrong':>12s} {'s/page':>7s}"
    )
    for engine in given.engines:
        if installed_engine(engine) is None:
            print(f"{engine:10s} is not installed")
            continue
        for language in ("en", "zh"):
            for quality in ("clean", "poor", "turned", "columns"):
                _print_row(engine, language, quality, given)


def _print_row(engine: str, language: str, quality: str, given: argparse.Namespace) -> None:
    random_ = random.Random(f"{given.seed} {language}")
    limits = Limits(ocr_engine=engine)
    counts, seconds = np.zeros(4), 0.0
    for number in range(given.pages):
        page, truth = drawn(language, 2 if quality == "columns" else 1, random_)
        data = scanned(page, quality, given.seed + number)
        start = time.perf_counter()
        reading = read_document(data, limits, kind=FileKind.IMAGE)
        seconds += time.perf_counter() - start
        counts += errors(truth, reading.text, language)
    n_wrong, n_letters, n_words_wrong, n_words = counts
    words = f"{n_words_wrong / n_words:12.2%}" if language == "en" else f"{'':12s}"
    row = f"{engine:10s} {language:4s} {quality:8s} {n_letters:8.0f} {n_wrong / n_letters:7.2%} {words}"
    print(f"{row} {seconds / given.pages:7.1f}", flush=True)


if __name__ == "__main__":
    main()
